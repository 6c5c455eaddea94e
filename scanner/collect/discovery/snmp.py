"""Routers and switches by SNMP: who has which hardware address beyond our links, and at which port.

Only agents the operator named, and only those in scope, hear of it. Agents are asked side by side,
each with one outstanding request; what routers know is told at once, the places when all are done.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from scanner.collect import places
from scanner.collect.api import Discovery, SegmentNet, Unseen
from scanner.collect.link import routed
from scanner.collect.places import Tables
from scanner.collect.wire import mib
from scanner.model import (
    Credential,
    IPAddress,
    IPNetwork,
    Observation,
    Sighting,
    SnmpCommunity,
    SnmpUser,
)

AT_ONCE = 4
"""Agents being asked at the same time."""
RATE, SHARE = 50.0, 0.05
"""Requests a second to one agent, a small switch's processor being slow; and of the run's pace."""
PATIENCE = 2.0
SECONDS = 120.0
"""Life of one agent's worker. SNMPv3's time window, which starts with it, is 150 s."""
ROWS = 65_536
SHOWN = 8
"""Agents out of scope named in a limitation."""


@dataclass(slots=True)
class Agent:
    """One router or switch: what it is asked with, and what it said."""

    address: IPAddress
    credentials: list[Credential] = field(default_factory=list)
    tables: Tables = field(default_factory=Tables)
    troubles: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it calls itself, else its address."""
        return mib.name(self.tables.scalars.get(mib.SYS_NAME)) or str(self.address)


class Snmp:
    """Asks each agent with each of its credentials, once."""

    name = "snmp"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """Agents and what their ARP tables hold as they answer; places of MACs at the end."""
        named = _agents(net.credentials)
        agents = [agent for agent in named if net.target.contains(agent.address)]
        far = routed(net.interfaces, net.target)
        async for agent in _asked(net, agents):
            for sighting in _told(agent, far):
                yield sighting
        switches = [places.switch(agent.name, agent.tables) for agent in agents]
        for mac, place in sorted(places.places(switches).items()):
            yield Sighting("", self.name, mac, observations=_place(place))
        others = [agent for agent in named if not net.target.contains(agent.address)]
        if troubles := [*_troubles(agents), *_not_asked(others)]:
            raise Unseen("; ".join(troubles))


def _agents(credentials: Sequence[Credential]) -> list[Agent]:
    agents: dict[IPAddress, Agent] = {}
    for credential in credentials:
        for address in credential.agents:
            agents.setdefault(address, Agent(address)).credentials.append(credential)
    return list(agents.values())


async def _asked(net: SegmentNet, agents: Sequence[Agent]) -> AsyncIterator[Agent]:
    """The agents as they have been asked, a few at a time."""
    waiting = iter(agents)
    pending: set[asyncio.Task[Agent]] = set()
    try:
        while True:
            more = islice(waiting, AT_ONCE - len(pending))
            pending |= {asyncio.create_task(_ask(net, agent)) for agent in more}
            if not pending:
                return
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in pending:
            task.cancel()


async def _ask(net: SegmentNet, agent: Agent) -> Agent:
    """Fill the agent's tables; what was answered before a failure is kept."""
    for credential in agent.credentials:
        try:
            async for line in net.worker("snmp", _job(net, agent, credential)):
                _note(agent, credential, line)
        except (PermissionError, TimeoutError, ChildProcessError) as error:
            agent.troubles.append(f"{credential.entry}: {error}")
    return agent


def _job(net: SegmentNet, agent: Agent, credential: Credential) -> dict[str, object]:
    pace = net.target.limits.packets_per_second
    return {
        "do": "read",
        "addresses": [str(agent.address)],
        "login": _login(credential.login),
        "get": mib.SCALARS,
        "walk": mib.COLUMNS,
        "rows": ROWS,
        "rate": min(RATE, pace * SHARE) if pace else RATE,
        "patience": PATIENCE,
        "seconds": SECONDS,
    }


def _login(login: object) -> dict[str, str]:
    match login:
        case SnmpCommunity():
            return {"community": login.community.value}
        case SnmpUser():
            return {
                "user": login.user.value,
                "auth": login.auth,
                "auth_key": login.auth_key.value,
                "priv": login.priv,
                "priv_key": login.priv_key.value,
            }
    return {}


def _note(agent: Agent, credential: Credential, line: Mapping[str, object]) -> None:
    match line:
        case {"get": str(oid), "value": value}:
            agent.tables.scalars.setdefault(oid, value)
        case {"walk": str(oid), "rows": list(rows)}:
            agent.tables.columns.setdefault(oid, []).extend(rows)
        case {"trouble": str(trouble)}:
            agent.troubles.append(f"{credential.entry}: {trouble}")


def _told(agent: Agent, far: Sequence[IPNetwork]) -> Iterator[Sighting]:
    """The agent itself, when it answered, and everybody in its tables who is beyond our links.

    On our links the wire itself tells, and a router's table may be hours old.
    """
    if observed := tuple(_about(agent.tables)):
        yield Sighting(str(agent.address), "snmp", observations=observed)
    known = (
        *mib.arp(agent.tables.column(mib.ARP)),
        *mib.neighbours(agent.tables.column(mib.NEIGHBOURS)),
    )
    for address, mac in dict.fromkeys(known):
        if any(address in network for network in far):
            yield Sighting(str(address), "snmp", mac)


def _about(tables: Tables) -> Iterator[Observation]:
    for field_name, oid in (("snmp.sysdescr", mib.SYS_DESCR), ("snmp.sysname", mib.SYS_NAME)):
        if said := mib.name(tables.scalars.get(oid)):
            yield Observation(field_name, said)
    if isinstance(known := tables.scalars.get(mib.SYS_OBJECT_ID), str):
        yield Observation("snmp.sysobjectid", known)


def _place(place: places.Place) -> tuple[Observation, ...]:
    return (
        Observation("switch.name", place.switch),
        Observation("switch.port", place.port),
        Observation("switch.addresses", str(place.addresses)),
    )


def _troubles(agents: Sequence[Agent]) -> Iterator[str]:
    for agent in agents:
        for trouble in dict.fromkeys(agent.troubles):
            yield f"agent {agent.address}, {trouble}"


def _not_asked(agents: Sequence[Agent]) -> Iterator[str]:
    if agents:
        shown = ", ".join(str(agent.address) for agent in agents[:SHOWN])
        more = f" and {len(agents) - SHOWN} more" if len(agents) > SHOWN else ""
        yield f"agents out of scope were not asked: {shown}{more} (name them as targets too)"


DISCOVERY: Discovery = Snmp()
