"""SSDP by multicast: UPnP devices on the link say what they are and where they describe it."""

from collections.abc import AsyncIterator

from scanner.collect import introductions
from scanner.collect.api import Discovery, SegmentNet
from scanner.collect.wire import ssdp
from scanner.model import Sighting

SEARCHES = (ssdp.ALL, ssdp.ROOT, ssdp.ROOT)
"""Everything is asked for once: each device answers with a dozen datagrams. The rest is repeats."""


class SsdpDiscovery:
    """Asks the group, and hears what devices announce to it meanwhile."""

    name = "ssdp"

    def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """A sighting for each datagram that says something new."""
        searches = [ssdp.search(target) for target in SEARCHES]
        answers = net.multicast(ssdp.GROUP, ssdp.PORT, searches, seconds=net.target.limits.listen)
        return introductions.sightings(self.name, answers, ssdp.fields)


DISCOVERY: Discovery = SsdpDiscovery()
