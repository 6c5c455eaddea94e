"""SADP and DHIP by unicast: when they are planned, and how each answer ends."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network

import pytest

from scanner.collect.api import Conversation, HostView, Outcome, Probe, Stage
from scanner.collect.net import HostLink, Pace, Paces
from scanner.collect.never_send import refuse
from scanner.collect.probes.dhip import PROBE as DHIP
from scanner.collect.probes.sadp import PROBE as SADP
from scanner.model import Observation, ProbeStatus, Target
from tests.collect.loopback import answer_datagrams

IP = "127.0.48.1"
PORTS = {"sadp": 37020, "dhip": 37810}
MATCH = (
    b'<?xml version="1.0" encoding="UTF-8"?>\r\n<ProbeMatch><Uuid>another</Uuid>\r\n'
    b"<Types>inquiry</Types>\r\n<DeviceDescription>DS-2CD0000-TEST</DeviceDescription>\r\n"
)
NOTIFY = (
    b"\x20\0\0\0DHIP" + bytes(24) + b'{"mac":"3c:ef:8c:00:00:01","params":{"deviceInfo":'
    b'{"Vendor":"Private","VideoInputChannels":4}}}\n\0'
)
CAMERA = HostView(IP, services={554: "rtsp"}, camera_like=True)


def said(field: str) -> tuple[Observation, ...]:
    return (Observation(field, "x"),)


@pytest.mark.parametrize(
    ("host", "planned"),
    [
        (HostView(IP), []),
        (HostView(IP, camera_like=True), []),
        (HostView(IP, services={80: "http", 443: "https"}), []),
        (HostView(IP, services={8000: "silent"}), ["sadp"]),
        (CAMERA, ["sadp", "dhip"]),
        (replace(CAMERA, observations=said("wsd.epr")), ["sadp", "dhip"]),
        (replace(CAMERA, observations=said("sadp.types")), []),
        (replace(CAMERA, observations=said("dhip.vendor")), []),
    ],
)
def test_planned_for_what_could_be_a_silent_device_of_theirs(
    host: HostView, planned: list[str]
) -> None:
    expected = [[PORTS[name]] if name in planned else [] for name in PORTS]
    assert [list(probe.ports(host)) for probe in (SADP, DHIP)] == expected
    assert [(probe.name, probe.stage) for probe in (SADP, DHIP)] == [
        (name, Stage.HOST) for name in PORTS
    ]


async def ask(probe: Probe) -> Outcome:
    link = HostLink(IP, Target((ip_network(IP),)), Paces(Pace(0), Pace(0)))
    return await probe.run(link, PORTS[probe.name], CAMERA)


async def test_a_sadp_answer_is_read_once_even_when_it_is_torn() -> None:
    async with answer_datagrams(IP, PORTS["sadp"], MATCH):
        outcome = await ask(SADP)
    assert outcome.status is ProbeStatus.OK
    assert [(o.field, o.value) for o in outcome.observations] == [
        ("sadp.types", "inquiry"),
        ("sadp.devicedescription", "DS-2CD0000-TEST"),
    ]
    assert all(o.raw_sha256 and len(o.raw_sha256) == 64 for o in outcome.observations)


async def test_a_dhip_answer_is_read() -> None:
    async with answer_datagrams(IP, PORTS["dhip"], NOTIFY):
        outcome = await ask(DHIP)
    assert outcome.status is ProbeStatus.OK
    assert [(o.field, o.value) for o in outcome.observations] == [
        ("dhip.mac", "3c:ef:8c:00:00:01"),
        ("dhip.vendor", "Private"),
        ("dhip.videoinputchannels", "4"),
    ]


@pytest.mark.parametrize("probe", [SADP, DHIP])
@pytest.mark.parametrize("junk", [b"HTTP/1.1 400", b"\xff" * 60_000, b'{"a":' * 9000, b"<Hello"])
async def test_junk_is_a_protocol_error(probe: Probe, junk: bytes) -> None:
    async with answer_datagrams(IP, PORTS[probe.name], junk):
        outcome = await ask(probe)
    assert (outcome.status, outcome.observations) == (ProbeStatus.PROTOCOL_ERROR, ())
    assert outcome.reason == f"the answer is not {probe.name.upper()}"


class Silent:
    """A host that answers nothing, and what it was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, bytes]] = []

    async def datagrams(
        self, port: int, payloads: Sequence[bytes], *, seconds: float, cap: int = 0, group: str = ""
    ) -> Conversation:
        self.sent += [(port, payload) for payload in payloads]
        return Conversation(ProbeStatus.TIMEOUT, reason="no answer")


@pytest.mark.parametrize(("probe", "questions"), [(SADP, 2), (DHIP, 1)])
async def test_silence_is_a_timeout_and_little_was_asked(probe: Probe, questions: int) -> None:
    host = Silent()
    outcome = await probe.run(host, PORTS[probe.name], CAMERA)  # type: ignore[arg-type]
    assert (outcome.status, outcome.reason) == (ProbeStatus.TIMEOUT, "no answer")
    assert len(host.sent) == questions
    assert [refuse("udp", port, payload) for port, payload in host.sent] == [None] * questions
