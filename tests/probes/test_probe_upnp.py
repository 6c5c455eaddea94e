"""The UPnP description: whose is fetched, how it is asked for, and how each answer ends."""

from dataclasses import replace

import pytest

from scanner.collect.api import READ_CAP, HostView, Outcome, Stage
from scanner.collect.probes.upnp import PROBE
from scanner.model import Observation, ProbeStatus
from tests.probes.peers import IP, LoopbackNet, Peer, page, pairs, serving, targets

XML = (
    b'<root xmlns="urn:schemas-upnp-org:device-1-0"><device>'
    b"<deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType>"
    b"<manufacturer>AXIS</manufacturer></device></root>"
)
FOUND = [
    ("upnp.devicetype", "urn:schemas-upnp-org:device:Basic:1"),
    ("upnp.manufacturer", "AXIS"),
]


def announced(*locations: str, **more: object) -> HostView:
    """A host that said by SSDP that its description is there."""
    said = tuple(Observation("ssdp.location", location) for location in locations)
    return replace(HostView(IP, observations=said), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("location", "ports"),
    [
        (f"http://{IP}:49152/upnp_device_desc.xml", [49152]),
        (f"http://{IP}/desc.xml?x=1", [80]),
        (f"https://{IP}/desc.xml", [443]),
        ("http://192.0.2.7:49152/desc.xml", []),
        ("http://camera.example:49152/desc.xml", []),
        (f"http://192.0.2.7@{IP}.example/", []),
        (f"ftp://{IP}/desc.xml", []),
        (f"http://{IP}:8000/desc.xml", []),
        (f"http://{IP}:9100/desc.xml", []),
        (f"http://{IP}:0x50/desc.xml", []),
        (f"http://{IP}:99999/desc.xml", []),
        (f"http://{IP}/cgi-bin/magicBox.cgi?action=reboot", []),
        (f"http://{IP}/RPC2_Login", []),
        (f"http://{IP}/a b", []),
        (f"http://{IP}/\r\nAuthorization: x", []),
        (f"http://{IP}/\u00e9", []),
        ("http://[", []),
        ("", []),
    ],
)
def test_only_what_the_host_itself_serves_is_asked_for(location: str, ports: list[int]) -> None:
    assert list(PROBE.ports(announced(location))) == ports
    assert (PROBE.name, PROBE.stage) == ("upnp", Stage.HOST)


def test_the_first_place_that_may_be_asked_is_taken() -> None:
    host = announced("http://192.0.2.7/", f"http://{IP}:9100/", f"http://{IP}:81/", f"http://{IP}/")
    assert list(PROBE.ports(host)) == [81]
    assert list(PROBE.ports(announced())) == []


def test_a_port_nobody_may_speak_to_is_left_alone() -> None:
    host = announced(f"http://{IP}:5000/", services={5000: "silent"})
    assert list(PROBE.ports(host)) == []


async def ask(peer: Peer, *, tls: bool = False) -> Outcome:
    async with serving(peer, tls=tls):
        location = f"{'https' if tls else 'http'}://{IP}:{peer.port}/desc.xml"
        return await PROBE.run(LoopbackNet(), peer.port, announced(location))


@pytest.mark.parametrize("tls", [False, True])
async def test_one_get_without_a_login(tls: bool) -> None:
    peer = Peer([page("HTTP/1.1 200 OK", "Content-Type: text/xml", body=XML)])
    outcome = await ask(peer, tls=tls)

    assert (outcome.status, pairs(outcome)) == (ProbeStatus.OK, FOUND)
    assert targets(peer) == [["/desc.xml"]]
    assert b"uthorization" not in peer.received[0]


async def test_a_redirect_is_not_followed() -> None:
    peer = Peer([page("HTTP/1.1 302 Found", "Location: /other.xml")] * 2)
    outcome = await ask(peer)

    assert (outcome.status, outcome.observations) == (ProbeStatus.PROTOCOL_ERROR, ())
    assert targets(peer) == [["/desc.xml"]]


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (page("HTTP/1.1 404 Not Found", body=b"<html></html>"), ProbeStatus.PROTOCOL_ERROR),
        (b"SSH-2.0-x\r\n", ProbeStatus.PROTOCOL_ERROR),
        (b"", ProbeStatus.CLOSED_EARLY),
        (page("HTTP/1.1 200 OK", "Content-Length: 9999", body=XML, length=False), None),
        (page("HTTP/1.1 200 OK", body=b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + XML), None),
    ],
    ids=["no-page", "no-http", "nothing", "cut-off", "entities"],
)
async def test_other_answers(reply: bytes, status: ProbeStatus | None) -> None:
    outcome = await ask(Peer([reply]))
    assert outcome.status is not ProbeStatus.OK
    assert status in (None, outcome.status)


async def test_a_page_without_end_is_cut() -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n" + XML
    outcome = await ask(Peer([head], endless=b"x" * 8192))
    assert len(outcome.observations) <= len(FOUND)
    assert READ_CAP == 64 * 1024


async def test_a_slow_page_ends_in_time() -> None:
    outcome = await ask(Peer([page("HTTP/1.1 200 OK", body=XML)], drip=True))
    assert outcome.status is ProbeStatus.TIMEOUT
