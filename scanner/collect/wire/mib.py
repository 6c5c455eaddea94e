"""Columns of standard MIBs → who is known at which port. Rows are `[index, value]`, still hostile.

RFC 4293 (IP), 4188 (BRIDGE), 4363 (Q-BRIDGE), 2863 (IF), IEEE 802.1AB (LLDP). An index is the rest
of the object id in dotted form; a value is a number, an object id, or octets as hex digits.
"""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address

from scanner.collect.wire.text import text

SYS_DESCR, SYS_OBJECT_ID = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
BRIDGE_ADDRESS = "1.3.6.1.2.1.17.1.1.0"
IF_NAME = "1.3.6.1.2.1.31.1.1.1.1"
ARP = "1.3.6.1.2.1.4.22.1.2"
"""ipNetToMediaPhysAddress: ifIndex, IPv4 address."""
NEIGHBOURS = "1.3.6.1.2.1.4.35.1.4"
"""ipNetToPhysicalPhysAddress: ifIndex, address type, length, address."""
BASE_PORT = "1.3.6.1.2.1.17.1.4.1.2"
"""dot1dBasePortIfIndex: bridge port."""
FDB_PORT, FDB_STATUS = "1.3.6.1.2.1.17.4.3.1.2", "1.3.6.1.2.1.17.4.3.1.3"
"""dot1dTpFdb: MAC."""
VLAN_FDB_PORT, VLAN_FDB_STATUS = "1.3.6.1.2.1.17.7.1.2.2.1.2", "1.3.6.1.2.1.17.7.1.2.2.1.3"
"""dot1qTpFdb: filtering database (a VLAN or several), MAC."""
LLDP_PORT_ID, LLDP_PORT_DESCR = "1.0.8802.1.1.2.1.3.7.1.3", "1.0.8802.1.1.2.1.3.7.1.4"
"""lldpLocPort: LLDP's own port number."""
LLDP_CAPABILITIES = "1.0.8802.1.1.2.1.4.1.1.12"
"""lldpRemSysCapEnabled: time mark, local port number, remote index."""

SCALARS = (SYS_DESCR, SYS_OBJECT_ID, SYS_NAME, BRIDGE_ADDRESS)
COLUMNS = (
    ARP, NEIGHBOURS, FDB_PORT, FDB_STATUS, VLAN_FDB_PORT, VLAN_FDB_STATUS, BASE_PORT, IF_NAME,
    LLDP_CAPABILITIES, LLDP_PORT_ID, LLDP_PORT_DESCR,
)  # fmt: skip
INVALID, LEARNED, OWN = 2, 3, 4
"""dot1dTpFdbStatus: aged out, seen in traffic, and the bridge's own address (`self`)."""
_BRIDGE, _ACCESS_POINT, _ROUTER, _TELEPHONE = 0x20, 0x10, 0x08, 0x04
"""Bits of the first octet of an LLDP capability map."""

Address = IPv4Address | IPv6Address
Row = Sequence[object]
Rows = Iterable[Row]


def mac(value: object) -> str | None:
    """The hardware address of one interface, lower case with colons; None for all else."""
    octets = _octets(value)
    if octets is None or len(octets) != 6 or octets[0] & 0x01 or not any(octets):
        return None
    return octets.hex(":")


def name(value: object) -> str:
    """Octets as text without NULs and outer blanks; empty when there is none."""
    return text((_octets(value) or b"").replace(b"\0", b"")).strip()


def arp(rows: Rows) -> Iterator[tuple[Address, str]]:
    """(address, MAC) of `ARP`."""
    for index, value in _pairs(rows):
        address, found = _v4(index[1:]), mac(value)
        if address and found:
            yield address, found


def neighbours(rows: Rows) -> Iterator[tuple[Address, str]]:
    """(address, MAC) of `NEIGHBOURS`; the zone of an IPv6 address is left out."""
    for index, value in _pairs(rows):
        kind, size, octets = index[1:2], index[2:3], index[3:]
        address: Address | None = None
        if (kind, size) in (((1,), (4,)), ((3,), (8,))):
            address = _v4(octets[:4])
        elif (kind, size) in (((2,), (16,)), ((4,), (20,))):
            address = _v6(octets[:16])
        found = mac(value)
        if address and found and len(octets) == size[0]:
            yield address, found


def stations(rows: Rows) -> dict[tuple[int, ...], tuple[str, int]]:
    """Of a column of either forwarding table: index → (MAC, value)."""
    found = {}
    for index, value in _pairs(rows):
        octets = _bytes(index[-6:])
        address = mac(octets.hex()) if octets else None
        if address and isinstance(value, int):
            found[index] = address, value
    return found


def numbers(rows: Rows) -> dict[int, int]:
    """Of a column of numbers indexed by one number."""
    return {i[0]: v for i, v in _pairs(rows) if len(i) == 1 and isinstance(v, int)}


def names(rows: Rows) -> dict[int, str]:
    """Of a column of texts indexed by one number, empty ones left out."""
    found = {i[0]: name(v) for i, v in _pairs(rows) if len(i) == 1}
    return {number: said for number, said in found.items() if said}


def forwarders(rows: Rows) -> frozenset[int]:
    """LLDP's numbers of ports behind which a switch or router announces itself.

    Access points and telephones forward too, but what hangs on them hangs on this port.
    """
    return frozenset(
        index[1]
        for index, value in _pairs(rows)
        if len(index) == 3 and _forwards(_octets(value) or b"\0")
    )


def _forwards(capabilities: bytes) -> bool:
    bits = capabilities[0]
    return bool(bits & (_BRIDGE | _ROUTER)) and not bits & (_ACCESS_POINT | _TELEPHONE)


def _pairs(rows: Rows) -> Iterator[tuple[tuple[int, ...], object]]:
    for row in rows:
        if len(row) == 2 and (index := _index(row[0])):
            yield index, row[1]


def _index(value: object) -> tuple[int, ...]:
    parts = value.split(".") if isinstance(value, str) else []
    if not all(p.isascii() and p.isdigit() and len(p) <= 10 for p in parts):
        return ()
    return tuple(map(int, parts))


def _octets(value: object) -> bytes | None:
    try:
        return bytes.fromhex(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _bytes(numbers: Sequence[int]) -> bytes | None:
    return bytes(numbers) if len(numbers) == 6 and max(numbers) <= 0xFF else None


def _v4(index: Sequence[int]) -> IPv4Address | None:
    return IPv4Address(bytes(index)) if len(index) == 4 and max(index) <= 0xFF else None


def _v6(index: Sequence[int]) -> IPv6Address | None:
    return IPv6Address(bytes(index)) if len(index) == 16 and max(index) <= 0xFF else None
