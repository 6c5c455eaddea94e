"""Commands and options on lists, the profile and waivers, as a person uses them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from scanner import evidence
from scanner.cli import camcensus
from scanner.errors import CamcensusError
from scanner.model import Host, Observation, ProbeResult, ProbeStatus, Record, RunEnd, RunInfo

DAHUA: list[Record] = [
    RunInfo("3f2b8c1e-0000-4000-8000-000000000001", "camcensus 0.1.0", "2026-11-23T10:00:00Z"),
    Host("10.0.0.9", "3c:ef:8c:12:34:56", ("arp",), "2026-11-23T10:00:01Z"),
    ProbeResult(
        "10.0.0.9", "tcp", ProbeStatus.OK, 554, observations=(Observation("tcp.open", "554"),)
    ),
    ProbeResult(
        "10.0.0.9", "rtsp", ProbeStatus.OK, 554,
        observations=(Observation("rtsp.server", "Dahua Rtsp Server"),),
    ),
    RunEnd("2026-11-23T10:00:09Z", 1, 2, complete=True),
]  # fmt: skip
WAIVER = """\
waivers:
- id: gate
  devices: [{mac: '3C:EF:8C:12:34:56'}]
  lists: [us-bis-entity-list, us-ndaa-889]
  reason: Replacement is ordered.
  approver: A. Person
  from: 2026-01-01
  until: 2026-12-10
  evidence: order 4711
"""


def call(*arguments: str, said: str | None = None) -> Result:
    return CliRunner().invoke(camcensus, [*arguments], input=said, standalone_mode=False)


def judged(folder: Path, *options: str) -> tuple[int, Any]:
    """Exit code and JSON report of the assessment of one Dahua camera."""
    file, out = folder / "e.jsonl", folder / "r.json"
    file.write_text("".join(evidence.dump(r) + "\n" for r in DAHUA))
    ended = call("assess", str(file), "-o", f"json={out}", "--as-of", "2026-11-23", *options)
    assert ended.exception is None
    return ended.return_value, json.loads(out.read_text())


def test_a_waived_finding_is_marked_counts_and_ends(tmp_path: Path) -> None:
    (tmp_path / "w.yml").write_text(WAIVER)
    code, report = judged(tmp_path, "--waivers", str(tmp_path / "w.yml"))
    assert code == 1
    device = report["devices"][0]
    assert device["verdict"] == "listed"
    waived = {m["list"]: m["waiver"] for m in device["listings"]}
    assert waived["us-ndaa-889"]["id"] == "gate"
    assert waived["us-fcc-covered-list"] is None
    assert any("Waiver gate ends on 2026-12-10, in 17 days" in i for i in report["issues"])
    assert judged(tmp_path, "--waivers", str(tmp_path / "w.yml"), "--exit-zero")[0] == 0


def test_init_asks_and_check_and_reports_use_the_answers(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    said = "yes\nB. Person, legal\n52.204\n52.204-25\n" + "no\n" * 4 + "yes\nTX\nno\nno\nunknown\n"
    ended = call("profile", "init", str(path), said=said)
    assert ended.return_value == 0, ended.output
    assert "9 of 9." in ended.output
    assert "Not known: 52.204." in ended.output
    shown = call("profile", "check", str(path)).output
    assert "yes (52.204-25), B. Person, legal" in shown
    assert "us-ndaa-889                     applies" in shown
    assert "us-dod-1260h                    does-not-apply" in shown
    assert "us-tx-prohibited-technologies   applies" in shown
    assert "us-fcc-covered-list             ask: Does US universal-service" in shown
    _, report = judged(tmp_path, "--profile", str(path))
    states = {m["list"]: m["applicability"] for m in report["devices"][0]["listings"]}
    assert states["us-ndaa-889"] == "applies"
    assert states["us-bis-entity-list"] == "does-not-apply"
    assert "one business day" in report["profile"]["clocks"][0]


def test_enter_nine_times_leaves_everything_unknown(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    assert call("profile", "init", str(path), said="\n" * 9).return_value == 0
    _, report = judged(tmp_path, "--profile", str(path))
    assert {a["answer"] for a in report["profile"]["answers"]} == {"unknown"}
    states = {m["applicability"] for m in report["devices"][0]["listings"]}
    assert states == {"ask"}
    assert "not clean" in report["profile"]["conclusion"]
    assert judged(tmp_path)[1]["profile"] == report["profile"]


def test_nine_times_no_gives_the_honest_sentence(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    call("profile", "init", str(path), said="no\nB. Person\n" + "no\n" * 8)
    code, report = judged(tmp_path, "--profile", str(path))
    assert code == 1
    conclusion = report["profile"]["conclusion"]
    assert conclusion.startswith("A listed maker is present. None of the covered regimes was found")
    assert "its own decision" in conclusion


def test_giving_up_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    assert call("profile", "init", str(path), said="no\n").exception is not None
    assert not path.exists()


def test_lists_show_tells_a_history_and_a_list(tmp_path: Path) -> None:
    shown = call("lists", "show", "hikvision").output
    days = [line.split()[0] for line in shown.splitlines() if line.startswith("  20")]
    assert "2019-10-09  us-bis-entity-list: as 'Hikvision' since" in shown
    assert "ezviz: subsidiary of hikvision (share held not known; grade B)" in shown
    assert "2023-03-28  us-bis-entity-list: moyu-haishi as" in shown
    assert days[:5] == sorted(days[:5])
    one = call("lists", "show", "us-dod-1260h").output
    assert "2025-01-07  megvii as 'Megvii Technology Limited' no longer listed" in one
    assert "Section 1260H list" in one.splitlines()[0]
    assert len(call("lists", "show").output.splitlines()) == 6


def test_lists_diff_tells_what_changed_and_for_which_devices(tmp_path: Path) -> None:
    judged(tmp_path)
    given = ["--evidence", str(tmp_path / "e.jsonl")]
    shown = call("lists", "diff", "2022-01-01", "2022-12-31", *given).output
    assert "2022-10-05  us-dod-1260h: dahua as" in shown
    assert "10.0.0.9  Dahua  + us-dod-1260h" in shown
    quiet = call("lists", "diff", "2022-10-05", "2022-10-06", *given).output
    assert "Nothing changed on the lists after 2022-10-05" in quiet
    assert "No device of the evidence is joined to other lists." in quiet


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lists", "diff", "2022-01-01", "2022-01-01"], "give the earlier day first"),
        (["lists", "show", "us-dod-1260"], "near: us-dod-1260h"),
        (["profile", "init", "pyproject.toml"], "is there already"),
        (["profile", "check", "nonexistent.toml"], "cannot be read"),
        (["profile", "check", "pyproject.toml"], "no such question"),
        (["assess", "x", "--waivers", "nonexistent.yml"], "cannot be read"),
        (["assess", "x", "--profile", "nonexistent.toml"], "cannot be read"),
    ],
)
def test_a_mistake_gets_an_answer(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    ended = call(*arguments)
    assert isinstance(ended.exception, CamcensusError)
    assert said in str(ended.exception)
