"""The whole second half: one pass over records, coverage, lists, order, and golden evidence."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from scanner import evidence
from scanner.assess.assessment import Assessment, assess
from scanner.model import (
    Answer,
    DataFile,
    Observation,
    Organisation,
    ProbeResult,
    ProbeStatus,
    Record,
    RunEnd,
    RunInfo,
    ScanReport,
    Verdict,
)
from tests.assess.world import (
    AXIS_MAC,
    HIKVISION_MAC,
    IP,
    KNOWLEDGE,
    LISTS,
    LOCAL_MAC,
    RUN,
    TODAY,
    UNKNOWN_MAC,
    host,
    judge,
    replies,
    report,
    result,
    web,
    whole,
)

TIMEOUT, REFUSED = ProbeStatus.TIMEOUT, ProbeStatus.REFUSED
GOLDEN = Path(__file__).with_name("golden")


@dataclass(frozen=True)
class Torn:
    """Stands for a line that could not be read."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def end(results: int, *, complete: bool = True, limitations: tuple[str, ...] = ()) -> RunEnd:
    return RunEnd("2026-11-23T10:05:00Z", 1, results, complete, limitations)


def test_counts_add_up() -> None:
    seen = report(
        *whole(
            host(HIKVISION_MAC),
            *web(http_server="App-webs/"),
            result("tcp", 443, REFUSED),
            host(ip="192.0.2.11"),
            result("tcp", 80, TIMEOUT, "192.0.2.11"),
            result("tcp", 443, TIMEOUT, "192.0.2.11"),
        )
    )
    coverage = seen.coverage
    assert (coverage.hosts, coverage.results) == (2, 5)
    assert coverage.by_status == (("ok", 2), ("refused", 1), ("timeout", 2))
    assert sum(number for _, number in coverage.by_status) == coverage.results
    assert coverage.silent_hosts == ("192.0.2.11",)
    assert coverage.complete is True
    assert coverage.addresses == 256
    assert seen.issues == ()
    assert seen.run == RUN
    assert seen.finished == "2026-11-23T10:01:00Z"


@pytest.mark.parametrize(
    ("results", "silent"),
    [
        ((result("tcp", 80, TIMEOUT),), True),
        ((result("tcp", 80, TIMEOUT), result("tcp", 81, REFUSED)), False),
        ((result("tcp", 80, TIMEOUT), result("wsd")), False),
        ((result("tcp", 80, ProbeStatus.SKIPPED),), True),
        ((), False),
    ],
)
def test_a_silent_host_was_asked_and_gave_no_sign(
    results: tuple[ProbeResult, ...], silent: bool
) -> None:
    seen = report(*whole(host(AXIS_MAC), *results))
    assert seen.coverage.silent_hosts == ((IP,) if silent else ())


def test_evidence_without_run_and_end_leaves_coverage_unknown() -> None:
    seen = report(host(AXIS_MAC), *web(http_server="Axis"))
    assert seen.coverage.complete is None
    assert seen.coverage.addresses is None
    assert seen.devices[0].verdict is Verdict.NOT_LISTED
    assert seen.run.run == ""
    assert any("no run line" in issue for issue in seen.issues)


@pytest.mark.parametrize(
    "records",
    [
        (RUN, *web(http_server="Axis")),
        (RUN, *web(http_server="Axis"), end(2, complete=False)),
        (RUN, *web(http_server="Axis"), Torn(4, "torn (no line end)"), end(2)),
        (RUN, *web(http_server="Axis"), end(3)),
    ],
)
def test_a_run_cut_short_damaged_or_with_lines_missing_is_not_complete(
    records: tuple[Record, ...],
) -> None:
    seen = assess(records, KNOWLEDGE, TODAY)
    assert seen.coverage.complete is False
    assert len(seen.issues) == 1


def test_damaged_lines_are_named_and_the_rest_is_used() -> None:
    seen = assess((Torn(1, "not JSON"), *web(http_server="App-webs/")), KNOWLEDGE, TODAY)
    assert seen.coverage.damaged_lines == ("line 1: not JSON",)
    assert seen.devices[0].verdict is Verdict.LISTED
    assert "1 damaged lines of the evidence were left out." in seen.issues


def test_a_host_that_was_left_in_the_middle_is_not_cleared() -> None:
    ports = (result("tcp", port, REFUSED) for port in (443, 554))
    done = (host(AXIS_MAC), *web(http_server="Axis"), *ports)
    half = web(http_server="Axis")
    other = tuple(replace(r, ip="192.0.2.11") for r in half if isinstance(r, ProbeResult))
    first, second = report(RUN, *done, *other).devices
    assert (first.ip, first.verdict) == ("192.0.2.11", Verdict.UNDETERMINED)
    assert "cut short" in first.incomplete[0]
    assert (second.ip, second.verdict) == (IP, Verdict.NOT_LISTED)
    assert {d.verdict for d in report(*whole(*done, *other)).devices} == {Verdict.NOT_LISTED}


def test_a_resumed_run_stands_for_the_part_before_it() -> None:
    resumed = replace(RUN, run="run-2", started="2026-11-23T11:00:00Z")
    seen = report(RUN, host(AXIS_MAC), resumed, *web(http_server="Axis"), end(2))
    assert seen.coverage.complete is True
    assert seen.run.run == "run-1 run-2"
    assert seen.run.started == "2026-11-23T10:00:00Z"
    assert seen.run.scope == ("192.0.2.0/24",)


def test_another_scope_left_unfinished_stays_unfinished() -> None:
    elsewhere = replace(RUN, scope=("198.51.100.0/24",))
    assert report(elsewhere, RUN, *web(http_server="Axis"), end(2)).coverage.complete is False


def test_the_same_address_at_two_sites_is_two_devices() -> None:
    branch = replace(RUN, run="run-2", sensor="branch")
    seen = report(
        RUN, *web(http_server="App-webs/"), end(2), branch, *web(http_server="Axis"), end(2)
    )
    assert [(d.site, d.verdict) for d in seen.devices] == [
        ("hq-1", Verdict.LISTED),
        ("branch", Verdict.NOT_LISTED),
    ]
    assert seen.coverage.complete is True


def test_a_site_given_by_the_operator_names_the_devices() -> None:
    seen = assess(whole(*web(http_server="Axis")), KNOWLEDGE, TODAY, site="Head office")
    assert seen.devices[0].site == "Head office"


def test_limitations_of_start_and_end_are_kept_once() -> None:
    run = replace(RUN, limitations=("no raw socket",))
    seen = report(run, *web(), end(2, limitations=("no raw socket", "no multicast")))
    assert seen.coverage.limitations == ("no raw socket", "no multicast")


@pytest.mark.parametrize(
    ("scope", "excluded", "addresses"),
    [
        (("192.0.2.0/24",), (), 256),
        (("192.0.2.0/24", "192.0.2.128/25"), (), 256),
        (("192.0.2.0/24",), ("192.0.2.0/30", "192.0.2.1"), 252),
        (("192.0.2.0/30",), ("192.0.2.0/24",), 0),
        (("192.0.2.7", "2001:db8::/126"), ("2001:db8::1",), 4),
        (("192.0.2.0/24",), ("198.51.100.0/24",), 256),
        (("cameras.example",), (), None),
        ((), (), 0),
    ],
)
def test_the_scope_is_counted_without_what_was_excluded(
    scope: tuple[str, ...], excluded: tuple[str, ...], addresses: int | None
) -> None:
    seen = report(replace(RUN, scope=scope, excluded=excluded))
    assert seen.coverage.addresses == addresses


def test_devices_come_worst_first_then_by_number() -> None:
    servers = {
        "192.0.2.9": "Axis",
        "192.0.2.10": "nginx",
        "192.0.2.100": "App-webs/",
        "192.0.2.20": "App-webs/",
        "fe80::1": "App-webs/",
        "no address": "App-webs/",
    }
    results = (result("http", 80, ip=ip, http_server=said) for ip, said in servers.items())
    review = host(HIKVISION_MAC, "192.0.2.30")
    assert [d.ip for d in report(*whole(review, *results)).devices] == [
        "192.0.2.20",
        "192.0.2.100",
        "fe80::1",
        "no address",
        "192.0.2.30",
        "192.0.2.10",
        "192.0.2.9",
    ]


@pytest.mark.parametrize(
    ("as_of", "age", "overdue"),
    [
        (date(2026, 12, 1), 122, False),
        (date(2026, 12, 2), 123, True),
        (date(2021, 1, 1), 0, False),
    ],
)
def test_lists_tell_their_age_and_overdue_checks(as_of: date, age: int, overdue: bool) -> None:
    seen = report(*whole(), as_of=as_of)
    assert [e.id for e in seen.lists] == [e.id for e in LISTS]
    assert {(e.age_days, e.overdue) for e in seen.lists} == {(age, overdue)}
    assert len(seen.issues) == (len(LISTS) if overdue else 0)
    assert seen.as_of == as_of


def test_notes_and_files_of_the_loader_reach_the_report() -> None:
    file = DataFile("rules/x.yml", "00" * 32, "2026-08-01")
    known = replace(KNOWLEDGE, notes=("the list is longer than expected",), files=(file,))
    seen = assess(whole(), known, TODAY, tool="camcensus 0.1.0")
    assert seen.issues == ("the list is longer than expected",)
    assert seen.data_files == (file,)
    assert seen.tool == "camcensus 0.1.0"


def test_only_vendors_that_occur_come_with_the_report() -> None:
    seen = report(*whole(*web(http_title="HiLook"), result("tls", 1, ip="192.0.2.11")))
    assert [v.id for v in seen.vendors] == ["hikvision", "hilook"]


def test_addresses_of_nobody_we_know_can_be_named_from_outside() -> None:
    assessment = Assessment(KNOWLEDGE, TODAY)
    for number, mac in enumerate((UNKNOWN_MAC, HIKVISION_MAC, LOCAL_MAC, None)):
        assessment.add(host(mac, f"192.0.2.{number}"))
    assert assessment.unknown_macs() == (UNKNOWN_MAC,)
    owners = {d.ip: d.registered_to for d in assessment.report({UNKNOWN_MAC: "IANA"}).devices}
    assert owners == {
        "192.0.2.0": "IANA",
        "192.0.2.1": "Hangzhou Hikvision Digital Technology",
        "192.0.2.2": "",
        "192.0.2.3": "",
    }


def test_applicability_reaches_the_findings() -> None:
    answers = replies({"contract": Answer.YES}, ("c-2",))
    seen = assess(
        whole(*web(http_server="App-webs/")), KNOWLEDGE, TODAY, organisation=Organisation(answers)
    )
    assert {m.list_id: m.applicability.value for m in seen.devices[0].listings} == {
        "us-bis-entity-list": "ask",
        "us-dod-1260h": "ask",
        "us-ndaa-889": "applies",
    }
    assert [reply.answer.value for reply in seen.profile] == [
        "yes",
        "unknown",
        "unknown",
        "unknown",
    ]
    assert seen.clocks == ("Within an hour.",)


def test_a_finding_can_be_asked_for_while_the_scan_runs() -> None:
    assessment = Assessment(KNOWLEDGE, TODAY)
    assessment.add(RUN)
    assessment.add(host(HIKVISION_MAC))
    assert assessment.finding(IP).verdict is Verdict.REVIEW
    for record in web(http_server="App-webs/"):
        assessment.add(record)
    assert assessment.finding(IP).verdict is Verdict.LISTED
    assert assessment.finding("192.0.2.99").verdict is Verdict.UNDETERMINED
    assert len(assessment.report().devices) == 1


OFFICE: tuple[Record, ...] = (
    host(HIKVISION_MAC),
    *web(http_server="App-webs/", http_title="Hikvision"),
    result("onvif", 80, onvif_manufacturer="HIKVISION", onvif_model="DS-2CD2385G1-I"),
    host(AXIS_MAC, "192.0.2.11"),
    result("http", 80, ip="192.0.2.11", http_server="Axis"),
    result("tls", 443, ip="192.0.2.11", tls_subject="CN=x,O=Axis"),
    result("tcp", 554, TIMEOUT, "192.0.2.12"),
)


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_the_lines_changes_nothing(seed: int) -> None:
    shuffled = list(OFFICE)
    random.Random(seed).shuffle(shuffled)
    assert report(*whole(*shuffled)) == report(*whole(*OFFICE))


def test_the_same_evidence_gives_the_same_report_in_every_detail() -> None:
    assert repr(report(*whole(*OFFICE))) == repr(report(*whole(*OFFICE)))


def test_records_are_taken_one_at_a_time() -> None:
    taken = 0

    def stream() -> Iterator[Record]:
        nonlocal taken
        for record in whole(*OFFICE):
            taken += 1
            yield record

    assert len(assess(stream(), KNOWLEDGE, TODAY).devices) == 3
    assert taken == len(OFFICE) + 2


def read(name: str) -> ScanReport:
    with (GOLDEN / name).open(encoding="utf-8") as lines:
        return assess(evidence.load(lines), KNOWLEDGE, TODAY)


def test_golden_office() -> None:
    seen = read("office.jsonl")
    assert [(d.ip, d.verdict.value, d.maker_name, d.brand_name, d.model) for d in seen.devices] == [
        ("192.0.2.20", "listed", "Hikvision", "", "DS-2CD2385G1-I"),
        ("192.0.2.21", "listed", "Dahua", "Lorex", ""),
        ("192.0.2.22", "review", "", "Annke", ""),
        ("192.0.2.30", "review", "Huawei", "", ""),
        ("192.0.2.40", "undetermined", "", "", ""),
        ("192.0.2.23", "not-listed", "Axis", "", "P3245-LVE"),
    ]
    assert seen.coverage.complete is True
    assert seen.coverage.silent_hosts == ("192.0.2.40",)
    assert seen.run == RunInfo(
        "0a4c1f0e-6f0b-4d7c-9f8c-0e6f3a9d2b11", "camcensus 0.1.0", "2026-11-23T10:00:00Z",
        "hq-1", ("192.0.2.0/24",), settings=(("ports", "80,554"),),
    )  # fmt: skip


def test_golden_torn_file_is_used_as_far_as_it_goes() -> None:
    seen = read("torn.jsonl")
    assert [(d.ip, d.verdict.value) for d in seen.devices] == [("192.0.2.20", "listed")]
    assert seen.coverage.complete is False
    assert seen.coverage.damaged_lines == ("line 4: torn (no line end)",)


def test_golden_foreign_file_needs_no_run_line() -> None:
    seen = read("foreign.jsonl")
    assert [(d.ip, d.verdict.value) for d in seen.devices] == [
        ("192.0.2.20", "listed"),
        ("192.0.2.23", "not-listed"),
    ]
    assert seen.coverage.complete is None


def test_judging_an_old_scan_again_on_another_date() -> None:
    assert judge(*web(http_server="App-webs/"), as_of=date(2018, 1, 1)).verdict is (
        Verdict.NOT_LISTED
    )


def test_a_host_known_from_an_import_only_is_never_cleared() -> None:
    imported = RunInfo("run-2", "camcensus 0.1.0", "2026-11-23T10:00:00Z")
    known = ProbeResult(
        "192.0.2.9", "csv", ProbeStatus.OK, observations=(Observation("http.server", "Axis"),)
    )
    end = RunEnd("2026-11-23T10:00:01Z", 1, 1, complete=True)
    seen = report(imported, known, end)
    assert [d.verdict for d in seen.devices] == [Verdict.UNDETERMINED]
    assert seen.coverage.complete is None
