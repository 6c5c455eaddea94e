"""Passive listening: whoever announces anything on our links. Nothing is sent, not even a join.

Used alone, by `--passive`. Without raw packets only the kernel's neighbour table is left.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address

from scanner.collect import introductions
from scanner.collect.api import Discovery, SegmentNet, Unseen
from scanner.collect.link import attached
from scanner.model import Observation, Sighting

LOOK = 1.0
"""Seconds between two looks at the neighbour table."""
SLACK = 10.0
"""Seconds the worker may take beyond the listening."""


class Passive:
    """Listens for `limits.listen` seconds."""

    name = "passive"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """What is heard as it is heard; Unseen tells of senders whose address is out of scope."""
        hearing = _Hearing(net)
        for sighting in await hearing.table():
            yield sighting
        if not net.raw:
            for _ in range(max(1, round(net.target.limits.listen / LOOK))):
                await asyncio.sleep(LOOK)
                for sighting in await hearing.table():
                    yield sighting
        elif job := _job(net):
            async for line in net.worker("l2", job):
                for sighting in hearing.sightings(line):
                    yield sighting
        if troubles := [*hearing.troubles()]:
            raise Unseen("; ".join(troubles))


def _job(net: SegmentNet) -> dict[str, object] | None:
    """The worker's job: our links in the scope, else all of them; `seconds` is its life."""
    every = attached(net.interfaces, net.target) or [i for i in net.interfaces if i.mac]
    wait = net.target.limits.listen
    names = list(dict.fromkeys(i.name for i in every))
    job = {"do": "listen", "interfaces": names, "wait": wait, "seconds": wait + SLACK}
    return job if names else None


class _Hearing:
    """What the worker says, as sightings."""

    def __init__(self, net: SegmentNet) -> None:
        self._net = net
        self._macs: dict[str, str] = {}
        self._strangers = introductions.Strangers()
        self._lost = 0
        self._full: list[str] = []

    async def table(self) -> list[Sighting]:
        """Who is in the kernel's neighbour table and was not known."""
        table = await self._net.neighbours()
        fresh = {ip: mac for ip, mac in table.items() if ip not in self._macs}
        seen = [ip for ip in fresh if self._net.target.contains(ip_address(ip))]
        self._macs.update((ip, fresh[ip]) for ip in seen)
        return [Sighting(ip, "neighbours", fresh[ip]) for ip in seen]

    def sightings(self, line: Mapping[str, object]) -> Iterator[Sighting]:
        """Those of one line."""
        match line:
            case {"ip": str(ip), "protocol": str(protocol), "fields": list(fields)}:
                said = tuple(Observation(str(name), str(value)) for name, value in fields)
                yield from self._placed(Sighting(ip, protocol, observations=said))
            case {"ip": str(ip), "mac": mac, "hostname": hostname}:
                yield from self._present(ip, str(mac), str(hostname))
            case {"done": True, "dropped": int(dropped)}:
                self._lost += dropped
            case {"full": str(name)}:
                self._full.append(name)

    def _present(self, ip: str, mac: str, hostname: str) -> Iterator[Sighting]:
        """A second hardware address of an IP is kept as an observation: a host has one `mac`."""
        first = self._macs[ip] = self._macs.get(ip) or mac
        other = (Observation("mac.address", mac),) if mac and mac != first else ()
        sighting = Sighting(ip, Passive.name, mac or None, hostname or None, observations=other)
        yield from self._placed(sighting)

    def _placed(self, sighting: Sighting) -> Iterator[Sighting]:
        """In scope or link-local: as it is. Another IPv6 address joins the hosts of its MAC."""
        address, mac = ip_address(sighting.ip), self._macs.get(sighting.ip, "")
        if self._net.target.contains(address):
            yield sighting
        elif isinstance(address, IPv6Address) and address.is_link_local:
            said = Observation("ipv6.address", sighting.ip)
            yield replace(sighting, mac=mac or None, observations=(said, *sighting.observations))
        elif isinstance(address, IPv4Address):
            self._strangers.note(address, mac)
        elif mac:
            said = Observation("ipv6.address", sighting.ip)
            about = (said, *sighting.observations)
            yield Sighting("", sighting.source, mac, observations=about)

    def troubles(self) -> Iterator[str]:
        """What stayed unseen."""
        if self._strangers:
            yield self._strangers.told("Something")
        if self._lost:
            yield f"{self._lost:,} frames came too fast and were lost"
        for name in self._full:
            yield f"there were too many hosts or messages on {name}: not all were kept"


DISCOVERY: Discovery = Passive()
