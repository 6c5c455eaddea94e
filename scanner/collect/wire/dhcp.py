"""DHCP (RFC 2131, options of RFC 2132; UDP 67 and 68): what a client says and what it is given."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from scanner.collect.wire import address
from scanner.collect.wire.text import text

SERVER_PORT, CLIENT_PORT = 67, 68
MAX_TEXT = 1024
"""Characters kept of one value: more than any option can hold, written out."""

CLIENT = slice(28, 34)
"""Where a message has the client's Ethernet address."""

_FIXED = struct.Struct("!xBBx4x4x4s4s4x4x16s192xI")
_COOKIE = 0x63825363
_ETHERNET = 1
_PAD, _END = 0, 255
_HOSTNAME, _REQUESTED, _KIND, _PARAMETERS, _VENDOR_CLASS = 12, 50, 53, 55, 60


class Kind(IntEnum):
    """Message types that tell something of the client (RFC 2132 section 9.6)."""

    DISCOVER = 1
    REQUEST = 3
    ACK = 5
    INFORM = 8


_KINDS = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Message:
    """One message about a client. `mac` is the client's also behind a relay.

    `ip` is the address it has or was given, `wanted` the one it asks for; empty when unknown.
    """

    kind: Kind
    mac: str
    ip: str
    wanted: str
    fields: tuple[tuple[str, str], ...]

    @property
    def hostname(self) -> str:
        """The name the client calls itself, empty when it does not say."""
        return dict(self.fields).get("dhcp.hostname", "")


def parse(data: bytes) -> Message | None:
    """The message, None when it is none of an Ethernet client. Never raises."""
    if len(data) < _FIXED.size:
        return None
    hardware, length, own, given, client, cookie = _FIXED.unpack_from(data)
    found = _options(data[_FIXED.size :])
    kind = found.get(_KIND, b"")
    mac = address.hardware(client[:6])
    if cookie != _COOKIE or (hardware, length) != (_ETHERNET, 6) or not mac:
        return None
    if len(kind) != 1 or kind[0] not in _KINDS:
        return None
    is_given = kind[0] == Kind.ACK
    return Message(
        Kind(kind[0]),
        mac,
        (address.internet(given) if is_given else "") or address.internet(own),
        address.internet(found.get(_REQUESTED, b"")),
        () if is_given else tuple(_fields(found).items()),
    )


def _fields(found: Mapping[int, bytes]) -> dict[str, str]:
    values = {
        "dhcp.hostname": text(found.get(_HOSTNAME, b"").strip(b"\0 ")),
        "dhcp.vendor_class": text(found.get(_VENDOR_CLASS, b"").strip(b"\0")),
        "dhcp.parameters": ",".join(map(str, found.get(_PARAMETERS, b""))),
    }
    return {name: value[:MAX_TEXT] for name, value in values.items() if value}


def _options(data: bytes) -> dict[int, bytes]:
    """Code → value, the first of each; what is cut off is left out."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 1 < len(data) and data[at] != _END:
        if data[at] == _PAD:
            at += 1
            continue
        code, end = data[at], at + 2 + data[at + 1]
        if end <= len(data):
            found.setdefault(code, data[at + 2 : end])
        at = end
    return found
