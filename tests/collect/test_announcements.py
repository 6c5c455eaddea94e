"""SSDP, mDNS and IPv6: what is asked how often, and what Debian's own daemons answer."""

import asyncio
import contextlib
import socket
import struct
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from scanner.collect import segment
from scanner.collect.api import Discovery, HostView, Interface, Outcome, Probe, Unseen
from scanner.collect.discovery.mdns import DISCOVERY as MDNS
from scanner.collect.discovery.nd import DISCOVERY as ND
from scanner.collect.discovery.ssdp import DISCOVERY as SSDP
from scanner.collect.discovery.wsd_v6 import DISCOVERY as WSD_V6
from scanner.collect.net import HostLink, Pace, Paces
from scanner.collect.never_send import refuse
from scanner.collect.probes.netbios import PROBE as NETBIOS
from scanner.collect.probes.upnp import PROBE as UPNP
from scanner.collect.segment import Segment
from scanner.collect.wire import mdns, ssdp, wsd
from scanner.model import Limits, Observation, ProbeStatus, Sighting, Target
from tests.collect import daemons
from tests.collect.daemons import FAR
from tests.collect.netns import NETWORK, SCANNER, Lan, inside, lan, settled
from tests.collect.test_discovery import ETH0, MATCH, Scripted, scope, seen
from tests.wire.test_wire_mdns import CAMERA, SERIAL
from tests.wire.test_wire_ssdp import ANSWER, SAID

ECHO_REQUEST = 128
ICMPV6, UDP = 58, 17


@pytest.fixture(autouse=True)
def loopback_only() -> None:
    """Nothing here leaves the machine: sockets live in namespaces made here."""


@pytest.fixture
def link() -> Iterator[Lan]:
    with lan(FAR) as built:
        yield built


@pytest.fixture
def link_v6(link: Lan) -> Lan:
    """The link when both ends may use their IPv6 addresses (RFC 4862 duplicate detection)."""

    def pending(namespace: str) -> bool:
        show = ["ip", "-n", namespace, "-6", "addr", "show", "tentative"]
        return b"fe80" in subprocess.run(show, capture_output=True, check=True).stdout

    assert settled(lambda: not pending(link.near) and not pending(link.far))
    return link


def discover(
    built: Lan, source: Discovery, *, listen: float = 1.0, networks: str = NETWORK, out: str = ""
) -> list[Sighting]:
    """What the source sees from the scanner's namespace."""

    async def run() -> list[Sighting]:
        target = Target(
            (ip_network(networks),),
            (ip_network(out),) if out else (),
            limits=Limits(listen=listen),
        )
        links = segment.interfaces()
        net = Segment(target, Pace(2000), Pace(20, burst=1), attached=links, raw=True)
        return await seen(source, net)

    return built.near_by(lambda: asyncio.run(run()))


def ask(built: Lan, probe: Probe, port: int, *said: Observation) -> Outcome:
    """What the probe learns of the far end."""

    async def run() -> Outcome:
        net = HostLink(FAR, Target((ip_network(NETWORK),)), Paces(Pace(0), Pace(0)))
        return await probe.run(net, port, HostView(FAR, observations=said))

    return built.near_by(lambda: asyncio.run(run()))


def values(sightings: Sequence[Sighting], name: str) -> set[str]:
    return {o.value for s in sightings for o in s.observations if o.field == name}


def sent(built: Lan, port: int) -> list[tuple[int, str, bytes]]:
    """TTL, destination and payload of each datagram from the scanner to the UDP port."""
    packets = [p for p in built.not_arp() if p[9] == UDP and p[12:16] == socket.inet_aton(SCANNER)]
    return [
        (p[8], socket.inet_ntoa(p[16:20]), p[28:])
        for p in packets
        if p[22:24] == port.to_bytes(2, "big")
    ]


async def test_ssdp_asks_three_times_and_only_once_for_everything() -> None:
    net = Scripted(scope(NETWORK), datagrams=[("10.9.0.7", ANSWER)] * 3 + [("10.9.0.8", b"\xff")])
    (found,) = await seen(SSDP, net)

    assert (found.ip, found.source, found.mac) == ("10.9.0.7", "ssdp", None)
    assert {o.field: o.value for o in found.observations} == SAID
    (asked,) = net.jobs
    assert (asked["group"], asked["port"]) == (ssdp.GROUP, ssdp.PORT)
    searches = asked["said"]
    assert isinstance(searches, list)
    assert [refuse("udp", ssdp.PORT, search) for search in searches] == [None] * 3
    assert [b"ssdp:all" in search for search in searches] == [True, False, False]


def test_a_real_router_answers_ssdp_and_describes_itself(link: Lan, tmp_path: Path) -> None:
    with daemons.miniupnpd(link, tmp_path):
        found = discover(link, SSDP, listen=float(ssdp.MX))
        (place,) = values(found, "ssdp.location")
        described = ask(link, UPNP, 5431, Observation("ssdp.location", place))

    assert {s.ip for s in found} == {FAR}
    assert any("MiniUPnPd/" in server for server in values(found, "ssdp.server"))
    assert "upnp:rootdevice" in values(found, "ssdp.st")
    assert described.status is ProbeStatus.OK
    assert {o.field: o.value for o in described.observations} == {
        "upnp.devicetype": "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
        "upnp.friendlyname": "Test Gate",
        "upnp.manufacturer": "Example Works",
        "upnp.modelname": "Gate 7",
        "upnp.modelnumber": "1",
        "upnp.serialnumber": "000000001",
    }
    assert [(ttl, to) for ttl, to, _ in sent(link, ssdp.PORT)] == [(1, ssdp.GROUP)] * 3


def lines(*answers: tuple[str, bytes]) -> list[Mapping[str, object]]:
    """What the worker says of these answers."""
    said: list[Mapping[str, object]] = [{"ip": ip, "data": data.hex()} for ip, data in answers]
    return [*said, {"done": True}]


async def test_mdns_is_asked_on_the_links_in_scope_only() -> None:
    away = Interface("eth1", "10.8.0.1", "10.8.0.0/24", ETH0.mac)
    mute = Interface("eth2", "10.9.0.3", "10.9.0.0/24", ETH0.mac, multicast=False)
    net = Scripted(scope("10.9.0.0/25"), interfaces=(ETH0, away, mute), lines=lines())
    assert await seen(MDNS, net) == []
    (job,) = net.jobs
    assert (job["worker"], job["do"], job["interfaces"]) == ("mdns", "browse", ["10.9.0.1"])
    assert (job["addresses"], job["listen"]) == (["10.9.0.0/25"], 0.3)

    nowhere = Scripted(scope("10.7.0.0/24"))
    assert await seen(MDNS, nowhere) == []
    assert nowhere.jobs == []


async def test_mdns_tells_each_thing_once_with_the_name_of_the_host() -> None:
    net = Scripted(scope(NETWORK), lines=lines(("192.0.2.12", CAMERA), ("192.0.2.12", CAMERA)))
    (found,) = await seen(MDNS, net)

    assert (found.ip, found.hostname, found.mac) == ("192.0.2.12", "cam-hall", None)
    said = [(o.field, o.value) for o in found.observations]
    assert said.count(("mdns.instance", SERIAL)) == 1
    assert ("mdns.txt", "mac=9c:8e:cd:00:00:01") in said
    assert all(o.raw_sha256 and len(o.raw_sha256) == 64 for o in found.observations)


async def test_a_router_that_repeats_announcements_is_no_camera() -> None:
    net = Scripted(scope(NETWORK), lines=lines(("10.9.0.254", CAMERA)))
    (found,) = await seen(MDNS, net)
    assert SERIAL not in {o.value for o in found.observations}
    assert found.hostname is None


def test_a_real_responder_is_browsed_without_answering_anybody(link: Lan, tmp_path: Path) -> None:
    with daemons.avahi(link, tmp_path):
        (found,) = discover(link, MDNS, listen=2.5)

    assert (found.ip, found.hostname) == (FAR, "cam-one")
    assert values([found], "mdns.instance") == {"HIKVISION DS-2CD0000-TEST - C00001"}
    assert {"_psia._tcp", "_CGI._tcp", "_made-up._tcp"} <= values([found], "mdns.service")
    assert {"path=/", "a=b"} <= values([found], "mdns.txt")
    asked = sent(link, mdns.PORT)
    assert {(ttl, to) for ttl, to, _ in asked} == {(1, mdns.GROUP)}
    assert [refuse("udp", mdns.PORT, data) for _, _, data in asked] == [None] * len(asked)
    assert max(Counter(question(data) for _, _, data in asked).values()) <= 4


def question(data: bytes) -> bytes:
    """The first question of a query."""
    return data[12 : data.index(b"\0", 12) + 5]


def test_nobody_out_of_scope_is_heard_by_mdns(link: Lan, tmp_path: Path) -> None:
    with daemons.avahi(link, tmp_path):
        assert discover(link, MDNS, listen=1.5, out=f"{FAR}/32") == []


def test_a_real_computer_names_itself_by_netbios(link: Lan, tmp_path: Path) -> None:
    with daemons.nmbd(link, tmp_path):
        found = [Outcome(ProbeStatus.TIMEOUT)]

        def named() -> bool:
            found.append(ask(link, NETBIOS, 137))
            return found[-1].status is ProbeStatus.OK

        assert settled(named, 20)
    assert [(o.field, o.value) for o in found[-1].observations] == [("netbios.name", "OFFICE-PC")]


def far_link_local(built: Lan) -> str:
    """The far end's address as the scanner sees it."""
    octets = bytes.fromhex(built.far_mac.replace(":", ""))
    identifier = bytes([octets[0] ^ 2]) + octets[1:3] + b"\xff\xfe" + octets[3:]
    return socket.inet_ntop(socket.AF_INET6, b"\xfe\x80" + bytes(6) + identifier) + "%s0"


def pings(built: Lan) -> list[bytes]:
    return [p for p in built.ipv6 if p[6] == ICMPV6 and p[40] == ECHO_REQUEST]


def test_ipv6_neighbours_answer_with_their_true_address(link_v6: Lan) -> None:
    (found,) = discover(link_v6, ND, listen=0.2)

    assert (found.ip, found.source) == (far_link_local(link_v6), "nd")
    assert found.mac == link_v6.far_mac
    assert found.rtt is not None
    assert values([found], "mac.derived") == {link_v6.far_mac}
    everybody = socket.inet_pton(socket.AF_INET6, "ff02::1")
    assert [(p[7], p[24:40]) for p in pings(link_v6)] == [(1, everybody)] * 2


def test_who_knew_us_already_is_found_all_the_same(link_v6: Lan) -> None:
    discover(link_v6, ND, listen=0.2)
    subprocess.run(["ip", "-n", link_v6.near, "-6", "neigh", "flush", "all"], check=True)
    (again,) = discover(link_v6, ND, listen=0.2)
    assert again.mac == link_v6.far_mac


def test_a_host_that_is_gone_is_only_remembered(link_v6: Lan) -> None:
    gone = ["fe80::7", "lladdr", "02:00:00:00:00:07", "nud", "stale", "dev", "s0"]
    subprocess.run(["ip", "-n", link_v6.near, "-6", "neigh", "add", *gone], check=True)
    found = {s.ip: s for s in discover(link_v6, ND, listen=0.2)}
    assert (found["fe80::7%s0"].rtt, found["fe80::7%s0"].observations) == (None, ())


def answers_v6(built: Lan, reply: bytes) -> contextlib.AbstractContextManager[None]:
    """A device at the far end that hears the IPv6 group and answers each Probe."""
    return served(inside(built.far, joined_v6), lambda sock, peer: sock.sendto(reply, peer))


def joined_v6() -> socket.socket:
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.bind(("::", wsd.PORT))
    index = struct.pack("=I", socket.if_nametoindex("n0"))
    group = socket.inet_pton(socket.AF_INET6, wsd.GROUP_V6)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group + index)
    sock.settimeout(0.05)
    return sock


@contextlib.contextmanager
def served(sock: socket.socket, answer: Callable[[socket.socket, Any], object]) -> Iterator[None]:
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                answer(sock, sock.recvfrom(65536)[1])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        sock.close()


def test_a_camera_answers_the_ipv6_group(link_v6: Lan) -> None:
    with answers_v6(link_v6, MATCH % 5):
        (found,) = discover(link_v6, WSD_V6)

    assert (found.ip, found.source, found.mac) == (far_link_local(link_v6), "wsd-v6", None)
    assert values([found], "wsd.epr") == {"uuid:5"}
    probes = [p for p in link_v6.ipv6 if p[6] == UDP and p[42:44] == wsd.PORT.to_bytes(2, "big")]
    assert len(probes) == 4
    assert {(p[7], p[24:40]) for p in probes} == {
        (1, socket.inet_pton(socket.AF_INET6, wsd.GROUP_V6))
    }
    assert [refuse("udp", wsd.PORT, p[48:]) for p in probes] == [None] * 4


def test_a_real_hello_to_the_ipv6_group_is_heard(link_v6: Lan, tmp_path: Path) -> None:
    found: list[Sighting] = []
    listening = threading.Thread(target=lambda: found.extend(discover(link_v6, WSD_V6, listen=3.0)))
    listening.start()
    assert settled(lambda: any(p[6] == UDP for p in link_v6.ipv6))
    with daemons.wsdd(link_v6, tmp_path):
        listening.join()
    assert {s.ip for s in found} == {far_link_local(link_v6)}
    assert {epr.startswith("urn:uuid:") for epr in values(found, "wsd.epr")} == {True}


@pytest.mark.parametrize("source", [ND, WSD_V6], ids=["nd", "wsd-v6"])
@pytest.mark.parametrize(
    "where",
    [
        {"networks": "10.9.0.0/25"},
        {"out": "10.9.0.77/32"},
        {"out": "fe80::/10"},
        {"out": "::/0"},
        {"networks": "10.8.0.0/24"},
    ],
    ids=["half", "a-hole", "link-local", "ipv6", "elsewhere"],
)
def test_no_ipv6_unless_the_whole_link_is_in_scope(
    link_v6: Lan, source: Discovery, where: dict[str, str]
) -> None:
    before = len(link_v6.ipv6)
    assert discover(link_v6, source, listen=0.1, **where) == []
    probes = [p for p in link_v6.ipv6[before:] if p[6] == UDP or p in pings(link_v6)]
    assert probes == []


def test_one_excluded_address_is_not_heard(link_v6: Lan) -> None:
    spared = far_link_local(link_v6).partition("%")[0]
    with answers_v6(link_v6, MATCH % 5):
        assert discover(link_v6, WSD_V6, listen=0.5, out=f"{spared}/128") == []


def test_a_machine_without_ipv6_says_so(link: Lan) -> None:
    off = ["ip", "-n", link.near, "link", "set", "s0", "addrgenmode", "none"]
    subprocess.run(off, check=True)
    subprocess.run(["ip", "-n", link.near, "-6", "addr", "flush", "dev", "s0"], check=True)
    with pytest.raises(Unseen, match="IPv6 multicast is not possible here"):
        discover(link, WSD_V6, listen=0.1)
    with pytest.raises(Unseen, match="IPv6 neighbours could not be asked for"):
        discover(link, ND, listen=0.1)
