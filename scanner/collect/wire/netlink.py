"""rtnetlink (RFC 3549): dump requests, and their answers as links, addresses and neighbours.

The kernel speaks native byte order. Whoever asks owns the socket; `dump` only needs its ends.
"""

import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_NEIGHBOUR = struct.Struct("=BxxxiHBB")
_REQUEST_DUMP = 0x301
_ERROR, _DONE = 2, 3
_TYPE_BITS = 0x3FFF
_IPV4, _IPV6 = 2, 10
_FAMILY = {4: _IPV4, 6: _IPV6}
_WIDTH = {_IPV4: 4, _IPV6: 16}

IFF_UP, IFF_LOOPBACK, IFF_POINTOPOINT, IFF_RUNNING = 0x1, 0x8, 0x10, 0x40
IFF_NOARP, IFF_MULTICAST = 0x80, 0x1000
_ETHERNET = 1
_RESOLVED = 0x02 | 0x04 | 0x08 | 0x10 | 0x80
"""Neighbour states that hold an answer: reachable, stale, delay, probe, permanent."""

_CACHED = 0x01 | 0x02 | 0x04 | 0x08 | 0x10
"""Neighbour states that may be in use: incomplete, reachable, stale, delay, probe."""
_USE = struct.Struct("=IIII")
"""`struct nda_cacheinfo`: ages since confirmed, used and updated in 1/100 s, and references."""
_SETTLED = 500
"""Age since updated below which the kernel drops an entry not even from a full table."""


class Dump(IntEnum):
    """What can be asked for; the value is the request's message type, two above the answer's."""

    LINKS = 18
    ADDRESSES = 22
    NEIGHBOURS = 30


_BODY = {Dump.LINKS: _LINK, Dump.ADDRESSES: _ADDRESS, Dump.NEIGHBOURS: _NEIGHBOUR}


@dataclass(frozen=True, slots=True)
class Link:
    """A network interface. `kind` is empty for hardware; `mac` is empty where ARP is not spoken.

    `master` is the index of the bridge or bond it belongs to, 0 for none; `foreign` is true when
    its other end lives in another network namespace.
    """

    index: int
    name: str
    flags: int
    mac: str = ""
    kind: str = ""
    master: int = 0
    foreign: bool = False

    @property
    def usable(self) -> bool:
        """True when the interface is switched on and has a carrier."""
        return self.flags & (IFF_UP | IFF_RUNNING) == IFF_UP | IFF_RUNNING


@dataclass(frozen=True, slots=True)
class Address:
    """An IPv4 address of this machine on the link with that index."""

    index: int
    address: str
    prefix: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A neighbour the kernel has a hardware address for; `address` is without a zone."""

    index: int
    address: str
    mac: str


def dump(
    what: Dump,
    send: Callable[[bytes], object],
    receive: Callable[[], bytes],
    version: int = 4,
) -> bytes:
    """All messages of one dump; `send` and `receive` are those of a netlink socket."""
    send(request(what, version))
    answer = part = receive()
    while part and not any(kind in (_ERROR, _DONE) for kind, _ in _messages(part)):
        part = receive()
        answer += part
    return answer


def request(what: Dump, version: int = 4) -> bytes:
    """The dump request; `version` is 4 or 6, where there is a choice."""
    family = 0 if what is Dump.LINKS else _FAMILY[version]
    body = bytes((family,)).ljust(_BODY[what].size, b"\0")
    return _HEADER.pack(_HEADER.size + len(body), what, _REQUEST_DUMP, 1, 0) + body


def links(answer: bytes) -> Iterator[Link]:
    """Interfaces of a `Dump.LINKS` answer."""
    for (_, hardware, index, flags, _), found in _bodies(answer, Dump.LINKS):
        silent = flags & (IFF_LOOPBACK | IFF_POINTOPOINT | IFF_NOARP)
        mac = found.get(1, b"") if hardware == _ETHERNET and not silent else b""
        yield Link(
            index=index,
            name=_text(found.get(3, b"")),
            flags=flags,
            mac=mac.hex(":") if len(mac) == 6 else "",
            kind=_text(_attributes(found.get(18, b"")).get(1, b"")),
            master=int.from_bytes(found.get(10, b"")[:4], sys.byteorder),
            foreign=37 in found,
        )


def addresses(answer: bytes) -> Iterator[Address]:
    """IPv4 addresses of a `Dump.ADDRESSES` answer, the local end where there are two."""
    for (family, prefix, _, _, index), found in _bodies(answer, Dump.ADDRESSES):
        address = found.get(2) or found.get(1, b"")
        if family == _IPV4 and len(address) == 4 and prefix <= 32:
            yield Address(index, _dotted(address), prefix)


def neighbours(answer: bytes) -> Iterator[Neighbour]:
    """Resolved entries of a `Dump.NEIGHBOURS` answer."""
    for (family, index, state, _, _), found in _bodies(answer, Dump.NEIGHBOURS):
        address, mac = found.get(1, b""), found.get(2, b"")
        is_whole = len(address) == _WIDTH.get(family) and len(mac) == 6
        if is_whole and state & _RESOLVED:
            yield Neighbour(index, str(ip_address(address)), mac.hex(":"))


def neighbours_in_use(answer: bytes) -> int:
    """IPv4 entries of a `Dump.NEIGHBOURS` answer that the kernel cannot drop to make room."""
    in_use = 0
    for (family, _, state, _, _), found in _bodies(answer, Dump.NEIGHBOURS):
        use = found.get(3, b"")
        if family == _IPV4 and state & _CACHED and len(use) == _USE.size:
            _, _, updated, references = _USE.unpack(use)
            in_use += references > 0 or updated < _SETTLED
    return in_use


def is_container_link(link: Link) -> bool:
    """True for our end of a veth pair whose other end is in another network namespace."""
    return link.kind == "veth" and link.foreign


def is_inner_bridge(link: Link, every: Sequence[Link]) -> bool:
    """True for a bridge without a hardware port: containers or virtual machines, not the LAN."""
    ports = [other for other in every if other.master == link.index]
    return link.kind == "bridge" and all(port.kind for port in ports)


def nature(link: Link, every: Sequence[Link]) -> str:
    """What kind of interface this is and how that is known; empty for ordinary hardware."""
    if is_container_link(link):
        return "container link (a veth whose other end is in another network namespace)"
    if is_inner_bridge(link, every):
        return "bridge of containers or virtual machines (none of its ports is hardware)"
    if link.kind == "bridge":
        return "bridge with a hardware port"
    return f"virtual interface (the kernel calls it {link.kind})" if link.kind else ""


def _bodies(answer: bytes, what: Dump) -> Iterator[tuple[tuple[int, ...], dict[int, bytes]]]:
    """The fixed part and the attributes of each message that answers the request."""
    fixed = _BODY[what]
    for kind, body in _messages(answer):
        if kind == what - 2 and len(body) >= fixed.size:
            yield fixed.unpack_from(body), _attributes(body[fixed.size :])


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, offset)
        if length < _HEADER.size:
            return
        yield kind, data[offset + _HEADER.size : offset + length]
        offset += _aligned(length)


def _attributes(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < _ATTRIBUTE.size:
            break
        found[kind & _TYPE_BITS] = data[offset + _ATTRIBUTE.size : offset + length]
        offset += _aligned(length)
    return found


def _aligned(length: int) -> int:
    return (length + 3) & ~3


def _dotted(address: bytes) -> str:
    return ".".join(map(str, address))


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode("utf-8", "backslashreplace")
