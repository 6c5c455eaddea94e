"""`camcensus ledger`: where the remediation of each finding stands, by whose word."""

import getpass
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from scanner import delivery, keeping, ledger_table
from scanner.commands import CLEAN
from scanner.console import say
from scanner.errors import UsageError
from scanner.model import Decision, State, utc_text
from scanner.plan_table import checked
from scanner.report.text import excerpt
from scanner.store.ledger import Entry, entries
from scanner.store.runs import RunStore

STILL_OPEN = frozenset({State.OPEN, State.INVESTIGATING, State.ISOLATED, State.SCHEDULED})


def show(*, device: str, store: str, site: str | None, state: Sequence[str], overdue: bool) -> int:
    """One line a finding, or the whole history of one device."""
    kept = keeping.opened(store)
    if device:
        found = _device(kept, device)
        click.echo(_line(found))
        for decision in kept.history(found.device):
            click.echo(excerpt(f"  {_said(decision)}", 500))
        return CLEAN
    today = datetime.now(UTC).date()
    for each in entries(kept):
        late = bool(each.latest.due and each.latest.due < today and each.latest.state in STILL_OPEN)
        wanted = (site is None or each.site == site) and (not state or each.latest.state in state)
        if wanted and (late or not overdue):
            click.echo(_line(each) + ("  OVERDUE" if late else ""))
    return CLEAN


def set_state(*, device: str, store: str, state: str, who: str, **given: Any) -> int:
    """Add one decision; what is not given stays as it was."""
    kept = keeping.opened(store)
    found = _device(kept, device)
    due: datetime | None = given["due"]
    said = {
        name: _checked(name, given[name])
        for name in ("owner", "note", "evidence")
        if given[name] is not None
    }
    decision = replace(
        found.latest,
        device=found.device,
        at=utc_text(datetime.now(UTC)),
        who=_checked("who", who or getpass.getuser()),
        state=State(state),
        due=due.date() if due else found.latest.due,
        **{"note": "", "evidence": "", **said},
    )
    kept.decide([decision])
    say(f"#{found.device} {excerpt(found.ip, 60)}: {excerpt(_said(decision), 300)}")
    return CLEAN


def export(*, file: str, store: str) -> int:
    """The present state of every finding as CSV."""
    table = ledger_table.written(entries(keeping.opened(store)))
    if file == delivery.STDOUT:
        click.echo(b"".join(table), nl=False)
    else:
        delivery.write_file(Path(file), table)
        say(f"Wrote {file}")
    return CLEAN


def import_(*, file: Path, store: str, who: str) -> int:
    """A table that came back: every row that says something new is a decision."""
    kept = keeping.opened(store)
    at = utc_text(datetime.now(UTC))
    made = ledger_table.read(file, entries(kept), at, _checked("who", who or getpass.getuser()))
    kept.decide(made)
    say(f"{len(made):,} decisions taken over from {file}")
    return CLEAN


def _checked(name: str, text: str) -> str:
    try:
        return checked(name, text)
    except ValueError as error:
        raise UsageError(f"--{error}") from error


def _device(store: RunStore, text: str) -> Entry:
    """The finding of a device: its #number, address, hardware address or serial number."""
    found = [e for e in entries(store) if text in (f"#{e.device}", e.ip, e.mac, e.serial) and text]
    if not found:
        raise UsageError(f"no finding on {excerpt(text, 60)}; `camcensus ledger show` lists them")
    if len(found) > 1:
        several = ", ".join(f"#{e.device} at {e.site or 'unnamed'}" for e in found)
        raise UsageError(f"{excerpt(text, 60)} is several devices: {several}; give the number")
    return found[0]


def _line(each: Entry) -> str:
    latest = each.latest
    due = f"  due {latest.due}" if latest.due else ""
    owner = f"  {latest.owner}" if latest.owner else ""
    what = " ".join(part for part in (each.site, each.ip, each.maker, each.model) if part)
    return excerpt(f"#{each.device:<6} {latest.state.value:<15}{what}{owner}{due}", 300)


def _said(decision: Decision) -> str:
    parts = (
        f"{decision.at}  {decision.state.value}, by {decision.who}",
        f"owner {decision.owner}" if decision.owner else "",
        f"due {decision.due}" if decision.due else "",
        decision.note,
        f"evidence: {decision.evidence}" if decision.evidence else "",
    )
    return "; ".join(part for part in parts if part)
