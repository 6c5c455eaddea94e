"""ARP sweep: every on-link address in scope is asked for. Needs raw packets."""

from collections.abc import AsyncIterator, Mapping

from scanner.collect.api import Discovery, Interface, SegmentNet
from scanner.collect.link import attached, neighbours, on_link
from scanner.model import Observation, Sighting, Target

PASSES = 3
"""Each to the silent only: with one packet in a hundred lost, two still miss hosts."""
WAIT = 0.4
"""Seconds to listen after each pass; sleeping Wi-Fi stations take some tenths to wake."""
SHARE = 0.5
"""Of the run's packets a second; the rest is for the hosts that were found already."""
SLACK = 10.0
"""Seconds a worker may take beyond the time its packets need."""


class ArpSweep:
    """One worker for each attached network in scope, one after the other."""

    name = "arp"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """One sighting for each hardware address that answers for an IP."""
        if not net.raw:
            raise PermissionError("raw packets need CAP_NET_RAW")
        for interface in attached(net.interfaces, net.target):
            seen: set[object] = set()
            async for line in net.worker("l2", job(interface, net.target)):
                if "ip" in line:
                    yield _sighting(line, is_second=line["ip"] in seen)
                    seen.add(line["ip"])


def job(interface: Interface, target: Target) -> dict[str, object]:
    """The worker's job; `seconds` is its life."""
    rate = target.limits.packets_per_second * SHARE
    count = sum(1 for _ in neighbours(interface, target))
    sending = count / rate if rate else 0.0
    return {
        "do": "arp-sweep",
        "interface": interface.name,
        "addresses": [str(network) for network in on_link(interface, target)],
        "rate": rate,
        "passes": PASSES,
        "wait": WAIT,
        "seconds": PASSES * (1.5 * sending + WAIT) + SLACK,
    }


def _sighting(line: Mapping[str, object], *, is_second: bool) -> Sighting:
    """A second hardware address for an IP is also kept as an observation: a host has one `mac`."""
    ip, mac, rtt = str(line["ip"]), str(line["mac"]), line.get("rtt")
    observed = (Observation("mac.address", mac),) if is_second else ()
    return Sighting(
        ip, "arp", mac, rtt=rtt if isinstance(rtt, float) else None, observations=observed
    )


DISCOVERY: Discovery = ArpSweep()
