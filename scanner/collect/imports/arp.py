"""What `arp` prints: `arp -an` of Linux, BSD and macOS, `arp -n`, `arp -a` of Windows."""

import re
from collections.abc import Iterable, Iterator

from scanner.collect.api import Import, Imported, OddLine
from scanner.collect.tables import Entry, LineImport, quoted, records

_IP = re.compile(r"(?<![\w.:])\d{1,3}(?:\.\d{1,3}){3}(?![\w.:])")
_MAC = re.compile(
    r"(?<![\w.:-])[0-9a-f]{1,2}([:-])(?:[0-9a-f]{1,2}\1){4}[0-9a-f]{1,2}(?![\w:-])", re.IGNORECASE
)
_NAME = re.compile(r"([^\s()?][^\s()]*) \(")
_NOBODY = re.compile(r"incomplete|no entry|<.*>| --- 0x", re.IGNORECASE)
"""Addresses that nobody answered for, and the headings of interfaces that Windows prints."""


def _read(lines: Iterable[str]) -> Iterator[Imported]:
    for number, line in enumerate(lines, 1):
        ip, mac, name = _IP.search(line), _MAC.search(line), _NAME.match(line)
        if ip and mac:
            yield from records("arp", number, Entry(ip[0], mac[0], name[1] if name else ""))
        elif (ip or mac) and not _NOBODY.search(line):
            yield OddLine(number, f"no IPv4 with a hardware address in {quoted(line)}")


IMPORT: Import = LineImport("arp", "the ARP table of a computer (arp -an, arp -a)", _read)
