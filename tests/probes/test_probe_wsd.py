"""WS-Discovery by unicast: when it is planned, and how each answer ends."""

import asyncio
from ipaddress import ip_network

import pytest

from scanner.collect.api import Conversation, HostView, Outcome, Stage
from scanner.collect.net import HostLink, Pace, Paces
from scanner.collect.probes.wsd import PROBE
from scanner.collect.wire import wsd
from scanner.model import Observation, ProbeStatus, Target
from tests.collect.loopback import answer_datagrams

IP = "127.0.47.1"
MATCH = (
    b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
    b' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
    b' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><e:Body><d:ProbeMatches>'
    b"<d:ProbeMatch><a:EndpointReference><a:Address>uuid:7</a:Address></a:EndpointReference>"
    b"<d:Scopes>onvif://www.onvif.org/name/TEST</d:Scopes></d:ProbeMatch></d:ProbeMatches>"
    b"</e:Body></e:Envelope>"
)
FAULT = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Reason>'
    b"<s:Text>no</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"
)
SAID = (Observation("wsd.epr", "uuid:1"),)


@pytest.mark.parametrize(
    ("host", "planned"),
    [
        (HostView(IP), False),
        (HostView(IP, camera_like=True), False),
        (HostView(IP, services={22: "greeting"}), False),
        (HostView(IP, services={8000: "silent"}, camera_like=True), True),
        (HostView(IP, services={80: "http"}), True),
        (HostView(IP, services={443: "https"}), True),
        (HostView(IP, services={554: "rtsp"}), True),
        (HostView(IP, services={554: "rtsp"}, camera_like=True, observations=SAID), False),
    ],
)
def test_planned_for_what_could_be_a_silent_camera(host: HostView, planned: bool) -> None:
    assert list(PROBE.ports(host)) == ([3702] if planned else [])
    assert (PROBE.name, PROBE.stage) == ("wsd", Stage.HOST)


async def ask() -> Outcome:
    link = HostLink(IP, Target((ip_network(IP),)), Paces(Pace(0), Pace(0)))
    return await PROBE.run(link, wsd.PORT, HostView(IP, services={80: "http"}))


async def test_an_answer_is_read_once() -> None:
    async with answer_datagrams(IP, wsd.PORT, MATCH):
        outcome = await ask()
    assert outcome.status is ProbeStatus.OK
    assert [(o.field, o.value) for o in outcome.observations][:2] == [
        ("wsd.epr", "uuid:7"),
        ("wsd.scope", "onvif://www.onvif.org/name/TEST"),
    ]
    assert len({(o.field, o.value) for o in outcome.observations}) == len(outcome.observations)


async def test_a_fault_is_an_answer() -> None:
    async with answer_datagrams(IP, wsd.PORT, FAULT):
        outcome = await ask()
    assert outcome.status is ProbeStatus.OK
    assert ("wsd.fault", "no") in [(o.field, o.value) for o in outcome.observations]


@pytest.mark.parametrize("junk", [b"HTTP/1.1 400", b"\xff" * 60_000, b"<!DOCTYPE a []><a/>"])
async def test_junk_is_a_protocol_error(junk: bytes) -> None:
    async with answer_datagrams(IP, wsd.PORT, junk):
        outcome = await ask()
    assert (outcome.status, outcome.observations) == (ProbeStatus.PROTOCOL_ERROR, ())


class Silent:
    """A host that answers nothing, and what it was sent."""

    sent: tuple[bytes, ...] = ()

    async def datagrams(
        self,
        port: int,
        payloads: tuple[bytes, ...],
        *,
        seconds: float,
        cap: int = 0,
        group: str = "",
    ) -> Conversation:
        self.sent = tuple(payloads)
        await asyncio.sleep(0)
        return Conversation(ProbeStatus.TIMEOUT, reason="no answer")


async def test_silence_is_a_timeout_and_both_types_were_asked() -> None:
    host = Silent()
    outcome = await PROBE.run(host, wsd.PORT, HostView(IP))  # type: ignore[arg-type]
    assert (outcome.status, outcome.reason) == (ProbeStatus.TIMEOUT, "no answer")
    assert [kind for kind in wsd.TYPES for p in host.sent if kind.encode() in p] == list(wsd.TYPES)
