"""What `show arp` of Cisco (IOS, IOS XR, NX-OS, ASA) and of Junos prints, prompts included."""

import re
from collections.abc import Iterable, Iterator

from scanner.collect.api import Import, Imported, OddLine
from scanner.collect.tables import Entry, LineImport, quoted, records

_IP = re.compile(r"(?<!\S)\d{1,3}(?:\.\d{1,3}){3}(?!\S)")
_MAC = re.compile(
    r"(?<!\S)(?:[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}|(?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?!\S)",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"incomplete|[>#]\s*sh", re.IGNORECASE)
"""Addresses that nobody answered for, and the command itself."""
_PROMPT = re.compile(r"(?:\S{1,64}@)?([\w.-]{1,64})[>#]\s*sh")
_JUNOS = re.compile(r"\S{17}\s+\S+\s+(?P<name>\S+)(?:\s.*?\[(?P<port>[\w/.:-]{1,64})\])?")
"""Hardware and IP address, name or interface, and the port behind a routed interface."""
_INTERFACE = re.compile(r"[a-z]{2,5}(?:-\d+/\d+/\d+|\d*)\.\d+")


def _read(lines: Iterable[str]) -> Iterator[Imported]:
    switch = ""
    for number, line in enumerate(map(str.strip, lines), 1):
        ip, mac = _IP.search(line), _MAC.search(line)
        if prompt := _PROMPT.match(line):
            switch = prompt[1]
        if ip and mac:
            yield from records("show-arp", number, _entry(line, ip[0], mac[0], switch))
        elif (ip or mac) and not _NOBODY.search(line):
            yield OddLine(number, f"no IPv4 with a hardware address in {quoted(line)}")


def _entry(line: str, ip: str, mac: str, switch: str) -> Entry:
    """Only Junos says more: the name, and on which port of the switch the address lives."""
    junos = _JUNOS.match(line) if line.startswith(mac) else None
    if junos is None:
        return Entry(ip, mac)
    name, port = junos["name"], junos["port"] or ""
    is_name = name != ip and not _INTERFACE.fullmatch(name)
    place = (("switch.name", switch), ("switch.port", port)) if port else ()
    return Entry(ip, mac, name if is_name else "", said=place)


IMPORT: Import = LineImport("show-arp", "the ARP table of a Cisco or Juniper router", _read)
