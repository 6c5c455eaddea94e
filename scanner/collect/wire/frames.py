"""Frames of a network → what they say of the hosts that sent them. Nothing is asked of anybody.

`pick` takes a frame apart cheaply and drops what is of no interest; `read` understands the rest.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NamedTuple

from scanner.collect.wire import (
    address,
    dahua_5050,
    dhcp,
    dhip,
    mdns,
    sadp,
    sadp_l2,
    ssdp,
    wsd,
)

Fields = tuple[tuple[str, str], ...]


class Link(IntEnum):
    """Kinds of frame, by the numbers capture files use (tcpdump.org/linktypes.html)."""

    ETHERNET = 1
    RAW = 101
    LINUX_COOKED = 113
    IPV4 = 228
    IPV6 = 229
    LINUX_COOKED_2 = 276


@dataclass(frozen=True, slots=True)
class Message:
    """One message worth reading: its protocol, who sent it, and what is in it.

    `mac` is empty where the frame may have come through a router. Of DHCP, whoever sent it, it is
    the client's and `ip` is empty.
    """

    protocol: str
    ip: str
    mac: str
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message says of one host. `wanted` is the address a DHCP client asks for."""

    protocol: str
    ip: str
    mac: str = ""
    hostname: str = ""
    fields: Fields = ()
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class _Form:
    """A link layer header: its size, where it has the type and the sender's hardware address."""

    size: int
    type_at: int | None = None
    mac_at: int = 0


class _Packet(NamedTuple):
    """A frame without its link layer header: the type, the sender, and where the rest begins."""

    kind: int
    mac: bytes
    frame: bytes
    at: int


class _Sender(NamedTuple):
    """Who sent a packet. `near` when it cannot have come through a router."""

    ip: bytes
    mac: bytes
    near: bool

    def addresses(self) -> tuple[str, str]:
        """As text, the hardware address only where it is the sender's own."""
        return address.internet(self.ip), address.hardware(self.mac) if self.near else ""


_FORMS: dict[int, _Form] = {
    Link.ETHERNET: _Form(14, 12, 6),
    Link.LINUX_COOKED: _Form(16, 14, 6),
    Link.LINUX_COOKED_2: _Form(20, 0, 12),
    Link.RAW: _Form(0),
    Link.IPV4: _Form(0),
    Link.IPV6: _Form(0),
}
LINKS = frozenset(_FORMS)

_IPV4, _ARP, _IPV6 = 0x0800, 0x0806, 0x86DD
_VERSIONS = {4: _IPV4, 6: _IPV6}
_TAGS = frozenset({0x8100, 0x88A8})
_MAX_TAGS = 2
_TYPE = struct.Struct("!H")
_ARP_BODY = struct.Struct("!HHBBH6s4s")
_ARP_FORM = [1, _IPV4, 6, 4]
_IPV4_HEAD = struct.Struct("!BxHxxHBBxx4s4s")
_IPV6_HEAD = struct.Struct("!4xHBB16s16s")
_UDP_HEAD = struct.Struct("!HHH2x")
_IGMP, _UDP, _ICMPV6 = 2, 17, 58
_EXTENSIONS = frozenset({0, 43, 60})
"""IPv6 headers that may stand before the payload: hop-by-hop, routing, destination options."""
_UNROUTED = 255
"""A packet that still has all its hops came through no router (RFC 5082)."""
_LOCAL_GROUPS = (b"\xff\xff\xff\xff", b"\xe0\x00\x00", b"\xff\x02")
"""255.255.255.255, 224.0.0.0/24 and ff02::/16 are never routed,"""
_LOCAL_SENDERS = (b"\xa9\xfe", b"\xfe\x80")
"""and neither is what link-local addresses send."""
_NEIGHBOUR_TYPES = frozenset({131, 133, 134, 135, 136, 143})
"""ICMPv6: listener reports, router and neighbour messages (RFC 2710, 4861, 3810)."""
PORTS = {
    dhcp.SERVER_PORT: "dhcp",
    dhcp.CLIENT_PORT: "dhcp",
    mdns.PORT: "mdns",
    ssdp.PORT: "ssdp",
    wsd.PORT: "wsd",
    sadp.PORT: "sadp",
    dhip.PORT: "dhip",
    dahua_5050.PORT: "dahua-5050",
}
"""UDP port → the protocol spoken there."""


def pick(frame: bytes, link: int = Link.ETHERNET) -> Message | None:
    """The message of the frame, None when it is of no interest here. Never raises."""
    packet = _unwrap(frame, link)
    reader = _KINDS.get(packet.kind) if packet else None
    return reader(packet) if packet and reader else None


def read(message: Message) -> Heard | None:
    """What the message says, None when nothing of its sender. Never raises."""
    return _READERS[message.protocol](message)


def _unwrap(frame: bytes, link: int) -> _Packet | None:
    form = _FORMS.get(link)
    if form is None or len(frame) <= form.size:
        return None
    if form.type_at is None:
        return _Packet(_VERSIONS.get(frame[0] >> 4, 0), b"", frame, 0)
    kind, at = _TYPE.unpack_from(frame, form.type_at)[0], form.size
    for _ in range(_MAX_TAGS):
        if kind in _TAGS and at + 4 <= len(frame):
            kind, at = _TYPE.unpack_from(frame, at + 2)[0], at + 4
    return _Packet(kind, frame[form.mac_at : form.mac_at + 6], frame, at)


def _arp(packet: _Packet) -> Message | None:
    """The sender of a request or reply (RFC 826); who has no address yet says nothing."""
    if packet.at + _ARP_BODY.size > len(packet.frame):
        return None
    *form, _, sender, packed = _ARP_BODY.unpack_from(packet.frame, packet.at)
    ip, mac = address.internet(packed), address.hardware(sender)
    return Message("arp", ip, mac) if form == _ARP_FORM and ip and mac else None


def _sadp(packet: _Packet) -> Message | None:
    """The layer 2 form, as an Ethernet frame without tags."""
    sender = address.hardware(packet.mac)
    head = bytes(6) + packet.mac + _TYPE.pack(sadp_l2.ETHERTYPE)
    return Message("sadp-l2", "", sender, head + packet.frame[packet.at :]) if sender else None


def _ipv4(packet: _Packet) -> Message | None:
    frame, at = packet.frame, packet.at
    if at + _IPV4_HEAD.size > len(frame):
        return None
    first, length, fragment, hops, protocol, sender, target = _IPV4_HEAD.unpack_from(frame, at)
    size = (first & 0x0F) * 4
    reader = _PROTOCOLS.get(protocol)
    if reader is None or first >> 4 != 4 or size < _IPV4_HEAD.size or fragment & 0x1FFF:
        return None
    near = hops == _UNROUTED or protocol == _IGMP or _is_local(sender, target)
    payload = frame[at + size : at + max(size, length)]
    return reader(_Sender(sender, packet.mac, near), payload)


def _ipv6(packet: _Packet) -> Message | None:
    frame, at = packet.frame, packet.at
    if at + _IPV6_HEAD.size > len(frame):
        return None
    length, protocol, hops, sender, target = _IPV6_HEAD.unpack_from(frame, at)
    start = at + _IPV6_HEAD.size
    end = min(len(frame), start + length)
    for _ in _EXTENSIONS:
        if protocol in _EXTENSIONS and start + 8 <= end:
            protocol, start = frame[start], start + 8 + 8 * frame[start + 1]
    reader = _PROTOCOLS.get(protocol)
    if reader is None:
        return None
    near = hops == _UNROUTED or _is_local(sender, target)
    return reader(_Sender(sender, packet.mac, near), frame[start:end])


def _is_local(sender: bytes, target: bytes) -> bool:
    return sender.startswith(_LOCAL_SENDERS) or target.startswith(_LOCAL_GROUPS)


def _udp(sender: _Sender, data: bytes) -> Message | None:
    if len(data) <= _UDP_HEAD.size:
        return None
    source, target, length = _UDP_HEAD.unpack_from(data)
    protocol = PORTS.get(source) or PORTS.get(target)
    if protocol is None:
        return None
    payload = data[_UDP_HEAD.size : max(_UDP_HEAD.size, length)]
    if protocol == "dhcp":
        return Message(protocol, "", address.hardware(payload[dhcp.CLIENT]), payload)
    ip, mac = sender.addresses()
    return Message(protocol, ip, mac, payload) if ip else None


def _igmp(sender: _Sender, data: bytes) -> Message | None:
    ip, mac = sender.addresses()
    return Message("igmp", ip, mac, data) if ip else None


def _icmpv6(sender: _Sender, data: bytes) -> Message | None:
    ip, mac = sender.addresses()
    is_known = bool(data) and data[0] in _NEIGHBOUR_TYPES
    return Message("nd", ip, mac) if is_known and ip and mac else None


_KINDS: dict[int, Callable[[_Packet], Message | None]] = {
    _ARP: _arp,
    _IPV4: _ipv4,
    _IPV6: _ipv6,
    sadp_l2.ETHERTYPE: _sadp,
}
_PROTOCOLS: dict[int, Callable[[_Sender, bytes], Message | None]] = {
    _UDP: _udp,
    _IGMP: _igmp,
    _ICMPV6: _icmpv6,
}


def _presence(message: Message) -> Heard:
    return Heard(message.protocol, message.ip, message.mac)


def _dhcp(message: Message) -> Heard | None:
    said = dhcp.parse(message.payload)
    if said is None:
        return None
    return Heard("dhcp", said.ip, said.mac, said.hostname, said.fields, said.wanted)


def _mdns(message: Message) -> Heard | None:
    others = mdns.elsewhere([message.payload], message.ip)
    hostname = mdns.hostname(message.payload, message.ip)
    heard = _said(message, mdns.fields(message.payload, others))
    if heard is None and not hostname:
        return None
    return replace(heard or _presence(message), hostname=hostname)


def _wsd(message: Message) -> Heard | None:
    said = wsd.parse(message.payload)
    return _said(message, said.fields() if said else ())


def _layer_2_sadp(message: Message) -> Heard | None:
    said = sadp_l2.parse(message.payload)
    ip = address.ip(said.ip) if said else ""
    return Heard("sadp", ip, message.mac, fields=said.fields) if said and ip else None


def _groups(message: Message) -> Heard | None:
    """Groups the host joins (RFC 2236, 3376): which discovery protocols it listens to."""
    data = message.payload
    joined = [data[4:8]] if data[:1] in (b"\x12", b"\x16") else list(_joined(data))
    names = [".".join(map(str, g)) for g in joined if len(g) == 4 and 224 <= g[0] < 240]
    return _said(message, tuple(("igmp.group", name) for name in dict.fromkeys(names)))


def _joined(data: bytes) -> Iterator[bytes]:
    """Groups of a version 3 report of which it wants something."""
    count = int.from_bytes(data[6:8]) if data[:1] == b"\x22" else 0
    at = 8
    for _ in range(count):
        if at + 8 > len(data):
            return
        kind, words, sources = data[at], data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if kind in (2, 4) or (kind in (1, 3, 5) and sources):
            yield data[at + 4 : at + 8]
        at += 8 + 4 * (sources + words)


def _said(message: Message, fields: Fields, protocol: str = "") -> Heard | None:
    who = (protocol or message.protocol, message.ip, message.mac)
    return Heard(*who, fields=fields) if fields else None


_READERS: dict[str, Callable[[Message], Heard | None]] = {
    "arp": _presence,
    "nd": _presence,
    "dhcp": _dhcp,
    "mdns": _mdns,
    "wsd": _wsd,
    "igmp": _groups,
    "ssdp": lambda m: _said(m, ssdp.fields(m.payload)),
    "sadp": lambda m: _said(m, sadp.fields(m.payload)),
    "sadp-l2": _layer_2_sadp,
    "dhip": lambda m: _said(m, dhip.fields(m.payload)),
    "dahua-5050": lambda m: _said(m, dahua_5050.fields(m.payload), "dhip"),
}
