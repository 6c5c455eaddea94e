"""What the operator typed → networks. Target syntax as nmap's; no name is resolved here.

`10.0.0.5` · `10.0.0.0/24` · `10.0.0-3.1-254` · `10.0.*.1,5` · `2001:db8::1` · `2001:db8::/120`
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
    summarize_address_range,
)
from itertools import product
from math import prod

from scanner.errors import UsageError
from scanner.model import IPNetwork, Target

OWN_RANGES: tuple[IPNetwork, ...] = tuple(
    ip_network(n)
    for n in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
        "169.254.0.0/16", "127.0.0.0/8",  # RFC 3927, RFC 1122
        "fc00::/7", "fe80::/10", "::1/128",  # RFC 4193, RFC 4291
    )
)  # fmt: skip
"""Ranges an organisation can own by definition; everything else needs `--allow-public`."""

_OCTET = re.compile(r"^(\*|\d{1,3}|\d{1,3}-\d{0,3}|-\d{1,3})$")
_NAME = re.compile(
    r"^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?$"
)


def is_name(text: str) -> bool:
    """True for a host name, which has to be resolved before it can be parsed."""
    return bool(_NAME.match(text)) and bool(re.search(r"[A-Za-z]", text)) and ":" not in text


def parse(text: str, *, limit: int) -> tuple[IPNetwork, ...]:
    """One target → networks. Raises UsageError naming the text, also above `limit` addresses."""
    if text.count(".") == 3 and re.search(r"[-*,]", text):
        return _ranges(text, limit)
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise UsageError(
            f"target {text!r} is not an address, a network (10.0.0.0/24), "
            "a range (10.0.0-3.1-254) or a host name"
        ) from None
    if network.num_addresses > limit:
        raise UsageError(_too_large(text, network.num_addresses, limit))
    return (network,)


def _too_large(text: str, addresses: int, limit: int) -> str:
    return (
        f"target {text!r} holds {addresses:,} addresses, more than the limit of {limit:,}; "
        "name smaller networks, or raise --max-hosts if this is really meant"
    )


def _ranges(text: str, limit: int) -> tuple[IPNetwork, ...]:
    octets = [sorted(_octet(part, text)) for part in text.split(".")]
    size = prod(len(values) for values in octets)
    if size > limit:
        raise UsageError(_too_large(text, size, limit))
    last = list(_runs(octets[3]))
    return tuple(
        network
        for a, b, c in product(*octets[:3])
        for low, high in last
        for network in summarize_address_range(
            IPv4Address(bytes((a, b, c, low))), IPv4Address(bytes((a, b, c, high)))
        )
    )


def _octet(part: str, text: str) -> set[int]:
    values: set[int] = set()
    for piece in part.split(","):
        if not _OCTET.match(piece):
            raise UsageError(f"target {text!r}: {piece!r} is not an octet or a range of octets")
        low, dash, high = ("0", "-", "255") if piece == "*" else piece.partition("-")
        first, end = int(low or 0), int((high or 255) if dash else low)
        if not first <= end <= 255:
            raise UsageError(f"target {text!r}: {piece!r} does not run upwards within 0-255")
        values.update(range(first, end + 1))
    return values


def _runs(values: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = previous = values[0]
    for value in values[1:]:
        if value != previous + 1:
            yield start, previous
            start = value
        previous = value
    yield start, previous


def collapse(networks: Iterable[IPNetwork]) -> tuple[IPNetwork, ...]:
    """The same addresses in the fewest networks, IPv4 first."""
    every = list(networks)
    v4 = collapse_addresses(n for n in every if isinstance(n, IPv4Network))
    v6 = collapse_addresses(n for n in every if isinstance(n, IPv6Network))
    return (*v4, *v6)


def check(target: Target, *, allow_public: bool) -> Target:
    """The same target, or UsageError when nothing is left, too much is left, or it is public."""
    if not target.networks:
        raise UsageError("no target: name an address, a network or a file of them (-iL)")
    if not allow_public:
        for network in target.networks:
            if not any(_inside(network, own) for own in OWN_RANGES):
                raise UsageError(
                    f"{network} is not a private range; scan only networks of your own. "
                    "If this public range is yours, add --allow-public"
                )
    left = size(target)
    if left == 0:
        raise UsageError("the exclusions leave no address to scan")
    if left > target.limits.max_hosts:
        raise UsageError(_too_large("all targets", left, target.limits.max_hosts))
    return target


def _inside(network: IPNetwork, other: IPNetwork) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]


def size(target: Target) -> int:
    """Number of addresses in scope after exclusions."""
    return sum(n.num_addresses for n in remaining(target))


def remaining(target: Target) -> tuple[IPNetwork, ...]:
    """The scope with the exclusions cut out, as networks."""
    left = list(target.networks)
    for excluded in target.excluded:
        left = [piece for network in left for piece in _cut(network, excluded)]
    return collapse(left)


def _cut(network: IPNetwork, excluded: IPNetwork) -> Iterator[IPNetwork]:
    if _inside(network, excluded):
        return
    if _inside(excluded, network):
        yield from network.address_exclude(excluded)  # type: ignore[arg-type]
    else:
        yield network


def in_own_range(address: str) -> bool:
    """True when the address lies in a private, link-local or loopback range."""
    return any(ip_address(address) in n for n in OWN_RANGES)
