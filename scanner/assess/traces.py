"""What in evidence tells one device, person or place from another: fields and forms."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

PLAIN = 12
"""Characters of a MAC without separators."""
SERIAL_FIELDS = frozenset({
    "sadp.devicesn", "dhip.serialno", "dhip.deviceid", "isapi.serialnumber", "dahua.serialnumber",
    "dahua.updateserial", "onvif.serial", "snmp.serial", "isapi.subserialnumber", "isapi.deviceid",
})  # fmt: skip
NAME_FIELDS = frozenset({
    "channel.name",
    "dhcp.hostname", "snmp.sysname", "snmp.syslocation", "snmp.syscontact", "netbios.name",
    "llmnr.name",
    "upnp.friendlyname", "mdns.instance", "mdns.host", "dhip.machinename", "isapi.devicename",
    "switch.name", "isapi.devicelocation",
})  # fmt: skip
MODEL_FIELDS = frozenset({
    "sadp.devicedescription", "dhip.devicetype", "isapi.model", "dahua.devicetype", "onvif.model",
    "upnp.modelname",
})  # fmt: skip
FINGERPRINT_OF_ONE = frozenset({"tls.sha256"})
"""Fields whose whole value tells one unit from all others."""
CONSTANT = frozenset({"192.0.0.64", "192.168.1.64", "192.168.1.108"})
"""Addresses that units have when they leave the factory; they tell nobody's network."""
HEX = "[0-9a-fA-F]"
MAC = re.compile(
    rf"(?<!{HEX})(?:{HEX}{{2}}(?P<sep>[:-]|%3[aA])(?:{HEX}{{2}}(?P=sep)){{4}}{HEX}{{2}}"
    rf"|{HEX}{{4}}\.{HEX}{{4}}\.{HEX}{{4}}|{HEX}{{12}})(?!{HEX})"
)
IPV4 = re.compile(r"(?<![\w.])(?<![A-Za-z]/)(?:\d{1,3}\.){3}\d{1,3}(?![\w])(?!\.\d)")
IPV6 = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")
UUID = re.compile(rf"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}")
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
CALLED = re.compile(r"^onvif://[^/]{1,80}/(?:name|location)/(?P<name>.+)$", re.DOTALL)
HARDWARE = re.compile(r"^onvif://[^/]{1,80}/hardware/(?P<model>.+)$", re.DOTALL)
ORGANISATION = re.compile(r"(?:^|[,+/ ])OU? ?= ?(?P<name>[^,+/]{1,200})")
COMMON_NAME = re.compile(r"(?:^|[,+/ ])CN ?= ?(?P<name>[^,+/]{1,200})")
AUTHORITY = re.compile(r"://(?P<name>[A-Za-z0-9._-]{1,200})")
TAIL = re.compile(r"(?<=IP Camera\()[0-9A-Za-z]{4,10}(?=\))|(?<![\w-])DS-[0-9A-F]{8}(?![\w-])")
LOGIN = re.compile(r"(?<=Login to )[0-9A-Za-z]{6,64}")
GRAMMAR = re.compile(r"^.*?20[0-9]{6}(?:AA|BB|CC|DD)(?:WR|CH|RR)[A-Z]{0,2}(?=[0-9])")
"""What comes before the unit's own number in a serial number that begins with model and date."""
NAMED_BY = (
    ("wsd.scope", CALLED), ("tls.subject", COMMON_NAME), ("tls.issuer", COMMON_NAME),
    ("tls.subject", ORGANISATION), ("tls.issuer", ORGANISATION),
    ("http.location", AUTHORITY), ("wsd.xaddr", AUTHORITY), ("ssdp.location", AUTHORITY),
)  # fmt: skip


def outside(span: tuple[int, int], marks: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of the span the longest mark in it leaves over."""
    start, end = span
    inside = [(max(a, start), min(b, end)) for a, b in marks if a < end and start < b]
    first, last = max(inside, key=lambda mark: mark[1] - mark[0], default=(end, end))
    return [(start, first), (last, end)]


def is_a_name(text: str) -> bool:
    """True for words of somebody's own; addresses are replaced as addresses."""
    return any(char.isalnum() for char in text) and not IPV4.fullmatch(text)


def is_nobodys(address: IPv4Address | IPv6Address) -> bool:
    """True for addresses that say nothing of a network."""
    return (
        address.is_loopback or address.is_multicast or address.is_unspecified
        or str(address) in CONSTANT or str(address).startswith("255.")
    )  # fmt: skip
