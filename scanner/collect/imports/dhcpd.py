"""Leases of the ISC DHCP server (dhcpd.leases(5)): the last declaration of a lease counts."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from scanner.collect.api import Import, Imported, OddLine, Remark
from scanner.collect.tables import Entry, Leases, LineImport, quoted, utc
from scanner.collect.wire.text import text
from scanner.model import utc_text

NAME = "dhcpd"
MAX_STATEMENTS = 256
"""Statements kept of one lease; honest ones have about fifteen."""

_LEASE = re.compile(r"lease\s+(\S+)\s*\{")
_DHCPV6 = re.compile(r"ia-(?:na|ta|pd)\s.*\{")
_STATEMENT = re.compile(
    r"(hardware ethernet|client-hostname|binding state|cltt|starts|set [\w-]+)(?: =)?\s+(.*?);"
)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_CLASSES = ("set vendor-class-identifier", "set vendor-class")
_ACTIVE = frozenset({"active", ""})
"""States of a lease in use; old servers wrote none."""


def _read(lines: Iterable[str]) -> Iterator[Imported]:
    leases = Leases(NAME)
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        words = line.strip()
        if lease := _LEASE.match(words):
            found = _statements(numbered)
            if found is None:
                yield Remark(f"The lease of line {number} has no end.", partial=True)
                break
            active = found.get("binding state", "") in _ACTIVE
            yield from leases.put(number, _entry(lease[1], found), active=active)
        elif _DHCPV6.match(words):
            yield OddLine(number, f"leases of IPv6 are not read: {quoted(words)}")
    yield from leases.records()


def _statements(lines: Iterator[tuple[int, str]]) -> dict[str, str] | None:
    """Statements up to the closing brace, none of nested blocks; None when the file ends."""
    found: dict[str, str] = {}
    depth = 1
    for _, line in lines:
        words = line.strip()
        depth += words.endswith("{") - words.startswith("}")
        if depth == 0:
            return found
        statement = _STATEMENT.match(words) if depth == 1 else None
        if statement and len(found) < MAX_STATEMENTS:
            found[statement[1]] = statement[2]
    return None


def _entry(ip: str, found: dict[str, str]) -> Entry:
    name = _string(found.get("client-hostname", ""))
    vendor_class = next((_string(found[k]) for k in _CLASSES if k in found), "")
    return Entry(
        ip,
        found.get("hardware ethernet", ""),
        name,
        _time(found.get("cltt") or found.get("starts", "")),
        (("dhcp.hostname", name), ("dhcp.vendor_class", vendor_class)),
    )


def _string(value: str) -> str:
    """A string without its quotes; `\\ooo` is a byte, `\\"` a quote."""
    inner = value.strip('"').encode("utf-8", "backslashreplace")
    return text(_ESCAPE.sub(_unescaped, inner))


def _unescaped(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    return bytes([int(code, 8) & 0xFF]) if len(code) == 3 else code


def _time(value: str) -> str | None:
    """`4 2026/11/19 10:00:00` (UTC) or `epoch 1795082400`."""
    words = value.split()
    if words[:1] == ["epoch"] and len(words) > 1:
        return utc(words[1])
    try:
        moment = datetime.strptime(" ".join((*words[1:], "+0000")), "%Y/%m/%d %H:%M:%S %z")
    except ValueError:
        return None
    return utc_text(moment)


IMPORT: Import = LineImport(NAME, "leases of the ISC DHCP server (dhcpd.leases)", _read)
