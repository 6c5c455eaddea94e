"""The ledger as people look at it: devices with a finding, each with its latest decision."""

from dataclasses import dataclass

from sqlalchemy import select

from scanner.model import Decision
from scanner.store import decisions
from scanner.store.runs import RunStore
from scanner.store.tables import DECISIONS

SHOWN = ("site", "ip", "mac", "serial", "maker", "model", "verdict", "last_seen")


@dataclass(frozen=True, slots=True)
class Entry:
    """A device with a finding, as it was seen last, and what was decided last."""

    device: int
    site: str
    ip: str
    mac: str
    serial: str
    maker: str
    model: str
    verdict: str
    last_seen: str
    latest: Decision


def entries(store: RunStore) -> tuple[Entry, ...]:
    """Every device on which anything was decided, by number."""
    with store.database.reading() as connection:
        numbers = connection.scalars(select(DECISIONS.c.device).distinct()).all()
        latest = decisions.latest(connection, numbers)
    rows = store.devices(latest)
    return tuple(
        Entry(number, **{name: rows[number][name] for name in SHOWN}, latest=latest[number])
        for number in sorted(latest)
    )
