"""The remediation ledger as a table (CSV) for a spreadsheet, and back again.

A row is a device with a finding. `SAID` is read back; a row that says something new becomes a
decision. `at` tells which decision the row was made from, so that nobody overwrites another's word.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from scanner.errors import DataError
from scanner.model import Decision, State
from scanner.plan_table import FAULTS_SHOWN, checked, guarded, rows, unguarded
from scanner.report.csv import cell, row
from scanner.store.ledger import Entry

SAID = ("state", "owner", "due", "note", "evidence")
SHOWN = ("device", "site", "ip", "mac", "serial", "maker", "model", "verdict", "last_seen")
MADE_FROM = ("at", "who")


def written(entries: Iterable[Entry]) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, a header, one row a device."""
    yield "\ufeff".encode() + row((*SHOWN, *SAID, *MADE_FROM))
    for each in entries:
        shown = (f"n{each.device}", *(getattr(each, name) for name in SHOWN[1:]))
        said = (*_said(each.latest), each.latest.at, each.latest.who)
        yield row((*map(cell, shown), *map(guarded, said)))


def _said(decision: Decision) -> tuple[str, ...]:
    due = decision.due.isoformat() if decision.due else ""
    return decision.state.value, decision.owner, due, decision.note, decision.evidence


def read(path: Path, entries: Sequence[Entry], at: str, who: str) -> list[Decision]:
    """The decisions that the table adds. DataError names every bad line, and nothing is used."""
    known = {f"n{each.device}": each for each in entries}
    made: dict[str, Decision | None] = {}
    faults: list[str] = []
    for number, cells in rows(path, ("device", *SAID, *MADE_FROM)):
        name = cells["device"].strip()
        try:
            if name not in known:
                raise ValueError(f"{name!r} has no finding in this store")
            if name in made:
                raise ValueError(f"{name} stands twice")
            made[name] = _decision(known[name], cells, at, who)
        except ValueError as error:
            faults.append(f"line {number}: {error}")
    if faults:
        more = f"; and {len(faults) - FAULTS_SHOWN} more" if len(faults) > FAULTS_SHOWN else ""
        raise DataError(path, "", "; ".join(faults[:FAULTS_SHOWN]) + more)
    return [decision for decision in made.values() if decision]


def _decision(entry: Entry, cells: Mapping[str, str], at: str, who: str) -> Decision | None:
    """What the row says that is not said yet. ValueError says what is wrong with it."""
    texts = {name: unguarded(cells[name]) for name in SAID}
    if tuple(texts.values()) == _said(entry.latest):
        return None
    if unguarded(cells["at"]).strip() != entry.latest.at:
        raise ValueError(
            f"n{entry.device} was decided on {entry.latest.at} by {entry.latest.who}, after this "
            "table was exported; export it again"
        )
    for name in ("owner", "note", "evidence"):
        if texts[name] != getattr(entry.latest, name):
            checked(name, texts[name])
    return Decision(
        entry.device,
        at,
        who,
        _state(texts["state"].strip()),
        texts["owner"],
        _day(texts["due"].strip()),
        texts["note"],
        texts["evidence"],
    )


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError as error:
        words = ", ".join(State)
        raise ValueError(f"state {text!r} is none of {words}") from error


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(f"due {text!r} is no day such as 2026-11-30") from error
