"""ICMP echo to what ARP cannot reach: routed addresses that answer, whatever ports they have."""

from collections.abc import AsyncIterator, Sequence

from scanner.collect.api import Discovery, SegmentNet
from scanner.collect.link import routed
from scanner.model import IPNetwork, Limits, Sighting

RATE, SHARE = 500.0, 0.25
"""Echo requests a second at most, the way may be narrow; and of the run's packets a second."""
WAIT = 1.0
"""Seconds to listen after each pass: a far office takes tenths, a sleeping host longer."""
PASSES, SLACK = 2, 10.0


class Ping:
    """One echo and one repeat to each routed address in scope."""

    name = "ping"

    async def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """One sighting for each address that answers. On this machine's loopback all would."""
        networks = [n for n in routed(net.interfaces, net.target) if not n.is_loopback]
        if networks:
            async for line in net.worker("l2", job(networks, net.target.limits)):
                if "ip" in line:
                    rtt = line.get("rtt")
                    yield Sighting(
                        str(line["ip"]), self.name, rtt=rtt if isinstance(rtt, float) else None
                    )


def job(networks: Sequence[IPNetwork], limits: Limits) -> dict[str, object]:
    """The worker's job; `seconds` is its life."""
    rate = max(0.1, min(RATE, limits.packets_per_second * SHARE or RATE))
    count = sum(network.num_addresses for network in networks)
    return {
        "do": "ping",
        "addresses": [str(network) for network in networks],
        "rate": rate,
        "wait": WAIT,
        "seconds": PASSES * (1.5 * count / rate + WAIT) + SLACK,
    }


DISCOVERY: Discovery = Ping()
