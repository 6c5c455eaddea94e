"""The lease file of dnsmasq: expiry, hardware address, IP address, name, client id."""

from collections.abc import Iterable, Iterator

from scanner.collect.api import Import, Imported, OddLine
from scanner.collect.tables import Entry, LineImport, quoted, records

NAME = "dnsmasq"

_WORDS = 5


def _read(lines: Iterable[str]) -> Iterator[Imported]:
    """Rows behind the server's own `duid` are of IPv6 and have no hardware address."""
    is_ipv6 = False
    for number, line in enumerate(lines, 1):
        words = line.split()
        if words[:1] == ["duid"]:
            is_ipv6 = True
        elif len(words) == _WORDS and words[0].isdecimal():
            _, mac, ip, name, _ = words
            name = "" if name == "*" else name
            said = (("dhcp.hostname", name),)
            yield from records(NAME, number, Entry(ip, "" if is_ipv6 else mac, name, said=said))
        elif words:
            yield OddLine(number, f"not a lease: {quoted(line)}")


IMPORT: Import = LineImport(NAME, "leases of dnsmasq (dnsmasq.leases)", _read)
