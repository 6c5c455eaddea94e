"""The sentences: what they say, and the words they never use."""

from dataclasses import replace
from pathlib import Path

import pytest

from scanner.model import Applicability, Coverage, ProbeStatus, ScanReport, Verdict
from scanner.report import formats, wording
from tests.report import golden, samples

NEVER = ("illegal", "banned", "compliant", "certified")
SHIPPED = [*samples.ROOT.glob("reports/*.md"), *samples.ROOT.glob("reports/templates/*")]


def only(*verdicts: Verdict) -> ScanReport:
    """The office with one device of each verdict."""
    office = samples.office()
    return replace(
        office, devices=tuple(next(d for d in office.devices if d.verdict is v) for v in verdicts)
    )


def finished(report: ScanReport) -> ScanReport:
    """The same report of a complete scan."""
    return replace(report, coverage=replace(report.coverage, complete=True))


@pytest.mark.parametrize("name", [*formats.known(), "terminal"])
@pytest.mark.parametrize("report", [samples.office(), samples.empty(), samples.bare()])
def test_no_output_judges(name: str, report: ScanReport) -> None:
    text = golden.spoken(report) if name == "terminal" else golden.rendered(report, name).decode()
    assert not [word for word in NEVER if word in text.lower()]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_no_shipped_file_judges(path: Path) -> None:
    text = path.read_text("utf-8").lower()
    assert not [word for word in NEVER if word in text]


def test_the_headline_follows_the_worst_verdict_and_the_coverage() -> None:
    listed = only(Verdict.LISTED, Verdict.REVIEW, Verdict.NOT_LISTED)
    review = only(Verdict.REVIEW, Verdict.NOT_LISTED)
    clean = only(Verdict.NOT_LISTED)
    assert wording.headline(listed) == "1 of 3 devices traces back to a listed maker."
    assert "No device is established as listed; 1 needs a person" in wording.headline(review)
    assert "Nothing listed was found in what could be seen" in wording.headline(clean)
    assert wording.headline(finished(clean)).endswith("and the scan was complete.")
    assert wording.headline(samples.empty()) == "No device was found."


def test_one_thing_and_many_things() -> None:
    assert wording.count(1, "device") == "1 device"
    assert wording.count(0, "address", "addresses") == "0 addresses"
    assert wording.count(1200, "device") == "1,200 devices"


def test_a_moment_is_readable_and_a_strange_one_stays() -> None:
    assert wording.moment("2026-11-23T10:00:00Z") == "2026-11-23 10:00:00 UTC"
    assert wording.moment("yesterday") == "yesterday"


def test_unknown_coverage_is_said_to_be_unknown() -> None:
    unknown = Coverage(None, (), (), None, 0, 0, (), (), ())
    assert "not known" in wording.completeness(unknown)


def test_only_unanswered_questions_are_asked() -> None:
    office = samples.office()
    assert set(wording.open_questions(office)) == {"us-bis-entity-list", "us-ndaa-889"}
    answered = replace(
        office,
        devices=tuple(
            replace(
                d,
                listings=tuple(
                    replace(m, applicability=Applicability.DOES_NOT_APPLY) for m in d.listings
                ),
            )
            for d in office.devices
        ),
    )
    assert not wording.open_questions(answered)
    assert not any("contracts" in step for step in wording.next_steps(answered))


def test_there_is_always_a_next_step() -> None:
    done = replace(finished(only(Verdict.NOT_LISTED)), lists=())
    assert wording.next_steps(done) == (
        "Nothing has to be done now. Scan again when the network or a list changes.",
    )
    office = " ".join(wording.next_steps(samples.office()))
    for topic in (
        "Entity List, NDAA section 889",
        "contracts",
        "6 listed",
        "2 devices under",
        "gaps",
    ):
        assert topic in office
    assert "the last check is overdue: Entity List" in office


def test_every_status_is_explained() -> None:
    assert set(wording.STATUSES) == {status.value for status in ProbeStatus}
