"""Sections of the printed document on what follows: mitigation, plan, reporting periods."""

from collections.abc import Iterator, Sequence

from scanner.model import ScanReport
from scanner.remedy import Phase, Plan, PlanItem
from scanner.report import guidance, remedy_wording, wording
from scanner.report.blocks import Block, Cell, addresses, cell, heading, items, named, table, text

_ESTIMATE = ("Operator's estimate", 2.0)


def mitigation(report: ScanReport) -> Iterator[Block]:
    """What to do until a device is replaced."""
    if steps := remedy_wording.mitigation(report):
        rows = [(step, addresses(ranges)) for step, ranges in steps]
        columns = (("Step", 4.0), ("Devices", 3.0))
        yield table("Steps until then, and the devices they are for", columns, rows)
        yield text(guidance.MITIGATION_LIMITS)
    else:
        yield text("No step is proposed for any device.")


def plan(report: ScanReport) -> Iterator[Block]:
    """What becomes of each device, in what order, at what estimate."""
    made = report.plan
    if made is None or not made.items:
        yield text("No plan was made.")
        return
    yield items(made.order)
    yield text(remedy_wording.ESTIMATE if made.currency else remedy_wording.UNPRICED)
    yield _totals(made)
    for phase in made.phases:
        yield from _phase(report, made, phase)
    if kept := remedy_wording.kept(report, made):
        yield text(f"Kept as they are: {named(kept)}.")
    if made.replacements:
        yield _candidates(report, made)
    if made.unmatched:
        names = ", ".join(each.keys[0] for each in made.unmatched)
        yield text(f"Decisions on devices that this report does not hold: {names}.")


def _totals(made: Plan) -> Block:
    columns = [("Of", 2.5), ("To replace", 1.0), ("What becomes of them", 3.0), _ESTIMATE]
    rows = [
        (
            remedy_wording.total_of(each),
            f"{each.units:,}",
            remedy_wording.dispositions(each),
            remedy_wording.estimate(each, made.currency),
        )
        for each in made.totals
    ]
    return _priced("Totals", columns, rows, made)


def _priced(
    caption: str, columns: list[tuple[str, float]], rows: Sequence[tuple[Cell, ...]], made: Plan
) -> Block:
    """The table, without the column of estimates where no price file was given."""
    kept = [i for i, column in enumerate(columns) if made.currency or column is not _ESTIMATE]
    shown = [tuple(row[i] for i in kept) for row in rows]
    return table(caption, [columns[i] for i in kept], shown)


def _phase(report: ScanReport, made: Plan, phase: Phase) -> Iterator[Block]:
    steps = remedy_wording.ordered(made, phase.id)
    if not steps:
        return
    yield heading(phase.title)
    yield text(phase.goal)
    columns = [
        ("No.", 0.7), ("Device", 2.0), ("What and why", 2.6), ("Must match", 2.2),
        ("Candidates", 2.0), _ESTIMATE, ("Owner, date", 1.8),
    ]  # fmt: skip
    rows = [_step(report, made, item) for item in steps]
    caption = f"{phase.title}: {wording.count(len(rows), 'device')}, most pressing first"
    yield _priced(caption, columns, rows, made)


def _step(report: ScanReport, made: Plan, item: PlanItem) -> tuple[Cell, ...]:
    device = remedy_wording.device(report, item)
    estimate = (remedy_wording.cost(item.cost, made.currency), remedy_wording.hours(item.hours))
    return (
        str(item.priority),
        cell(device.ip, device.maker_name, device.model),
        cell(remedy_wording.disposition(item), item.reason),
        cell("", *map(remedy_wording.requirement, item.requirements)),
        cell("", *remedy_wording.candidates(made, item)),
        cell("", *estimate),
        remedy_wording.decided(item),
    )


def _candidates(report: ScanReport, made: Plan) -> Block:
    columns = (("Product", 1.6), ("Lists", 2.5), ("What its maker states", 3.4), ("From", 1.5))
    rows = [
        (
            remedy_wording.title(each),
            cell(remedy_wording.SCREENINGS[each.screening], *each.lists),
            cell(remedy_wording.statement(each), each.note),
            each.source,
        )
        for each in made.replacements
    ]
    day = wording.day(report.as_of)
    return table(f"Candidates, each held against all lists as of {day}", columns, rows)


def clocks(report: ScanReport) -> Iterator[Block]:
    """Reporting periods of the clauses the organisation named, and when they end."""
    if report.clocks:
        yield items(report.clocks)
    else:
        yield text("The organisation has named no contract clause that sets a reporting period.")
    if report.deadlines:
        columns = (("Clause", 2.0), ("Report", 1.6), ("Period", 3.6), ("Due", 2.4))
        rows = [
            (
                cell(each.citation, f"grade {each.grade}"),
                each.title,
                remedy_wording.period(each),
                remedy_wording.due(each),
            )
            for each in report.deadlines
        ]
        yield table("Latest times, if the count really began then", columns, rows)
    for sentence in remedy_wording.starts(report.deadlines):
        yield text(sentence, "quiet")
