"""Listening in a practice LAN whose devices announce themselves: all is heard, nothing is sent."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from scapy.utils import RawPcapReader

from tests.e2e.test_scan import PROGRAM, Scanned, home, scan
from tests.lab.client import Lab
from tests.lab.emulator.lan import SCANNER_MAC
from tests.lab_fixture import started

pytestmark = pytest.mark.lab

DEVICES = "hik-ds-2cd2032-i,hik-ds-2cd2432f-iw,amcrest-ip5m-b1186e,hanwha-xnd-6080,office-pc*"
SECONDS = "5"
NO_IPV6 = "echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6"
"""The kernel itself looks for IPv6 routers for some seconds after a link came up."""


@dataclass(frozen=True)
class Heard:
    """A scan that only listened, and the frames on its cable meanwhile: sender and type of each."""

    scanned: Scanned
    frames: list[tuple[str, bytes]]


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tape") / "cable.pcap"


@pytest.fixture(scope="module")
def talking(tape: Path) -> Iterator[Lab]:
    with started("--announce", "0.5", "--capture", str(tape), "--only", DEVICES) as running:
        assert running.run(["sh", "-c", NO_IPV6]).returncode == 0
        yield running


@pytest.fixture(scope="module")
def heard(talking: Lab, tape: Path, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    folder = tmp_path_factory.mktemp("passive")
    begin = time.time()
    scanned = scan(talking, folder, talking.network, "--passive", SECONDS)
    end = time.time()
    with RawPcapReader(str(tape)) as reader:
        timed = [(about.sec + about.usec / 1e6, frame) for frame, about in reader]
    frames = [(f[6:12].hex(":"), f[12:14]) for at, f in timed if begin <= at <= end]
    return Heard(scanned, frames)


def said(scanned: Scanned, ip: str) -> Mapping[str, set[str]]:
    """Probe → names of the fields heard of a device."""
    results = [r for r in scanned.results if r["ip"] == ip]
    return {r["probe"]: {o["field"] for o in r["observations"]} for r in results}


def test_not_one_frame_left_our_interface(heard: Heard, talking: Lab) -> None:
    senders = {sender for sender, _ in heard.frames}
    assert {device.mac for device in talking.devices.values()} <= senders
    assert [frame for frame in heard.frames if frame[0] == SCANNER_MAC] == []
    assert [r for r in heard.scanned.journal if r.peer.startswith(f"{talking.scanner}:")] == []


def test_every_device_is_heard_with_its_address(heard: Heard, talking: Lab) -> None:
    found = {ip: device["mac"] for ip, device in heard.scanned.devices.items()}
    assert found == {device.ip: device.mac for device in talking.devices.values()}


def test_each_protocol_is_understood(heard: Heard, talking: Lab) -> None:
    amcrest = said(heard.scanned, talking.devices["amcrest-ip5m-b1186e"].ip)
    assert {"dhcp", "ssdp", "mdns", "igmp"} <= set(amcrest)
    assert "dhcp.hostname" in amcrest["dhcp"]
    assert "wsd.scope" in said(heard.scanned, talking.devices["hanwha-xnd-6080"].ip)["wsd"]
    plain = [r for r in heard.scanned.results if r["probe"] == "sadp"]
    fields = {o["field"] for r in plain for o in r["observations"]}
    assert "sadp.devicedescription" in fields, "UDP 37020"
    assert "sadp.encodercount" in fields, "EtherType 0x8033"
    groups = [o["value"] for r in heard.scanned.results for o in r["observations"]]
    assert "239.255.255.251" in groups


def test_it_is_ordinary_evidence(heard: Heard, talking: Lab) -> None:
    camera = heard.scanned.devices[talking.devices["hik-ds-2cd2032-i"].ip]
    assert (camera["maker"]["id"], camera["verdict"]) == ("hikvision", "listed")
    assert camera["incomplete"] == ["it was only listened to, and nothing was asked of it"]
    amcrest = heard.scanned.devices[talking.devices["amcrest-ip5m-b1186e"].ip]
    assert amcrest["hostname"] == "AMC0701P_A1B2C3"


def test_the_report_says_that_it_only_listened(heard: Heard) -> None:
    coverage = heard.scanned.report["coverage"]
    assert (coverage["complete"], coverage["addresses"]) == (False, 0)
    assert any(text.startswith("It only listened, for 5 s") for text in coverage["limitations"])
    assert heard.scanned.report["run"]["settings"]["passive"] == "5"


def test_without_privilege_it_says_what_is_lost(talking: Lab, tmp_path: Path) -> None:
    opened = [tmp_path, *tmp_path.parents][: len(tmp_path.parts) - 2]
    modes = [(p, p.stat().st_mode) for p in opened]
    for path in opened:
        path.chmod(0o777)
    quiet = scan(talking, tmp_path, talking.network, "--passive", "1", user="nobody")
    for path, mode in modes:
        path.chmod(mode)
    assert quiet.ended.returncode == 3
    assert "Listening needs raw packets, which are not permitted" in quiet.ended.stderr


def test_interrupted_it_can_listen_on_but_not_begin_to_ask(talking: Lab, tmp_path: Path) -> None:
    file = tmp_path / "evidence.jsonl"
    command = [*PROGRAM, "collect", talking.network, "--evidence", str(file), "--passive"]
    program = subprocess.Popen(
        talking.command([*command, "300"]),
        env={**talking.environment(), **home(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    while '"type":"result"' not in (file.read_text() if file.exists() else ""):
        assert program.poll() is None
        time.sleep(0.1)
    program.send_signal(signal.SIGINT)
    _, told = program.communicate(timeout=30)
    assert program.returncode == 130
    assert f"camcensus scan --passive 300 --resume {file}" in told

    before = [json.loads(line) for line in file.read_text().splitlines()]
    resume = [*PROGRAM, "collect", "--resume", str(file)]
    asking = talking.run(resume, env=home(tmp_path))
    assert (asking.returncode, "that run only listened" in asking.stderr) == (2, True)
    again = talking.run([*resume, "--passive", "1"], env=home(tmp_path))
    assert again.returncode == 3, again.stderr
    after = [json.loads(line) for line in file.read_text().splitlines()]
    assert after[0]["run"] == before[0]["run"]
    hosts = [{i["ip"] for i in part if i["type"] == "host"} for part in (before, after)]
    assert hosts[0] <= hosts[1]


def test_no_name_is_looked_up(talking: Lab, tmp_path: Path) -> None:
    command = [*PROGRAM, "collect", "camera.example", "--passive", "1"]
    refused = talking.run(command, env=home(tmp_path))
    assert refused.returncode == 2
    assert "--passive sends nothing, so no name is looked up" in refused.stderr
