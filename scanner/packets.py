"""`camcensus packet`: the report a contract clause asks for, drafted. Nothing is ever sent."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from scanner import app, commands, delivery
from scanner.assess import clocks
from scanner.assess.packet import Matter, found, make_packet
from scanner.console import say
from scanner.errors import UsageError
from scanner.model import Clause, Finding, ListingMatch, ScanReport
from scanner.remedy import Contract, Details, Packet
from scanner.report.packet import words
from scanner.report.text import excerpt

FORMATS: Mapping[str, str] = {"docx": "a Word document", "json": "JSON (packet-1)"}


def packet(
    *,
    clause: str,
    finding: str,
    outputs: Sequence[str],
    contract: str,
    identified: str,
    sent: datetime | None,
    **given: Any,
) -> int:
    """One packet; without a finding, those there are."""
    chosen = tuple(map(_output, outputs))
    judgement = commands.judgement(**given)
    report = asyncio.run(app.judge(commands.records_of(given), judgement))
    asked = _clause(judgement.knowledge.clauses, clause)
    if not finding:
        return _list(report, asked)
    device, match = _finding(report, asked, finding)
    details = judgement.organisation.details
    item = next((i for i in _items(report) if report.devices[i.number - 1] is device), None)
    matter = Matter(device, match, item, details, _contract(details, asked, contract))
    made = make_packet(report, asked, matter, _moment(identified, report), _sent(sent, details))
    for render, path in chosen:
        _write(path, render(made))
    _tell(made, err=any(path == "-" for _, path in chosen))
    return commands.CLEAN


def _items(report: ScanReport) -> Sequence[Any]:
    return report.plan.items if report.plan else ()


def _output(text: str) -> tuple[Callable[[Packet], bytes], str]:
    name, equals, path = text.partition("=")
    if name not in FORMATS or not (equals and path):
        known = ", ".join(f"{each}=PATH ({what})" for each, what in FORMATS.items())
        raise UsageError(f"-o {text!r}: write {known}")
    return import_module(f"scanner.report.packet.{name}").render, path


def _clause(known: Sequence[Clause], wanted: str) -> Clause:
    for each in known:
        if each.id == wanted:
            return each
    raise UsageError(f"no clause {wanted!r}; there are: {', '.join(each.id for each in known)}")


def _list(report: ScanReport, clause: Clause) -> int:
    rows = tuple(found(report, clause))
    for name, device, match in rows:
        label = " ".join(filter(None, (device.maker_name, device.model)))
        click.echo(
            f"{name}  {device.verdict.value:<8}  {excerpt(device.ip, 45):<15}  "
            f"{excerpt(label, 60):<32}  {match.list_id}: {match.applicability.value}"
        )
    if not rows:
        say(f"No device of this report is on {clause.list_id}, which {clause.citation} is about.")
    return commands.CLEAN


def _finding(report: ScanReport, clause: Clause, wanted: str) -> tuple[Finding, ListingMatch]:
    rows = [row for row in found(report, clause) if row[0].startswith(wanted.lower())]
    if len({name for name, *_ in rows}) == 1:
        return rows[0][1:]
    what = (
        f"{len(rows)} findings begin with" if rows else "no finding under this clause begins with"
    )
    raise UsageError(f"{what} {wanted!r}; `camcensus packet {clause.id}` lists them")


def _contract(details: Details, clause: Clause, wanted: str) -> Contract | None:
    """The contract named, or the only one that carries the clause."""
    if wanted:
        for each in details.contracts:
            if each.number == wanted:
                return each
        raise UsageError(f"the profile has no contract {wanted!r}")
    carrying = [each for each in details.contracts if each.clause == clause.id]
    if len(carrying) > 1:
        numbers = ", ".join(each.number for each in carrying)
        raise UsageError(f"several contracts carry {clause.id}; choose with --contract: {numbers}")
    return next(iter(carrying), None)


def _moment(text: str, report: ScanReport) -> datetime:
    moment = clocks.moment(text or report.finished)
    if moment is None:
        reason = (
            "is no moment such as 2026-11-23T10:00:00-05:00" if text else "has no end on record"
        )
        raise UsageError(f"{text or 'the scan'} {reason}; say with --identified when it was learnt")
    return moment


def _sent(given: datetime | None, details: Details) -> datetime | None:
    zone = details.zone or clocks.WESTERNMOST
    day: date | None = given.date() if given else None
    return datetime.combine(day, time(12), zone) if day else None


def _write(path: str, document: bytes) -> None:
    if path == "-":
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()
        return
    delivery.write_file(Path(path), [document])
    say(f"Wrote {path}")


def _tell(made: Packet, *, err: bool) -> None:
    click.echo(words.title(made), err=err)
    for number, part in enumerate(made.parts):
        click.echo(f"{part.deadline.title}. {words.deadline(made, number)}", err=err)
    empty = "; ".join(field.label.lower() for field in words.to_fill(made))
    click.echo(f"{words.TO_FILL}: {empty or 'nothing, but every line is to be confirmed'}", err=err)
    click.echo(words.DRAFT, err=err)
