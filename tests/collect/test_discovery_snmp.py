"""SNMP as a source: alone against scripted agents, then against real ones across a real router."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import cast

import pytest

from scanner.collect import places, segment
from scanner.collect.api import Interface, SegmentNet, Unseen
from scanner.collect.discovery import ping, snmp
from scanner.collect.net import Pace
from scanner.collect.segment import Segment
from scanner.collect.wire import mib
from scanner.model import (
    Credential,
    Limits,
    Observation,
    Secret,
    Sighting,
    SnmpCommunity,
    SnmpUser,
    Target,
    WebLogin,
)
from tests.collect.netns import settled
from tests.collect.routed import AUTH_KEY, CAMERAS, COMMUNITY, PRIV_KEY, USER, Site, site

ETH0 = Interface("eth0", "10.9.0.1", "10.9.0.0/24", "02:00:00:00:00:01")
CAMERA = "44:19:b6:00:00:20"
ARP_ROWS = [["3.10.7.0.20", "4419b6000020"], ["3.10.9.0.7", "4419b6000007"],
            ["3.10.99.0.1", "4419b6000099"]]  # fmt: skip
TARGET = Target((ip_network("10.7.0.0/24"), ip_network("10.9.0.0/24")))
FDB = {"walk": mib.FDB_PORT, "rows": [["68.25.182.0.0.32", 1]]}
Line = Mapping[str, object]


def community(*agents: str, entry: str = "entry 1") -> Credential:
    login = SnmpCommunity(Secret(COMMUNITY))
    return Credential(entry, login, agents=tuple(map(ip_address, agents)))


def user(*agents: str, name: str = USER, auth: str = "sha", priv: str = "aes") -> Credential:
    login = SnmpUser(Secret(name), auth, Secret(AUTH_KEY), priv, Secret(PRIV_KEY if priv else ""))
    return Credential("entry 2", login, agents=tuple(map(ip_address, agents)))


@dataclass
class Scripted:
    """A `SegmentNet` whose SNMP worker says what the script holds for the agent."""

    credentials: Sequence[Credential]
    script: Mapping[str, Sequence[Line | Exception]] = field(default_factory=dict)
    target: Target = TARGET
    interfaces: Sequence[Interface] = (ETH0,)
    raw: bool = True
    jobs: list[Mapping[str, object]] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    most: int = 0

    async def worker(self, name: str, job: Mapping[str, object]) -> AsyncIterator[Line]:
        assert name == "snmp"
        agent = "".join(map(str, cast(list[object], job["addresses"])))
        assert agent not in self.busy
        self.busy.append(agent)
        self.most = max(self.most, len(self.busy))
        self.jobs.append(job)
        try:
            for line in self.script.get(agent, ()):
                await asyncio.sleep(0)
                if isinstance(line, Exception):
                    raise line
                yield line
        finally:
            self.busy.remove(str(agent))


def seen(net: object) -> tuple[list[Sighting], str]:
    """What the SNMP source sees, and what it says it does not."""
    sightings: list[Sighting] = []
    told = ""

    async def run(source: SegmentNet) -> None:
        async for sighting in snmp.DISCOVERY.sightings(source):
            sightings.append(sighting)

    try:
        asyncio.run(run(net))  # type: ignore[arg-type]
    except Unseen as error:
        told = str(error)
    return sightings, told


def test_without_credentials_nobody_is_asked() -> None:
    web = Credential("entry 1", WebLogin(Secret("u"), Secret("p")), networks=())
    for credentials in ((), (web,)):
        net = Scripted(credentials)
        assert seen(net) == ([], "")
        assert net.jobs == []


def test_tables_become_sightings_and_places() -> None:
    lines: list[Line] = [
        {"get": mib.SYS_NAME, "value": b"sw-1".hex()},
        {"get": mib.SYS_DESCR, "value": b"A switch\r\nof ours".hex()},
        {"get": mib.SYS_OBJECT_ID, "value": "1.3.6.1.4.1.9.1"},
        {"walk": mib.ARP, "rows": ARP_ROWS},
        {"walk": mib.NEIGHBOURS, "rows": [["3.1.4.10.7.0.20", "4419b6000020"]]},
        FDB,
        {"walk": mib.BASE_PORT, "rows": [["1", 10101]]},
        {"walk": mib.IF_NAME, "rows": [["10101", b"Gi1/0/1".hex()]]},
        {"done": True},
    ]
    sightings, told = seen(Scripted([community("10.7.0.2")], {"10.7.0.2": lines}))
    assert told == ""
    assert sightings == [
        Sighting(
            "10.7.0.2",
            "snmp",
            observations=(
                Observation("snmp.sysdescr", "A switch\r\nof ours"),
                Observation("snmp.sysname", "sw-1"),
                Observation("snmp.sysobjectid", "1.3.6.1.4.1.9.1"),
            ),
        ),
        Sighting("10.7.0.20", "snmp", CAMERA),
        Sighting(
            "",
            "snmp",
            CAMERA,
            observations=(
                Observation("switch.name", "sw-1"),
                Observation("switch.port", "Gi1/0/1"),
                Observation("switch.addresses", "1"),
            ),
        ),
    ]


def test_a_switch_without_a_name_goes_by_its_address() -> None:
    (place,), _ = seen(Scripted([community("10.7.0.2")], {"10.7.0.2": [FDB]}))
    assert place.observations[0] == Observation("switch.name", "10.7.0.2")


def test_agents_out_of_scope_hear_nothing() -> None:
    many = [f"10.99.0.{n}" for n in range(1, 12)]
    net = Scripted([community("10.7.0.2", *many)], {"10.7.0.2": [FDB]})
    net.target = Target(net.target.networks, (ip_network("10.99.0.1"),))
    _, told = seen(net)
    assert [job["addresses"] for job in net.jobs] == [["10.7.0.2"]]
    assert told.startswith("agents out of scope were not asked: 10.99.0.1, 10.99.0.2,")
    assert "10.99.0.8 and 3 more (name them as targets too)" in told


def test_an_excluded_agent_hears_nothing() -> None:
    net = Scripted([community("10.7.0.2")])
    net.target = Target(net.target.networks, (ip_network("10.7.0.2"),))
    seen(net)
    assert net.jobs == []


def test_what_failed_is_said_and_what_was_answered_is_kept() -> None:
    script: dict[str, Sequence[Line | Exception]] = {
        "10.7.0.2": [{"walk": mib.ARP, "rows": ARP_ROWS}, {"trouble": "it stopped answering"}],
        "10.7.0.3": [FDB, TimeoutError("worker snmp was stopped after 120 s")],
        "10.7.0.4": [ChildProcessError("worker snmp: out of memory")],
        "10.7.0.5": [PermissionError("10.7.0.5 is out of scope")],
    }
    sightings, told = seen(Scripted([community(*script, entry="entry 7 (core)")], script))
    assert {s.mac for s in sightings} == {CAMERA}
    assert told.split("; ") == [
        "agent 10.7.0.2, entry 7 (core): it stopped answering",
        "agent 10.7.0.3, entry 7 (core): worker snmp was stopped after 120 s",
        "agent 10.7.0.4, entry 7 (core): worker snmp: out of memory",
        "agent 10.7.0.5, entry 7 (core): 10.7.0.5 is out of scope",
    ]
    assert COMMUNITY not in told


def test_each_agent_is_asked_once_with_each_entry_and_never_twice_at_a_time() -> None:
    agents = [f"10.7.0.{n}" for n in range(2, 12)]
    entries = [community(*agents), community(*agents, entry="entry 3"), user(*agents)]
    net = Scripted(entries, {agent: [FDB] for agent in agents})
    seen(net)
    asked = [(job["addresses"], json.dumps(job["login"])) for job in net.jobs]
    assert len(asked) == 30
    assert {tuple(addresses) for addresses, _ in asked} == {(agent,) for agent in agents}  # type: ignore[arg-type]
    assert net.most == snmp.AT_ONCE


def test_a_vlan_for_each_community_makes_one_forwarding_table() -> None:
    other = {"walk": mib.FDB_PORT, "rows": [["68.25.182.0.0.33", 1]]}

    class Vlans(Scripted):
        async def worker(self, name: str, job: Mapping[str, object]) -> AsyncIterator[Line]:
            self.jobs.append(job)
            yield FDB if len(self.jobs) == 1 else other

    net = Vlans([community("10.7.0.2"), community("10.7.0.2", entry="entry 2")])
    sightings, _ = seen(net)
    shared = Observation("switch.addresses", "2")
    assert [(s.mac, s.observations[2]) for s in sightings] == [
        (CAMERA, shared),
        ("44:19:b6:00:00:21", shared),
    ]


@pytest.mark.parametrize(("pace", "rate"), [(2000, 50), (0, 50), (100, 5)])
def test_an_agent_is_asked_slowly(pace: float, rate: float) -> None:
    net = Scripted([community("10.7.0.2")])
    net.target = Target(net.target.networks, limits=Limits(packets_per_second=pace))
    seen(net)
    assert net.jobs[0]["rate"] == rate


def test_hostile_tables_add_nothing() -> None:
    lines: list[Line] = [
        {"get": mib.SYS_NAME, "value": 7},
        {"get": 7, "value": None},
        {"walk": mib.ARP, "rows": [["x", 1], [], ["1.10.7.0.20", "zz"], ["1.10.7.0.21"]]},
        {"walk": mib.FDB_PORT, "rows": [["68.25.182.0.0.32", "many"]]},
        {"walk": mib.NEIGHBOURS, "rows": "none"},
    ]
    assert seen(Scripted([community("10.7.0.2")], {"10.7.0.2": lines})) == ([], "")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as built:
        yield built


@pytest.fixture(autouse=True)
def loopback_only() -> None:
    """Nothing here leaves the machine: sockets live in namespaces made here."""


def net(*credentials: Credential, raw: bool = True) -> Segment:
    return Segment(
        Target((ip_network("10.7.0.0/24"),)),
        Pace(2000),
        Pace(20, burst=1),
        attached=segment.interfaces(),
        raw=raw,
        credentials=credentials,
    )


def test_real_routers_and_switches_tell_addresses_and_ports(real: Site) -> None:
    asked = (community("10.7.0.1"), user("10.7.0.2", "10.7.0.3"))
    sightings, told = real.run("s", lambda: seen(net(*asked)))

    assert told == ""
    macs = {s.ip: s.mac for s in sightings if s.ip in CAMERAS}
    assert macs == {address: real.mac(address) for address in CAMERAS}
    ports = {s.mac: tuple(o.value for o in s.observations) for s in sightings if not s.ip}
    assert {a: ports[real.mac(a)] for a in CAMERAS} == {
        "10.7.0.20": ("sw-a", "p1", "1"),
        "10.7.0.21": ("sw-a", "p2", "1"),
        "10.7.0.30": ("sw-b", "p1", "1"),
        "10.7.0.31": ("sw-b", "p2", "1"),
    }
    named = {s.ip: {o.field: o.value for o in s.observations} for s in sightings if not s.mac}
    assert named["10.7.0.1"]["snmp.sysname"] == "sw-r"
    assert named["10.7.0.1"]["snmp.sysobjectid"].startswith("1.3.6.1.4.1.8072.")
    assert "Linux" in named["10.7.0.2"]["snmp.sysdescr"]


@pytest.mark.parametrize(
    "login",
    [
        user("10.7.0.2"),
        user("10.7.0.2", name=f"auth-{USER}", priv=""),
        user("10.7.0.2", name=f"des-{USER}", auth="md5", priv="des"),
    ],
    ids=["sha and aes", "sha only", "md5 and des"],
)
def test_a_real_agent_is_read_with_every_protection(real: Site, login: Credential) -> None:
    sightings, told = real.run("s", lambda: seen(net(login)))
    assert told == ""
    assert real.mac("10.7.0.20") in {s.mac for s in sightings if not s.ip}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (Credential("e", SnmpCommunity(Secret("guess")), (ip_address("10.7.0.1"),)), "no answer"),
        (user("10.7.0.1", name="nobody-there"), "the agent does not know the user"),
        (user("10.7.0.1", auth="md5"), "the agent does not accept the auth_key"),
        (user("10.7.0.1", priv="des"), "no answer"),
        (user("10.7.0.1", priv=""), "refused with error status 16"),
        (community("10.7.0.20"), "the SNMP port is closed"),
        (community("10.7.0.99"), "no answer"),
    ],
    ids=["community", "user", "auth", "priv", "too little", "no agent", "nobody"],
)
def test_a_wrong_login_is_told(
    real: Site, wrong: Credential, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snmp, "PATIENCE", 0.5)
    sightings, said = real.run("s", lambda: seen(net(wrong)))
    assert sightings == []
    assert told in said
    for secret in (COMMUNITY, USER, AUTH_KEY, PRIV_KEY, "guess", "nobody-there"):
        assert secret not in said


def test_real_switches_know_each_other_by_lldp(real: Site) -> None:
    if not real.lldp:
        pytest.skip("Debian's lldpd is not installed (tests/debian-packages.txt)")

    async def uplinks() -> dict[str, object]:
        found: dict[str, object] = {}
        for address in ("10.7.0.2", "10.7.0.3"):
            one = community(address)
            agent = await snmp._ask(net(one), snmp.Agent(ip_address(address), [one]))
            found[agent.name] = places.switch(agent.name, agent.tables).uplinks
        return found

    expected = {"sw-a": {"p3"}, "sw-b": {"up0"}}
    assert settled(lambda: real.run("s", lambda: asyncio.run(uplinks())) == expected, 30)


def pinged(built: Site, scope: str, prefix: Sequence[str] = ()) -> list[Sighting]:
    async def run() -> list[Sighting]:
        made = Segment(
            Target((ip_network(scope),)),
            Pace(2000),
            Pace(20),
            attached=segment.interfaces(),
            raw=True,
        )
        return [sighting async for sighting in ping.DISCOVERY.sightings(made)]

    return built.run("s", lambda: asyncio.run(run()))


def test_echo_finds_what_lies_behind_the_router(real: Site) -> None:
    found = pinged(real, "10.7.0.0/24")
    silent = "10.7.0.21"
    assert {s.ip for s in found} == {"10.7.0.1", "10.7.0.2", "10.7.0.3", *CAMERAS} - {silent}
    assert all(s.source == "ping" and s.mac is None and (s.rtt or 0) > 0 for s in found)


def test_echo_is_for_routed_addresses_only(real: Site) -> None:
    assert pinged(real, "10.9.0.0/24") == []
    assert pinged(real, "127.0.0.0/29") == []
