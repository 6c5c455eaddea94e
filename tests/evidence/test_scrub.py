"""Scrubbed evidence tells nobody whose it was, and the rules still conclude the same."""

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import app, cli, evidence, rulekit
from scanner.assess import truth
from scanner.assess.pseudonyms import Pseudonyms
from scanner.assess.scrub import Scrubber
from scanner.assess.traces import SERIAL_FIELDS
from scanner.errors import EvidenceError, UsageError
from scanner.model import Host, Knowledge, Observation, ProbeResult, ProbeStatus

TRUTH = sorted((Path(__file__).parents[1] / "truth").glob("*.jsonl"))
AS_OF = date(2026, 11, 23)
SERIAL = "DS-2CD2385G1-I20200414AAWRE33842150"
MAC = "44:19:b6:c0:ff:ee"
OFFICE: list[dict[str, Any]] = [
    {"type": "run", "run": "0a4c1f0e-6f0b-4d7c-9f8c-0e6f3a9d2b11", "schema": "evidence-1",
     "tool": "camcensus", "started": "2026-11-23T10:00:00Z", "sensor": "Springfield-plant",
     "scope": ["10.20.30.0/24"], "settings": {"interface": "eno1-springfield"},
     "limitations": ["10.20.30.0/24 is not on a segment of this machine"]},
    {"type": "host", "ip": "10.20.30.41", "mac": MAC, "seen_by": ["arp"],
     "hostname": "reception-cam.acme.example"},
    {"type": "host", "ip": "fe80::4619:b6ff:fec0:ffee", "mac": MAC},
    {"type": "result", "ip": "10.20.30.41", "probe": "sadp", "status": "ok", "port": None,
     "reason": "answered from 10.20.30.41", "raw": "NDQ6MTk6YjY6YzA6ZmY6ZWU=",
     "observations": [
        {"field": "sadp.devicesn", "value": SERIAL, "raw_sha256": "ab" * 32},
        {"field": "sadp.devicedescription", "value": "DS-2CD2385G1-I"},
        {"field": "sadp.mac", "value": "44-19-b6-c0-ff-ee"},
        {"field": "sadp.ipv4address", "value": "10.20.30.41"}]},
    {"type": "result", "ip": "10.20.30.41", "probe": "wsd", "status": "ok", "observations": [
        {"field": "wsd.epr", "value": "urn:uuid:ec4914fd-936b-11b5-8467-4419b6c0ffee"},
        {"field": "wsd.xaddr", "value": "http://10.20.30.41/onvif http://[fe80::4619:b6ff:fec0:ffee]/"},
        {"field": "wsd.scope", "value": "onvif://www.onvif.org/name/HIKVISION%20Mayors%20office"},
        {"field": "wsd.scope", "value": "onvif://www.onvif.org/location/Springfield%20lobby"},
        {"field": "wsd.scope", "value": "onvif://www.onvif.org/MAC/44:19:b6:c0:ff:ee"}]},
    {"type": "result", "ip": "10.20.30.41", "probe": "http", "status": "ok", "port": 443,
     "observations": [
        {"field": "http.server", "value": "App-webs/"},
        {"field": "http.title", "value": f"Welcome to reception-cam.acme.example {SERIAL}"},
        {"field": "http.body", "value": "4419B6C0FFEE 4419.b6c0.ffee 44%3A19%3Ab6%3Ac0%3Aff%3Aee "
         "jane.doe@acme.example http://10.20.30.99:8000/ " + SERIAL.lower()},
        {"field": "http.location", "value": "https://reception-cam.acme.example/doc/page/login.asp"},
        {"field": "http.www_authenticate", "value": 'Digest realm="IP Camera(42150)", nonce="1"'},
        {"field": "isapi.realm", "value": "IP Camera(42150)"},
        {"field": "tls.subject", "value": "CN=reception-cam.acme.example,O=Acme"},
        {"field": "tls.sha256", "value": "cd" * 32}]},
    {"type": "result", "ip": "10.20.30.42", "probe": "dahua", "status": "ok", "port": 80,
     "observations": [{"field": "dahua.realm", "value": "Login to 4X02345PAJ9A82F"}]},
    {"type": "truth", "ip": "10.20.30.41", "verdict": "listed", "maker": "hikvision",
     "about": "seen at 10.20.30.41"},
    {"type": "end", "finished": "2026-11-23T10:01:00Z", "hosts": 2, "results": 4,
     "complete": True},
]  # fmt: skip
ORIGINALS = (
    "33842150", "42150", "c0ffee", "c0:ff:ee", "c0-ff-ee", "c0.ffee", "c0%3aff", "10.20.30", "fe80",
    "springfield", "mayor", "acme", "jane.doe", "reception", "ec4914fd", "9a82f", "abab", "cdcd",
    "0a4c1f0e", "eno1", "ndq6mtk6",
)  # fmt: skip


@cache
def known() -> Knowledge:
    return app.knowledge()


def written(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def scrubbed(source: Path, out: Path, *options: str) -> Path:
    code = cli.camcensus.main(
        ["evidence", "scrub", str(source), str(out), *options], standalone_mode=False
    )
    assert code == 0
    return out


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scrub")
    return scrubbed(written(folder / "in.jsonl", OFFICE), folder / "out.jsonl")


@pytest.mark.parametrize("original", ORIGINALS)
def test_no_original_remains_in_any_byte(office: Path, original: str) -> None:
    assert original.encode() not in office.read_bytes().lower()


def test_blocks_models_and_marks_stay(office: Path) -> None:
    text = office.read_text()
    for kept in ("44:19:b6:", "44-19-b6-", "DS-2CD2385G1-I20200414AAWRE", "App-webs/",
                 "name/HIKVISION%20", "-11b5-8", "IP Camera(", "Login to "):  # fmt: skip
        assert kept in text


def test_the_same_value_gets_the_same_pseudonym(office: Path) -> None:
    text = office.read_text()
    macs = {m.replace("-", ":") for m in re.findall(r"44[:-]19[:-]b6(?:[:-][0-9a-f]{2}){3}", text)}
    assert len(macs) == 1
    assert next(iter(macs)).replace(":", "") in text
    assert len(set(re.findall(r"DS-2CD2385G1-I20200414AAWRE\d{8}", text))) == 1


def test_a_key_gives_the_same_pseudonyms_again(tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", OFFICE)
    (tmp_path / "key").write_bytes(b"0123456789abcdef")
    (tmp_path / "other").write_bytes(b"0123456789abcdeF")
    outs = [
        scrubbed(source, tmp_path / f"{number}.jsonl", *given).read_bytes()
        for number, given in enumerate(
            [("--key", str(tmp_path / "key"))] * 2 + [("--key", str(tmp_path / "other")), ()]
        )
    ]
    assert outs[0] == outs[1]
    assert len(set(outs)) == 3


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"secret")
    source = written(tmp_path / "in.jsonl", OFFICE)
    with pytest.raises(UsageError, match="a key of 6 bytes can be guessed"):
        rulekit.scrub(source=source, out=tmp_path / "out", key=tmp_path / "key", data=None)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("path", TRUTH, ids=lambda path: path.stem)
def test_verdicts_are_the_same_before_and_after(path: Path, tmp_path: Path) -> None:
    out = tmp_path / path.name
    rulekit.scrub(source=path, out=out, key=None, data=None)
    before, after = (list(rulekit.judged([p], known(), AS_OF)) for p in (path, out))
    assert list(map(told, after)) == list(map(told, before))
    text = out.read_text().casefold()
    for record in evidence.read(path):
        if isinstance(record, Host):
            assert not re.search(rf"(?<![\d.]){re.escape(record.ip)}(?![\d.])", text)
            assert (record.mac or "-none-")[9:] not in text or record.mac is None
        for seen in getattr(record, "observations", ()):
            if seen.field in SERIAL_FIELDS:
                assert seen.value.casefold() not in text


def told(trial: truth.Trial) -> tuple[object, ...]:
    made = trial.finding
    named = tuple(c and (c.value, c.strength, c.identified) for c in (made.maker, made.brand))
    return made.verdict, named, made.product_class, made.model, made.firmware


def test_nothing_is_written_when_something_would_remain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scrubber, "scrub", lambda _, record: record)
    source = written(tmp_path / "in.jsonl", OFFICE)
    with pytest.raises(EvidenceError, match=r"nothing written: .* would have remained"):
        rulekit.scrub(source=source, out=tmp_path / "out", key=None, data=None)
    assert not (tmp_path / "out").exists()


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["http.body", "wsd.scope", "onvif.serial", "mdns.instance", "tls.subject"]),
    st.text(max_size=60),
    st.from_regex(r"[0-9A-Z]{9,14}", fullmatch=True),
)
def test_any_text_is_scrubbed_and_a_serial_never_stays(field: str, text: str, serial: str) -> None:
    scrubber = Scrubber(known().rules[:50], known().blocks[:50], Pseudonyms(b"k" * 32))
    seen = (Observation("onvif.serial", serial), Observation(field, text + serial + text))
    result = ProbeResult("10.0.0.1", "onvif", ProbeStatus.OK, observations=seen)
    scrubber.learn(result)
    assert serial not in evidence.dump(scrubber.scrub(result))
