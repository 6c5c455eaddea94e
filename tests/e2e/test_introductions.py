"""SSDP, mDNS, NetBIOS and IPv6 against the practice LAN."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from scanner.collect.never_send import refuse
from tests.e2e.test_scan import Scanned, scan
from tests.lab.client import Lab
from tests.lab_fixture import started

pytestmark = pytest.mark.lab

NETBIOS, SSDP, MDNS, LLMNR = 137, 1900, 5353, 5355
DEVICES = (
    "amcrest-*,axis-*,dahua-ipc-hdw*,hik-ds-2cd2142fwd-i,hik-ds-2cd2032-i,swann-*,office-*,"
    "hostile-ssdp*,hostile-upnp*,hostile-mdns,hostile-arp-only"
)


@pytest.fixture(scope="module")
def office() -> Iterator[Lab]:
    with started("--only", DEVICES) as running:
        yield running


@pytest.fixture(scope="module")
def scanned(office: Lab, tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    folder = tmp_path_factory.mktemp("office")
    return scan(office, folder, office.network, "-p", "22,80,443,554,8000,49152")


def said(scanned: Scanned, ip: str, *probes: str) -> Mapping[str, str]:
    """Field → value of what a device said to these sources and probes."""
    results = [r for r in scanned.results if r["ip"] == ip and r["probe"] in probes]
    return {o["field"]: o["value"] for r in results for o in r["observations"]}


@pytest.mark.parametrize(("source", "port"), [("ssdp", SSDP), ("mdns", MDNS)])
def test_every_device_that_announces_itself_is_heard(
    scanned: Scanned, office: Lab, source: str, port: int
) -> None:
    honest = [d for d in office.devices.values() if d.kind != "hostile"]
    heard = {d.name for d in honest if said(scanned, d.ip, source)}
    assert heard == {d.name for d in honest if port in d.udp}


def test_what_they_announce_is_kept(scanned: Scanned, office: Lab) -> None:
    amcrest = said(scanned, office.devices["amcrest-ip5m-b1186e"].ip, "ssdp", "mdns")
    assert amcrest["ssdp.server"] == "Linux, UPnP/1.0, Private Upnp SDK"
    assert amcrest["ssdp.usn"] == "uuid:device_3_0-AMC0701PAA1B2C3"
    assert amcrest["mdns.service"] == "_psia._tcp"
    axis = said(scanned, office.devices["axis-m2025-le"].ip, "mdns")
    assert axis["mdns.txt"] == "macaddress=ACCC8E20251E"


def test_descriptions_come_from_the_devices_themselves(scanned: Scanned, office: Lab) -> None:
    described = {
        d.name: said(scanned, d.ip, "upnp").get("upnp.manufacturer", "")
        for d in office.devices.values()
        if said(scanned, d.ip, "upnp")
    }
    assert described == {
        "office-router": "Example Networks",
        "office-tv": "Example Screens",
        "swann-dvr8-1550": "SWANN",
    }
    swann = scanned.devices[office.devices["swann-dvr8-1550"].ip]
    assert swann["brand"]["id"] == "swann"
    assert swann["model"] == "SWANN DVR8-1550"


def test_no_description_is_fetched_from_anywhere_else(scanned: Scanned, office: Lab) -> None:
    away = office.devices["hostile-ssdp-away"]
    assert not [r for r in scanned.results if (r["ip"], r["probe"]) == (away.ip, "upnp")]
    leads_away = office.devices["hostile-upnp-away"]
    (result,) = [r for r in scanned.results if (r["ip"], r["probe"]) == (leads_away.ip, "upnp")]
    assert (result["port"], result["status"]) == (49152, "protocol-error")
    asked = [r for r in scanned.journal if r.device == leads_away.name and r.port == 8000]
    assert {r.received_bytes for r in asked} == {0}
    assert "198.51.100.7" not in scanned.devices


def test_a_silent_computer_gives_its_name(scanned: Scanned, office: Lab) -> None:
    pc = office.devices["office-pc-firewalled"]
    assert said(scanned, pc.ip, "netbios") == {
        "netbios.name": "DESKTOP-AB12CD3",
        "netbios.mac": pc.mac,
    }
    assert said(scanned, pc.ip, "llmnr") == {"llmnr.name": "DESKTOP-AB12CD3"}
    assert scanned.devices[pc.ip]["product_class"] == "other"
    assert scanned.devices[pc.ip]["hostname"] == "DESKTOP-AB12CD3"
    asked, by_llmnr = (
        {r["ip"] for r in scanned.results if r["probe"] == probe} for probe in ("netbios", "llmnr")
    )
    silent = {
        ip
        for ip in scanned.devices
        if {r["status"] for r in scanned.results if (r["ip"], r["probe"]) == (ip, "tcp")}
        == {"timeout"}
    }
    assert asked == by_llmnr == silent


def test_ipv6_neighbours_join_the_hosts_they_are(scanned: Scanned, office: Lab) -> None:
    assert not [ip for ip in scanned.devices if ":" in ip]
    by_nd = {ip for ip, device in scanned.devices.items() if "nd" in device["seen_by"]}
    limitations = scanned.report["coverage"]["limitations"]
    assert office.devices["axis-m2025-le"].ip in by_nd, limitations
    camera = office.devices["hik-ds-2cd2032-i"]
    heard = said(scanned, camera.ip, "nd")
    assert heard["mac.derived"] == camera.mac
    assert heard["ipv6.address"].startswith("fe80::")


def test_hostile_announcements_cost_nothing(scanned: Scanned, office: Lab) -> None:
    assert [r for r in scanned.results if r["status"] == "bug"] == []
    assert said(scanned, office.devices["hostile-upnp-endless"].ip, "upnp") == {}


def test_who_repeats_a_listed_makers_announcement_is_not_accused(
    scanned: Scanned, office: Lab
) -> None:
    repeater = office.devices["hostile-mdns"]
    assert "mdns.instance" not in said(scanned, repeater.ip, "mdns")
    assert "mdns" in scanned.devices[repeater.ip]["seen_by"]
    assert scanned.devices[repeater.ip]["maker"] is None


def test_few_datagrams_left_and_all_pass_the_never_send_list(scanned: Scanned, office: Lab) -> None:
    ours = [
        r for r in scanned.journal if r.event == "udp" and r.peer.startswith(f"{office.scanner}:")
    ]
    for port, most in ((SSDP, 3), (MDNS, 40), (NETBIOS, 1), (LLMNR, 4)):
        records = [r for r in ours if r.port == port]
        assert records, port
        assert [refuse("udp", port, r.data) for r in records] == [None] * len(records)
        assert max(Counter(r.device for r in records).values()) <= most
    first_questions = Counter((r.device, r.data[12:60]) for r in ours if r.port == MDNS)
    assert max(first_questions.values()) <= 4


def test_who_excludes_ipv6_sends_and_reports_none(office: Lab, tmp_path: Path) -> None:
    camera = office.devices["hik-ds-2cd2032-i"]
    quiet = scan(office, tmp_path, office.network, "-p", "80", "--exclude", "::/0")
    assert "nd" not in quiet.devices[camera.ip]["seen_by"]
    limitations = quiet.report["coverage"]["limitations"]
    assert any(text.startswith("No IPv6 on ") for text in limitations)
