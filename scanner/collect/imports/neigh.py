"""What `ip neigh` of Linux prints, IPv4 and IPv6."""

from collections.abc import Iterable, Iterator

from scanner.collect.api import Import, Imported, OddLine
from scanner.collect.tables import Entry, LineImport, quoted, records

_NOBODY = frozenset({"FAILED", "INCOMPLETE", "NONE", "NOARP", "proxy"})
"""Addresses that nobody answered for, groups, and what this computer answers for others."""


def _read(lines: Iterable[str]) -> Iterator[Imported]:
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or not _NOBODY.isdisjoint(words):
            continue
        if "lladdr" in words[1:-1]:
            mac = words[words.index("lladdr", 1) + 1]
            yield from records("neigh", number, Entry(words[0], mac))
        else:
            yield OddLine(number, f"no hardware address (lladdr) in {quoted(line)}")


IMPORT: Import = LineImport("neigh", "the neighbour table of a Linux computer (ip neigh)", _read)
