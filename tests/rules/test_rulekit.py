"""What rule writers get: an explanation of a verdict, and the beginning of a rule."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import cli, data
from scanner.assess import skeleton
from scanner.data.rules import FOLDER, read_rules
from scanner.errors import DataError, UsageError
from scanner.store.runs import Run, RunStore

ROOT = Path(__file__).parents[2]
TRUTH = ROOT / "tests" / "truth"
VENDORS = frozenset(v.id for v in data.load().vendors)


def run(*words: object) -> int:
    code: int = cli.camcensus.main([str(word) for word in words], standalone_mode=False)
    return code


def explained(capsys: pytest.CaptureFixture[str], ip: str, name: str) -> str:
    assert run("rules", "explain", ip, "--evidence", TRUTH / f"{name}.jsonl") == 0
    return capsys.readouterr().out


def ip_of(name: str, about: str) -> str:
    text = (TRUTH / f"{name}.jsonl").read_text(encoding="utf-8")
    lines = map(json.loads, text.splitlines())
    return next(str(i["ip"]) for i in lines if about in i.get("about", ""))


def test_which_family_counted_and_what_would_change_it(capsys: pytest.CaptureFixture[str]) -> None:
    ip = ip_of("hostile-and-ambiguous", "hobbyist's ONVIF server that calls itself Hikvision")
    text = explained(capsys, ip, "hostile-and-ambiguous")
    assert text.startswith(f"{ip}: review, class camera")
    assert "counted      declares        onvif             maker hikvision: onvif.man" in text
    assert "same family  characteristic  onvif             maker hikvision: wsd.scope" in text
    assert "from onvif port 8080" in text
    assert "without the evidence of onvif: undetermined" in text
    assert "one more hint of Hikvision from another kind of evidence: listed" in text


def test_what_was_outweighed(capsys: pytest.CaptureFixture[str]) -> None:
    ip = ip_of("hostile-and-ambiguous", "Axis camera behind a name chosen by a joker")
    text = explained(capsys, ip, "hostile-and-ambiguous")
    assert "outweighed   suggests        onvif             maker hikvision" in text
    assert "the stronger evidence for Axis is kept" in text


def test_which_questions_stayed_open(capsys: pytest.CaptureFixture[str]) -> None:
    ip = ip_of("hostile-and-ambiguous", "questions unanswered: not clean")
    text = explained(capsys, ip, "hostile-and-ambiguous")
    assert "tcp ended as timeout on port 80" in text
    assert "with every essential question answered: not-listed" in text


def test_of_a_host_that_nothing_names(capsys: pytest.CaptureFixture[str]) -> None:
    ip = ip_of("office", "laptop that answers nothing")
    assert "any mark that names a maker" in explained(capsys, ip, "office")


def test_without_a_file_the_newest_kept_run_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scanner.keeping.DIRECTORY", tmp_path)
    file = str(TRUTH / "dahua.jsonl")
    RunStore(tmp_path).start(Run("1", "2026-11-23T10:00:00Z", "", "finished", "", file))
    assert run("rules", "explain", "192.0.2.6") == 0
    assert capsys.readouterr().out.startswith("192.0.2.6: listed")


def test_an_unknown_host_is_told_with_its_neighbours() -> None:
    with pytest.raises(UsageError, match=r"no host 192.0.2.99 .* \(near: 192\.0\.2\."):
        run("rules", "explain", "192.0.2.99", "--evidence", TRUTH / "office.jsonl")


def begun(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert run("rules", "new", *words) == 0
    return capsys.readouterr().out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    return tmp_path


def test_a_skeleton_loads_once_its_blanks_are_filled(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = begun(capsys, "192.0.2.1", "http.server", "--evidence", TRUTH / "office.jsonl")
    file = folder / FOLDER / "http.server.yml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before + text, encoding="utf-8")
    with pytest.raises(DataError, match=r"http\.server\.yml"):
        read_rules(folder, VENDORS)
    file.write_text(before + filled(text), encoding="utf-8")
    rules, _ = read_rules(folder, VENDORS)
    made = [r for r in rules if r.source == "seen at a site"]
    assert len(made) == 1
    assert made[0].examples[0].text.startswith("HP HTTP Server; HP LaserJet MFP M428fdw")
    assert made[0].rejects
    assert "VNB3D00417" not in text


def test_a_field_without_rules_gets_a_whole_file(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = [{"field": "ssdp.location", "value": "/desc'\u202e\n.xml"}]
    line = {"type": "result", "ip": "192.0.2.1", "probe": "ssdp", "status": "ok",
            "observations": seen}  # fmt: skip
    (tmp_path / "e.jsonl").write_text(json.dumps(line) + "\n")
    text = begun(capsys, "192.0.2.1", "ssdp.location", "--evidence", tmp_path / "e.jsonl")
    assert text.startswith("# Save as rules/fingerprints/ssdp.location.yml")
    assert text.isascii()
    (folder / FOLDER / "ssdp.location.yml").write_text(filled(text), encoding="utf-8")
    assert any(r.field == "ssdp.location" for r in read_rules(folder, VENDORS)[0])


def filled(text: str) -> str:
    return text.replace("{maker: ''}", "{maker: hp}").replace(
        "source: ''", "source: 'seen at a site'"
    )


def test_several_values_are_listed_to_choose_from(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("192.0.2.3", "wsd.scope", "--evidence", TRUTH / "hikvision.jsonl")
    with pytest.raises(UsageError, match="choose with --number:\n  1: onvif"):
        run("rules", "new", *words)
    assert "video_encoder" in begun(capsys, *words, "--number", "1")
    with pytest.raises(UsageError, match="--number 99"):
        run("rules", "new", *words, "--number", "99")


@settings(max_examples=80, deadline=None)
@given(st.text(min_size=1, max_size=200), st.lists(st.text(max_size=40), max_size=3))
def test_a_skeleton_matches_its_example_and_no_reject(value: str, others: list[str]) -> None:
    lines = list(skeleton.lines("http.title", "http", value, others, is_new=True))
    (rule,) = yaml.safe_load("\n".join(lines))["rules"]
    assert re.search(rule["pattern"], rule["examples"][0]["text"])
    assert not any(re.search(rule["pattern"], text) for text in rule["rejects"])
    assert rule["rejects"]
