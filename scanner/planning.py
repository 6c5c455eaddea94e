"""`camcensus plan`: look at the replacement plan, decide on devices, to a spreadsheet and back."""

import asyncio
import getpass
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from scanner import app, commands, delivery, plan_table
from scanner.console import say
from scanner.data import read_choices, write_choices
from scanner.errors import UsageError
from scanner.model import Finding, ScanReport
from scanner.remedy import Choice, Disposition, Plan, PlanItem, Screening
from scanner.report import remedy_wording as words
from scanner.report.text import excerpt

FEW = 25
"""Devices of a phase that are shown unasked."""


def plan_show(*, device: str, every: bool, **given: Any) -> int:
    """The plan, phase by phase, and its totals; or all there is on one device."""
    report, plan = _planned(given)
    if device:
        found = _device(report, device)
        item = next(i for i in plan.items if report.devices[i.number - 1] is found)
        for line in (_line(item, found), *_details(item, plan)):
            click.echo(line)
        return commands.CLEAN
    for phase in plan.phases:
        items = [i for i in plan.items if i.phase == phase.id]
        if items and (every or any(i.agreed is not Disposition.KEEP for i in items)):
            click.echo(f"{phase.title}: {phase.goal}")
            for item in items if every else items[:FEW]:
                click.echo(f"  {_line(item, report.devices[item.number - 1])}")
            if len(items) > FEW and not every:
                click.echo(f"        and {len(items) - FEW:,} more; --all shows them")
            click.echo("")
    for line in _totals(plan):
        click.echo(line)
    return commands.CLEAN


def _details(item: PlanItem, plan: Plan) -> Iterator[str]:
    """Why, in which place, what must be matched, what may replace it, what to do until then."""
    yield f"Why: {item.reason}"
    yield f"Place {item.priority} of {len(plan.items):,}: {', '.join(item.order)}"
    for name, texts in (
        ("Must match", map(words.requirement, item.requirements)),
        ("Candidate", words.candidates(plan, item)),
        ("Until then", item.mitigation),
    ):
        for text in texts:
            yield excerpt(f"{name}: {text}", 300)
    if item.cost:
        cost = words.cost(item.cost, plan.currency)
        yield f"Operator's estimate: {cost}, {words.hours(item.hours)}"
    for each in plan.replacements:
        if each.model and each.screening is not Screening.OFFERED:
            yield excerpt(f"Not offered: {words.title(each)}: {' '.join(each.lists)}", 500)


def plan_decide(*, device: str, clear: bool, **given: Any) -> int:
    """Owner, day and decision for one device, kept in the file of decisions."""
    report, _ = _planned(given)
    found = _device(report, device)
    path = commands.decisions_file(given["decisions"])
    kept = read_choices(path) if path.exists() else ()
    others = [c for c in kept if not set(c.keys) & set(found.keys)]
    if clear:
        write_choices(path, others)
        say(f"Nothing is decided on {excerpt(found.ip, 60)} any more ({path})")
        return commands.CLEAN
    before = next((c for c in kept if set(c.keys) & set(found.keys)), Choice(found.keys))
    made = _decided(before, found, given)
    write_choices(path, [*others, made])
    say(f"Decided on {excerpt(found.ip, 60)}: {_decision(made)} ({path})")
    return commands.CLEAN


def plan_export(*, file: str, **given: Any) -> int:
    """The plan as a table."""
    report, _ = _planned(given)
    if file == "-":
        for line in plan_table.lines(report):
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        return commands.CLEAN
    path = Path(file)
    delivery.write_file(path, plan_table.lines(report))
    say(f"Wrote {path}")
    return commands.CLEAN


def plan_import(*, file: Path, **given: Any) -> int:
    """The decisions of a table into the file of decisions; all rows or none."""
    report, _ = _planned(given)
    read = plan_table.read(file, report)
    path = commands.decisions_file(given["decisions"])
    kept = read_choices(path) if path.exists() else ()
    named = {key for d in report.devices if d.identity in read for key in d.keys}
    others = [c for c in kept if named.isdisjoint(c.keys)]
    made = [choice for choice in read.values() if choice]
    write_choices(path, [*others, *made])
    say(f"Wrote {path} (decisions: {len(others) + len(made):,}, from this table: {len(made):,})")
    return commands.CLEAN


def _planned(given: dict[str, Any]) -> tuple[ScanReport, Plan]:
    """The report on the evidence or kept run that was asked for."""
    report = asyncio.run(app.judge(commands.records_of(given), commands.judgement(**given)))
    if report.plan is None:
        raise UsageError("the data directory has no rules for a plan")
    return report, report.plan


def _device(report: ScanReport, name: str) -> Finding:
    wanted = name.strip().lower()
    found = [d for d in report.devices if wanted in _names(d)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"no device of this report has the address, MAC, serial or id {name!r}")
    ids = ", ".join(f"{plan_table.device_id(d.identity)} ({excerpt(d.ip, 60)})" for d in found)
    raise UsageError(f"{len(found)} devices answer to {name!r}; give the id: {ids}")


def _names(device: Finding) -> set[str]:
    names = (device.ip, device.mac, device.serial, device.hostname)
    return {n.lower() for n in names if n} | {plan_table.device_id(device.identity)}


def _decided(before: Choice, device: Finding, given: dict[str, Any]) -> Choice:
    who = given["who"] or _login()
    try:
        texts = {
            name: plan_table.checked(name, given[name])
            for name in ("owner", "note")
            if given[name] is not None
        }
        who = plan_table.checked("who", who)
    except ValueError as error:
        raise UsageError(str(error)) from error
    due: datetime | None = given["due"]
    disposition: str | None = given["disposition"]
    return replace(
        before,
        keys=device.keys,
        disposition=Disposition(disposition) if disposition else before.disposition,
        due=due.date() if due else before.due,
        who=who,
        when=datetime.now(UTC).date(),
        **texts,
    )


def _login() -> str:
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return ""


def _decision(choice: Choice) -> str:
    parts = (
        choice.disposition.value if choice.disposition else "",
        choice.owner,
        f"by {choice.due}" if choice.due else "",
        choice.note,
    )
    return excerpt(", ".join(filter(None, parts)) or "nothing yet", 300)


def _line(item: PlanItem, device: Finding) -> str:
    name = " ".join(filter(None, (device.maker_name, device.model))) or "maker not known"
    decided = words.decided(item)
    tail = f"  [{excerpt(decided, 120)}]" if decided else ""
    return (
        f"{item.priority:>4}  {plan_table.device_id(item.identity)}  {excerpt(device.ip, 45):<15}  "
        f"{words.disposition(item):<11}  {excerpt(name, 60):<32}  rule {item.rule}{tail}"
    )


def _totals(plan: Plan) -> Iterator[str]:
    for total in plan.totals:
        estimate = words.estimate(total, plan.currency)
        tail = f"  {estimate}" if plan.currency and estimate else ""
        yield excerpt(f"{words.total_of(total)}: {words.dispositions(total)}{tail}", 300)
    yield words.ESTIMATE if plan.currency else words.UNPRICED
    if plan.unmatched:
        yield _gone(plan.unmatched)


def _gone(choices: Sequence[Choice]) -> str:
    keys: Iterable[str] = (choice.keys[0] for choice in choices)
    return excerpt(f"Decided on devices that are not in this report: {', '.join(keys)}.", 2_000)
