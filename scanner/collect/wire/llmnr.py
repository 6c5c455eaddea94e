"""LLMNR (RFC 4795, UDP 5355): the name of whoever on the link has an IPv4 address."""

import struct
from ipaddress import IPv4Address

from scanner.collect.wire import mdns

GROUP, PORT = "224.0.0.252", 5355

_HEADER = struct.Struct("!HHHHHH")
_PTR, _INTERNET = 12, 1


def question(transaction: int, ip: str) -> bytes:
    """Who has that IPv4 address? For the group: one sent to its owner alone goes unanswered
    (RFC 4795 section 2.4). `transaction` is of 16 bits."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in _owner(ip))
    head = _HEADER.pack(transaction, 0, 1, 0, 0, 0)
    return head + labels + struct.pack("!BHH", 0, _PTR, _INTERNET)


def fields(data: bytes, ip: str) -> tuple[tuple[str, str], ...]:
    """`llmnr.name` from a response that names that address; empty for anything else."""
    wanted = _owner(ip)
    found = (
        mdns.pointed(data, record)
        for record in mdns.records(data)
        if record.kind == _PTR and tuple(label.lower() for label in record.owner) == wanted
    )
    names = (".".join(name)[: mdns.MAX_TEXT] for name in found)
    return tuple(dict.fromkeys(("llmnr.name", name) for name in names if name))


def _owner(ip: str) -> mdns.Name:
    return tuple(IPv4Address(ip).reverse_pointer.split("."))
