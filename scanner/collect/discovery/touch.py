"""TCP touches: is anything at an address that ARP cannot reach? A refusal is an answer too."""

import asyncio
from collections.abc import AsyncIterator
from itertools import islice

from scanner.collect.api import Discovery, SegmentNet
from scanner.collect.link import off_link
from scanner.model import IPAddress, Sighting

PORTS = (80, 554, 443)
"""What cameras and recorders leave open most often, web page and stream, in that order."""
AT_ONCE = 128
"""Addresses being touched at the same time, one port each."""


class Touch:
    """Touches each routed address in scope, and this machine's own, port after port."""

    name = "touch"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """One sighting for each address at which a port was open or refused."""
        addresses = (a for network in off_link(net.interfaces, net.target) for a in network)
        pending: set[asyncio.Task[Sighting | None]] = set()
        try:
            while True:
                more = islice(addresses, AT_ONCE - len(pending))
                pending |= {asyncio.create_task(_touch(net, address)) for address in more}
                if not pending:
                    return
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    if sighting := task.result():
                        yield sighting
        finally:
            for task in pending:
                task.cancel()


async def _touch(net: SegmentNet, address: IPAddress) -> Sighting | None:
    for port in PORTS:
        rtt = await net.touch(str(address), port)
        if rtt is not None:
            return Sighting(str(address), "touch", rtt=rtt)
    return None


DISCOVERY: Discovery = Touch()
