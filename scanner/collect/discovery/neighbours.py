"""The kernel's neighbour table: who is on the link, learnt without a raw socket."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_address
from itertools import chain, islice

from scanner.collect.api import Discovery, SegmentNet
from scanner.collect.link import attached, neighbours
from scanner.model import Sighting

CHUNK = 128
"""Addresses asked for at once. An unanswered one stays in the table for three seconds, and the
table's usual limit is 1,024 for the whole machine: beyond it, hosts are lost without a word.
With `LOOKS` this asks for some 230 a second, which keeps the table two thirds full at most."""
LOOK = 0.25
"""Seconds between two looks at the table."""
LOOKS, LAST_LOOKS = 2, 10
"""After each chunk; and after the last one, until the kernel's third and last request is over."""


class Neighbours:
    """What the table holds already; and, where no ARP sweep is possible, what a nudge adds."""

    name = "neighbours"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """One sighting for each address in scope the kernel has a hardware address for."""
        seen: set[str] = set()
        for sighting in await _new(net, seen):
            yield sighting
        for chunk in () if net.raw else _chunks(net, seen):
            await net.nudge(chunk)
            for _ in range(LOOKS if chunk else LAST_LOOKS):
                await asyncio.sleep(LOOK)
                for sighting in await _new(net, seen):
                    yield sighting


async def _new(net: SegmentNet, seen: set[str]) -> list[Sighting]:
    """Sightings of what is in the table and was not seen before."""
    table = await net.neighbours()
    fresh = [ip for ip in table if ip not in seen and net.target.contains(ip_address(ip))]
    seen.update(fresh)
    return [Sighting(ip, "neighbours", table[ip]) for ip in fresh]


def _chunks(net: SegmentNet, seen: set[str]) -> Iterator[list[str]]:
    """The unseen addresses on our links, a few at a time; an empty chunk stands for the end."""
    links = attached(net.interfaces, net.target)
    every = chain.from_iterable(neighbours(link, net.target) for link in links)
    unseen = (ip for ip in map(str, every) if ip not in seen)
    while chunk := list(islice(unseen, CHUNK)):
        yield chunk
    yield []


DISCOVERY: Discovery = Neighbours()
