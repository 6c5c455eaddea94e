"""The makers' own discovery protocols against the practice LAN."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from scapy.utils import RawPcapReader

from scanner.collect.discovery.sadp_l2 import COPIES
from scanner.collect.never_send import refuse
from scanner.collect.wire import dahua_5050, dhip
from tests.e2e.test_scan import Scanned, scan
from tests.lab.client import Lab
from tests.lab_fixture import started

pytestmark = pytest.mark.lab

SADP, DHIP, OLD = 37020, 37810, 5050
DEVICES = "hik-*,dahua-*,lorex-*,traffic-*,hostile-l*,hostile-b*,hostile-xml*,axis-*,office-p*"
INQUIRY = re.compile(
    rb'<\?xml version="1\.0" encoding="utf-8"\?><Probe><Uuid>[0-9A-F-]{36}</Uuid>'
    rb"<Types>inquiry(_v32)?</Types></Probe>"
)


@pytest.fixture(scope="module")
def cameras() -> Iterator[Lab]:
    with started("--only", DEVICES) as running:
        yield running


@pytest.fixture(scope="module")
def scanned(cameras: Lab, tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    folder = tmp_path_factory.mktemp("vendors")
    return scan(cameras, folder, cameras.network, "-p", "80,8000,37777", "--layer2-discovery")


def said(scanned: Scanned, ip: str, *probes: str) -> Mapping[str, str]:
    """Field → value of what a device said to these sources and probes."""
    results = [r for r in scanned.results if r["ip"] == ip and r["probe"] in probes]
    return {o["field"]: o["value"] for r in results for o in r["observations"]}


def test_every_device_that_speaks_its_makers_protocol_is_heard(
    scanned: Scanned, cameras: Lab
) -> None:
    for device in cameras.devices.values():
        if device.kind == "hostile":
            continue
        assert bool(said(scanned, device.ip, "sadp")) is (SADP in device.udp), device.name
        assert bool(said(scanned, device.ip, "dhip")) is (DHIP in device.udp), device.name
        assert bool(said(scanned, device.ip, "dahua-5050")) is (OLD in device.udp), device.name


def test_what_they_say_is_kept(scanned: Scanned, cameras: Lab) -> None:
    camera = said(scanned, cameras.devices["hik-ds-2cd2142fwd-i"].ip, "sadp")
    assert camera["sadp.devicedescription"] == "DS-2CD2142FWD-I"
    assert camera["sadp.hcplatformenable"] == "false"
    assert "sadp.salt" not in camera
    recorder = said(scanned, cameras.devices["dahua-nvr5216-ei"].ip, "dhip")
    assert recorder["dhip.remotevideoinputchannels"] == "16"
    older = said(scanned, cameras.devices["dahua-hcvr5104"].ip, "dahua-5050")
    assert older["dhip.port"] == "37777"


def test_it_names_maker_brand_serial_and_firmware(scanned: Scanned, cameras: Lab) -> None:
    lorex = scanned.devices[cameras.devices["lorex-n864a6"].ip]
    assert (lorex["maker"]["id"], lorex["brand"]["id"]) == ("dahua", "lorex")
    neutral = scanned.devices[cameras.devices["hik-neutral-enp1a14"].ip]
    assert (neutral["maker"]["id"], neutral["verdict"]) == ("hikvision", "listed")
    assert neutral["serial"] == "ENP1A14-IR/25X20190614AAWR414878114"
    assert neutral["firmware"] == "V5.5.6build 180326"


def test_who_only_speaks_the_protocol_is_not_accused(scanned: Scanned, cameras: Lab) -> None:
    controller = cameras.devices["traffic-controller-sadp"]
    assert said(scanned, controller.ip, "sadp")["sadp.devicedescription"] == "HIK TSC"
    assert scanned.devices[controller.ip]["verdict"] == "review"


def test_a_claimed_address_is_only_a_claim(scanned: Scanned, cameras: Lab) -> None:
    liar = cameras.devices["hostile-lying-discovery"]
    assert said(scanned, liar.ip, "sadp")["sadp.mac"] == "44-19-b6-00-00-99"
    assert scanned.devices[liar.ip]["mac"] == liar.mac
    assert not {"198.51.100.7"} & set(scanned.devices)


def test_hostile_answers_cost_nothing(scanned: Scanned, cameras: Lab) -> None:
    assert [r for r in scanned.results if r["status"] == "bug"] == []
    bomb = cameras.devices["hostile-xml-bomb"].ip
    assert said(scanned, bomb, "sadp", "dhip", "dahua-5050") == {}
    large = said(scanned, cameras.devices["hostile-large-datagrams"].ip, "sadp", "dhip")
    assert all(len(value) <= 1024 for value in large.values())


def test_nothing_else_left_and_never_more_than_three_times(scanned: Scanned, cameras: Lab) -> None:
    ours = [r for r in scanned.journal if r.peer.startswith(f"{cameras.scanner}:")]
    by_port = {port: [r for r in ours if r.event == "udp" and r.port == port] for port in PORTS}
    assert all(INQUIRY.fullmatch(r.data) for r in by_port[SADP])
    assert {r.data for r in by_port[DHIP]} == {dhip.search()}
    assert {r.data for r in by_port[OLD]} == {dahua_5050.search()}
    for port, records in by_port.items():
        at_all = Counter((r.device, r.data) for r in records if r.destination != r.ip)
        at_one = Counter((r.device, r.data) for r in records if r.destination == r.ip)
        assert max(at_all.values()) == PORTS[port]
        assert max(at_one.values(), default=1) == 1


PORTS = {SADP: 3, DHIP: 3, OLD: 2}


def test_nobody_out_of_scope_is_asked_by_broadcast(cameras: Lab, tmp_path: Path) -> None:
    camera = cameras.devices["hik-ds-2cd2142fwd-i"]
    heard = scan(cameras, tmp_path, camera.ip, "-p", "80", "--no-arp")
    assert said(heard, camera.ip, "sadp")["sadp.devicedescription"] == "DS-2CD2142FWD-I"
    addressed = {r.destination for r in heard.journal if r.port == SADP and not r.multicast}
    assert addressed <= {camera.ip}
    limitations = heard.report["coverage"]["limitations"]
    assert any("No search by broadcast on 10.77.0.0/24" in text for text in limitations)


def test_raw_frames_leave_only_when_asked_for(tmp_path: Path) -> None:
    tape = tmp_path / "cable.pcap"
    with started("--capture", str(tape), "--only", "hik-ds-2cd2032-i") as taped:
        for options in ((), ("--layer2-discovery",)):
            scan(taped, tmp_path, taped.network, "-p", "80", *options)
    with RawPcapReader(str(tape)) as reader:
        frames = [frame for frame, _ in reader if frame[12:14] == b"\x80\x33"]
    assert len(frames) == COPIES
    assert [refuse("ethernet", 0x8033, frame[14:]) for frame in frames] == [None] * COPIES


def test_what_is_switched_off_is_never_asked(cameras: Lab, tmp_path: Path) -> None:
    without = "sadp,dhip,dahua-5050,ssdp,netbios"
    quiet = scan(cameras, tmp_path, cameras.network, "-p", "80", "--without", without)
    asked = {r.port for r in quiet.journal if r.event == "udp"}
    assert not asked & {SADP, DHIP, OLD, 1900, 137}
    assert 3702 in asked
    limitations = quiet.report["coverage"]["limitations"]
    assert any("netbios, sadp, ssdp: switched off by the operator" in t for t in limitations)
