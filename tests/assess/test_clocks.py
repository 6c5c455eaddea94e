"""When reports are due: weekends, federal holidays, year ends, time zones, and nothing invented."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import data
from scanner.assess import clocks
from scanner.assess.assessment import assess
from scanner.model import Answer, Knowledge, Organisation, RunEnd, ScanReport
from scanner.remedy import Contract, Deadline, Details, Unit
from tests.assess import world

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))
MOMENTS = st.integers(1_000_000_000, 3_700_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
OFFSETS = st.integers(-11 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
REGIMES = {clause.id: clause for clause in data.load().clauses}
FIRST, FOLLOW_UP = "first", "follow-up"


def due(moment: str, clause: str = "52.204-25", zone: str = "America/New_York") -> dict[str, str]:
    """Report → when it is due."""
    return {d.report: d.due for d in found(moment, clause, zone)}


def found(moment: str, clause: str, zone: str) -> tuple[Deadline, ...]:
    identified = clocks.moment(moment)
    assert identified
    return tuple(clocks.deadlines(REGIMES[clause], identified, ZoneInfo(zone)))


@pytest.mark.parametrize(
    ("identified", "first", "follow_up"),
    [
        ("2026-11-23T15:00:00Z", "2026-11-24", "2026-12-09"),
        ("2026-11-25T15:00:00Z", "2026-11-27", "2026-12-11"),
        ("2026-11-27T15:00:00Z", "2026-11-30", "2026-12-14"),
        ("2026-11-28T15:00:00Z", "2026-11-30", "2026-12-14"),
        ("2026-07-02T15:00:00Z", "2026-07-06", "2026-07-20"),
        ("2021-12-23T15:00:00Z", "2021-12-27", "2022-01-11"),
        ("2021-12-30T15:00:00Z", "2022-01-03", "2022-01-18"),
        ("2022-12-31T15:00:00Z", "2023-01-03", "2023-01-18"),
    ],
)
def test_the_two_reports_of_52_204_25(identified: str, first: str, follow_up: str) -> None:
    assert due(identified) == {FIRST: first, FOLLOW_UP: follow_up}


def test_the_72_hours_of_52_240_91_run_through_weekends_and_holidays() -> None:
    assert due("2026-11-25T22:30:00Z", "52.240-91") == {FIRST: "2026-11-28T22:30:00Z"}
    assert due("2026-03-07T12:00:00-05:00", "52.240-91") == {FIRST: "2026-03-10T17:00:00Z"}


def test_an_evening_in_america_is_not_yet_the_next_day() -> None:
    assert due("2026-11-24T03:00:00Z")[FIRST] == "2026-11-24"
    assert due("2026-11-24T03:00:00Z", zone="UTC")[FIRST] == "2026-11-25"
    assert due("2026-11-24T03:00:00Z", zone="Pacific/Guam")[FIRST] == "2026-11-25"


def test_holidays_left_out_are_named() -> None:
    first, follow_up = found("2026-11-23T15:00:00Z", "52.204-25", "America/New_York")
    assert (first.began, first.holidays, first.assumed) == ("2026-11-23", (), False)
    assert follow_up.holidays == ("2026-11-26 Thanksgiving Day",)
    assert (follow_up.began, follow_up.assumed) == ("2026-11-24", True)
    (observed,) = found("2021-12-30T15:00:00Z", "52.204-25", "UTC")[:1]
    assert observed.holidays == ("2021-12-31 New Year's Day (observed)",)


def test_the_second_report_is_counted_from_the_day_the_first_was_sent() -> None:
    identified = datetime(2026, 11, 23, 15, tzinfo=UTC)
    sent = datetime(2026, 11, 23, 20, tzinfo=UTC)
    _, follow_up = clocks.deadlines(REGIMES["52.204-25"], identified, UTC, sent)
    assert (follow_up.began, follow_up.due) == ("2026-11-23", "2026-12-08")
    assert not follow_up.assumed


@given(DAYS, st.integers(1, 30))
def test_a_period_ends_on_a_business_day_with_just_as_many_in_it(day: date, count: int) -> None:
    last = clocks.business_day(day, count)
    assert clocks.is_business_day(last)
    between = (day + timedelta(days=n) for n in range(1, (last - day).days + 1))
    assert sum(map(clocks.is_business_day, between)) == count


@given(DAYS, st.integers(1, 30))
def test_a_later_start_never_ends_earlier(day: date, count: int) -> None:
    ends = [clocks.business_day(day + timedelta(days=n), count) for n in range(14)]
    assert all(one <= other for one, other in pairwise(ends))


@given(st.integers(2022, 2090))
def test_a_year_has_eleven_holidays_and_none_is_a_business_day(year: int) -> None:
    """5 USC 6103(a); a New Year's Day observed on 31 December belongs to the day it is for."""
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    weekdays = [d for d in days if d.weekday() < clocks.SATURDAY and d.year == year]
    off = [d for d in weekdays if not clocks.is_business_day(d)]
    moved = [d for d in off if (d.month, d.day) == (12, 31)]
    missing = date(year, 1, 1).weekday() == clocks.SATURDAY
    assert len(off) - len(moved) + missing == 11


@given(MOMENTS, OFFSETS)
def test_without_a_zone_no_deadline_is_told_too_late(moment: datetime, zone: timezone) -> None:
    clause = REGIMES["52.204-25"]
    careful = [d.due for d in clocks.deadlines(clause, moment, None)]
    there = [d.due for d in clocks.deadlines(clause, moment, zone)]
    assert all(one <= other for one, other in zip(careful, there, strict=True))


@given(MOMENTS, OFFSETS)
def test_hours_are_the_same_in_every_zone(moment: datetime, zone: timezone) -> None:
    clause = REGIMES["52.240-91"]
    (here,) = clocks.deadlines(clause, moment, None)
    (there,) = clocks.deadlines(clause, moment.astimezone(zone), zone)
    assert here == there
    end = datetime.fromisoformat(here.due)
    assert end - moment == timedelta(hours=72)


@given(st.text())
def test_a_moment_is_read_or_not_believed(text: str) -> None:
    read = clocks.moment(text)
    assert read is None or read.tzinfo is not None


@pytest.mark.parametrize(
    "text", ["", "2026-11-23", "2026-11-23T10:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59Z"]
)
def test_a_moment_nobody_can_count_from_is_none(text: str) -> None:
    assert clocks.moment(text) is None


def report(known: Knowledge, finished: str, organisation: Organisation) -> ScanReport:
    (run, *records, _end) = world.whole(world.host(), *world.web(http_server="App-webs/"))
    end = RunEnd(finished, 1, 2, complete=True)
    return assess((run, *records, end), known, world.TODAY, organisation=organisation)


def answered(answer: Answer, *clauses: str) -> Organisation:
    return Organisation(replies=world.replies({"contract": answer}, clauses))


def test_a_report_has_deadlines_once_a_clause_applies_and_a_device_is_listed() -> None:
    end = "2026-11-23T10:01:00Z"
    said = report(world.KNOWLEDGE, end, answered(Answer.YES, "c-1"))
    assert [(d.clause, d.began, d.due) for d in said.deadlines] == [
        ("c-1", "2026-11-22", "2026-11-23")
    ]
    assert not report(world.KNOWLEDGE, "", answered(Answer.YES, "c-1")).deadlines
    assert not report(world.KNOWLEDGE, end, answered(Answer.UNKNOWN)).deadlines
    assert not report(world.KNOWLEDGE, end, answered(Answer.NO)).deadlines
    assert not world.report(*world.whole(world.host(world.AXIS_MAC))).deadlines


def test_a_contract_names_its_clause_and_the_zone_its_midnight() -> None:
    details = Details(zone=ZoneInfo("Europe/Berlin"), contracts=(Contract("0001", "c-2"),))
    said = report(world.KNOWLEDGE, "2026-11-23T10:01:00Z", Organisation(details=details))
    (only,) = said.deadlines
    assert (only.clause, only.unit, only.due) == ("c-2", Unit.HOURS, "2026-11-23T11:01:00Z")
