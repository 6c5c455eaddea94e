"""Dahua's older search by broadcast: for devices from before DHIP."""

from collections.abc import AsyncIterator

from scanner.collect import introductions
from scanner.collect.api import Discovery, SegmentNet
from scanner.collect.wire import dahua_5050
from scanner.model import Sighting

COPIES = 2


class DahuaBroadcast:
    """Asks all at once; answers come back to the asker or to the same port."""

    name = "dahua-5050"

    def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """A sighting for each datagram that says something new."""
        answers = net.multicast(
            None,
            dahua_5050.PORT,
            (),
            broadcasts=[dahua_5050.search()] * COPIES,
            seconds=net.target.limits.listen,
        )
        return introductions.sightings(self.name, answers, dahua_5050.fields)


DISCOVERY: Discovery = DahuaBroadcast()
