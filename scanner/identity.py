"""What tells one device from another: its hardware addresses, then its serial number, then where
it was seen. docs/identity.md has the rules.
"""

from collections.abc import Iterable

ROUTERS = ("00005e0001", "00005e0002", "00000c07ac", "00000c9ff", "000573a00", "0007b400")
"""Addresses that move between machines: VRRP (RFC 9568), HSRP (RFC 2281), HSRPv2, GLBP."""
MIN_SERIAL, MIN_VARIETY = 6, 3
COUNTING = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SEPARATORS = str.maketrans("", "", ":-.")
_HEX = frozenset("0123456789abcdef")


def mac_digits(mac: str) -> str | None:
    """Twelve lower-case hex digits of a unicast address in any usual spelling, else None."""
    digits = mac[:32].strip().lower().translate(_SEPARATORS)
    if len(digits) != 12 or not set(digits) <= _HEX:
        return None
    is_group = int(digits[:2], 16) & 0x01
    return None if is_group or digits == "0" * 12 else digits


def mac_text(mac: str) -> str:
    """The address in lower case with colons; empty when it is not one of a single device."""
    digits = mac_digits(mac)
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2)) if digits else ""


def is_local(mac: str) -> bool:
    """True for a locally administered address (IEEE 802): made up by software, of no maker."""
    digits = mac_digits(mac)
    return digits is not None and bool(int(digits[:2], 16) & 0x02)


def is_virtual(mac: str) -> bool:
    """True for an address that routers hand to one another."""
    return (mac_digits(mac) or "").startswith(ROUTERS)


def tells_devices_apart(mac: str) -> bool:
    """True for an address that its maker gave to one network card and to no other."""
    return mac_digits(mac) is not None and not is_local(mac) and not is_virtual(mac)


def serial_text(serial: str) -> str:
    """The serial number as compared; empty for what looks like a placeholder."""
    text = "".join(serial.split()).upper()
    is_filler = len(set(text)) < MIN_VARIETY or text in COUNTING or text in COUNTING[1:10] + "0"
    return "" if len(text) < MIN_SERIAL or is_filler else text


def keys(macs: Iterable[str], serial: str, site: str, ip: str) -> tuple[str, ...]:
    """What names a device across scans, best first; without a mark, where it was seen.

    `mac:44:19:b6:00:00:01`, `serial:0A00000PAG00020`, `address:hq-1:192.0.2.10`.
    """
    hardware = (f"mac:{mac}" for mac in macs if tells_devices_apart(mac))
    known = (*hardware, *([f"serial:{serial}"] if serial else ()))
    return known or (f"address:{site}:{ip}",)
