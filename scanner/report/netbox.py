"""CSV for NetBox's bulk import, with the columns of its import forms (NetBox 4.2 or newer).

As a file: the devices. As a folder: also what they refer to and what refers to them, numbered in
the order of import. Devices and interfaces refer to one another by name, so names are unique and
the same everywhere. NetBox shows comments as Markdown.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from ipaddress import ip_interface

from scanner.model import Finding, ScanReport
from scanner.report import exchange, figures, md, wording
from scanner.report.csv import cell, row
from scanner.report.formats import About, Format, Page, Templates

ABOUT = About(
    holds="devices for NetBox's bulk import; as a folder with all they refer to",
    readers="network engineers who keep NetBox",
    opened_with="NetBox 4.2 or newer: Import, file by file in their order",
    ending="netbox.csv",
)
NAME, TITLE, SERIAL, SUMMARY = 64, 100, 50, 200
"""Characters NetBox allows: names of devices, other names, serial numbers, descriptions."""
UNKNOWN = "Unknown"
INTERFACE = "network"
"""Nobody told what the device calls its interface."""
Rows = Iterator[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class NetBoxFormat:
    """The devices for NetBox."""

    name: str = "netbox"
    about: About = ABOUT
    numbered: str = ""

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """The devices alone. No template is needed."""
        del templates
        return map(row, _Import(report).devices())

    def pages(self, report: ScanReport, templates: Templates) -> Iterator[Page]:
        """One file for each of NetBox's import forms."""
        del templates
        made = _Import(report)
        forms: tuple[tuple[str, Callable[[], Rows]], ...] = (
            ("1-sites", made.sites),
            ("2-manufacturers", made.manufacturers),
            ("3-device-roles", made.roles),
            ("4-device-types", made.types),
            ("5-devices", made.devices),
            ("6-interfaces", made.interfaces),
            ("7-mac-addresses", made.macs),
            ("8-ip-addresses", made.addresses),
        )
        for name, rows in forms:
            yield Page(f"{name}.csv", map(row, rows()))


class _Import:
    """The rows of each form, the heading first."""

    def __init__(self, report: ScanReport) -> None:
        self._report = report

    def sites(self) -> Rows:
        yield ("name", "slug", "status")
        for name in dict.fromkeys(map(_site, self._report.devices)):
            yield (name, slug(name), "active")

    def manufacturers(self) -> Rows:
        yield ("name", "slug")
        for name in dict.fromkeys(map(_manufacturer, self._report.devices)):
            yield (name, slug(name))

    def roles(self) -> Rows:
        yield ("name", "slug", "color")
        for name in dict.fromkeys(map(_role, self._report.devices)):
            yield (name, slug(name), "9e9e9e")

    def types(self) -> Rows:
        yield ("manufacturer", "model", "slug", "u_height")
        kinds = ((_manufacturer(device), _type(device)) for device in self._report.devices)
        for maker, model in dict.fromkeys(kinds):
            yield (maker, model, slug(f"{maker} {model}"), "0")

    def devices(self) -> Rows:
        yield (
            "name", "role", "manufacturer", "device_type", "serial", "status", "site",
            "description", "comments",
        )  # fmt: skip
        for name, device in self._named:
            yield (
                name,
                _role(device),
                _manufacturer(device),
                _type(device),
                _serial(device),
                "active",
                _site(device),
                _summary(device),
                cell(_comments(device, self._report)),
            )

    def interfaces(self) -> Rows:
        yield ("device", "name", "type", "description")
        for name, device in self._named:
            yield (name, INTERFACE, "other", _cut(device.place, SUMMARY))

    def macs(self) -> Rows:
        yield ("mac_address", "device", "interface", "is_primary")
        for name, device in self._named:
            if known := exchange.mac(device.mac):
                yield (known, name, INTERFACE, "true")

    def addresses(self) -> Rows:
        yield ("address", "status", "device", "interface", "is_primary", "description")
        for name, device in self._named:
            if known := exchange.ip(device.ip):
                yield (str(ip_interface(known)), "active", name, INTERFACE, "true", _seen(device))

    @cached_property
    def _named(self) -> tuple[tuple[str, Finding], ...]:
        """The devices with names that NetBox, which ignores case, takes for different ones."""
        taken: set[str] = set()
        named = []
        for number, device in enumerate(self._report.devices, 1):
            name = _cut(device.hostname or device.ip, NAME)
            if name.lower() in taken or not name:
                name = f"{_cut(device.ip, NAME - 10)} #{number}"
            taken.add(name.lower())
            named.append((name, device))
        return tuple(named)


def slug(text: str) -> str:
    """Letters, digits and hyphens; a digest tells apart what is then the same."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[: TITLE - 10]
    if plain.replace("-", " ") == text.lower():
        return plain
    return f"{plain}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}".strip("-")


def _cut(text: str, limit: int) -> str:
    return cell(text[:limit])[:limit].rstrip()


def _site(device: Finding) -> str:
    return _cut(device.site, TITLE) or UNKNOWN


def _manufacturer(device: Finding) -> str:
    return _cut(figures.maker_label(device), TITLE) or UNKNOWN


def _role(device: Finding) -> str:
    return _cut(device.product_class, TITLE) or UNKNOWN


def _type(device: Finding) -> str:
    return _cut(device.model, TITLE) or f"{UNKNOWN} {_role(device)}"[:TITLE]


def _serial(device: Finding) -> str:
    """Whole or not at all: a part of a serial number is another one."""
    return cell(device.serial) if len(cell(device.serial)) <= SERIAL else ""


def _seen(device: Finding) -> str:
    seen = wording.moment(device.last_seen)
    return _cut(f"Seen by camcensus {seen}", SUMMARY) if seen else ""


def _summary(device: Finding) -> str:
    titles = ", ".join(dict.fromkeys(match.title for match in device.listings))
    said = f"{wording.LABELS[device.verdict]}: {titles}" if titles else ""
    return _cut(said or wording.LABELS[device.verdict], SUMMARY)


def _comments(device: Finding, report: ScanReport) -> str:
    return " ".join(_said(device, report))


def _said(device: Finding, report: ScanReport) -> Iterable[str]:
    """What a reader of NetBox needs to judge the entry, as Markdown on one line."""
    if device.firmware:
        yield f"Firmware {md.said(device.firmware)}."
    if device.serial and not _serial(device):
        yield f"Serial number {md.said(device.serial, 400)}."
    yield from (md.said(reason, 400) for reason in device.reasons)
    for match in device.listings:
        yield md.plain(wording.listing(match))
        yield md.plain(wording.ANSWERS[match.applicability])
        if match.waiver:
            yield md.plain(wording.waiver(match))
    yield md.plain(f"Editions: {wording.editions(report)}. {wording.NOTICE}")


FORMAT: Format = NetBoxFormat()
