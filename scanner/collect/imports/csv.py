"""A plain CSV of one's own: column `ip`, and any of the others.

ip            address of the device (required)
mac           its hardware address, empty when it is not known
hostname      its name
vendor_class  what it calls itself to a DHCP server
switch, port  where it is plugged in
at            when this was true: ISO 8601 with a time zone
<field>       any column named like an observation (`onvif.model`, `http.server`) is one
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from scanner.collect.api import Import, Imported, OddLine
from scanner.collect.tables import Entry, LineImport, quoted, records, rows
from scanner.collect.wire import address
from scanner.model import utc_text

NAME = "csv"

_COLUMNS = frozenset({"ip", "mac", "hostname", "at"})
_OBSERVED = {"vendor_class": "dhcp.vendor_class", "switch": "switch.name", "port": "switch.port"}
_FIELD = re.compile(r"[a-z0-9_]{1,32}(?:\.[a-z0-9_]{1,64}){1,3}")


def _column(name: str) -> str | None:
    if name in _COLUMNS or _FIELD.fullmatch(name):
        return name
    return _OBSERVED.get(name)


def _read(lines: Iterable[str]) -> Iterator[Imported]:
    for row in rows(lines, _column, "ip"):
        if isinstance(row, OddLine):
            yield row
            continue
        number, values = row
        at, mac = values.get("at", ""), values.get("mac", "")
        moment = _time(at)
        if at and not moment:
            yield OddLine(number, f"{quoted(at)} is no time with a time zone; the rest is used")
        if address.mac(mac) == "":
            yield OddLine(number, f"{quoted(mac)} is no single device's; the line is not used")
        yield from records(NAME, number, _entry(values, moment))


def _entry(values: Mapping[str, str], at: str | None) -> Entry:
    said = tuple(item for item in values.items() if item[0] not in _COLUMNS)
    return Entry(values["ip"], values.get("mac", ""), values.get("hostname", ""), at, said)


def _time(value: str) -> str | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return utc_text(moment.astimezone(UTC)) if moment.tzinfo else None
    except OverflowError:
        return None


IMPORT: Import = LineImport(NAME, "own CSV: ip,mac,hostname,vendor_class,switch,port,at", _read)
