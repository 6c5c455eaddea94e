"""Dahua DHIP by multicast and broadcast: devices on the link introduce themselves."""

from collections.abc import AsyncIterator

from scanner.collect import introductions
from scanner.collect.api import Discovery, SegmentNet
from scanner.collect.wire import dhip
from scanner.model import Sighting

MULTICASTS, BROADCASTS = 2, 1
"""Copies of the search: an answer is some ten times as large, so never more than three."""


class DhipDiscovery:
    """Asks all at once, Dahua's current way."""

    name = "dhip"

    def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """A sighting for each datagram that says something new."""
        answers = net.multicast(
            dhip.GROUP,
            dhip.PORT,
            [dhip.search()] * MULTICASTS,
            broadcasts=[dhip.search()] * BROADCASTS,
            seconds=net.target.limits.listen,
        )
        return introductions.sightings(self.name, answers, dhip.fields)


DISCOVERY: Discovery = DhipDiscovery()
