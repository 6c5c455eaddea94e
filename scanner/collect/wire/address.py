"""Hardware and IP addresses as tools and devices spell them → the one spelling of the evidence."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

MAX_TEXT = 64
"""Characters of the longest address with its zone, and some to spare."""

_WIDTHS = {6: 2, 3: 4, 1: 12}
"""Groups of a hardware address → hex digits of each."""
_SEPARATOR = re.compile(r"[:.-]")
_DIGITS = re.compile(r"[0-9a-f]{12}")
_BROADCAST = IPv4Address("255.255.255.255")


def mac(value: str) -> str | None:
    """Lower case with colons, from `0:1a:2B:…`, `00-1A-…`, `001a.2b3c.…` or plain digits.

    Empty for an address that is no single device's (group, all zero); None for anything else.
    """
    groups = _SEPARATOR.split(value.strip().lower()[:MAX_TEXT])
    width = _WIDTHS.get(len(groups), 0)
    if width == 2:
        groups = [g.zfill(2) if g else "" for g in groups]
    digits = "".join(groups)
    if any(len(g) != width for g in groups) or not _DIGITS.fullmatch(digits):
        return None
    return hardware(bytes.fromhex(digits))


def hardware(six: bytes) -> str:
    """Six bytes as text; empty for a group address, for zero and for any other length."""
    single = len(six) == 6 and any(six) and not six[0] & 1
    return six.hex(":") if single else ""


def ip(value: str) -> str | None:
    """Canonical text without zone; empty when it is no single host's; None for anything else."""
    try:
        address = ip_address(value.strip()[:MAX_TEXT].partition("%")[0])
    except ValueError:
        return None
    return _single(address)


def internet(packed: bytes) -> str:
    """Four or sixteen bytes as text; empty when it is no single host's, or of another length."""
    try:
        return _single(ip_address(packed))
    except ValueError:
        return ""


def derived(value: str) -> str:
    """Hardware address inside an IPv6 link-local one (RFC 4291 appendix A); else empty.

    Derived only: whoever made up the address may have written any.
    """
    try:
        packed = ip_address(value.strip()[:MAX_TEXT].partition("%")[0]).packed
    except ValueError:
        return ""
    is_made_of_one = packed[:8] == b"\xfe\x80" + bytes(6) and packed[11:13] == b"\xff\xfe"
    return hardware(bytes([packed[8] ^ 2]) + packed[9:11] + packed[13:]) if is_made_of_one else ""


def _single(address: IPv4Address | IPv6Address) -> str:
    nobody = address.is_multicast or address.is_unspecified or address == _BROADCAST
    return "" if nobody else str(address)
