"""Hosts by the subnet they lie in, the longest prefix deciding."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from scanner.model import IPNetwork, Subnet, SubnetCoverage


@dataclass(frozen=True, slots=True)
class Seen:
    """One host, as far as coverage counts it."""

    ip: str
    has_mac: bool = False
    silent: bool = False


def coverage(subnets: Iterable[Subnet], hosts: Iterable[Seen]) -> tuple[SubnetCoverage, ...]:
    """A line for each network, in the order named; what several runs say of one is joined."""
    named = _joined(subnets)
    prefixes = sorted(named, key=lambda n: n.prefixlen, reverse=True)
    all_of, with_mac, silent = Counter[IPNetwork](), Counter[IPNetwork](), Counter[IPNetwork]()
    for host in hosts:
        network = _network(host.ip, prefixes)
        if network is not None:
            all_of[network] += 1
            with_mac[network] += host.has_mac
            silent[network] += host.silent
    return tuple(
        SubnetCoverage(str(n), s.interface, all_of[n], with_mac[n], silent[n], s.gaps)
        for n, s in named.items()
    )


def _joined(subnets: Iterable[Subnet]) -> dict[IPNetwork, Subnet]:
    """Text of the evidence that is no network is left out."""
    named: dict[IPNetwork, Subnet] = {}
    for each in subnets:
        try:
            network = ip_network(each.network, strict=False)
        except ValueError:
            continue
        known = named.get(network, each)
        gaps = tuple(dict.fromkeys((*known.gaps, *each.gaps)))
        named[network] = Subnet(str(network), known.interface or each.interface, gaps)
    return named


def _network(ip: str, prefixes: Iterable[IPNetwork]) -> IPNetwork | None:
    try:
        address = ip_address(ip)
    except ValueError:
        return None
    return next((n for n in prefixes if address in n), None)
