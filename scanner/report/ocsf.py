"""OCSF 1.8.0 events for security data lakes, one a line: inventory of devices, findings.

Each device is a Device Inventory Info event (class 5001), each device and list a Compliance
Finding (class 2003). Its status is `Other`, with our verdict in words: a list says who a maker
is, whether a requirement is met the organisation decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanner.model import Applicability, Evidence, Finding, ListingMatch, ScanReport, Verdict
from scanner.remedy import finding_id
from scanner.report import exchange, figures, wording
from scanner.report.exchange import PRODUCT, short, without_nothing
from scanner.report.formats import About, Format, Templates
from scanner.report.json import line

ABOUT = About(
    holds="an inventory event a device, a finding for each device and list (OCSF 1.8.0)",
    readers="SIEMs and security data lakes",
    opened_with="any OCSF reader, JSON Lines",
    ending="ocsf.jsonl",
)
VERSION = "1.8.0"
CAMERAS = frozenset({"camera", "recorder", "door-station", "access-terminal", "encoder"})
IOT, OTHER, UNKNOWN = 7, 99, 0
INFORMATIONAL, LOW, MEDIUM = 1, 2, 3
SEVERITIES = {INFORMATIONAL: "Informational", LOW: "Low", MEDIUM: "Medium"}


@dataclass(frozen=True, slots=True)
class OcsfFormat:
    """The report for data lakes."""

    name: str = "ocsf"
    about: About = ABOUT

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """UTF-8, one event a line; the first also says which editions were used. No template."""
        del templates
        said = {"list_editions": short(wording.editions(report)), "notice": wording.NOTICE}
        for finding in report.devices:
            for event in _events(report, finding):
                event["unmapped"] = without_nothing(event["unmapped"] | said)
                said = {}
                yield line(event).encode() + b"\n"


def _events(report: ScanReport, finding: Finding) -> Iterator[dict[str, Any]]:
    device = _device(report, finding)
    yield {
        **_class(5, "Discovery", 5001, "Device Inventory Info"),
        **_activity(5001, 2, "Collect"),
        **_severity(INFORMATIONAL),
        **_about(report, finding, finding.identity),
        "device": device,
        "unmapped": _unmapped(finding),
    }
    evidences = [_evidence(each) for each in exchange.of_the_maker(finding)]
    for match in finding.listings:
        yield {**_finding(report, finding, match), "device": device, "evidences": evidences}


def _class(category: int, category_name: str, number: int, name: str) -> dict[str, Any]:
    return {
        "category_uid": category,
        "category_name": category_name,
        "class_uid": number,
        "class_name": name,
    }


def _activity(number: int, activity: int, name: str) -> dict[str, Any]:
    return {
        "activity_id": activity,
        "activity_name": name,
        "type_uid": number * 100 + activity,
    }


def _severity(number: int) -> dict[str, Any]:
    return {"severity_id": number, "severity": SEVERITIES[number]}


def _about(report: ScanReport, finding: Finding, name: str) -> dict[str, Any]:
    product = {
        "name": PRODUCT,
        "vendor_name": PRODUCT,
        "version": exchange.version(report),
    }
    metadata: dict[str, object] = {
        "version": VERSION,
        "product": product,
        "uid": short(name),
        "correlation_uid": short(report.run.run),
    }
    return {
        "time": _milliseconds(exchange.moment(report, finding.last_seen)),
        "metadata": without_nothing(metadata),
    }


def _milliseconds(moment: datetime) -> int:
    """Since 1970-01-01 UTC."""
    return int(moment.timestamp()) * 1000


def _device(report: ScanReport, finding: Finding) -> dict[str, object]:
    known = finding.product_class not in ("", "unknown", "other")
    kind = IOT if finding.product_class in CAMERAS else OTHER if known else UNKNOWN
    seen = {"first_seen_time": finding.first_seen, "last_seen_time": finding.last_seen}
    times = {key: exchange.moment(report, text) for key, text in seen.items() if text}
    return without_nothing(
        {
            "uid": short(finding.identity),
            "type_id": kind,
            "type": {IOT: "IOT", UNKNOWN: "Unknown"}.get(kind, short(finding.product_class)),
            "ip": exchange.ip(finding.ip),
            "mac": exchange.mac(finding.mac),
            "name": short(finding.hostname or finding.ip),
            "vendor_name": short(figures.maker_label(finding)),
            "model": short(finding.model),
            "mac_vendor": short(finding.registered_to),
            "hw_info": without_nothing({"serial_number": short(finding.serial)}),
            "os": _firmware(finding),
            **{key: _milliseconds(moment) for key, moment in times.items()},
        }
    )


def _firmware(finding: Finding) -> dict[str, object]:
    if not finding.firmware:
        return {}
    return {"name": "Firmware", "type_id": OTHER, "version": short(finding.firmware)}


def _unmapped(finding: Finding) -> dict[str, object]:
    return {
        "verdict": finding.verdict.value,
        "product_class": short(finding.product_class),
        "sold_as": short(figures.sold_as(finding)),
        "site": short(finding.site),
        "place": short(finding.place),
        "lists": list(dict.fromkeys(short(m.list_id) for m in finding.listings)),
        "reasons": [short(each) for each in finding.reasons],
        "contradictions": [short(each) for each in finding.contradictions],
        "incomplete": [short(each) for each in finding.incomplete],
        "open_ports": list(finding.open_ports),
    }


def _finding(report: ScanReport, finding: Finding, match: ListingMatch) -> dict[str, Any]:
    name = finding_id(finding.identity, match.list_id)
    return {
        **_class(2, "Findings", 2003, "Compliance Finding"),
        **_activity(2003, 1, "Create"),
        **_severity(_weight(finding, match)),
        **_about(report, finding, name),
        "status_id": 1,
        "status": "New",
        "message": short(f"{finding.ip} ({exchange.title(finding)}): {wording.listing(match)}"),
        "finding_info": {
            "uid": name,
            "title": short(f"{exchange.title(finding)}: {match.title}"),
            "desc": short(wording.listing(match)),
        },
        "compliance": {
            "control": short(match.list_id),
            "standards": [short(match.title)],
            "requirements": [short(match.citation)],
            "desc": short(match.effect),
            "status_id": OTHER,
            "status": finding.verdict.value,
            "status_details": [wording.ANSWERS[match.applicability], short(match.question)],
        },
        "unmapped": {
            "entity": short(match.entity),
            "listed_as": short(match.listed_as),
            "since": match.since.isoformat(),
            "edition": match.edition.isoformat(),
            "relation": match.relation.value,
            "path": short(match.path),
            "applicability": match.applicability.value,
            "waiver": short(wording.waiver(match)),
        },
    }


def _weight(finding: Finding, match: ListingMatch) -> int:
    if match.applicability is Applicability.DOES_NOT_APPLY:
        return INFORMATIONAL
    return MEDIUM if finding.verdict is Verdict.LISTED else LOW


def _evidence(each: Evidence) -> dict[str, Any]:
    return {
        "name": short(each.field),
        "data": {
            "rule": short(each.rule),
            "strength": each.strength.word,
            "value": short(each.value),
            "probe": short(each.probe),
            "port": each.port,
            "attribute": short(each.attribute),
            "asserted": short(each.asserted),
        },
    }


FORMAT: Format = OcsfFormat()
