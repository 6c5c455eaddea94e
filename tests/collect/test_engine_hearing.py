"""What the engine makes of what it hears: introductions come first, IPv6 joins who is known."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from types import SimpleNamespace

import pytest

from scanner.collect import engine
from scanner.collect.api import Discovery, HostNet, HostView, Interface, Outcome, SegmentNet, Stage
from scanner.collect.engine import Engine
from scanner.collect.net import Paces
from scanner.collect.visit import Key, Plan
from scanner.model import (
    Host,
    IPNetwork,
    Limits,
    Observation,
    ProbeResult,
    ProbeStatus,
    Sighting,
    Target,
)
from tests.collect.test_engine import IP, LIMITS, PORTS, Finds, Seen

NETWORK = ip_network("127.0.22.0/24")
LINK = Interface("eth0", "127.0.22.254", str(NETWORK), "02:00:00:00:00:01")
MAC = "44:19:b6:00:00:01"
LOCAL = "fe80::4619:b6ff:fe00:1%eth0"
SAID = Observation("wsd.epr", "uuid:1")
PING = Sighting(LOCAL, "nd", MAC, rtt=0.001)
HELLO = Sighting(LOCAL, "wsd-v6", observations=(SAID,))
ARP = Sighting(IP, "arp", MAC)
ADDRESS = Observation("ipv6.address", LOCAL)


@dataclass
class Notes:
    """A probe of every host that keeps what was known when it was planned."""

    seen: list[tuple[str, ...]] = field(default_factory=list)
    planned: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = "notes"
    stage: Stage = Stage.HOST

    def ports(self, host: HostView) -> Sequence[int]:
        self.seen.append(host.values("ssdp.location"))
        self.planned.set()
        return ()

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        raise AssertionError


async def scan(
    *discoveries: Discovery,
    probe: Notes | None = None,
    limits: Limits = LIMITS,
    known: Sequence[Host] = (),
    excluded: tuple[IPNetwork, ...] = (),
    answered: Mapping[Key, ProbeResult] | None = None,
) -> Seen:
    seen = Seen()
    target = Target((NETWORK,), excluded, PORTS, limits)
    plan = Plan(target, [probe] if probe else [], answered=answered or {})
    net = SimpleNamespace(interfaces=(LINK,), target=target)
    await Engine(plan, discoveries, net, seen, Paces.of(limits), known).run()
    return seen


@dataclass
class Announces:
    """Sees a host, and hears from it only when the host's ports have been asked for long."""

    probe: Notes
    name: str = "ssdp"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        yield Sighting(IP, self.name)
        await asyncio.sleep(0.3)
        assert self.probe.seen == []
        location = Observation("ssdp.location", f"http://{IP}/")
        yield Sighting(IP, self.name, observations=(location,))


async def test_a_host_is_heard_out_before_it_is_asked_alone() -> None:
    probe = Notes()
    seen = await scan(Announces(probe), probe=probe)
    assert probe.seen == [(f"http://{IP}/",)]
    assert seen.done == [IP]


@dataclass
class GoesOn:
    """A source that ends only when the host has been asked everything, such as a long sweep."""

    probe: Notes
    name: str = "touch"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        yield Sighting(IP, self.name)
        await self.probe.planned.wait()


async def test_nobody_waits_for_a_source_that_goes_on() -> None:
    probe = Notes()
    limits = Limits(packets_per_second=0, gap=0, exchange_timeout=0.3, listen=0.05)
    seen = await scan(GoesOn(probe), probe=probe, limits=limits)
    assert (probe.seen, seen.done) == ([()], [IP])


async def test_waiting_does_not_use_up_the_time_of_a_host() -> None:
    probe = Notes()
    limits = Limits(packets_per_second=0, gap=0, exchange_timeout=0.3, host_timeout=0.2)
    seen = await scan(Announces(probe), probe=probe, limits=limits)
    assert ProbeStatus.SKIPPED not in {r.status for r in seen.results}


@pytest.mark.parametrize("order", list(itertools.permutations([PING, HELLO, ARP])))
async def test_a_link_local_address_joins_the_host_with_its_mac(order: list[Sighting]) -> None:
    seen = await scan(Finds(order))

    assert seen.done == [IP]
    assert {h.ip for h in seen.hosts} == {IP}
    assert set(seen.hosts[-1].seen_by) == {"arp", "nd", "wsd-v6"}
    assert seen.hosts[-1].mac == MAC
    told = {o for r in seen.results for o in r.observations}
    assert {ADDRESS, SAID} <= told


async def test_all_addresses_of_one_device_are_told() -> None:
    second = IP[:-1] + "2"
    seen = await scan(Finds([PING, ARP, Sighting(second, "arp", MAC)]))
    assert {r.ip for r in seen.results if ADDRESS in r.observations} == {IP, second}


async def test_who_is_seen_only_by_ipv6_is_reported_and_not_asked() -> None:
    other = Sighting(IP, "arp", "44:19:b6:00:00:02")
    seen = await scan(Finds([PING, HELLO, other]))

    (host,) = {h.ip: h for h in seen.hosts if h.ip == LOCAL}.values()
    assert (host.mac, host.seen_by) == (MAC, ("nd", "wsd-v6"))
    about = [r for r in seen.results if r.ip == LOCAL]
    assert [(r.probe, r.observations) for r in about if r.observations] == [
        ("nd", (ADDRESS,)),
        ("wsd-v6", (SAID,)),
    ]
    refused = [r for r in about if not r.observations]
    assert [(r.port, r.status, r.reason) for r in refused] == [
        (p.number, ProbeStatus.OUT_OF_SCOPE, engine.ONLY_IPV6) for p in PORTS
    ]
    assert sorted(seen.done) == [IP, LOCAL]


async def test_a_second_address_of_such_a_host_is_no_second_host() -> None:
    second = "fe80::7%eth0"
    seen = await scan(Finds([PING, Sighting(second, "nd", MAC, rtt=0.1)]))
    assert seen.done == [LOCAL]
    assert Observation("ipv6.address", second) in {o for r in seen.results for o in r.observations}


@pytest.mark.parametrize(
    "sighting",
    [
        Sighting(LOCAL, "nd", MAC),
        Sighting("fe80::7%eth1", "nd", MAC, rtt=0.1),
        Sighting("fe80::7", "snmp", MAC, rtt=0.1),
        Sighting("fe80::99%eth0", "nd", MAC, rtt=0.1),
        Sighting("2001:db8::7", "nd", MAC, rtt=0.1),
        Sighting("169.254.1.2", "nd", MAC, rtt=0.1),
    ],
    ids=["remembered", "other-link", "no-zone", "excluded", "global", "ipv4"],
)
async def test_what_is_no_neighbour_in_scope_is_no_host(sighting: Sighting) -> None:
    seen = await scan(Finds([sighting]), excluded=(ip_network("fe80::99"),))
    assert (seen.hosts, seen.results, seen.done) == ([], [], [])


async def test_such_a_host_of_an_earlier_run_is_not_asked_either() -> None:
    first = await scan(Finds([PING]))
    answered = {(r.ip, r.probe, r.port): r for r in first.results}
    known = [Host(LOCAL, MAC, ("nd",))]
    again = await scan(Finds([PING]), known=known, answered=answered)
    assert (again.results, again.done) == ([], [LOCAL])
    assert (await scan(known=known)).done == []
