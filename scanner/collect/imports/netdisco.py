"""Nodes of Netdisco as CSV: downloads of its reports, and exports of its tables of nodes."""

from collections.abc import Iterable, Iterator, Mapping

from scanner.collect.api import Import, Imported, OddLine, Remark
from scanner.collect.tables import Entry, LineImport, records, rows

NAME = "netdisco"

_COLUMNS = {
    "mac": "mac", "mac address": "mac", "node mac": "mac",
    "ip": "ip", "node ip": "ip", "node": "ip", "ip address": "ip",
    "dns": "dns", "node dns": "dns",
    "device": "switch", "switch": "switch",
    "port": "port",
    "netbios": "netbios", "nbname": "netbios",
    "archived node": "archived", "archived ip": "archived_ip",
    "active": "active",
}  # fmt: skip
"""Headings of the IP inventory, the ports of a device, the node reports; names of the database."""
_NO_LONGER = {"archived": "y", "archived_ip": "y", "active": "f"}
"""Column → how its value begins when the node has been seen elsewhere since."""


def _read(lines: Iterable[str]) -> Iterator[Imported]:
    gone = homeless = 0
    for row in rows(lines, _COLUMNS.get, "mac"):
        if isinstance(row, OddLine):
            yield row
        elif any(row[1].get(k, "").lower().startswith(v) for k, v in _NO_LONGER.items()):
            gone += 1
        elif row[1].get("ip"):
            yield from records(NAME, row[0], _entry(row[1]))
        else:
            homeless += bool(row[1]["mac"])
    if gone:
        yield Remark(f"Archived nodes, left out: {gone}.")
    if homeless:
        yield Remark(f"Nodes without an IP address in the file, left out: {homeless}.")


def _entry(values: Mapping[str, str]) -> Entry:
    place = (("switch.name", values.get("switch", "")), ("switch.port", values.get("port", "")))
    said = (*place, ("netbios.name", values.get("netbios", "")))
    return Entry(values["ip"], values.get("mac", ""), values.get("dns", ""), said=said)


IMPORT: Import = LineImport(NAME, "nodes of Netdisco with their IP addresses, as CSV", _read)
