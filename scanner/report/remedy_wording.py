"""How the replacement plan and the deadlines are told, the same in every document."""

from collections.abc import Iterable, Mapping, Sequence

from scanner.model import Finding, ScanReport
from scanner.remedy import (
    Deadline,
    Disposition,
    Plan,
    PlanItem,
    Replacement,
    Requirement,
    Screening,
    Span,
    Total,
    Unit,
)
from scanner.report.figures import address_ranges
from scanner.report.wording import count, day, moment

ESTIMATE = (
    "Costs and hours are the operator's own estimate, from low to high. Nothing here is a price "
    "of the market."
)
UNPRICED = "No price file was given, so the plan counts devices and names no cost."
SCREENINGS: Mapping[Screening, str] = {
    Screening.OFFERED: "no list used holds its maker",
    Screening.FLAGGED: "flagged, not offered",
    Screening.UNCHECKED: "could not be checked",
}
TOTALS: Mapping[str, str] = {
    "all": "All devices",
    "site": "Site",
    "phase": "Phase",
    "year": "Budget year",
}


def summary(report: ScanReport) -> str:
    """`replace 6, investigate 7; decided by a person: 1`; empty without a plan."""
    if report.plan is None or not report.plan.items:
        return ""
    counts = ", ".join(dispositions(t) for t in report.plan.totals if t.by == "all")
    made = sum(item.decision is not None for item in report.plan.items)
    return f"{counts}; decided by a person: {made:,}"


def ordered(plan: Plan, phase: str) -> tuple[PlanItem, ...]:
    """What is to be done in a phase, most pressing first; kept devices are left out."""
    items = (i for i in plan.items if i.phase == phase and i.agreed is not Disposition.KEEP)
    return tuple(sorted(items, key=lambda i: i.priority))


def kept(report: ScanReport, plan: Plan) -> tuple[str, ...]:
    """Addresses of devices of which nothing is proposed."""
    numbers = (i.number for i in plan.items if i.agreed is Disposition.KEEP)
    return address_ranges(report.devices[n - 1].ip for n in numbers)


def device(report: ScanReport, item: PlanItem) -> Finding:
    """The device an item is about."""
    return report.devices[item.number - 1]


def disposition(item: PlanItem) -> str:
    """What becomes of the device, and what was proposed where a person decided otherwise."""
    other = item.agreed is not item.disposition
    return f"{item.agreed.value} (proposed: {item.disposition.value})" if other else item.agreed


def requirement(need: Requirement) -> str:
    """`form factor: dome (model name)`, `resolution: not known`."""
    basis = f" ({need.basis})" if need.basis else ""
    return f"{need.trait}: {need.value or 'not known'}{basis}"


def candidates(plan: Plan, item: PlanItem) -> tuple[str, ...]:
    """Replacements no known requirement rules out, with what is still to be compared."""
    named = {each.id: title(each) for each in plan.replacements}
    return tuple(
        named.get(o.replacement, o.replacement)
        + (f"; compare {', '.join(o.to_check)}" if o.to_check else "")
        for o in item.options
    )


def title(replacement: Replacement) -> str:
    """Maker and model."""
    return " ".join(filter(None, (replacement.maker_name, replacement.model)))


def statement(replacement: Replacement) -> str:
    """What the maker states, for what, where it stands and when it was read; may be empty."""
    said = replacement.statement
    if said is None:
        return ""
    dates = (
        f"of {day(said.made)}" if said.made else "undated",
        f"read {day(said.read)}" if said.read else "not known when read",
    )
    source = ", ".join(filter(None, (said.source, said.url)))
    return f"Its maker makes a statement on {said.about} for this {said.scope}: {source}; " + (
        ", ".join(dates) + "."
    )


def cost(span: Span | None, currency: str) -> str:
    """`USD 780.00 to 1,310.50`; empty when there is none."""
    if span is None:
        return ""
    low, high = f"{span.low:,.2f}", f"{span.high:,.2f}"
    return f"{currency} {low}" + (f" to {high}" if high != low else "")


def hours(span: Span | None) -> str:
    """`2 to 4 hours`; empty when there is none."""
    if span is None:
        return ""
    low, high = (f"{number.normalize():,f}" for number in (span.low, span.high))
    return f"{low} to {high} hours" if high != low else f"{low} hours"


def decided(item: PlanItem) -> str:
    """Owner, date and note of the decision; empty when there is none."""
    made = item.decision
    if made is None:
        return ""
    due = f"by {day(made.due)}" if made.due else ""
    return ", ".join(filter(None, (made.owner, due, made.note)))


def dispositions(total: Total) -> str:
    """`replace 6, investigate 7`."""
    return ", ".join(f"{which.value} {number:,}" for which, number in total.dispositions)


def estimate(total: Total, currency: str) -> str:
    """Cost, hours and what has no price."""
    unpriced = f"{count(total.unpriced, 'unit')} without a price" if total.unpriced else ""
    return "; ".join(filter(None, (cost(total.cost, currency), hours(total.hours), unpriced)))


def total_of(total: Total) -> str:
    """What is summed up: `All devices`, `Site: not named`."""
    word = TOTALS.get(total.by, total.by)
    return word if total.by == "all" else f"{word}: {total.name or 'not named'}"


def mitigation(report: ScanReport) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each step to take until a device is replaced, with the addresses it is for."""
    steps: dict[str, list[str]] = {}
    for item in report.plan.items if report.plan else ():
        for step in item.mitigation:
            steps.setdefault(step, []).append(device(report, item).ip)
    return tuple((step, address_ranges(ips)) for step, ips in steps.items())


def due(deadline: Deadline) -> str:
    """Until when, in which time."""
    if deadline.unit is Unit.HOURS:
        return moment(deadline.due)
    return f"{deadline.due}, midnight in {deadline.zone}"


def period(deadline: Deadline) -> str:
    """`1 business day from 2026-11-23`, holidays left out named."""
    noun = "hour" if deadline.unit is Unit.HOURS else "business day"
    without = f", without {', '.join(deadline.holidays)}" if deadline.holidays else ""
    assumed = " (itself a deadline)" if deadline.assumed else ""
    return f"{count(deadline.count, noun)} from {moment(deadline.began)}{assumed}{without}"


def starts(deadlines: Sequence[Deadline]) -> Iterable[str]:
    """What starts the clocks, each sentence once."""
    return dict.fromkeys(each.starts for each in deadlines)
