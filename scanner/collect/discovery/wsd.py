"""WS-Discovery by multicast: cameras on the link introduce themselves."""

from collections.abc import AsyncIterator
from uuid import uuid4

from scanner.collect import introductions
from scanner.collect.api import Discovery, SegmentNet
from scanner.collect.wire import wsd
from scanner.model import Sighting

COPIES = 3
"""Of each Probe, with the same MessageID: multicast is not repeated by anybody else."""


class WsDiscovery:
    """Asks the group for devices and for video transmitters, and believes the packet's source."""

    name = "wsd"

    def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """A sighting for each datagram that says something new."""
        probes = [wsd.probe(kind, uuid4()) for kind in wsd.TYPES] * COPIES
        answers = net.multicast(wsd.GROUP, wsd.PORT, probes, seconds=net.target.limits.listen)
        return introductions.sightings(self.name, answers, wsd.fields)


DISCOVERY: Discovery = WsDiscovery()
