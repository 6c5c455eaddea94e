"""The sentences: what they say, and the words they never use."""

from dataclasses import replace
from pathlib import Path

import pytest

from scanner.model import Answer, Applicability, Coverage, ProbeStatus, ScanReport, Verdict
from scanner.report import formats, wording
from tests.report import golden, samples

NEVER = ("illegal", "banned", "compliant", "certified")
SHIPPED = [*samples.ROOT.glob("reports/*.md"), *samples.ROOT.glob("reports/templates/*")]


def only(*verdicts: Verdict) -> ScanReport:
    """The office with one device of each verdict."""
    office = samples.office()
    return samples.holding(
        office, tuple(next(d for d in office.devices if d.verdict is v) for v in verdicts)
    )


def words(report: ScanReport, name: str) -> str:
    """What the format says."""
    return golden.words(golden.rendered(report, name))


def finished(report: ScanReport) -> ScanReport:
    """The same report of a complete scan."""
    return replace(report, coverage=replace(report.coverage, complete=True))


@pytest.mark.parametrize("name", [*formats.known(), "terminal"])
@pytest.mark.parametrize("report", [samples.office(), samples.empty(), samples.bare()])
def test_no_output_judges(name: str, report: ScanReport) -> None:
    text = golden.spoken(report) if name == "terminal" else words(report, name)
    assert not [word for word in NEVER if word in text.lower()]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_no_shipped_file_judges(path: Path) -> None:
    text = path.read_text("utf-8").lower()
    assert not [word for word in NEVER if word in text]


@pytest.mark.parametrize("path", golden.GOLDEN, ids=lambda path: path.name)
def test_no_output_on_record_judges(path: Path) -> None:
    text = golden.words(path.read_bytes()).lower()
    assert not [word for word in NEVER if word in text]


@pytest.mark.parametrize("name", [*formats.known(), "terminal"])
def test_every_report_carries_editions_ages_overdue_checks_and_the_notice(name: str) -> None:
    office = samples.office()
    text = golden.spoken(office, 10_000) if name == "terminal" else words(office, name)
    assert "It is not legal advice" in text
    for edition in office.lists:
        assert edition.edition.isoformat() in text
        assert str(edition.age_days) in text
    assert "overdue" in text


def answered(answer: Answer, **states: Applicability) -> ScanReport:
    """The office whose organisation gave one answer to everything."""
    office = samples.office()
    return replace(
        office,
        profile=tuple(replace(reply, answer=answer) for reply in office.profile),
        devices=tuple(
            replace(
                device,
                listings=tuple(
                    replace(
                        m,
                        applicability=states.get(m.list_id.replace("-", "_"), Applicability.ASK),
                    )
                    for m in device.listings
                ),
            )
            for device in office.devices
        ),
    )


def test_all_no_gives_the_honest_sentence_in_every_format() -> None:
    no = Applicability.DOES_NOT_APPLY
    report = answered(Answer.NO, us_bis_entity_list=no, us_ndaa_889=no)
    said = wording.conclusion(report)
    assert said == f"{wording.NO_REGIME} Not settled by these answers: NS-CMIC List."
    for name in ("html", "json"):
        assert said in golden.rendered(report, name).decode()
    assert said in golden.spoken(report, 1000)
    everything = answered(Answer.NO, us_bis_entity_list=no, us_ndaa_889=no, us_ofac_ns_cmic=no)
    assert wording.conclusion(everything) == wording.NO_REGIME


def test_all_unknown_never_reads_as_clean() -> None:
    said = wording.conclusion(answered(Answer.UNKNOWN))
    assert said == (
        "3 of 3 questions about this organisation are not answered; what is not answered is not "
        "clean."
    )


def test_a_yes_names_the_lists_that_concern() -> None:
    report = answered(Answer.YES, us_ndaa_889=Applicability.APPLIES)
    assert wording.conclusion(report) == (
        "By the answers on record these lists concern this organisation: NDAA section 889."
    )
    assert wording.conclusion(replace(report, devices=())) == ""
    assert wording.conclusion(replace(report, profile=())) == ""
    sentence = "Within a day."
    undated = replace(report, clocks=(sentence,), deadlines=())
    assert sentence in wording.next_steps(undated)


def test_a_deadline_says_when_which_report_is_due_and_what_starts_the_clock() -> None:
    steps = wording.next_steps(samples.office())
    for said in (
        "FAR 52.204-25(d), first report: due 2026-11-24, midnight in America/New_York, if the "
        "scan identified it. The clock starts when",
        "FAR 52.204-25(d), follow-up report: due 2026-12-09, midnight in America/New_York, if the "
        "one before is sent on its last day.",
        "FAR 52.240-91(h), report: due 2026-11-26 10:01:42 UTC, if the scan identified it.",
    ):
        assert [step for step in steps if step.startswith(said)]


def test_waived_findings_are_counted_and_stay() -> None:
    office = samples.office()
    assert wording.waived_line(office).startswith("1 device, 1 of them for some of its lists only.")
    first = office.devices[0]
    wholly = replace(
        first, listings=tuple(replace(m, waiver=samples.WAIVER) for m in first.listings)
    )
    report = replace(office, devices=(wholly, *office.devices[1:]))
    assert wording.waived_line(report) == "1 device. Waived devices stay in every count."
    assert "6 of 15" in wording.headline(report)
    assert "Waived until 2027-01-31 by A. Person" in golden.rendered(report, "html").decode()
    assert "Waived: 1 device" in golden.spoken(report, 200)
    assert wording.waived_line(samples.empty()) == ""
    assert wording.waiver(office.devices[1].listings[0]) == ""


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
    assert set(wording.open_questions(office)) == {"us-bis-entity-list"}
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
        "Entity List",
        "contracts",
        "6 listed",
        "2 devices under",
        "gaps",
    ):
        assert topic in office
    assert "the last check is overdue: Entity List" in office


def test_every_status_is_explained() -> None:
    assert set(wording.STATUSES) == {status.value for status in ProbeStatus}
