"""NetBIOS node status (RFC 1002 section 4.2.17 and 4.2.18, UDP 137): a computer's own names."""

import struct
from collections.abc import Iterator

from scanner.collect.wire import address
from scanner.collect.wire.text import text

PORT = 137

_HEADER = struct.Struct("!HHHHHH")
_ANY_NAME = b"\x20CK" + b"A" * 30 + b"\0"
"""`*` padded with zeros, in the half-octet spelling of RFC 1001 section 14.1."""
_NBSTAT = 0x21
_RESPONSE = 0x8000
_RECORD = struct.Struct("!HHIH")
_ENTRY = struct.Struct("!15sBH")
_GROUP = 0x8000
_COMPUTER = frozenset({0x00, 0x20})
"""Suffixes of the workstation and file server services: names of the computer itself."""


def question(transaction: int) -> bytes:
    """A node status request for whatever names the host has; `transaction` is of 16 bits."""
    return _HEADER.pack(transaction, 0, 1, 0, 0, 0) + _ANY_NAME + struct.pack("!HH", _NBSTAT, 1)


def fields(data: bytes) -> tuple[tuple[str, str], ...]:
    """`netbios.name` and the claimed `netbios.mac` of a node status response. Never raises.

    Empty for anything else. Names of groups and of other services are left out.
    """
    names = _names(data)
    if names is None:
        return ()
    computer = [n for n, suffix, flags in _entries(names) if _is_computer(suffix, flags)]
    said = [("netbios.name", text(name.rstrip(b" \0"))) for name in computer]
    rest = names[1 + names[0] * _ENTRY.size :]
    said.append(("netbios.mac", address.hardware(rest[:6])))
    return tuple(dict.fromkeys(item for item in said if item[1]))


def _names(data: bytes) -> bytes | None:
    """The data of the one record: a count, the names, then statistics beginning with the MAC."""
    if len(data) < _HEADER.size:
        return None
    _, flags, questions, answers, _, _ = _HEADER.unpack_from(data)
    at = _HEADER.size + (2 if data[_HEADER.size : _HEADER.size + 1] >= b"\xc0" else len(_ANY_NAME))
    is_status = flags & _RESPONSE and (questions, answers) == (0, 1)
    if not is_status or at + _RECORD.size >= len(data):
        return None
    kind, _, _, length = _RECORD.unpack_from(data, at)
    at += _RECORD.size
    return (data[at : at + length] or None) if kind == _NBSTAT else None


def _entries(names: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(name, suffix, flags) as far as they are whole."""
    end = min(1 + names[0] * _ENTRY.size, len(names) - _ENTRY.size + 1)
    for at in range(1, end, _ENTRY.size):
        yield _ENTRY.unpack_from(names, at)


def _is_computer(suffix: int, flags: int) -> bool:
    return suffix in _COMPUTER and not flags & _GROUP
