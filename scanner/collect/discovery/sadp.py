"""Hikvision SADP by multicast and broadcast: devices on the link introduce themselves."""

from collections.abc import AsyncIterator
from uuid import uuid4

from scanner.collect import introductions
from scanner.collect.api import Discovery, SegmentNet
from scanner.collect.wire import sadp
from scanner.model import Sighting

MULTICASTS, BROADCASTS = 2, 1
"""Copies of each inquiry: some devices hear only the one, some only the other."""


class SadpDiscovery:
    """Asks all at once; some devices answer the asker, some the group."""

    name = "sadp"

    def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """A sighting for each datagram that says something new."""
        inquiries = sadp.inquiries(uuid4())
        answers = net.multicast(
            sadp.GROUP,
            sadp.PORT,
            inquiries * MULTICASTS,
            broadcasts=inquiries * BROADCASTS,
            seconds=net.target.limits.listen,
        )
        return introductions.sightings(self.name, answers, sadp.fields)


DISCOVERY: Discovery = SadpDiscovery()
