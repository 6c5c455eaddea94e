"""WS-Discovery by IPv6 multicast: for cameras whose IPv4 settings fit nothing here."""

from collections.abc import AsyncIterator
from uuid import uuid4

from scanner.collect import introductions
from scanner.collect.api import Discovery, SegmentNet, Unseen
from scanner.collect.wire import wsd
from scanner.model import Sighting

COPIES = 2
"""Of each Probe: nearly all that hear this hear the IPv4 group too."""


class WsDiscoveryV6:
    """The Probes of the IPv4 group, to link-local addresses."""

    name = "wsd-v6"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """A sighting for each datagram that says something new, under its link-local address."""
        probes = [wsd.probe(kind, uuid4()) for kind in wsd.TYPES] * COPIES
        answers = net.multicast(wsd.GROUP_V6, wsd.PORT, probes, seconds=net.target.limits.listen)
        try:
            async for sighting in introductions.sightings(self.name, answers, wsd.fields):
                yield sighting
        except OSError as error:
            raise Unseen(f"IPv6 multicast is not possible here ({error.strerror})") from error


DISCOVERY: Discovery = WsDiscoveryV6()
