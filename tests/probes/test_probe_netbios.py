"""NetBIOS node status: for whom it is planned, and how each answer ends."""

from ipaddress import ip_network

import pytest

from scanner.collect.api import HostView, Outcome, Stage
from scanner.collect.net import HostLink, Pace, Paces
from scanner.collect.probes.netbios import PROBE
from scanner.collect.wire import netbios
from scanner.model import ProbeResult, ProbeStatus, Target
from tests.collect.loopback import answer_datagrams
from tests.wire.test_wire_netbios import COMPUTER, SAID

IP = "127.0.49.1"


def tcp(*statuses: ProbeStatus) -> tuple[ProbeResult, ...]:
    return tuple(ProbeResult(IP, "tcp", s, 80 + n) for n, s in enumerate(statuses))


SILENT = tcp(ProbeStatus.TIMEOUT, ProbeStatus.TIMEOUT)


@pytest.mark.parametrize(
    ("host", "planned"),
    [
        (HostView(IP, results=SILENT), True),
        (HostView(IP), False),
        (HostView(IP, results=SILENT, camera_like=True), False),
        (HostView(IP, results=tcp(ProbeStatus.TIMEOUT, ProbeStatus.REFUSED)), False),
        (HostView(IP, results=tcp(ProbeStatus.OK, ProbeStatus.TIMEOUT)), False),
        (HostView(IP, results=tcp(ProbeStatus.OUT_OF_SCOPE)), False),
    ],
)
def test_planned_for_hosts_that_are_silent_to_tcp(host: HostView, planned: bool) -> None:
    assert list(PROBE.ports(host)) == ([137] if planned else [])
    assert (PROBE.name, PROBE.stage) == ("netbios", Stage.HOST)


async def ask() -> Outcome:
    link = HostLink(IP, Target((ip_network(IP),)), Paces(Pace(0), Pace(0)))
    return await PROBE.run(link, netbios.PORT, HostView(IP))


async def test_a_computer_says_its_name() -> None:
    async with answer_datagrams(IP, netbios.PORT, COMPUTER):
        outcome = await ask()
    assert outcome.status is ProbeStatus.OK
    assert tuple((o.field, o.value) for o in outcome.observations) == SAID


@pytest.mark.parametrize("junk", [b"\0", b"\xff" * 60_000, COMPUTER[:70]])
async def test_junk_is_a_protocol_error(junk: bytes) -> None:
    async with answer_datagrams(IP, netbios.PORT, junk):
        outcome = await ask()
    assert (outcome.status, outcome.observations) == (ProbeStatus.PROTOCOL_ERROR, ())


async def test_nobody_there_is_not_an_answer() -> None:
    outcome = await ask()
    assert outcome.status in (ProbeStatus.REFUSED, ProbeStatus.TIMEOUT)
    assert outcome.observations == ()
