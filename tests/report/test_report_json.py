"""JSON: the shape of the published schema, nothing lost, nothing that acts."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from scanner import evidence
from scanner.model import (
    Host,
    Observation,
    ProbeResult,
    ProbeStatus,
    Progress,
    RunEnd,
    RunInfo,
    ScanReport,
    State,
    Verdict,
)
from scanner.remedy import finding_id
from scanner.report.json import JsonFormat, device
from tests.report import golden, samples

REPORTS = {"office": samples.office, "empty": samples.empty, "bare": samples.bare}


def schema(name: str) -> Any:
    """A published schema."""
    return json.loads((samples.ROOT / "reports" / "schema" / f"{name}.json").read_text("utf-8"))


def closed(node: Any) -> Any:
    """The same schema without room for keys it does not describe."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    shut = {key: closed(value) for key, value in node.items()}
    if "properties" in node and "$schema" not in node:
        shut["additionalProperties"] = False
    return shut


def parsed(report: ScanReport) -> Any:
    """What a program reads."""
    return json.loads(golden.rendered(report, "json"))


@pytest.mark.parametrize("name", ["report-1", "evidence-1"])
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_a_report_is_exactly_what_the_schema_describes(report: Any) -> None:
    Draft202012Validator(closed(schema("report-1"))).validate(parsed(report()))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "report-2"),
        ("coverage.hosts", -1),
        ("run.as_of", "23 November 2026"),
        ("run.data_files.0.sha256", "00"),
        ("devices.0.verdict", "clean"),
        ("devices.0.product_class", "webcam"),
        ("devices.0.maker.strength", "0.9"),
        ("devices.0.listings.0.relation", "friend"),
        ("devices.0.listings.0.grade", "U"),
        ("summary.by_verdict", {"listed": 1}),
        ("regimes.0.entities", None),
    ],
)
def test_the_schema_refuses_what_is_wrong(path: str, value: object) -> None:
    report = parsed(samples.office())
    *way, last = path.split(".")
    node = report
    for step in way:
        node = node[int(step)] if step.isdigit() else node[step]
    node[last] = value
    assert not Draft202012Validator(schema("report-1")).is_valid(report)


def test_the_top_level_is_the_contract() -> None:
    report = parsed(samples.office())
    assert list(report) == [
        "schema", "run", "coverage", "summary", "devices", "regimes", "profile", "plan", "issues",
        "notice",
    ]  # fmt: skip
    assert report["schema"] == "report-1"
    assert parsed(samples.bare())["plan"] is None


def test_a_device_says_who_made_it_under_which_label_and_how_we_know() -> None:
    lorex = next(d for d in parsed(samples.office())["devices"] if d["brand"])
    assert (lorex["maker"]["id"], lorex["brand"]["id"]) == ("dahua", "lorex")
    assert lorex["maker"]["strength"] == "declares"
    assert lorex["maker"]["evidence"][0]["rule"] == "dhip-frame"
    first = lorex["listings"][0]
    assert (first["list"], first["since"]) == ("us-bis-entity-list", "2019-10-09")
    assert (first["citation"], first["relation"]) == ("84 FR 54002", "producer")


def test_waivers_answers_and_open_affiliates_are_told() -> None:
    report = parsed(samples.office())
    waivers = {m["list"]: m["waiver"] for m in report["devices"][0]["listings"]}
    assert waivers["us-bis-entity-list"] is None
    assert waivers["us-ndaa-889"]["until"] == "2027-01-31"
    assert [reply["answer"] for reply in report["profile"]["answers"]] == ["yes", "unknown", "no"]
    ezviz = next(d for d in report["devices"] if d["open_affiliates"])
    assert ezviz["open_affiliates"][0]["list"] == "us-fcc-covered-list"
    assert "not legal advice" in report["notice"]


def test_the_plan_says_for_every_device_what_becomes_of_it_and_why() -> None:
    report = parsed(samples.office())
    items = report["plan"]["items"]
    assert [i["device"] for i in items] == [d["id"] for d in report["devices"]]
    first = items[0]
    assert (first["disposition"], first["agreed"], first["rule"]) == (
        "replace",
        "replace",
        "concerned",
    )
    assert first["requirements"][1] == {"trait": "resolution", "value": None, "basis": None}
    assert first["cost"] == {"low": 780.0, "high": 1310.5}
    assert first["decision"]["owner"] == "B. Person, facilities"
    screening = {r["id"]: r["screening"] for r in report["plan"]["replacements"]}
    assert screening["uniview-ipc3612"] == "flagged"
    assert report["plan"]["unmatched_decisions"][0]["keys"] == ["serial:0A00000PAG00099"]


def test_deadlines_name_clause_start_and_end() -> None:
    first, follow_up, only = parsed(samples.office())["profile"]["deadlines"]
    assert (first["clause"], first["due"]) == ("52.204-25", "2026-11-24")
    assert follow_up["assumed"] is True
    assert follow_up["holidays"] == ["2026-11-26 Thanksgiving Day"]
    assert (only["unit"], only["count"], only["due"]) == ("hours", 72, "2026-11-26T10:01:42Z")


def test_a_finding_has_one_name_whatever_the_address() -> None:
    first = samples.office().devices[0]
    moved = replace(first, ip="192.0.2.99", site="other")
    named = [device(each)["listings"][1]["finding"] for each in (first, moved)]
    assert named[0] == named[1] == finding_id("mac:44:19:b6:00:00:01", "us-ndaa-889")
    made_up = replace(first, mac="02:19:b6:00:00:01")
    assert made_up.identity == f"serial:{first.serial}"
    assert replace(made_up, serial="").identity == "address::192.0.2.10"


def test_counts_add_up() -> None:
    report = parsed(samples.office())
    summary = report["summary"]
    assert sum(summary["by_verdict"].values()) == summary["devices"] == len(report["devices"])
    assert sum(maker["devices"] for maker in summary["by_maker"]) == summary["devices"]


def test_progress_over_time_is_told_when_runs_are_kept() -> None:
    point = Progress(
        "2026-11-23T10:01:42Z", "r1", ((Verdict.LISTED, 2),), ((State.OPEN, 1), (State.REMOVED, 1))
    )
    told = parsed(replace(samples.office(), history=(point,)))
    Draft202012Validator(closed(schema("report-1"))).validate(told)
    assert told["history"] == [
        {
            "at": "2026-11-23T10:01:42Z",
            "run": "r1",
            "verdicts": {"listed": 2},
            "states": {"open": 1, "removed": 1},
        }
    ]
    assert "history" not in parsed(samples.office())


def test_a_list_without_a_hit_is_still_reported() -> None:
    regimes = parsed(samples.empty())["regimes"]
    assert [regime["list"] for regime in regimes] == [e.id for e in samples.EDITIONS]
    assert all(regime["devices"] == {"listed": 0, "review": 0} for regime in regimes)


def test_two_runs_in_one_report_keep_both_ids_and_all_settings() -> None:
    run = RunInfo("a b", "t", "", settings=(("rate", "1"), ("rate", "2")))
    unknown = samples.bare().coverage
    report = parsed(ScanReport(run, "", "t", date(2026, 1, 1), (), (), unknown, (), ()))
    assert report["run"]["ids"] == ["a", "b"]
    assert report["run"]["settings"] == {"rate": "1; 2"}


def test_one_device_is_one_line_and_the_file_ends_with_a_newline() -> None:
    text = golden.rendered(samples.office(), "json").decode()
    lines = [line for line in text.splitlines() if line.startswith('{"ip":')]
    assert len(lines) == len(samples.office().devices)
    assert text.endswith("}\n")


@given(st.text(min_size=1))
def test_values_are_kept_whole_whatever_they_hold(text: str) -> None:
    office = samples.spoiled(samples.bare(), text)
    rendered = b"".join(JsonFormat().render(office, samples.templates))
    assert json.loads(rendered)["devices"][0]["ip"] == text


def test_no_raw_control_reaches_the_file() -> None:
    text = golden.rendered(samples.spoiled(samples.office(), golden.HOSTILE), "json").decode()
    assert not set(text) & {chr(c) for c in (*range(10), *range(11, 32), *range(127, 160), 0x202E)}
    assert json.loads(text)["devices"][0]["model"] == golden.HOSTILE


def test_evidence_lines_are_what_their_schema_describes() -> None:
    validator = Draft202012Validator(closed(schema("evidence-1")))
    records = (
        RunInfo("r", "camcensus 0.1.0", samples.STARTED, "hq-1", ("192.0.2.0/24",)),
        Host("192.0.2.10", "44:19:b6:00:00:01", ("arp",), samples.STARTED),
        Host("2001:db8::1"),
        ProbeResult("192.0.2.10", "http", ProbeStatus.TIMEOUT, 80, "slow", samples.STARTED, 4.0),
        ProbeResult(
            "192.0.2.10", "onvif", ProbeStatus.OK,
            observations=(Observation("wsd.scope", "x", "0" * 64), Observation("tcp.open", "80")),
        ),
        RunEnd(samples.FINISHED, 1, 2, complete=True),
    )  # fmt: skip
    for record in records:
        validator.validate(json.loads(evidence.dump(record)))


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ({"type": "host", "ip": "192.0.2.1"}, True),
        ({"type": "result", "ip": "192.0.2.1", "probe": "nmap", "status": "ok"}, True),
        ({"type": "remark", "text": "a reader skips this"}, True),
        ({"type": "host", "ip": "192.0.2.1", "rack": "a reader keeps this"}, True),
        ({"ip": "192.0.2.1"}, False),
        ({"type": "host"}, False),
        ({"type": "host", "ip": "camera.example"}, False),
        ({"type": "result", "ip": "192.0.2.1", "probe": "nmap", "status": "open"}, False),
        ({"type": "result", "ip": "192.0.2.1", "probe": "p", "status": "ok", "port": 70000}, False),
        ({"type": "end"}, False),
    ],
)
def test_the_evidence_schema_knows_the_minimum(line: dict[str, object], fits: bool) -> None:
    assert Draft202012Validator(schema("evidence-1")).is_valid(line) is fits
