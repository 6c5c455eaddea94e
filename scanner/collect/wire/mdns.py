"""Multicast DNS (RFC 6762, UDP 5353): the services a device announces (RFC 6763)."""

import struct
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from scanner.collect.wire.text import text

GROUP, PORT = "224.0.0.251", 5353
MAX_RECORDS = 128
"""Records of a message that are looked at; honest devices send about ten."""
MAX_TEXT = 255
"""Characters kept of one value: what a DNS name or a TXT string can have."""

Name = tuple[str, ...]
"""Labels, the root left out."""

_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_RESPONSE = 0x8000
_A, _PTR, _TXT, _AAAA, _SRV = 1, 12, 16, 28, 33
_MAX_LABELS = 128
_POINTER = 0xC0
_META: Name = ("_services", "_dns-sd", "_udp", "local")


@dataclass(frozen=True, slots=True)
class Record:
    """A resource record: owner, type, and where its data begins and ends in the message."""

    owner: Name
    kind: int
    start: int
    end: int


def fields(data: bytes, without: Collection[Name] = ()) -> tuple[tuple[str, str], ...]:
    """`mdns.service`, `mdns.instance` and `mdns.txt` of a response. Empty for anything else.

    `without` are instances to leave out, as `elsewhere` names them.
    """
    mine = (r for r in records(data) if not without or _subject(data, r) not in {_META, *without})
    found = ((n, v[:MAX_TEXT]) for r in mine for n, v in _said(data, r) if v)
    return tuple(dict.fromkeys(found))


def elsewhere(messages: Iterable[bytes], address: str) -> frozenset[Name]:
    """Instances whose host has other addresses than that, by the responses that came from it.

    Some routers repeat what is announced in other networks: that is not said of themselves.
    """
    own = ip_address(address).packed
    hosts: dict[Name, Name] = {}
    known: defaultdict[Name, set[bytes]] = defaultdict(set)
    for data in messages:
        for record in records(data):
            if record.kind == _SRV:
                hosts[_folded(record.owner)] = _folded(_name(data, record.start + 6)[0])
            elif record.end - record.start == len(own) and record.kind in (_A, _AAAA):
                known[_folded(record.owner)].add(data[record.start : record.end])
    return frozenset(i for i, host in hosts.items() if known[host] and own not in known[host])


def hostname(data: bytes, address: str) -> str:
    """The name under which the response lists that address, without the `.local`; else empty."""
    wanted = ip_address(address).packed
    for record in records(data):
        is_address = record.kind in (_A, _AAAA) and record.owner[1:] == ("local",)
        if is_address and data[record.start : record.end] == wanted:
            return record.owner[0][:MAX_TEXT]
    return ""


def records(data: bytes) -> Iterator[Record]:
    """Resource records of a response, as far as they are whole. Never raises."""
    if len(data) < _HEADER.size:
        return
    _, flags, questions, *counts = _HEADER.unpack_from(data)
    if not flags & _RESPONSE:
        return
    at = _HEADER.size
    for _ in range(min(questions, MAX_RECORDS)):
        at = _name(data, at)[1] + 4
    for _ in range(min(sum(counts), MAX_RECORDS)):
        owner, at = _name(data, at)
        if at + _RECORD.size > len(data):
            return
        kind, _, _, length = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        if at + length > len(data):
            return
        yield Record(owner, kind, at, at + length)
        at += length


def pointed(data: bytes, record: Record) -> Name:
    """The name that a record points to, such as a PTR."""
    return _name(data, record.start)[0]


def _subject(data: bytes, record: Record) -> Name:
    """The instance a record is about, folded; the owner where it is about none."""
    is_link = record.kind == _PTR and record.owner != _META
    return _folded(pointed(data, record) if is_link else record.owner)


def _folded(name: Name) -> Name:
    """For comparison: the case of letters makes no difference (RFC 6762 section 16)."""
    return tuple(label.lower() for label in name)


def _said(data: bytes, record: Record) -> Iterator[tuple[str, str]]:
    if record.kind == _PTR:
        target, _ = _name(data, record.start)
        yield from _named(target if record.owner == _META else record.owner)
        if record.owner != _META:
            yield from _named(target)
    elif record.kind in (_SRV, _TXT):
        yield from _named(record.owner)
        if record.kind == _TXT:
            yield from (("mdns.txt", s) for s in _strings(data[record.start : record.end]))


def _named(name: Name) -> Iterator[tuple[str, str]]:
    """`instance._service._tcp.local`, the instance being optional."""
    is_service = len(name) >= 3 and name[-1] == "local" and name[-2] in ("_tcp", "_udp")
    if is_service and name[-3].startswith("_"):
        yield "mdns.service", ".".join(name[-3:-1])
        if len(name) == 4:
            yield "mdns.instance", name[0]


def _strings(data: bytes) -> Iterator[str]:
    """Character strings of a TXT record (RFC 1035 section 3.3.14)."""
    at = 0
    while at < len(data):
        end = at + 1 + data[at]
        yield text(data[at + 1 : end])
        at = end


def _name(data: bytes, at: int) -> tuple[Name, int]:
    """A name and the offset behind it; pointers may only lead backwards (RFC 1035 section 4.1.4).

    A damaged name ends early, and behind it is the end of the message.
    """
    labels: list[str] = []
    behind, earliest = 0, at
    while at < len(data) and len(labels) < _MAX_LABELS:
        length = data[at]
        if length == 0:
            return tuple(labels), behind or at + 1
        if length < 64:
            labels.append(text(data[at + 1 : at + 1 + length]))
            at += 1 + length
            continue
        target = int.from_bytes(data[at : at + 2]) & 0x3FFF
        if length < _POINTER or at + 2 > len(data) or target >= earliest:
            break
        behind, at, earliest = behind or at + 2, target, target
    return tuple(labels), len(data)
