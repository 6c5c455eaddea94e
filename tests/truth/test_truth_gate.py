"""The gate on truth: labelled devices, and what the product says of them.

.venv/bin/python -m pytest -q -s tests/truth      prints the confusion table
"""

import json
import sys
from datetime import date
from pathlib import Path

import pytest

from scanner import app, cli, rulekit
from scanner.assess import truth
from scanner.assess.truth import Trial
from scanner.errors import EvidenceError
from scanner.model import Verdict

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.jsonl"))
AS_OF = date(2026, 11, 23)
AXIS = {"type": "host", "ip": "192.0.2.1", "mac": "00:40:8c:00:00:01"}
TITLE = {
    "type": "result", "ip": "192.0.2.1", "probe": "rtsp", "port": 554, "status": "ok",
    "observations": [{"field": "rtsp.server", "value": "Dahua Rtsp Server"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def trials() -> list[Trial]:
    return list(rulekit.judged(FILES, app.knowledge(), AS_OF))


def test_the_gate_is_open(trials: list[Trial], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(truth.table(trials)) + "\n")
    assert [f"{f.kind}: {f.where}: {f.what}" for f in truth.faults(trials)] == []


def test_there_are_enough_devices_of_every_kind(trials: list[Trial]) -> None:
    makers = {t.label.maker for t in trials if t.label.verdict is Verdict.NOT_LISTED}
    assert len(trials) >= 150
    assert len({(t.where, t.label.about) for t in trials}) == len(trials)
    assert sum(t.label.verdict is Verdict.LISTED for t in trials) >= 80
    assert len(makers - {None, ""}) >= 25


@pytest.mark.parametrize(
    ("about", "verdict", "device_class"),
    [
        ("PC that serves a page about Hikvision cameras", "undetermined", "unknown"),
        ("reverse proxy in front of a Hikvision camera on a Dell server", "review", "other"),
        ("reverse proxy in front of a Dahua recorder on a Synology NAS", "review", "other"),
        ("hobbyist's ONVIF server that calls itself Hikvision, made-up", "review", "camera"),
        ("switch in a Hikvision block", "review", "network"),
        ("honeypot: accepts every port and says it is everybody", "review", "unknown"),
        ("honeypot without a known address", "undetermined", "unknown"),
    ],
)
def test_cases_in_which_a_mark_misleads(
    about: str, verdict: str, device_class: str, trials: list[Trial]
) -> None:
    (trial,) = (t for t in trials if t.label.about.startswith(about))
    said = (trial.finding.verdict.value, trial.finding.product_class)
    assert said == (verdict, device_class)


@pytest.mark.parametrize(
    "kind",
    ["printer", "NAS", "router", "switch", "access point", "PC", "phone", "television", "UPS"],
)
def test_every_common_kind_of_office_device_is_told_from_a_camera(
    kind: str, trials: list[Trial]
) -> None:
    mine = [t for t in trials if "office" in t.where and kind in t.label.about]
    assert mine
    for trial in mine:
        assert trial.finding.verdict is not Verdict.LISTED
        assert trial.finding.product_class in ("network", "other", "unknown")


def test_serials_and_addresses_are_invented() -> None:
    for path in FILES:
        assert '"ip": "192.0.2.' in path.read_text(encoding="utf-8")
        assert '"run": "truth-' in path.read_text(encoding="utf-8")


def labelled(path: Path, **label: object) -> Path:
    line = {"type": "truth", "ip": "192.0.2.1", **label}
    path.write_text("".join(json.dumps(item) + "\n" for item in (line, AXIS, TITLE)))
    return path


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ({"verdict": "listed", "maker": "dahua"}, None),
        ({"verdict": "listed", "maker": "hikvision"}, "differs"),
        ({"verdict": "not-listed", "maker": "axis"}, "wrongly listed"),
    ],
)
def test_a_fault_shuts_the_gate(
    label: dict[str, str], kind: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = labelled(tmp_path / "mine.jsonl", **label)
    file.write_text(file.read_text().replace("00:40:8c", "02:40:8c"))
    code = cli.camcensus.main(["rules", "test", str(file)], standalone_mode=False)
    said = capsys.readouterr()
    assert code == (1 if kind else 0)
    assert (kind is None) == ("mine.jsonl: line 1" not in said.out)
    assert kind is None or kind in said.out
    assert "(said)" in said.out


def test_a_missed_device_and_too_many_unsettled_ones(tmp_path: Path) -> None:
    file = labelled(tmp_path / "mine.jsonl", verdict="listed")
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:1]) + json.dumps(AXIS))
    file.write_text(file.read_text().replace("00:40:8c", "02:40:8c"))
    found = truth.faults(list(rulekit.judged([file], app.knowledge(), AS_OF)))
    assert [fault.kind for fault in found] == ["missed", "differs"]
    assert "more than 5%" in found[1].what


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ({"verdict": "clean"}, "verdict is one of listed, review"),
        ({"verdict": "listed", "maker": "dahuaa"}, "maker 'dahuaa' is no id of"),
        ({"verdict": "listed", "vendor": "dahua"}, "a truth line has no key vendor"),
        ({"verdict": "listed", "class": 3}, "class: not text"),
        ({"verdict": "listed", "ip": "192.0.2.9"}, "nothing is known of 192.0.2.9"),
    ],
)
def test_a_wrong_label_is_named(label: dict[str, object], reason: str, tmp_path: Path) -> None:
    file = labelled(tmp_path / "mine.jsonl", **label)
    with pytest.raises(EvidenceError, match=f"mine.jsonl: line 1: {reason}"):
        list(rulekit.judged([file], app.knowledge(), AS_OF))


def test_evidence_without_labels_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "plain.jsonl").write_text(json.dumps(AXIS))
    with pytest.raises(EvidenceError, match="no line of type truth"):
        rulekit.test(files=[tmp_path / "plain.jsonl"], data=None, as_of=None)
