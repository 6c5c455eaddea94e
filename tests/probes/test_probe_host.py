"""The probes of a whole host: icon, ISAPI, Dahua CGI, ONVIF; which port, what, how often."""

import hashlib
from dataclasses import replace

import mmh3
import pytest

from scanner.collect.api import HostView, Probe, Stage
from scanner.collect.never_send import refuse
from scanner.collect.probes import dahua, favicon, isapi, onvif
from scanner.collect.wire.favicon import mmh3_text
from scanner.model import Observation, ProbeResult, ProbeStatus
from tests.probes.peers import (
    CLOSED_PORT,
    IP,
    LoopbackNet,
    Peer,
    page,
    pairs,
    serving,
    targets,
    values,
    view,
)

OK = "HTTP/1.1 200 OK"
REFUSAL = "HTTP/1.1 401 Unauthorized"
PROBES = {
    "favicon": favicon.PROBE,
    "isapi": isapi.PROBE,
    "dahua": dahua.PROBE,
    "onvif": onvif.PROBE,
}
SOAP = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    b' xmlns:t="http://www.onvif.org/ver10/device/wsdl"><s:Body>%s</s:Body></s:Envelope>'
)
CLOCK = SOAP % b"<t:GetSystemDateAndTimeResponse/>"
SERVICES = SOAP % (
    b"<t:GetServicesResponse><t:Service><t:Namespace>http://www.onvif.org/ver10/media/wsdl"
    b"</t:Namespace><t:XAddr>http://192.0.2.1/onvif/Media</t:XAddr></t:Service>"
    b"</t:GetServicesResponse>"
)
FAULT = SOAP % b"<s:Fault><s:Reason><s:Text>Sender not Authorized</s:Text></s:Reason></s:Fault>"


def spoke(port: int, service: str = "http", *, location: str = "") -> HostView:
    """A camera-like host whose one port answered in HTTP."""
    seen = [("http.location", location)] if location else []
    return replace(view(port, service, spoke=True, page=seen), camera_like=True)


def both(*hosts: HostView) -> HostView:
    """One host with the ports of several."""
    return replace(
        hosts[0],
        services={p: s for h in hosts for p, s in h.services.items()},
        results=tuple(r for h in hosts for r in h.results),
        observations=tuple(o for h in hosts for o in h.observations),
    )


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
def test_one_port_a_host_and_plain_before_tls(probe: Probe) -> None:
    assert probe.stage is Stage.HOST
    host = both(spoke(443, "https"), spoke(8080), spoke(81))
    assert list(probe.ports(host)) == [81]


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
def test_port_that_only_sends_to_tls_comes_last(probe: Probe) -> None:
    away = spoke(80, location="https://127.0.31.1/")
    assert list(probe.ports(both(away, spoke(443, "https")))) == [443]
    assert list(probe.ports(away)) == [80]


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
def test_not_planned_where_nothing_spoke_http(probe: Probe) -> None:
    silent = ProbeResult(IP, "http", ProbeStatus.PROTOCOL_ERROR, 80)
    other = ProbeResult(IP, "tls", ProbeStatus.OK, 443)
    host = replace(view(80), camera_like=True, results=(silent, other))
    assert list(probe.ports(host)) == []


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
@pytest.mark.parametrize(
    ("peer", "status"),
    [
        (Peer(keep=True), ProbeStatus.TIMEOUT),
        (Peer(), ProbeStatus.CLOSED_EARLY),
        (Peer(reset=True), ProbeStatus.CLOSED_EARLY),
        (Peer([b"SSH-2.0-x\r\n"]), ProbeStatus.PROTOCOL_ERROR),
        (Peer([b"\0\xff" * 99]), ProbeStatus.PROTOCOL_ERROR),
        (Peer([page(OK, body=b"x" * 900)], drip=True), ProbeStatus.TIMEOUT),
        (Peer([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]), ProbeStatus.CLOSED_EARLY),
        (Peer([page("HTTP/1.1 404 Not Found", body=b"<html>no</html>")]), ProbeStatus.OK),
        (Peer([page(OK, body=b"<html>every path answers</html>")]), ProbeStatus.OK),
    ],
    ids=["silent", "closed", "reset", "other", "garbage", "drip", "short", "404", "stub"],
)
async def test_misbehaviour_is_a_status_and_no_observation(
    probe: Probe, peer: Peer, status: ProbeStatus
) -> None:
    async with serving(replace(peer, replies=list(peer.replies), received=[])) as server:
        net = LoopbackNet(0.5) if status is ProbeStatus.TIMEOUT else LoopbackNet()
        outcome = await probe.run(net, server.port, spoke(server.port))
    assert (outcome.status, outcome.observations) == (status, ())
    assert len(server.received) == 1


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
async def test_refused(probe: Probe) -> None:
    outcome = await probe.run(LoopbackNet(), CLOSED_PORT, spoke(CLOSED_PORT))
    assert (outcome.status, outcome.observations) == (ProbeStatus.REFUSED, ())


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
async def test_endless_answer_ends(probe: Probe) -> None:
    async with serving(Peer([b"HTTP/1.1 200 OK\r\n\r\n"], endless=b"y" * 16384)) as peer:
        outcome = await probe.run(LoopbackNet(), peer.port, spoke(peer.port))
    assert outcome.status in (ProbeStatus.OK, ProbeStatus.PROTOCOL_ERROR)
    assert outcome.observations == ()


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
async def test_over_tls(probe: Probe) -> None:
    async with serving(Peer([page("HTTP/1.1 404 Not Found")]), tls=True) as peer:
        outcome = await probe.run(LoopbackNet(), peer.port, spoke(peer.port, "https"))
    assert outcome.status is ProbeStatus.OK
    assert len(peer.received) == 1


@pytest.mark.parametrize("name", ["favicon", "isapi", "dahua"])
async def test_mute_port_hears_nothing(name: str) -> None:
    net = LoopbackNet()
    outcome = await PROBES[name].run(net, 8000, spoke(8000))
    assert outcome.status is ProbeStatus.NOT_PERMITTED
    assert net.connections == 0


ICON = bytes(range(256)) * 5


async def test_icon_named_by_the_page() -> None:
    async with serving(Peer([page(OK, "Content-Type: image/x-icon", body=ICON)])) as peer:
        named = [("http.favicon.path", "/i/a.ico"), ("http.favicon.path", "/i/b.ico")]
        host = view(peer.port, spoke=True, page=named)
        outcome = await favicon.PROBE.run(LoopbackNet(), peer.port, host)
    assert targets(peer) == [["/i/b.ico"]]
    assert pairs(outcome) == [
        ("http.favicon.mmh3", mmh3_text(ICON)),
        ("http.favicon.md5", hashlib.md5(ICON, usedforsecurity=False).hexdigest()),
    ]
    assert mmh3_text(b"") == str(mmh3.hash(b""))


@pytest.mark.parametrize("path", [None, "/RPC2_Login", "/cgi-bin/x.cgi?action=reboot"])
async def test_customary_icon(path: str | None) -> None:
    async with serving(Peer([page(OK, body=ICON)])) as peer:
        named = [("http.favicon.path", path)] if path else []
        host = view(peer.port, spoke=True, page=named)
        outcome = await favicon.PROBE.run(LoopbackNet(), peer.port, host)
    assert targets(peer) == [["/favicon.ico"]]
    assert len(outcome.observations) == 2


async def test_icon_above_the_cap_is_not_hashed() -> None:
    huge = page(OK, body=b"\x00" * 300_000)
    async with serving(Peer([huge])) as peer:
        outcome = await favicon.PROBE.run(LoopbackNet(), peer.port, spoke(peer.port))
    assert (outcome.status, outcome.observations) == (ProbeStatus.PROTOCOL_ERROR, ())


async def test_isapi_challenge_and_user_check() -> None:
    body = (
        b'<userCheck xmlns="http://www.isapi.org/ver20/XMLSchema"><statusValue>401</statusValue>'
        b"<lockStatus>unlock</lockStatus></userCheck>"
    )
    challenge = 'WWW-Authenticate: Digest qop="auth", realm="DS-0000ABCD", nonce="0"'
    async with serving(Peer([page(REFUSAL, challenge, body=body)])) as peer:
        outcome = await isapi.PROBE.run(LoopbackNet(), peer.port, spoke(peer.port))
    assert targets(peer) == [["/ISAPI/System/deviceInfo"]]
    assert pairs(outcome) == [
        ("isapi.realm", "DS-0000ABCD"),
        ("isapi.namespace", "http://www.isapi.org/ver20/XMLSchema"),
        ("isapi.statusvalue", "401"),
        ("isapi.lockstatus", "unlock"),
    ]


async def test_isapi_given_freely() -> None:
    body = b"<DeviceInfo><model>DS-2CD0000</model><manufacturer>x</manufacturer></DeviceInfo>"
    async with serving(Peer([page(OK, body=body)])) as peer:
        outcome = await isapi.PROBE.run(LoopbackNet(), peer.port, spoke(peer.port))
    assert pairs(outcome) == [("isapi.model", "DS-2CD0000"), ("isapi.manufacturer", "x")]


async def test_dahua_challenge() -> None:
    challenge = 'WWW-Authenticate: Digest realm="Login to 4X00000PAA00000", qop="auth"'
    async with serving(Peer([page(REFUSAL, challenge, body=b"Invalid=1")])) as peer:
        outcome = await dahua.PROBE.run(LoopbackNet(), peer.port, spoke(peer.port))
    assert targets(peer) == [["/cgi-bin/magicBox.cgi?action=getSystemInfo"]]
    assert pairs(outcome) == [("dahua.realm", "Login to 4X00000PAA00000")]


async def test_dahua_given_freely() -> None:
    async with serving(Peer([page(OK, body=b"deviceType=31\r\nserialNumber=0\r\n")])) as peer:
        outcome = await dahua.PROBE.run(LoopbackNet(), peer.port, spoke(peer.port))
    assert pairs(outcome) == [("dahua.devicetype", "31"), ("dahua.serialnumber", "0")]


def announced(port: int, *addresses: str) -> HostView:
    """A host that answered WS-Discovery with these addresses."""
    said = tuple(Observation("wsd.xaddr", a) for a in addresses)
    return HostView(IP, services={port: "http"}, observations=said)


@pytest.mark.parametrize("keep", [True, False])
async def test_onvif_calls(keep: bool) -> None:
    net = LoopbackNet()
    async with serving(Peer([page(OK, body=CLOCK), page(OK, body=SERVICES)], keep=keep)) as peer:
        outcome = await onvif.PROBE.run(net, peer.port, spoke(peer.port))
    assert net.connections == (1 if keep else 2)
    sent = b"".join(peer.received)
    assert sent.count(b"POST /onvif/device_service HTTP/1.1\r\n") == 2
    assert sent.index(b"<GetSystemDateAndTime ") < sent.index(b"<GetServices ")
    assert outcome.status is ProbeStatus.OK
    assert values(outcome, "onvif.service_path") == ["/onvif/Media"]
    assert values(outcome, "onvif.namespace") == [
        "http://www.w3.org/2003/05/soap-envelope",
        "http://www.onvif.org/ver10/device/wsdl",
        "http://www.onvif.org/ver10/media/wsdl",
    ]


async def test_onvif_fault_is_kept() -> None:
    replies = [page(OK, body=CLOCK), page("HTTP/1.1 400 Bad Request", body=FAULT)]
    async with serving(Peer(replies, keep=True)) as peer:
        outcome = await onvif.PROBE.run(LoopbackNet(), peer.port, spoke(peer.port))
    assert values(outcome, "onvif.fault") == ["Sender not Authorized"]


@pytest.mark.parametrize("body", [b"<html>401</html>", b"<!DOCTYPE x><x/>", b""])
async def test_onvif_stops_when_the_first_answer_is_not_soap(body: bytes) -> None:
    async with serving(Peer([page(REFUSAL, body=body)], keep=True)) as peer:
        outcome = await onvif.PROBE.run(LoopbackNet(), peer.port, spoke(peer.port))
    assert b"".join(peer.received).count(b"POST ") == 1
    assert (outcome.status, outcome.observations) == (ProbeStatus.OK, ())


async def test_onvif_at_the_announced_address() -> None:
    async with serving(Peer([page(OK, body=FAULT)])) as peer:
        host = announced(80, f"http://192.0.2.9/x http://{IP}:{peer.port}/onvif/other")
        assert list(onvif.PROBE.ports(host)) == [peer.port]
        await onvif.PROBE.run(LoopbackNet(), peer.port, host)
    assert peer.received[0].startswith(b"POST /onvif/other HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "address",
    [
        "http://192.0.2.9/onvif/device_service",
        "http://camera.example/onvif/device_service",
        f"ftp://{IP}/x",
        f"http://{IP}:8000/onvif/device_service",
        f"http://{IP}:99999/x",
        f"http://{IP}/RPC2_Login",
        f"http://{IP}/a\u00e9",
        f"http://{IP}/a\x7fb",
        "http://[bad/",
        "",
    ],
)
def test_addresses_that_are_not_asked(address: str) -> None:
    assert list(onvif.PROBE.ports(announced(80, address))) == []
    assert list(onvif.PROBE.ports(both(announced(80, address), spoke(81)))) == [81]


def test_announced_port_with_a_mute_service_is_not_asked() -> None:
    host = replace(announced(5000, f"http://{IP}:5000/x"), services={5000: "silent"})
    assert list(onvif.PROBE.ports(host)) == []


def test_onvif_only_where_something_points_to_a_camera() -> None:
    assert list(onvif.PROBE.ports(view(80, spoke=True))) == []
    assert list(onvif.PROBE.ports(spoke(80))) == [80]
    heard = replace(view(80, spoke=True), observations=(Observation("wsd.types", "x"),))
    assert list(onvif.PROBE.ports(heard)) == [80]


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
async def test_no_login_ever_leaves(probe: Probe) -> None:
    challenge = 'WWW-Authenticate: Basic realm="x"'
    async with serving(Peer([page(REFUSAL, challenge, body=CLOCK)] * 3, keep=True)) as peer:
        await probe.run(LoopbackNet(), peer.port, spoke(peer.port))
    sent = b"".join(peer.received)
    assert sent
    assert b"authorization" not in sent.lower()
    assert refuse("tcp", 80, sent.replace(b"Accept: */*", b"Authorization: Basic eDp5", 1))
