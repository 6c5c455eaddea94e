"""The evidence file: written whole, read as far as it goes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import evidence
from scanner.errors import EvidenceError
from scanner.evidence import Damage
from scanner.model import (
    Host,
    Observation,
    ProbeResult,
    ProbeStatus,
    Record,
    RunEnd,
    RunInfo,
)

text = st.text(st.characters(exclude_categories=["Cs"]))
records: st.SearchStrategy[Record] = st.one_of(
    st.builds(Host, text, st.none() | text, st.lists(text).map(tuple), st.none() | text),
    st.builds(
        ProbeResult,
        ip=text,
        probe=text,
        status=st.sampled_from(ProbeStatus),
        port=st.none() | st.integers(0, 65535),
        reason=st.none() | text,
        started=st.none() | text,
        seconds=st.none() | st.floats(0, 1e6),
        observations=st.lists(st.builds(Observation, text, text, st.none())).map(tuple),
    ),
    st.builds(RunInfo, run=text, tool=text, started=text, scope=st.lists(text).map(tuple)),
    st.builds(RunEnd, text, st.integers(0), st.integers(0), st.booleans()),
)


@given(st.lists(records))
def test_what_was_written_is_read(written: list[Record]) -> None:
    lines = [evidence.dump(r) + "\n" for r in written]
    assert list(evidence.load(lines)) == written


@given(st.lists(st.text()))
def test_any_lines_are_read_without_an_exception(lines: list[str]) -> None:
    for item in evidence.load(lines):
        assert isinstance(item, RunInfo | Host | ProbeResult | RunEnd | Damage)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(
    [
        "ip",
        "probe",
        "status",
        "port",
        "observations",
        "seen_by",
        "run",
        "settings",
        "finished",
        "seconds",
        "hosts",
    ]
)


@given(
    st.sampled_from(["run", "host", "result", "end", "other"]), st.dictionaries(keys, json_values)
)
def test_any_object_is_a_record_or_a_damage(kind: str, item: dict[str, object]) -> None:
    found = list(evidence.load([json.dumps({**item, "type": kind}) + "\n"]))
    assert len(found) == (0 if kind == "other" else 1)


def test_torn_last_line_is_reported_and_the_rest_used() -> None:
    whole = evidence.dump(Host("10.0.0.1")) + "\n"
    torn = evidence.dump(ProbeResult("10.0.0.1", "http", ProbeStatus.OK))[:30]
    host, damage = evidence.load([whole, torn])
    assert host == Host("10.0.0.1")
    assert str(damage) == "line 2: torn (no line end)"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("not json\n", "not JSON"),
        ("[1]\n", "not a JSON object"),
        ('{"type":"host"}\n', "key 'ip' is missing"),
        ('{"type":"result","ip":"10.0.0.1","probe":"x","status":"maybe"}\n', "maybe"),
        ('{"type":"result","ip":"a","probe":"x","status":"ok","port":70000}\n', "port"),
        ('{"type":"host","ip":7}\n', "ip is not text"),
        ('{"type":"run","run":"1","schema":"evidence-9"}\n', "evidence-9"),
        ('{"type":"host","ip":"' + "x" * evidence.MAX_LINE + '"}\n', "longer than"),
    ],
)
def test_damaged_line_says_why(line: str, reason: str) -> None:
    (damage,) = evidence.load([line])
    assert isinstance(damage, Damage)
    assert reason in damage.reason


def test_unknown_types_are_skipped_and_unknown_keys_ignored() -> None:
    lines = ['{"type":"weather","sun":1}\n', '{"type":"host","ip":"10.0.0.1","colour":"red"}\n']
    assert list(evidence.load(lines)) == [Host("10.0.0.1")]


def test_lone_surrogates_become_text_that_can_be_written() -> None:
    (host,) = evidence.load(['{"type":"host","ip":"10.0.0.1","hostname":"\\ud800"}\n'])
    assert evidence.dump(host).encode()  # type: ignore[arg-type]


def test_file_is_private_and_survives_a_torn_end(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = evidence.Writer(path)
    writer.write(Host("10.0.0.1"))
    writer.publish()
    writer.close()
    with path.open("ab") as file:
        file.write(b'{"type":"host","ip":"10.\xff')
    assert path.stat().st_mode & 0o777 == 0o600
    host, damage = evidence.read(path)
    assert host == Host("10.0.0.1")
    assert isinstance(damage, Damage)


def test_older_file_stays_until_the_new_one_is_published(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text("older\n")
    writer = evidence.Writer(path)
    writer.write(Host("10.0.0.1"))
    assert path.read_text() == "older\n"
    writer.publish()
    writer.write(Host("10.0.0.2"))
    writer.close()
    assert list(evidence.read(path)) == [Host("10.0.0.1"), Host("10.0.0.2")]


def test_full_disk_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl.part").symlink_to("/dev/full")
    writer = evidence.Writer(tmp_path / "run.jsonl")
    with pytest.raises(EvidenceError, match=r"No space left.*can be assessed or resumed"):
        writer.write(Host("10.0.0.1"))
    writer.close()


def test_missing_and_unwritable_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be read"):
        list(evidence.read(tmp_path / "none.jsonl"))
    with pytest.raises(EvidenceError, match="cannot be written"):
        evidence.Writer(tmp_path / "no" / "such.jsonl")
