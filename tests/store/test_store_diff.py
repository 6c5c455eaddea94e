"""`camcensus diff` and `progress` on a store: text, JSON, HTML, and lists that changed since."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from scanner import app, cli, keeping
from scanner.evidence import Writer
from scanner.model import Decision, Observation, ProbeResult, ProbeStatus, Record, RunInfo, State
from scanner.store import decisions
from scanner.store.runs import FINISHED, RunStore
from tests.report.golden import HOSTILE
from tests.store.site import Camera, moment, records, scan

ROOT = Path(__file__).parents[2]
CAMERAS = [
    Camera(f"192.0.2.{n}", mac=f"3c:ef:8c:00:00:{n:02x}", serial=f"4K01234PAZ{n:05}")
    for n in range(1, 6)
]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    monkeypatch.setattr(keeping, "DIRECTORY", tmp_path / "kept")
    monkeypatch.delenv("CAMCENSUS_STORE", raising=False)
    return keeping.opened()


def camcensus(*words: str) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(cli.camcensus, words, standalone_mode=False)


def changes(result: Result) -> list[Any]:
    return [c for each in json.loads(result.stdout)["comparisons"] for c in each["changes"]]


def test_what_changed_between_the_newest_two(store: RunStore) -> None:
    scan(store, CAMERAS[:4], 1)
    now = [
        replace(CAMERAS[0], firmware="2.840"),
        replace(CAMERAS[1], ip="192.0.2.77"),
        *CAMERAS[3:],
    ]
    scan(store, now, 2)
    runs = ("hq-0001", "hq-0002")
    told = camcensus("diff", *runs)
    assert told.return_value == 1
    assert "firmware 2.800 → 2.840" in told.stdout
    assert "address 192.0.2.2 → 192.0.2.77" in told.stdout
    assert "Not seen, which is not removed (1)" in told.stdout
    assert "1 devices are as they were." in told.stdout
    turns = [c["turn"] for c in changes(camcensus("diff", *reversed(runs), "-o", "json=-"))]
    assert turns == ["new", "changed", "moved", "not seen"]


def test_json_is_what_its_schema_describes(store: RunStore) -> None:
    scan(store, CAMERAS[:4], 1)
    scan(store, [replace(CAMERAS[0], model=HOSTILE), *CAMERAS[2:]], 2)
    schema = json.loads((ROOT / "reports/schema/changes-1.json").read_text())
    Draft202012Validator.check_schema(schema)
    told = json.loads(camcensus("diff", "hq-0001", "hq-0002", "-o", "json=-").stdout)
    Draft202012Validator(schema).validate(told)


def test_html_and_text_are_harmless(store: RunStore, tmp_path: Path) -> None:
    scan(store, CAMERAS[:2], 1)
    scan(store, [replace(CAMERAS[0], model=HOSTILE), CAMERAS[1]], 2)
    page = tmp_path / "changes.html"
    told = camcensus("diff", "hq-0001", "hq-0002", "-o", f"html={page}", "-o", "text=-")
    assert told.return_value == 1
    assert "\x1b" not in told.stdout
    html = page.read_text()
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html
    assert "default-src &#39;none&#39;" in html
    assert "Changed (1)" in html


def test_gone_by_the_rule_after_enough_runs(store: RunStore) -> None:
    scan(store, CAMERAS, 1)
    for week in (2, 3, 4):
        scan(store, CAMERAS[1:], week)
    told = camcensus("diff", "hq-0001", "hq-0004").stdout
    assert "by the rule of 3 complete runs over 14 days: 3 complete runs since 2026-01-19" in told
    told = camcensus("diff", "hq-0001", "hq-0004", "--gone-after", "4").stdout
    assert "Gone" not in told
    assert "Not seen, which is not removed (1)" in told


def test_every_site_compares_the_newest_two_of_each(store: RunStore) -> None:
    for site, first in (("hq", 0), ("branch", 2), ("once", 4)):
        for week in (1, 2) if site != "once" else (1,):
            scan(store, CAMERAS[first : first + 3 - week], week, site=site)
    told = json.loads(camcensus("diff", "--every-site", "-o", "json=-").stdout)
    assert [c["runs"]["after"]["run"] for c in told["comparisons"]] == ["branch-0002", "hq-0002"]
    assert {c["turn"] for each in told["comparisons"] for c in each["changes"]} == {"not seen"}


def dahua(run: str) -> list[Record]:
    """Evidence that the shipped rules read as a listed maker."""
    said = (
        Observation("dhip.vendor", "Dahua"),
        Observation("dhip.devicetype", "IPC-HFW1000"),
        Observation("dhip.serialno", "4K01234PAZ00001"),
    )
    answer = ProbeResult("192.0.2.1", "dhip", ProbeStatus.OK, 37810, None, moment(1), 0.1, said)
    *lines, end = records(CAMERAS[:1], run, 1)
    return [*lines, answer, end]


def test_lists_judge_an_old_run_again_without_a_new_scan(store: RunStore, tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    writer = Writer(path)
    for record in dahua("old"):
        writer.write(record)
    writer.publish()
    writer.close()
    run = next(r for r in dahua("old") if isinstance(r, RunInfo))
    judgement = app.Judgement(app.knowledge(), date(2018, 1, 1), "hq")
    kept = keeping.Kept(run, path, judgement, None, "")
    kept.finish(FINISHED)
    assert store.find().listed == 0
    told = camcensus("diff", "--as-of", "2026-11-20")
    assert told.return_value == 1
    assert "judged by the lists as of 2018-01-01 and of 2026-11-20" in told.stdout
    assert "Judged anew because lists changed (1)" in told.stdout
    assert "lists as of 2018-01-01 → 2026-11-20" in told.stdout
    assert "us-bis-entity-list" in told.stdout
    assert camcensus("diff", "--as-of", "2018-01-01").return_value == 0


def test_progress_counts_devices_and_ledger_states(store: RunStore) -> None:
    scan(store, CAMERAS[:2], 1)
    with store.database.writing() as connection:
        decisions.append(connection, [Decision(1, moment(1, 900), "A", State.REMOVED)])
    scan(store, CAMERAS[1:2], 2)
    scan(store, CAMERAS[2:5], 2, site="branch")
    points = json.loads(camcensus("progress", "--site", "hq", "--format", "json").stdout)
    assert [dict(p["verdicts"])["listed"] for p in points] == [2, 1]
    assert [dict(p["states"]) for p in points] == [{"open": 2}, {"open": 1, "removed": 1}]
    told = camcensus("progress").stdout.splitlines()
    assert len(told) == 3
    assert told[-1].split()[1:3] == ["4", "0"]
    assert "open 4, removed 1" in told[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["diff"], "no run is kept yet"),
        (["diff", "a", "b", "c"], "two runs at most"),
        (["diff", "-o", "pdf=x"], "formats: text, json, html"),
        (["diff", "nosuch"], "no run begins with 'nosuch'"),
    ],
)
def test_a_mistake_gets_an_answer(store: RunStore, words: list[str], said: str) -> None:
    ended = camcensus(*words)
    assert said in str(ended.exception)
    assert store.all() == ()


def test_a_password_in_the_url_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMCENSUS_STORE", "postgresql://me:s3c@ret@host/name")
    told = camcensus("config").stdout
    assert "postgresql://me:***@host/name" in told
    assert "s3c" not in told
