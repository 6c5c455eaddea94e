"""The subnets of a scope as this machine reaches them, and what cannot be seen in each."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from scanner.collect.api import Interface
from scanner.collect.link import attached, on_link, routed
from scanner.collect.machine import Machine
from scanner.collect.sources import BY_CHOICE
from scanner.model import Gap, Subnet, Target

ROUTED = "routed: neither ARP nor multicast passes a router"
UNTOLD = "routed, and no router or switch was asked by SNMP"


@dataclass(frozen=True, slots=True)
class Means:
    """What a scan had at hand. `agents`: a router or switch is asked by SNMP."""

    arp: bool
    without: Collection[str] = ()
    agents: bool = False
    listening: bool = False


def subnets(target: Target, here: Machine, means: Means) -> Iterator[Subnet]:
    """Links first, then what is routed to, each with its gaps."""
    choice = [Gap(name, BY_CHOICE) for name in sorted(means.without)]
    if means.listening:
        choice.append(Gap("questions", "it only listened"))
    for interface in attached(here.interfaces, target):
        gaps = (*_on_link(interface, here, means), *choice)
        for network in on_link(interface, target):
            yield Subnet(str(network), interface.name, gaps)
    for far in routed(here.interfaces, target):
        gaps = (*(_far(means) if isinstance(far, IPv4Network) else _sixth()), *choice)
        yield Subnet(str(far), None, gaps)


def _on_link(interface: Interface, here: Machine, means: Means) -> Iterator[Gap]:
    if here.is_inside(interface.name):
        why = "a container's own bridge, which lets neither ARP nor multicast through"
        yield from (Gap("layer 2", why), Gap("multicast", why))
    elif not here.raw:
        yield Gap("layer 2", "raw packets are not permitted")
    if not interface.multicast:
        yield Gap("multicast", "the interface has none")
    if not means.arp and "neighbours" in means.without:
        yield Gap("MAC addresses", f"ARP sweep and neighbour table: {BY_CHOICE}")


def _far(means: Means) -> Iterator[Gap]:
    yield from (Gap("layer 2", ROUTED), Gap("multicast", ROUTED))
    if not means.agents or "snmp" in means.without:
        yield Gap("MAC addresses", UNTOLD)


def _sixth() -> Iterator[Gap]:
    yield Gap("search", "IPv6 addresses are asked where they are named, never searched")
