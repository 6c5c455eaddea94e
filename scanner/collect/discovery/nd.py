"""IPv6 neighbours: all nodes of our links are pinged (ff02::1), the kernel's table is read."""

from collections.abc import AsyncIterator, Mapping, Sequence

from scanner.collect.api import Discovery, Interface, SegmentNet, Unseen
from scanner.collect.link import link_local
from scanner.collect.wire import address
from scanner.model import Observation, Sighting

EXTRA = 1.0
"""Seconds beyond the listening window: whoever spoke IPv6 in it is in the table by then."""
SLACK = 10.0
"""Seconds the worker may take beyond that."""


class NeighbourDiscovery:
    """One worker for all links whose link-local addresses are in scope."""

    name = "nd"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """A sighting for each neighbour; one without an `rtt` is only remembered by the kernel."""
        if links := link_local(net.interfaces, net.target):
            try:
                async for line in net.worker("l2", _job(links, net.target.limits.listen)):
                    if "ip" in line:
                        yield _sighting(line)
            except ChildProcessError as error:
                raise Unseen(f"IPv6 neighbours could not be asked for ({error})") from error


def _job(links: Sequence[Interface], listen: float) -> dict[str, object]:
    """The worker's job; `seconds` is its life."""
    wait = listen + EXTRA
    return {
        "do": "nd-sweep",
        "interfaces": [link.name for link in links],
        "wait": wait,
        "seconds": wait + SLACK,
    }


def _sighting(line: Mapping[str, object]) -> Sighting:
    """What the address itself says of the hardware is kept apart from what the wire shows."""
    ip, rtt = str(line["ip"]), line.get("rtt")
    said = address.derived(ip) if isinstance(rtt, float) else ""
    return Sighting(
        ip,
        NeighbourDiscovery.name,
        str(line["mac"]),
        rtt=rtt if isinstance(rtt, float) else None,
        observations=(Observation("mac.derived", said),) if said else (),
    )


DISCOVERY: Discovery = NeighbourDiscovery()
