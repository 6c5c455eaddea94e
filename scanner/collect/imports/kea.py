"""The lease file of Kea, IPv4 and IPv6 (memfile CSV): the last row of an address counts."""

import csv
from collections.abc import Iterable, Iterator, Mapping

from scanner.collect.api import Import, Imported, OddLine
from scanner.collect.tables import Entry, Leases, LineImport, rows, utc

NAME = "kea"

_COLUMNS = {"address", "hwaddr", "hostname", "expire", "valid_lifetime", "state"}
_ASSIGNED = ("0", "")
_COMMA = "&#x2c"
"""How Kea writes a comma within a value."""


def _read(lines: Iterable[str]) -> Iterator[Imported]:
    leases = Leases(NAME)
    known = {name: name for name in _COLUMNS}
    for row in rows(lines, known.get, "address", quoting=csv.QUOTE_NONE):
        if isinstance(row, OddLine):
            yield row
            continue
        number, values = row
        assigned = values.get("state", "") in _ASSIGNED and values.get("valid_lifetime") != "0"
        yield from leases.put(number, _entry(values), active=assigned)
    yield from leases.records()


def _entry(values: Mapping[str, str]) -> Entry:
    name = values.get("hostname", "").replace(_COMMA, ",")
    return Entry(
        values["address"],
        values.get("hwaddr", ""),
        name,
        _time(values.get("expire", ""), values.get("valid_lifetime", "")),
        (("dhcp.hostname", name.rstrip(".")),),
    )


def _time(expire: str, lifetime: str) -> str | None:
    """When the client last spoke: the lease began then."""
    is_known = expire.isdecimal() and lifetime.isdecimal()
    return utc(int(expire) - int(lifetime)) if is_known else None


IMPORT: Import = LineImport(NAME, "leases of Kea (kea-leases4.csv, kea-leases6.csv)", _read)
