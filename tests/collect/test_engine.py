"""A whole visit against real loopback peers: every plan ends in exactly one result."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from types import SimpleNamespace

import pytest

from scanner.collect.api import (
    Discovery,
    HostNet,
    HostView,
    Outcome,
    Probe,
    SegmentNet,
    Stage,
    Unseen,
)
from scanner.collect.engine import Engine
from scanner.collect.net import Paces
from scanner.collect.visit import CANARIES, Key, Listener, Plan
from scanner.model import (
    Host,
    Limits,
    Observation,
    Port,
    ProbeResult,
    ProbeStatus,
    Record,
    Sighting,
    Target,
)
from tests.collect import loopback

IP = "127.0.22.1"
PORTS = (Port(8080, "http"), Port(8554, "rtsp"), Port(37777, "silent"))
LIMITS = Limits(packets_per_second=0, gap=0.0, exchange_timeout=0.3, hosts_at_once=4)


@dataclass
class Seen(Listener):
    """Everything the engine said, in order."""

    hosts: list[Host] = field(default_factory=list)
    results: list[ProbeResult] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)

    def record(self, record: Record) -> None:
        if isinstance(record, Host):
            self.hosts.append(record)
        if isinstance(record, ProbeResult):
            self.results.append(record)

    def probed(self, ip: str) -> None:
        self.done.append(ip)

    def limitation(self, text: str) -> None:
        self.limits.append(text)

    def status(self, probe: str, port: int | None) -> ProbeStatus:
        (found,) = [r.status for r in self.results if (r.probe, r.port) == (probe, port)]
        return found


@dataclass
class Finds:
    """A discovery source that sees what it is told to, or fails as it is told to."""

    seen: Sequence[Sighting]
    error: Exception | None = None
    name: str = "test"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        for sighting in self.seen:
            yield sighting
            await asyncio.sleep(0)
        if self.error:
            raise self.error


@dataclass
class Asks:
    """A probe that asks one line on the ports of a service."""

    name: str = "line"
    stage: Stage = Stage.PORT
    service: str = "http"

    def ports(self, host: HostView) -> Sequence[int]:
        return host.ports(self.service)

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        talk = await net.converse(port, [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], complete=bool)
        said = tuple(Observation("test.said", r.decode()) for r in talk.replies if r)
        return Outcome(talk.status, said, talk.reason)


class Crashes(Asks):
    """A probe with a bug."""

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        raise LookupError("oops")


async def scan(
    probes: Sequence[Probe] = (),
    discoveries: Sequence[Discovery] = (Finds([Sighting(IP, "test")]),),
    limits: Limits = LIMITS,
    answered: dict[Key, ProbeResult] | None = None,
    known: Sequence[Host] = (),
    ports: tuple[Port, ...] = PORTS,
) -> Seen:
    target = Target((ip_network("127.0.22.0/24"),), ports=ports, limits=limits)
    seen = Seen()
    plan = Plan(target, probes, answered=answered or {})
    paces = Paces.of(limits)
    net = SimpleNamespace(interfaces=(), target=target)
    await Engine(plan, discoveries, net, seen, paces, known).run()
    return seen


async def test_every_plan_has_exactly_one_result() -> None:
    async with loopback.serve(IP, {8080: loopback.answers(b"hi")}):
        seen = await scan([Asks()])
    assert Counter((r.probe, r.port) for r in seen.results) == {
        ("canary", CANARIES[0]): 1,
        ("tcp", 8080): 1,
        ("tcp", 8554): 1,
        ("tcp", 37777): 1,
        ("line", 8080): 1,
    }
    assert seen.status("tcp", 8080) is ProbeStatus.OK
    assert seen.status("tcp", 8554) is ProbeStatus.REFUSED
    assert seen.done == [IP]


async def test_the_question_uses_the_connection_that_found_the_port() -> None:
    async with loopback.serve(IP, {8080: loopback.answers(b"hi")}) as journal:
        seen = await scan([Asks()])
    assert journal.connections == 1
    assert Observation("test.said", "hi") in seen.results[2].observations


async def test_a_probes_bug_is_a_result_and_the_scan_goes_on() -> None:
    async with loopback.serve(IP, {8080: loopback.answers(b"hi")}):
        seen = await scan([Crashes(), Asks(name="after", stage=Stage.HOST)])
    assert seen.status("line", 8080) is ProbeStatus.BUG
    assert any("LookupError: oops" in (r.reason or "") for r in seen.results)
    assert seen.status("after", 8080) is ProbeStatus.OK


async def test_host_that_accepts_every_port_is_not_believed() -> None:
    every = (*CANARIES[:2], *(p.number for p in PORTS))
    async with loopback.serve(IP, dict.fromkeys(every, loopback.hangs_up)) as journal:
        seen = await scan([Asks()])
    assert seen.status("ports", None) is ProbeStatus.OK
    assert {r.status for r in seen.results if r.probe == "tcp"} == {ProbeStatus.SKIPPED}
    assert len([r for r in seen.results if r.probe == "tcp"]) == len(PORTS)
    assert journal.connections == 2


async def test_host_that_missed_a_canary_and_accepts_all_else_is_not_believed() -> None:
    ports = tuple(Port(number, "silent") for number in (8080, 8081, 8082, 8083, 8084, 8085))
    every = (*CANARIES[2:], *(p.number for p in ports))
    async with loopback.serve(IP, dict.fromkeys(every, loopback.hangs_up)):
        seen = await scan([], ports=ports)
    assert seen.status("ports", None) is ProbeStatus.OK
    assert seen.status("tcp", 8084) is ProbeStatus.OK
    assert seen.status("tcp", 8085) is ProbeStatus.SKIPPED


async def test_time_limit_of_a_host_leaves_no_plan_without_a_result() -> None:
    limits = Limits(packets_per_second=0, gap=0, exchange_timeout=0.3, host_timeout=0.2)
    async with loopback.serve(IP, {8080: loopback.says_nothing}):
        seen = await scan([Asks(), Asks(name="later", stage=Stage.HOST)], limits=limits)
    assert seen.status("line", 8080) is ProbeStatus.TIMEOUT
    assert seen.status("tcp", 37777) is ProbeStatus.SKIPPED
    assert seen.status("later", 8080) is ProbeStatus.SKIPPED


async def test_sources_are_merged_and_each_host_is_visited_once() -> None:
    heard = Observation("wsd.epr", "urn:uuid:1")
    sources = [
        Finds([Sighting(IP, "arp", mac="00:40:8c:00:00:01")], name="arp"),
        Finds([Sighting(IP, "wsd", observations=(heard,))] * 2, name="wsd"),
    ]
    seen = await scan(discoveries=sources)
    assert seen.done == [IP]
    assert seen.hosts[-1].seen_by == ("arp", "wsd")
    assert seen.hosts[-1].mac == "00:40:8c:00:00:01"
    assert [r.observations for r in seen.results if r.probe == "wsd"] == [(heard,)]


class AsksCameras(Asks):
    """A probe for what looks like a camera."""

    def ports(self, host: HostView) -> Sequence[int]:
        return (8080,) if host.camera_like else ()


@pytest.mark.parametrize(
    ("field", "planned"),
    [("wsd.epr", 1), ("sadp.types", 1), ("dhip.vendor", 1), ("ssdp.server", 0)],
)
async def test_who_speaks_a_protocol_of_cameras_is_like_a_camera(field: str, planned: int) -> None:
    heard = Sighting(IP, "test", observations=(Observation(field, "x"),))
    async with loopback.serve(IP, {8080: loopback.answers(b"hi")}):
        seen = await scan([AsksCameras(stage=Stage.HOST)], [Finds([heard])])
    assert len([r for r in seen.results if r.probe == "line"]) == planned


async def test_sighting_out_of_scope_is_ignored() -> None:
    seen = await scan(discoveries=[Finds([Sighting("127.0.99.1", "wsd")])])
    assert (seen.hosts, seen.results) == ([], [])


@pytest.mark.parametrize(
    ("error", "text"),
    [(PermissionError("no raw socket"), "not permitted (no raw socket)"), (OSError("x"), "failed")],
)
async def test_a_failing_source_is_a_limitation_not_an_end(error: Exception, text: str) -> None:
    seen = await scan(discoveries=[Finds([Sighting(IP, "a")]), Finds([], error, "arp")])
    assert seen.done == [IP]
    assert text in seen.limits[0]


async def test_what_a_source_could_not_see_is_said_in_its_own_words() -> None:
    source = Finds([Sighting(IP, "snmp")], Unseen("agent 10.7.0.2: no answer"), "snmp")
    seen = await scan(discoveries=[source])
    assert seen.done == [IP]
    assert seen.limits == ["snmp: agent 10.7.0.2: no answer"]


MAC, OTHER = "44:19:b6:00:00:01", "44:19:b6:00:00:02"
PORT_7 = Sighting("", "snmp", MAC, observations=(Observation("switch.port", "7"),))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_what_is_said_of_a_mac_holds_for_all_its_users(order: tuple[int, ...]) -> None:
    second = IP[:-1] + "2"
    told = [PORT_7, Sighting(IP, "arp", MAC), Sighting(second, "arp", MAC)]
    others = [Sighting(IP, "wsd"), Sighting(second, "arp", OTHER), Sighting(IP[:-1] + "3", "wsd")]
    seen = await scan(discoveries=[Finds([*(told[n] for n in order), *others, PORT_7])])
    placed = [(r.ip, r.probe, r.observations) for r in seen.results if r.probe == "snmp"]
    assert sorted(placed) == [
        (IP, "snmp", PORT_7.observations),
        (second, "snmp", PORT_7.observations),
    ]
    assert sorted(seen.done) == [IP, second, IP[:-1] + "3"]


async def test_a_mac_that_is_learnt_late_or_in_an_earlier_run_counts_too() -> None:
    late = [Sighting(IP, "wsd"), PORT_7, Sighting(IP, "arp", MAC)]
    seen = await scan(discoveries=[Finds(late)])
    assert [r.ip for r in seen.results if r.probe == "snmp"] == [IP]
    seen = await scan(discoveries=[Finds([PORT_7])], known=[Host(IP, MAC)])
    assert [r.ip for r in seen.results if r.probe == "snmp"] == [IP]
    seen = await scan(discoveries=[Finds([PORT_7])])
    assert (seen.hosts, seen.results) == ([], [])


async def test_what_an_earlier_run_answered_is_not_asked_again() -> None:
    async with loopback.serve(IP, {8080: loopback.answers(b"hi")}) as journal:
        first = await scan([Asks()])
        asked = journal.connections
        answered = {(r.ip, r.probe, r.port): r for r in first.results}
        again = await scan(
            [Asks(), Asks(name="new", stage=Stage.HOST)], [], answered=answered, known=first.hosts
        )
    assert journal.connections == asked + 1
    assert [(r.probe, r.port) for r in again.results] == [("new", 8080)]


async def test_silent_ports_are_asked_again_and_end_as_timeouts() -> None:
    numbers = [p.number for p in PORTS]
    with loopback.silent_ports(IP, numbers):
        seen = await scan()
    assert {seen.status("tcp", number) for number in numbers} == {ProbeStatus.TIMEOUT}


async def test_a_port_that_answers_the_second_time_is_believed() -> None:
    with loopback.silent_ports(IP, [8080]):
        task = asyncio.create_task(scan([Asks()]))
        await asyncio.sleep(0.1)
    async with loopback.serve(IP, {8080: loopback.answers(b"hi")}):
        seen = await task
    assert seen.status("tcp", 8080) is ProbeStatus.OK
    assert seen.status("line", 8080) is ProbeStatus.OK
