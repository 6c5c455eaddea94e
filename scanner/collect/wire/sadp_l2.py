"""Hikvision SADP without IP (EtherType 0x8033): inquiry out, inquiry response in.

Laid out after public implementations; no capture is public, so what newer devices append to the
response is not read. Fields have the names of the XML form.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from scanner.collect.wire.text import text

ETHERTYPE = 0x8033
OPTYPE, RESPONSE = 24, 4
"""Offset of the operation in an Ethernet frame, and its number in a response."""
MAX_FRAME = 514
"""Ethernet header and the largest message."""

_INQUIRY = 3
_EVERYBODY = b"\xff" * 6
_ETHERNET = struct.Struct("!6s6sH")
_FORM = bytes.fromhex("210201")
_HEAD = struct.Struct("!3sBIBBBBH6s4s6s4s4s")
"""Form, length, sequence, address sizes, optype, opcode, checksum; sender, receiver, mask."""
_NOBODY_YET = bytes(28)
"""Data of an inquiry: the sender's IPv6 address (none) and reserved bytes."""
_DEVICE = (
    ("devicesn", 48), ("devicetype", 4), ("commandport", 4), ("encodercount", 4),
    ("disknumber", 4), ("softwareversion", 48), ("dspversion", 48), ("boottime", 48),
)  # fmt: skip
"""Data of a response: names and sizes; what has four bytes is a number."""


@dataclass(frozen=True, slots=True)
class Response:
    """What answered: the IPv4 address it claims, the frame's hardware address, what it said."""

    ip: str
    mac: str
    fields: tuple[tuple[str, str], ...]


def inquiry(mac: bytes, address: bytes, sequence: int) -> bytes:
    """An Ethernet frame to all from that hardware and IPv4 address: optype 3, the only one sent."""
    length = _HEAD.size + len(_NOBODY_YET)
    ends = (mac, address, _EVERYBODY, bytes(4), bytes(4))

    def message(checksum: int) -> bytes:
        form = (_FORM, length, sequence, 6, 4, _INQUIRY, 0, checksum)
        return _HEAD.pack(*form, *ends) + _NOBODY_YET

    checked = message(_checksum(message(0)))
    return _ETHERNET.pack(_EVERYBODY, mac, ETHERTYPE) + checked


def parse(frame: bytes) -> Response | None:
    """A response frame, read as far as it goes; None for anything else. Never raises."""
    body = frame[_ETHERNET.size :]
    if len(body) < _HEAD.size or body[:1] != _FORM[:1] or frame[OPTYPE] != RESPONSE:
        return None
    _, source, ethertype = _ETHERNET.unpack_from(frame)
    if ethertype != ETHERTYPE:
        return None
    *_, mac, address, _, _, mask = _HEAD.unpack_from(body)
    ip = _dotted(address)
    claims = (("mac", mac.hex(":")), ("ipv4address", ip), ("ipv4subnetmask", _dotted(mask)))
    said = (*claims, *_device(body[_HEAD.size :]))
    return Response(ip, source.hex(":"), tuple((f"sadp.{k}", v) for k, v in said if v))


def _device(data: bytes) -> Iterator[tuple[str, str]]:
    at = 0
    for name, size in _DEVICE:
        value = data[at : at + size]
        at += size
        if len(value) == size:
            yield name, str(int.from_bytes(value, "big")) if size == 4 else _words(value)


def _words(value: bytes) -> str:
    return text(value.partition(b"\0")[0]).strip()


def _dotted(address: bytes) -> str:
    return str(IPv4Address(address))


def _checksum(message: bytes) -> int:
    """Complement of the sum of little-endian words, folded twice; the field itself being zero."""
    total: int = sum(word for (word,) in struct.iter_unpack("<H", message))
    total = (total >> 16) + (total & 0xFFFF)
    return ~((total >> 16) + total) & 0xFFFF
