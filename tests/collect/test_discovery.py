"""The discovery sources: alone against a scripted network, together on a real link."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from scanner import plugins
from scanner.collect import discovery, machine
from scanner.collect.api import Discovery, Interface
from scanner.collect.discovery import arp, neighbours, touch
from scanner.collect.discovery.wsd import DISCOVERY as WSD
from scanner.collect.net import Pace
from scanner.collect.never_send import refuse
from scanner.collect.segment import Segment
from scanner.collect.wire import wsd
from scanner.model import Credential, IPAddress, Limits, Observation, Sighting, Target
from tests.collect.netns import Lan, arp_reply, inside, lan

ETH0 = Interface("eth0", "10.9.0.1", "10.9.0.0/24", "02:00:00:00:00:01")
MATCH = (
    b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
    b' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
    b' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><e:Body><d:ProbeMatches>'
    b"<d:ProbeMatch><a:EndpointReference><a:Address>uuid:%d</a:Address></a:EndpointReference>"
    b"<d:Scopes>onvif://www.onvif.org/MAC/44:19:b6:00:00:01</d:Scopes>"
    b"<d:XAddrs>http://192.0.2.1/onvif</d:XAddrs>"
    b"</d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
)


@dataclass
class Scripted:
    """A `SegmentNet` that answers from a script and keeps what it was asked."""

    target: Target
    interfaces: Sequence[Interface] = (ETH0,)
    raw: bool = True
    credentials: Sequence[Credential] = ()
    lines: Sequence[Mapping[str, object]] = ()
    tables: list[dict[str, str]] = field(default_factory=list)
    datagrams: Sequence[tuple[str, bytes]] = ()
    alive: Mapping[str, int] = field(default_factory=dict)
    jobs: list[Mapping[str, object]] = field(default_factory=list)
    nudged: list[str] = field(default_factory=list)
    touched: list[tuple[str, int]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def multicast(
        self,
        group: str | None,
        port: int,
        payloads: Sequence[bytes],
        *,
        seconds: float,
        broadcasts: Sequence[bytes] = (),
    ) -> AsyncIterator[tuple[IPAddress, bytes]]:
        asked = {"group": group, "port": port, "said": payloads, "broadcasts": broadcasts}
        self.jobs.append({**asked, "seconds": seconds})
        for sender, data in self.datagrams:
            yield ip_address(sender), data

    async def worker(
        self, name: str, job: Mapping[str, object]
    ) -> AsyncIterator[Mapping[str, object]]:
        self.jobs.append({"worker": name, **job})
        for line in self.lines:
            yield line

    async def neighbours(self) -> Mapping[str, str]:
        return self.tables.pop(0) if len(self.tables) > 1 else self.tables[0]

    async def nudge(self, addresses: Sequence[str]) -> None:
        self.nudged.extend(addresses)

    async def touch(self, address: str, port: int) -> float | None:
        self.touched.append((address, port))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return 0.01 if self.alive.get(address) == port else None


def scope(*networks: str, excluded: str = "") -> Target:
    out = (ip_network(excluded),) if excluded else ()
    return Target(tuple(map(ip_network, networks)), out, limits=Limits(listen=0.3))


async def seen(source: Discovery, net: Scripted | Segment) -> list[Sighting]:
    return [sighting async for sighting in source.sightings(net)]


def test_the_folder_is_the_registry() -> None:
    sources = plugins.load("scanner.collect.discovery", "DISCOVERY")
    files = Path(next(iter(discovery.__path__))).glob("[!_]*.py")
    assert [source.name for source in sources] == sorted(f.stem.replace("_", "-") for f in files)


async def test_arp_asks_each_link_for_the_scope_only() -> None:
    line = {"ip": "10.9.0.7", "mac": "44:19:b6:00:00:01", "rtt": 0.002}
    lines: list[Mapping[str, object]] = [line, {"done": True}]
    net = Scripted(scope("10.0.0.0/8", excluded="10.9.0.128/25"), lines=lines)

    assert await seen(arp.DISCOVERY, net) == [
        Sighting("10.9.0.7", "arp", "44:19:b6:00:00:01", rtt=0.002)
    ]
    (job,) = net.jobs
    assert (job["worker"], job["do"], job["interface"]) == ("l2", "arp-sweep", "eth0")
    assert job["addresses"] == ["10.9.0.0/25"]
    assert job["rate"] == net.target.limits.packets_per_second / 2


async def test_arp_tells_of_a_second_hardware_address() -> None:
    first, second = "44:19:b6:00:00:01", "3c:ef:8c:00:00:02"
    lines = [{"ip": "10.9.0.7", "mac": mac, "rtt": None} for mac in (first, second)]
    sightings = await seen(arp.DISCOVERY, Scripted(scope("10.9.0.0/24"), lines=lines))

    assert sightings == [
        Sighting("10.9.0.7", "arp", first),
        Sighting("10.9.0.7", "arp", second, observations=(Observation("mac.address", second),)),
    ]


async def test_arp_without_privilege_says_so() -> None:
    net = Scripted(scope("10.9.0.0/24"), raw=False)
    with pytest.raises(PermissionError, match="CAP_NET_RAW"):
        await seen(arp.DISCOVERY, net)
    assert net.jobs == []


def test_a_worker_lives_long_enough_for_its_packets() -> None:
    wide = Interface("eth0", "10.9.0.1", "10.9.0.0/16", ETH0.mac)
    slow = Target((ip_network("10.9.0.0/16"),), limits=Limits(packets_per_second=100))
    fast = Target((ip_network("10.9.0.0/16"),), limits=Limits(packets_per_second=0))
    assert float(str(arp.job(wide, slow)["seconds"])) > 3 * 65_533 / 100
    assert float(str(arp.job(wide, fast)["seconds"])) < 60


async def test_the_table_is_only_read_where_arp_sweeps() -> None:
    table = {"10.9.0.7": "44:19:b6:00:00:01", "10.8.0.7": "44:19:b6:00:00:02"}
    net = Scripted(scope("10.9.0.0/24"), tables=[table])

    assert await seen(neighbours.DISCOVERY, net) == [
        Sighting("10.9.0.7", "neighbours", "44:19:b6:00:00:01")
    ]
    assert net.nudged == []


async def test_the_unseen_are_nudged_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "LOOK", 0.001)
    before = {"10.9.0.7": "44:19:b6:00:00:01"}
    after = {**before, "10.9.0.9": "44:19:b6:00:00:02"}
    net = Scripted(scope("10.9.0.0/24"), raw=False, tables=[before, before, before, after])

    sightings = await seen(neighbours.DISCOVERY, net)
    assert [s.ip for s in sightings] == ["10.9.0.7", "10.9.0.9"]
    expected = [f"10.9.0.{n}" for n in range(2, 255) if n != 7]
    assert [ip for ip in net.nudged if ip != "10.9.0.9"] == [
        ip for ip in expected if ip != "10.9.0.9"
    ]


async def test_touch_is_for_what_arp_cannot_reach() -> None:
    alive = {"10.7.0.2": 554, "10.9.0.1": 80}
    net = Scripted(scope("10.7.0.0/30", "10.9.0.0/24"), alive=alive)

    sightings = await seen(touch.DISCOVERY, net)
    assert sorted((s.ip, s.source, s.rtt) for s in sightings) == [
        ("10.7.0.2", "touch", 0.01),
        ("10.9.0.1", "touch", 0.01),
    ]
    assert {ip for ip, _ in net.touched} == {f"10.7.0.{n}" for n in range(4)} | {"10.9.0.1"}
    assert [port for ip, port in net.touched if ip == "10.7.0.2"] == [80, 554]


async def test_touch_is_bounded() -> None:
    net = Scripted(scope("10.7.0.0/22"))
    assert await seen(touch.DISCOVERY, net) == []
    assert net.most_at_once <= touch.AT_ONCE
    assert len(net.touched) == 1024 * len(touch.PORTS)


async def test_wsd_asks_twice_three_times_and_believes_the_packet() -> None:
    datagrams = [("10.9.0.7", MATCH % 1)] * 3 + [("10.9.0.8", MATCH % 1), ("10.9.0.9", b"\xff<")]
    net = Scripted(scope("10.9.0.0/24"), datagrams=datagrams)

    first, second = await seen(WSD, net)
    assert (first.ip, second.ip) == ("10.9.0.7", "10.9.0.8")
    assert (first.mac, first.source) == (None, "wsd")
    said = {o.field: o.value for o in first.observations}
    assert said["wsd.epr"] == "uuid:1"
    assert said["wsd.xaddr"] == "http://192.0.2.1/onvif"
    assert said["wsd.mac"] == "44:19:b6:00:00:01"
    assert all(o.raw_sha256 and len(o.raw_sha256) == 64 for o in first.observations)
    (asked,) = net.jobs
    probes = asked["said"]
    assert isinstance(probes, list)
    assert probes[:2] * 3 == probes
    assert len(set(probes)) == 2
    assert [refuse("udp", wsd.PORT, probe) for probe in probes] == [None] * 6
    assert (asked["group"], asked["port"]) == ("239.255.255.250", 3702)


async def test_wsd_tells_what_is_new_only() -> None:
    datagrams = [("10.9.0.7", MATCH % 1), ("10.9.0.7", MATCH % 2), ("10.9.0.7", MATCH % 2)]
    _, second = await seen(WSD, Scripted(scope("10.9.0.0/24"), datagrams=datagrams))
    assert [(o.field, o.value) for o in second.observations] == [("wsd.epr", "uuid:2")]


@contextlib.contextmanager
def camera(built: Lan, address: str) -> Iterator[None]:
    """Answers the WS-Discovery group from the address."""

    def joined() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("", wsd.PORT))
        member = socket.inet_aton(wsd.GROUP) + socket.inet_aton(address)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        sock.settimeout(0.05)
        return sock

    sock, stop = inside(built.far, joined), threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                _, peer = sock.recvfrom(65536)
                sock.sendto(MATCH % 5, peer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        sock.close()


def discover(*, raw: bool) -> list[Sighting]:
    """What all sources together see of the namespace this runs in."""
    found = machine.look()
    target = scope("10.9.0.0/24")
    net = Segment(
        target, Pace(2000), Pace(20, burst=1), attached=found.interfaces, raw=raw and found.raw
    )
    sources = plugins.load("scanner.collect.discovery", "DISCOVERY")

    async def run() -> list[Sighting]:
        every = await asyncio.gather(*(seen(s, net) for s in sources), return_exceptions=True)
        return [sighting for one in every if isinstance(one, list) for sighting in one]

    return asyncio.run(run())


@pytest.mark.parametrize("raw", [True, False])
def test_all_sources_on_a_real_link(raw: bool) -> None:
    made_up = bytes.fromhex("4419b6000001")

    def also(ip: str, asker: bytes) -> list[bytes]:
        return [arp_reply(ip, made_up, asker)] if ip == "10.9.0.50" else []

    with lan("10.9.0.20", "10.9.0.30", arp=also) as built, camera(built, "10.9.0.20"):
        sightings = built.near_by(lambda: discover(raw=raw))

    far = built.far_mac
    by_source = {
        (s.source, s.ip): s.mac for s in sightings if s.ip not in ("10.9.0.1", "10.9.0.255")
    }
    source = "arp" if raw else "neighbours"
    assert by_source[source, "10.9.0.20"] == far
    assert by_source[source, "10.9.0.30"] == far
    assert by_source[source, "10.9.0.50"] == "44:19:b6:00:00:01"
    assert by_source["wsd", "10.9.0.20"] is None
    assert {s.mac for s in sightings if s.source == "nd"} == {far}
    seen_v4 = {ip for _, ip in by_source if ":" not in ip}
    assert seen_v4 == {"10.9.0.20", "10.9.0.30", "10.9.0.50"}
