"""Which part of the scope lies on this machine's own links, and which has to be routed to."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_network,
)

from scanner.collect.api import Interface
from scanner.collect.scope import remaining
from scanner.model import IPAddress, IPNetwork, Target

LINK_LOCAL = IPv6Network("fe80::/10")
"""IPv6 addresses that mean something on one link only (RFC 4291 section 2.5.6)."""


def attached(interfaces: Sequence[Interface], target: Target) -> tuple[Interface, ...]:
    """Interfaces that speak ARP and have some of the scope on their link; each network once."""
    links = {(i.name, i.network): i for i in reversed(interfaces) if i.mac and on_link(i, target)}
    return tuple(reversed(links.values()))


def on_link(interface: Interface, target: Target) -> tuple[IPv4Network, ...]:
    """The part of the scope on the interface's own network."""
    own = IPv4Network(interface.network)
    v4 = (n for n in remaining(target) if isinstance(n, IPv4Network))
    return tuple(n if n.subnet_of(own) else own for n in v4 if n.overlaps(own))


def broadcast(interface: Interface, target: Target) -> str:
    """The broadcast address of the interface's network; empty unless all who hear it are in scope.

    A network of two or one has none (RFC 3021).
    """
    own = IPv4Network(interface.network)
    return str(own.broadcast_address) if is_whole(interface, target) and own.prefixlen < 31 else ""


def is_whole(interface: Interface, target: Target) -> bool:
    """True when every address of the interface's network is in scope."""
    return [*collapse_addresses(on_link(interface, target))] == [IPv4Network(interface.network)]


def link_local(interfaces: Sequence[Interface], target: Target) -> tuple[Interface, ...]:
    """Interfaces whose IPv6 link-local addresses are in scope; each once.

    Such an address does not tell whose it is, so all the interface's IPv4 networks have to be in
    scope to the last address. Who excludes fe80::/10 or ::/0 has switched them off.
    """
    v6 = (n for n in target.excluded if isinstance(n, IPv6Network))
    if any(LINK_LOCAL.subnet_of(n) for n in v6):
        return ()
    partly = {i.name for i in interfaces if not is_whole(i, target)}
    links = {i.name: i for i in reversed(attached(interfaces, target)) if i.name not in partly}
    return tuple(reversed(links.values()))


def is_link_local(address: IPAddress, interfaces: Sequence[Interface], target: Target) -> bool:
    """True for an IPv6 link-local address in scope; its zone names the interface."""
    return (
        isinstance(address, IPv6Address)
        and address.is_link_local
        and address.scope_id in {i.name for i in link_local(interfaces, target)}
        and not any(address in n for n in target.excluded)
    )


def neighbours(interface: Interface, target: Target) -> Iterator[IPv4Address]:
    """Addresses in scope that a neighbour on the interface's network can have."""
    own = IPv4Network(interface.network)
    not_hosts = {IPv4Address(interface.address)}
    if own.prefixlen < 31:
        not_hosts |= {own.network_address, own.broadcast_address}
    for network in on_link(interface, target):
        yield from (address for address in network if address not in not_hosts)


def routed(interfaces: Sequence[Interface], target: Target) -> tuple[IPNetwork, ...]:
    """The part of the scope that lies on none of our links."""
    links = tuple(IPv4Network(i.network) for i in interfaces if i.mac)
    return remaining(replace(target, excluded=(*target.excluded, *links)))


def off_link(interfaces: Sequence[Interface], target: Target) -> tuple[IPNetwork, ...]:
    """The part of the scope that no ARP reaches: routed networks, and this machine itself."""
    ours = {ip_network(i.address) for i in interfaces if i.mac}
    return (
        *routed(interfaces, target),
        *sorted(n for n in ours if target.contains(n.network_address)),
    )
