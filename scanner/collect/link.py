"""Which part of the scope lies on this machine's own links, and which has to be routed to."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, ip_network

from scanner.collect.api import Interface
from scanner.collect.scope import remaining
from scanner.model import IPNetwork, Target


def attached(interfaces: Sequence[Interface], target: Target) -> tuple[Interface, ...]:
    """Interfaces that speak ARP and have some of the scope on their link; each network once."""
    links = {(i.name, i.network): i for i in reversed(interfaces) if i.mac and on_link(i, target)}
    return tuple(reversed(links.values()))


def on_link(interface: Interface, target: Target) -> tuple[IPv4Network, ...]:
    """The part of the scope on the interface's own network."""
    own = IPv4Network(interface.network)
    v4 = (n for n in remaining(target) if isinstance(n, IPv4Network))
    return tuple(n if n.subnet_of(own) else own for n in v4 if n.overlaps(own))


def neighbours(interface: Interface, target: Target) -> Iterator[IPv4Address]:
    """Addresses in scope that a neighbour on the interface's network can have."""
    own = IPv4Network(interface.network)
    not_hosts = {IPv4Address(interface.address)}
    if own.prefixlen < 31:
        not_hosts |= {own.network_address, own.broadcast_address}
    for network in on_link(interface, target):
        yield from (address for address in network if address not in not_hosts)


def off_link(interfaces: Sequence[Interface], target: Target) -> tuple[IPNetwork, ...]:
    """The part of the scope that no ARP reaches: routed networks, and this machine itself."""
    links = tuple(IPv4Network(i.network) for i in interfaces if i.mac)
    routed = remaining(replace(target, excluded=(*target.excluded, *links)))
    ours = {ip_network(i.address) for i in interfaces if i.mac}
    return (*routed, *sorted(n for n in ours if target.contains(n.network_address)))
