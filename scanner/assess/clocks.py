"""When the reports that a contract clause asks for are due. No clock is read: moments are given.

A period of business days leaves out the day it is counted from, weekends and the public holidays
of 5 USC 6103, also where they are observed on another day. Closings by executive order count as
business days, so no deadline is told too late for one.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache

from scanner.model import Applicability, Clause, Finding, Verdict
from scanner.remedy import Deadline, ReportingPeriod, Unit

WESTERNMOST = timezone(timedelta(hours=-11), "UTC-11:00")
"""The last US zone to begin a day: used where none is known, no deadline comes out too late."""
FIRST_YEAR, LAST_YEAR = 2000, 2099
"""Years in which the moment of a report is believed."""
SATURDAY = 5


def moment(text: str) -> datetime | None:
    """ISO 8601 with a zone → a moment; None for anything else."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    believed = read.tzinfo is not None and FIRST_YEAR <= read.year <= LAST_YEAR
    return read if believed else None


def concerned(clauses: Iterable[Clause], findings: Iterable[Finding]) -> Iterator[Clause]:
    """Clauses whose list holds the maker of a listed device, and is not known to be beside it."""
    lists = {
        match.list_id
        for finding in findings
        if finding.verdict is Verdict.LISTED
        for match in finding.listings
        if match.applicability is not Applicability.DOES_NOT_APPLY
    }
    return (clause for clause in clauses if clause.list_id in lists)


def deadlines(
    clause: Clause, identified: datetime, zone: tzinfo | None, sent: datetime | None = None
) -> Iterator[Deadline]:
    """One for each report of the clause, if it was `identified` then and the first `sent` then.

    While a report is not sent, the next is counted from the last day on which it may be.
    """
    ends = {"identification": (identified, False)}
    for period in clause.periods:
        began, assumed = ends[period.after]
        due = _end(period, began.astimezone(zone or WESTERNMOST))
        yield _deadline(clause, period, began, due, assumed, zone or WESTERNMOST)
        ends[period.report] = (sent, False) if sent else (due, True)


def _end(period: ReportingPeriod, began: datetime) -> datetime:
    if period.unit is Unit.HOURS:
        return began.astimezone(UTC) + timedelta(hours=period.count)
    last = business_day(began.date(), period.count)
    return datetime(last.year, last.month, last.day, tzinfo=began.tzinfo)


def _deadline(
    clause: Clause,
    period: ReportingPeriod,
    began: datetime,
    due: datetime,
    assumed: bool,
    zone: tzinfo,
) -> Deadline:
    in_hours = period.unit is Unit.HOURS
    first, last = (began, due) if in_hours else (began.astimezone(zone), due)
    return Deadline(
        clause=clause.id,
        citation=clause.citation,
        report=period.report,
        title=period.title,
        count=period.count,
        unit=period.unit,
        starts=clause.starts,
        began=_text(first, in_hours),
        due=_text(last, in_hours),
        zone="UTC" if in_hours else str(zone),
        holidays=() if in_hours else tuple(holidays_between(first.date(), last.date())),
        assumed=assumed,
        grade=clause.grade,
    )


def _text(moment: datetime, in_hours: bool) -> str:
    if in_hours:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.date().isoformat()


def business_day(day: date, count: int) -> date:
    """The `count`-th business day after `day`, which itself never counts."""
    while count:
        day += timedelta(days=1)
        count -= is_business_day(day)
    return day


def is_business_day(day: date) -> bool:
    """True from Monday to Friday, but for federal holidays."""
    return day.weekday() < SATURDAY and day not in _federal(day.year)


def holidays_between(first: date, last: date) -> Iterator[str]:
    """`2026-11-26 Thanksgiving Day` for each one on a weekday after `first` and up to `last`."""
    for year in range(first.year, last.year + 1):
        for day, name in sorted(_federal(year).items()):
            if first < day <= last and day.weekday() < SATURDAY:
                yield f"{day.isoformat()} {name}"


@cache
def _federal(year: int) -> dict[date, str]:
    """Days of the year on which federal holidays fall or are observed, with their names."""
    from holidays import country_holidays  # noqa: PLC0415 - a quarter of a second, seldom needed

    return dict(country_holidays("US", years=year, expand=False).items())
