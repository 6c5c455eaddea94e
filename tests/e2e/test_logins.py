"""Scans with the operator's credentials: what is learnt, what leaves, and how often."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scanner.collect.logins.permit import is_login
from scanner.collect.wire import digest
from tests.e2e.doors import (
    DEVICES,
    OTHER,
    PASSWORD,
    SECRETS,
    Run,
    entry,
    requests,
    scan,
)
from tests.lab.client import Lab
from tests.lab_fixture import started

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def doors() -> Iterator[Lab]:
    with started("--devices", str(DEVICES)) as running:
        yield running


@pytest.fixture(scope="module")
def run(doors: Lab, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return scan(doors, tmp_path_factory.mktemp("logins"), entry("cameras"))


def ip(doors: Lab, name: str) -> str:
    return doors.devices[name].ip


def told(run: Run, address: str, field: str) -> list[str]:
    login = run.logins()[address]
    return [o["value"] for o in login["observations"] if o["field"] == field]


@pytest.mark.parametrize(
    ("device", "field", "value"),
    [
        ("hik-camera", "isapi.model", "DS-2CD2142FWD-I"),
        ("hik-camera", "isapi.manufacturer", "hikvision"),
        ("hik-nvr", "isapi.devicetype", "NVR"),
        ("hik-nvr", "recorder.channels", "5"),
        ("dahua-nvr", "dahua.updateserial", "DH-NVR5232-4KS3/I"),
        ("dahua-nvr", "dahua.vendor", "Dahua"),
        ("dahua-nvr", "dahua.version", "2.800.0000016.0.R,build:2020-06-05"),
        ("dahua-nvr", "recorder.channels", "3"),
        ("onvif-digest", "onvif.manufacturer", "Hanwha Techwin"),
        ("onvif-token", "onvif.model", "XNV-8083R"),
        ("onvif-token", "onvif.serial", "ZNTZ70GR00000041"),
        ("onvif-digest", "mac.address", "00:09:18:20:25:40"),
    ],
)
def test_what_a_login_brings(doors: Lab, run: Run, device: str, field: str, value: str) -> None:
    assert run.logins()[ip(doors, device)]["status"] == "ok"
    assert value in told(run, ip(doors, device), field)


@pytest.mark.parametrize(
    ("device", "attempts", "status", "reason"),
    [
        ("hik-wrong", 1, "not-permitted", "refused the login"),
        ("dahua-wrong", 1, "not-permitted", "refused the login"),
        ("hik-redirect", 1, "protocol-error", "status 302"),
        ("hik-locked", 0, "skipped", "says it is locked"),
        ("hik-few-tries", 0, "skipped", "2 tries are left"),
        ("dahua-locked", 0, "skipped", "says it is locked"),
        ("hik-via", 0, "skipped", "a proxy answers"),
        ("hik-basic", 0, "skipped", "offers Basic only"),
        ("hostile-challenge", 0, "skipped", "no answer"),
    ],
)
def test_each_device_is_tried_once_or_not_at_all(
    doors: Lab, run: Run, device: str, attempts: int, status: str, reason: str
) -> None:
    login = run.logins()[ip(doors, device)]
    assert (login["status"], run.attempts()[device]) == (status, attempts)
    assert reason in login["reason"]
    assert login["reason"].startswith("entry 1 (cameras): ")


def test_every_attempt_was_written_down(doors: Lab, run: Run) -> None:
    names = {device.ip: device.name for device in doors.devices.values()}
    written = [names[item["ip"]] for item in run.lines if item["type"] == "attempt"]
    assert sorted(written) == sorted(run.attempts())


def test_each_login_answers_a_challenge_of_its_own(run: Run) -> None:
    nonces = [
        (r.device, nonce)
        for r in run.journal
        for q in requests(r)
        if is_login(q)
        for nonce in re.findall(rb'[ "]nonce="([^"]+)"|<w:Nonce[^>]*>([^<]+)<', q)
    ]
    assert len(nonces) == len(set(nonces)) == sum(run.attempts().values())


def test_a_login_goes_to_nobody_but_the_device_that_asked(doors: Lab, run: Run) -> None:
    for record in run.journal:
        for request in requests(record):
            if is_login(request):
                assert f"\r\nHost: {record.ip}\r\n".encode() in request
                assert PASSWORD.encode() not in request


def test_no_password_is_in_anything_that_was_produced(run: Run) -> None:
    produced = {p.name: p.read_bytes() for p in run.folder.rglob("*") if p.is_file()}
    del produced["credentials.toml"]
    assert {"evidence.jsonl", "report.json", "report.html", "report.csv"} <= set(produced)
    produced |= {"what was said": run.said.encode(), "journal": repr(run.journal).encode()}
    produced |= {"commands": "\n".join(run.commands).encode()}
    assert any("scanner.workers.onvif" in command for command in run.commands)
    for name, data in produced.items():
        for secret in SECRETS:
            assert secret.encode() not in data, name


def test_no_probe_has_a_bug_and_each_plan_one_result(run: Run) -> None:
    results = [i for i in run.lines if i["type"] == "result"]
    assert [r for r in results if r["status"] == "bug"] == []
    asked = [(r["ip"], r["probe"], r["port"]) for r in results if r["port"] is not None]
    assert len(asked) == len(set(asked))


def test_a_second_set_is_tried_where_no_sign_of_a_lock_was_seen(doors: Lab, tmp_path: Path) -> None:
    """And no third one, whatever the operator lists."""
    sets = "".join(entry(f"set {n}", f"{OTHER}-{n}") for n in range(4))
    names = ("hik-wrong", "dahua-wrong", "hik-locked", "hik-few-tries")
    done = scan(doors, tmp_path, sets, *(ip(doors, name) for name in names))
    attempts = done.attempts()
    assert [attempts[name] for name in names] == [2, 2, 0, 0]
    assert done.logins()[ip(doors, "dahua-wrong")]["reason"].startswith("entry 2 (set 1): ")


def test_only_whom_the_operator_named_sees_a_login(doors: Lab, tmp_path: Path) -> None:
    """Each entry has a user of its own; the last one also allows Basic in the clear."""
    named = {
        "by-mac": 'macs = ["bc:ad:28:3f:22:11"]',
        "by-vendor": 'vendors = ["dahua"]',
        "by-range": 'addresses = ["10.77.0.40/31"]',
        "elsewhere": 'addresses = ["10.99.0.0/24"]',
        "basic": 'addresses = ["10.77.0.18"]\nbasic = "clear"',
    }
    sets = "".join(entry(user, whom=whom, user=user) for user, whom in named.items())
    done = scan(doors, tmp_path, sets)
    saw = {
        (record.device, user)
        for record in done.journal
        for request in requests(record)
        if is_login(request)
        for user in named
        if user.encode() in request or digest.basic(user, PASSWORD).encode() in request
    }
    assert saw == {
        ("hik-camera", "by-mac"),
        ("dahua-nvr", "by-vendor"),
        ("dahua-wrong", "by-vendor"),
        ("onvif-digest", "by-range"),
        ("onvif-token", "by-range"),
        ("hik-basic", "basic"),
    }
    assert set(done.attempts().values()) == {1}


def test_a_resumed_scan_tries_nothing_again(doors: Lab, run: Run, tmp_path: Path) -> None:
    """Not even where the first part was cut off between an attempt and what came of it."""
    cut = [item for item in run.lines if item.get("probe") != "login" and item["type"] != "end"]
    earlier = tmp_path / "earlier.jsonl"
    earlier.write_text("".join(json.dumps(item) + "\n" for item in cut))
    again = scan(doors, tmp_path, entry("cameras"), "--resume", str(earlier))
    assert again.attempts() == {}
    assert "tried twice" in again.logins()[ip(doors, "hik-wrong")]["reason"]
    assert [i for i in again.lines if i["type"] == "attempt"] == [
        i for i in run.lines if i["type"] == "attempt"
    ]


def test_what_a_login_brought_is_kept_by_a_resumed_scan(
    doors: Lab, run: Run, tmp_path: Path
) -> None:
    again = scan(doors, tmp_path, entry("cameras"), "--resume", str(run.folder / "evidence.jsonl"))
    assert again.attempts() == {}
    for kind in ("attempt", "channel"):
        assert [i for i in again.lines if i["type"] == kind] == [
            i for i in run.lines if i["type"] == kind
        ]
    assert again.logins()[ip(doors, "hik-wrong")] == run.logins()[ip(doors, "hik-wrong")]


def behind(run: Run, recorder: str) -> dict[int, Mapping[str, Any]]:
    """Devices seen through a recorder, by channel."""
    return {
        d["behind"]["channel"]: d
        for d in run.report["devices"]
        if d["behind"] and d["behind"]["recorder"] == recorder
    }


def test_cameras_behind_a_hikvision_recorder_are_devices(doors: Lab, run: Run) -> None:
    found = behind(run, ip(doors, "hik-nvr"))
    assert {n: (d["behind"]["state"], d["verdict"]) for n, d in found.items()} == {
        1: ("online", "listed"),
        2: ("online", "review"),
        3: ("offline", "undetermined"),
        4: ("online", "listed"),
    }
    assert found[1]["model"] == "DS-2CD2386G2-IU"
    assert (found[4]["ip"], found[4]["mac"]) == (
        ip(doors, "hik-camera"),
        doors.devices["hik-camera"].mac,
    )
    states = {
        i["channel"]: i["state"]
        for i in run.lines
        if i["type"] == "channel" and i["ip"] == ip(doors, "hik-nvr")
    }
    assert states == {1: "online", 2: "online", 3: "offline", 4: "online", 5: "empty"}


def test_cameras_behind_a_dahua_recorder_are_devices(doors: Lab, run: Run) -> None:
    found = behind(run, ip(doors, "dahua-nvr"))
    named = {n: (d["maker"]["id"], d["model"], d["verdict"]) for n, d in found.items()}
    assert named == {
        1: ("dahua", "DH-IPC-HFW1431S1-A", "listed"),
        2: ("hanwha", "XNV-8083R", "not-listed"),
    }
    assert found[1]["mac"] == "3c:ef:8c:00:00:01"


def test_one_device_is_never_two(doors: Lab, run: Run) -> None:
    seen_only_there, this_machine = 5, 1
    assert len(run.report["devices"]) == len(doors.devices) + seen_only_there + this_machine
    assert run.report["coverage"]["hosts"] == len(doors.devices) + this_machine
    assert run.report["coverage"]["channels_not_inspected"] == []


def test_without_a_login_the_channels_are_a_gap(doors: Lab, tmp_path: Path) -> None:
    named = [ip(doors, name) for name in ("dahua-nvr", "onvif-token")]
    done = scan(doors, tmp_path, "", *named)
    assert done.attempts() == {}
    (gap,) = done.report["coverage"]["channels_not_inspected"]
    assert (gap["recorder"], gap["channels"]) == (ip(doors, "dahua-nvr"), 32)
    assert "32 channels of 1 recorder were not inspected" in done.said
    for page in ("report.html", "report.json"):
        assert "32 channels not inspected" in (done.folder / page).read_text()


def test_every_line_and_report_keeps_to_its_schema(run: Run) -> None:
    schemas = Path(__file__).parents[2] / "reports" / "schema"
    line = Draft202012Validator(json.loads((schemas / "evidence-1.json").read_text()))
    report = Draft202012Validator(json.loads((schemas / "report-1.json").read_text()))
    assert {i["type"] for i in run.lines} == {"run", "host", "result", "attempt", "channel", "end"}
    for item in run.lines:
        line.validate(item)
    report.validate(run.report)
