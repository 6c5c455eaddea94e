"""Leases of a Windows DHCP server: `Get-DhcpServerv4Lease … | Export-Csv FILE`."""

from collections.abc import Iterable, Iterator

from scanner.collect.api import Import, Imported, OddLine, Remark
from scanner.collect.tables import Entry, LineImport, records, rows
from scanner.collect.wire import address

NAME = "windows-dhcp"

_COLUMNS = {name: name for name in ("ipaddress", "clientid", "hostname", "addressstate")}
_IN_USE = frozenset({"active", "activereservation", ""})


def _read(lines: Iterable[str]) -> Iterator[Imported]:
    idle = 0
    for row in rows(lines, _COLUMNS.get, "ipaddress"):
        if isinstance(row, OddLine):
            yield row
        elif row[1].get("addressstate", "").lower() in _IN_USE:
            yield from _lease(*row)
        else:
            idle += 1
    if idle:
        yield Remark(f"Addresses without an active lease, left out: {idle}.")


def _lease(number: int, values: dict[str, str]) -> Iterator[Imported]:
    """A client id is the hardware address, unless the client chose another."""
    mac = address.mac(values.get("clientid", "")) or ""
    name = values.get("hostname", "")
    said = (("dhcp.hostname", name),)
    yield from records(NAME, number, Entry(values["ipaddress"], mac, name, said=said))


IMPORT: Import = LineImport(NAME, "leases of a Windows server (Get-DhcpServerv4Lease)", _read)
