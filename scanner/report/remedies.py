"""The sentences about reporting deadlines and the plan, the same in every format."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from scanner.model import ScanReport
from scanner.remedy import Deadline, Disposition, Screening, Unit

FROM_THE_SCAN = (
    "Counted from the end of the scan. Which moment counts as the identification is for the "
    "organisation to decide."
)
ESTIMATE = "Costs and hours are the operator's estimate, from its own price file."
NO_PRICES = "No price file was given: units are counted, costs and hours are not known."
DISPOSITIONS: Mapping[Disposition, str] = {
    Disposition.KEEP: "Keep",
    Disposition.ISOLATE: "Isolate",
    Disposition.REPLACE: "Replace",
    Disposition.REMOVE: "Remove",
    Disposition.INVESTIGATE: "Investigate",
}
SCREENINGS: Mapping[Screening, str] = {
    Screening.OFFERED: "no list used holds its maker on the report's date",
    Screening.FLAGGED: "not offered: its maker is on a list, or belongs to or buys from such a one",
    Screening.UNCHECKED: "not offered: its maker could not be looked up on the lists",
}
UNITS: Mapping[Unit, tuple[str, str]] = {
    Unit.BUSINESS_DAYS: ("business day", "business days"),
    Unit.HOURS: ("hour", "hours"),
}


def period(deadline: Deadline) -> str:
    """`1 business day`, `72 hours`."""
    return f"{deadline.count} {UNITS[deadline.unit][deadline.count != 1]}"


def due(deadline: Deadline) -> str:
    """When it ends: `by the end of 2026-11-24 (America/New_York)`, `by 2026-11-26 10:01:42 UTC`."""
    if deadline.unit is Unit.HOURS:
        return f"by {deadline.due[:10]} {deadline.due[11:19]} UTC"
    return f"by the end of {deadline.due} ({deadline.zone})"


def deadline(value: Deadline) -> str:
    """Which report is due when, counted how."""
    if value.unit is Unit.HOURS:
        began = f"{value.began[:10]} {value.began[11:19]} UTC"
    else:
        began = value.began
    if value.assumed:
        began += ", the last day for the report before it"
    without = f"; no business day: {', '.join(value.holidays)}" if value.holidays else ""
    return (
        f"{value.citation}, {value.title.lower()}: {due(value)}, which is {period(value)} after "
        f"{began}{without}."
    )


def reporting(report: ScanReport) -> Iterator[str]:
    """A paragraph for each clause: what is due when, and what starts the clock."""
    if not report.deadlines:
        yield from report.clocks
        return
    for _, group in groupby(report.deadlines, lambda each: each.clause):
        due = tuple(group)
        yield " ".join((*map(deadline, due), due[0].starts, FROM_THE_SCAN))
