"""LLMNR: for whom it is planned, and that it asks the group on the host's own link."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest

from scanner.collect.api import HostView, Outcome, Stage
from scanner.collect.net import HostLink, Pace, Paces
from scanner.collect.probes.llmnr import PROBE
from scanner.collect.wire import llmnr
from scanner.model import Limits, ProbeResult, ProbeStatus, Target
from tests.collect.netns import NETWORK, SCANNER, Lan, inside, lan

FAR, MAC = "10.9.0.20", "02:00:00:00:00:02"
SILENT = HostView(FAR, MAC, results=(ProbeResult(FAR, "tcp", ProbeStatus.TIMEOUT, 80),))


@pytest.fixture(autouse=True)
def loopback_only() -> None:
    """Nothing here leaves the machine: sockets live in namespaces made here."""


@pytest.mark.parametrize(
    ("host", "planned"),
    [
        (SILENT, True),
        (replace(SILENT, mac=None), False),
        (replace(SILENT, routed=True), False),
        (replace(SILENT, camera_like=True), False),
        (replace(SILENT, ip="2001:db8::7"), False),
        (replace(SILENT, results=(ProbeResult(FAR, "tcp", ProbeStatus.REFUSED, 80),)), False),
    ],
)
def test_planned_for_silent_hosts_of_our_links(host: HostView, planned: bool) -> None:
    assert list(PROBE.ports(host)) == ([llmnr.PORT] if planned else [])
    assert (PROBE.name, PROBE.stage) == ("llmnr", Stage.HOST)


@contextlib.contextmanager
def computer(built: Lan, name: bytes, sender: str = FAR) -> Iterator[list[bytes]]:
    """Answers the group at the far end under that name; what it was asked is kept."""
    asked: list[bytes] = []

    def listen() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("", llmnr.PORT))
        membership = socket.inet_aton(llmnr.GROUP) + socket.inet_aton(FAR)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        sock.settimeout(0.1)
        return sock

    def speaker() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((sender, 0))
        return sock

    ear, mouth = inside(built.far, listen), inside(built.far, speaker)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                data, peer = ear.recvfrom(2048)
                asked.append(data)
                record = b"\xc0\x0c\0\x0c\0\1\0\0\0\x1e" + (len(name) + 2).to_bytes(2)
                answer = data[:2] + b"\x80\0\0\1\0\1\0\0\0\0" + data[12:] + record
                mouth.sendto(answer + bytes([len(name)]) + name + b"\0", peer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield asked
    finally:
        stop.set()
        thread.join()
        ear.close()
        mouth.close()


def ask(built: Lan) -> Outcome:
    async def run() -> Outcome:
        link = HostLink(FAR, Target((ip_network(NETWORK),)), Paces(Pace(0), Pace(0)))
        return await PROBE.run(link, llmnr.PORT, SILENT)

    return built.near_by(lambda: asyncio.run(run()))


def test_a_computer_says_its_name_to_whoever_asks_the_group() -> None:
    with lan(FAR) as built, computer(built, b"OFFICE-PC") as asked:
        outcome = ask(built)
        packets = [p for p in built.not_arp() if p[9] == socket.IPPROTO_UDP and p[20:]]
    said = [(o.field, o.value) for o in outcome.observations]
    assert (outcome.status, said) == (ProbeStatus.OK, [("llmnr.name", "OFFICE-PC")])
    assert len(asked) == 1
    (sent,) = [p for p in packets if p[16:20] == socket.inet_aton(llmnr.GROUP)]
    assert (sent[8], sent[12:16]) == (1, socket.inet_aton(SCANNER))


def test_somebody_elses_answer_is_not_the_hosts() -> None:
    with lan(FAR, "10.9.0.30") as built, computer(built, b"LIAR", sender="10.9.0.30"):
        outcome = ask(built)
    assert (outcome.status, outcome.observations) == (ProbeStatus.TIMEOUT, ())


async def test_names_have_a_pace_of_their_own_and_each_subnet_has_its_own() -> None:
    paces = Paces.of(Limits())
    assert paces.unicast(FAR, llmnr.PORT) is paces.unicast("10.1.0.1", 137) is paces.names
    assert paces.unicast(FAR, 3702) is paces.unicast("10.9.0.99", 37020)
    assert paces.unicast(FAR, 3702) is not paces.unicast("10.9.1.20", 3702)
    assert paces.unicast(FAR, 3702).per_second == Limits().discovery_per_second
