"""The remediation ledger: decisions are added, never changed; the latest of a device counts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select

from scanner.model import Decision, State
from scanner.store import parts
from scanner.store.tables import DECISIONS


def append(connection: Connection, made: Iterable[Decision]) -> None:
    """Add them in the order given."""
    if rows := [_row(decision) for decision in made]:
        connection.execute(insert(DECISIONS), rows)


def latest(connection: Connection, devices: Iterable[int]) -> Mapping[int, Decision]:
    """The latest decision on each of the devices that has one."""
    found: dict[int, Decision] = {}
    for some in parts.batches(sorted(set(devices))):
        newest = (
            select(func.max(DECISIONS.c.id))
            .where(DECISIONS.c.device.in_(some))
            .group_by(DECISIONS.c.device)
        )
        for row in connection.execute(select(DECISIONS).where(DECISIONS.c.id.in_(newest))):
            found[row.device] = _decision(row._mapping)
    return found


def history(connection: Connection, devices: Sequence[int] | None = None) -> tuple[Decision, ...]:
    """Every decision, oldest first; of some devices only when they are named."""
    query = select(DECISIONS).order_by(DECISIONS.c.id)
    if devices is not None:
        query = query.where(DECISIONS.c.device.in_(devices))
    return tuple(_decision(row) for row in connection.execute(query).mappings())


def _row(decision: Decision) -> dict[str, Any]:
    return {
        "device": decision.device, "at": decision.at, "who": decision.who,
        "state": decision.state.value, "owner": decision.owner,
        "due": decision.due.isoformat() if decision.due else "",
        "note": decision.note, "evidence": decision.evidence,
    }  # fmt: skip


def _decision(row: RowMapping) -> Decision:
    return Decision(
        device=row["device"],
        at=row["at"],
        who=row["who"],
        state=State(row["state"]),
        owner=row["owner"],
        due=date.fromisoformat(row["due"]) if row["due"] else None,
        note=row["note"],
        evidence=row["evidence"],
    )
