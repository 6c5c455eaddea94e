"""Ethernet frames by hand, for tests of what reads them."""

import struct
from ipaddress import ip_address

CAMERA = bytes.fromhex("9c8ecd000001")
ROUTER = bytes.fromhex("02005e100001")
EVERYBODY = b"\xff" * 6


def ethernet(
    kind: int, payload: bytes, *, mac: bytes = CAMERA, tags: tuple[int, ...] = ()
) -> bytes:
    """A frame to all; `tags` are VLAN numbers, outermost first."""
    vlan = b"".join(struct.pack("!HH", 0x8100, tag) for tag in tags)
    return EVERYBODY + mac + vlan + struct.pack("!H", kind) + payload


def arp(ip: str, mac: bytes = CAMERA, *, operation: int = 1, hardware: int = 1) -> bytes:
    """The body of a request or reply (RFC 826) from that sender."""
    form = struct.pack("!HHBBH", hardware, 0x0800, 6, 4, operation)
    return form + mac + ip_address(ip).packed + bytes(6) + bytes((192, 0, 2, 1))


def ipv4(
    source: str, target: str, protocol: int, payload: bytes, *, hops: int = 64, fragment: int = 0
) -> bytes:
    """A packet without options; its checksum is left zero."""
    ends = ip_address(source).packed + ip_address(target).packed
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, fragment, hops, protocol, 0)
    return head + ends + payload


def ipv6(source: str, target: str, protocol: int, payload: bytes, *, hops: int = 64) -> bytes:
    """A packet without extension headers."""
    ends = ip_address(source).packed + ip_address(target).packed
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, hops) + ends + payload


def udp(source: int, target: int, payload: bytes) -> bytes:
    """A datagram; its checksum is left zero."""
    return struct.pack("!HHHH", source, target, 8 + len(payload), 0) + payload


def said_by(ip: str, port: int, payload: bytes, *, to: str = "192.0.2.5", hops: int = 64) -> bytes:
    """A frame with a datagram from that address and port."""
    return ethernet(0x0800, ipv4(ip, to, 17, udp(port, 40000, payload), hops=hops))
