"""Dahua's older discovery (binary, UDP 5050): search out; a head with texts behind it in.

Laid out after public implementations; no capture of a device is public. What it says is the same
as in DHIP and has the same field names.
"""

import re
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address

from scanner.collect.wire.text import text

PORT = 5050
MAX_TEXT = 256
"""Characters kept of one value."""

_SEARCH = bytes.fromhex("a3010001 00000000 00000000 00000000 02000000 00000000 00000000 00000000")
_HEAD = struct.Struct("<B39x16s4s4s4s26xHHH")
"""First byte; short device type; IP, mask and gateway; HTTP, HTTPS and TCP port."""
_REPLY = 0xB3
_TEXTS = 0x40
"""The texts begin behind the addresses; where exactly is not relied on."""
_MAC = re.compile(rb"((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})([^\r\n\0]{0,256})")
_LABEL = re.compile(rb"(Name|Device|IPv6Addr|SerialNo):([^\r\n\0]{0,256})")
_LABELS = {b"Name": "machinename", b"Device": "devicetype", b"SerialNo": "serialno"}


def search() -> bytes:
    """The search: 32 bytes, always the same."""
    return _SEARCH


def fields(data: bytes) -> tuple[tuple[str, str], ...]:
    """`dhip.<key>` and its value, the first of each; empty for anything else. Never raises."""
    mac = _MAC.search(data, _TEXTS)
    if len(data) < _HEAD.size or data[0] != _REPLY or not mac:
        return ()
    found: dict[str, str] = {}
    for name, value in (*_texts(data, mac), *_head(data)):
        if value:
            found.setdefault(f"dhip.{name}", value[:MAX_TEXT])
    return tuple(found.items())


def _texts(data: bytes, mac: re.Match[bytes]) -> Iterator[tuple[str, str]]:
    """The device type follows the address, and the first labelled text follows the type."""
    yield "mac", text(mac[1])
    kind = _LABEL.split(mac[2], maxsplit=1)[0]
    yield "devicetype", text(kind).strip()
    for label in _LABEL.finditer(data, mac.end(1) + len(kind)):
        if name := _LABELS.get(label[1]):
            yield name, text(label[2]).strip()


def _head(data: bytes) -> Iterator[tuple[str, str]]:
    _, kind, ip, mask, gateway, http, https, tcp = _HEAD.unpack_from(data)
    yield "devicetype", text(kind.partition(b"\0")[0]).strip()
    yield "ipv4address.ipaddress", str(IPv4Address(ip))
    yield "ipv4address.subnetmask", str(IPv4Address(mask))
    yield "ipv4address.defaultgateway", str(IPv4Address(gateway))
    for name, port in (("httpport", http), ("httpsport", https), ("port", tcp)):
        yield name, str(port) if port else ""
