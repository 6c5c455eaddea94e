"""CSV for a ServiceNow import set into the CMDB: headings are column names of `cmdb_ci_hardware`.

The identification rule of that class looks for the serial number, then the name; where neither is
known the MAC is the name. Transform maps match columns of the same name by themselves; let them
run the identification and reconciliation engine.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from scanner.model import Finding, ScanReport
from scanner.report import exchange, figures, wording
from scanner.report.csv import cell, row
from scanner.report.formats import About, Format, Templates

ABOUT = About(
    holds="devices for a ServiceNow import set into the CMDB",
    readers="whoever keeps the CMDB",
    opened_with="ServiceNow: Load Data, then a transform map",
    ending="servicenow.csv",
)
CLASSES = {"camera": "cmdb_ci_ip_camera"}
"""Of the CMDB CI Class Models application; everything else is hardware."""
SUMMARY = 160
"""Characters of a short description."""


def _summary(device: Finding) -> str:
    titles = ", ".join(dict.fromkeys(match.title for match in device.listings))
    said = f"{wording.LABELS[device.verdict]}: {titles}" if titles else ""
    return (said or wording.LABELS[device.verdict])[:SUMMARY]


COLUMNS: Mapping[str, Callable[[Finding], str]] = {
    "name": lambda d: d.hostname or exchange.mac(d.mac) or d.ip,
    "sys_class_name": lambda d: CLASSES.get(d.product_class, "cmdb_ci_hardware"),
    "serial_number": lambda d: d.serial,
    "mac_address": lambda d: exchange.mac(d.mac),
    "ip_address": lambda d: exchange.ip(d.ip),
    "manufacturer": figures.maker_label,
    "model_id": lambda d: d.model,
    "firmware_version": lambda d: d.firmware,
    "location": lambda d: d.site,
    "category": lambda d: d.product_class,
    "short_description": _summary,
    "first_discovered": lambda d: _moment(d.first_seen),
    "last_discovered": lambda d: _moment(d.last_seen),
    "discovery_source": lambda _: exchange.PRODUCT,
    "correlation_id": lambda d: d.identity,
}


@dataclass(frozen=True, slots=True)
class ServiceNowFormat:
    """The devices for the CMDB."""

    name: str = "servicenow"
    about: About = ABOUT

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """UTF-8 without a byte order mark, which would join the first heading. No template."""
        del templates
        yield row([*COLUMNS, "comments"])
        same = f"Editions: {wording.editions(report)}. {wording.NOTICE}"
        for device in report.devices:
            values = (cell(value(device)) for value in COLUMNS.values())
            yield row([*values, cell(_comments(device, same))])


def _moment(text: str) -> str:
    """`2026-11-23 10:00:00`, the form of ServiceNow's own exports, in UTC."""
    return wording.moment(text).removesuffix(" UTC")


def _comments(device: Finding, same: str) -> str:
    listings = (
        " ".join(
            filter(None, (wording.listing(m), wording.ANSWERS[m.applicability], wording.waiver(m)))
        )
        for m in device.listings
    )
    return " ".join((*device.reasons, *listings, same))


FORMAT: Format = ServiceNowFormat()
