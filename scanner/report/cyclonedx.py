"""CycloneDX 1.7 (ECMA-424) for asset and supply-chain tools: each device a hardware component.

MAC and serial number are properties of the `cdx:device` taxonomy, firmware is a component inside,
evidence an occurrence. What the lists say is an annotation of the components it is about.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from scanner.model import Evidence, Finding, ScanReport
from scanner.report import exchange, figures, wording
from scanner.report.exchange import PRODUCT, short, without_nothing
from scanner.report.formats import About, Format, Templates
from scanner.report.json import array, line

ABOUT = About(
    holds="devices as hardware components with MAC, serial, firmware, evidence (CycloneDX 1.7)",
    readers="asset and supply-chain tools",
    opened_with="Dependency-Track and other CycloneDX readers",
    ending="cdx.json",
)
SCHEMA = "http://cyclonedx.org/schema/bom-1.7.schema.json"


@dataclass(frozen=True, slots=True)
class CycloneDxFormat:
    """The report as a bill of materials."""

    name: str = "cyclonedx"
    about: About = ABOUT

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """UTF-8, one component a line. No template is needed."""
        del templates
        refs = _refs(report.devices)
        head = {"$schema": SCHEMA, "bomFormat": "CycloneDX", "specVersion": "1.7", "version": 1}
        yield f"{line(head).removesuffix('}')},\n".encode()
        yield f'"serialNumber":{line(_serial(report))},\n'.encode()
        yield f'"metadata":{line(_metadata(report))},\n'.encode()
        pairs = zip(refs, report.devices, strict=True)
        yield from array("components", (_component(ref, device) for ref, device in pairs))
        yield from array("annotations", _annotations(report, refs), end="")
        yield b"}\n"


def _refs(devices: Iterable[Finding]) -> list[str]:
    """A name for each component: the device's own, made distinct where two share it."""
    seen: set[str] = set()
    refs = []
    for number, device in enumerate(devices, 1):
        name = short(device.identity)
        refs.append(f"{name}#{number}" if name in seen else name)
        seen.add(name)
    return refs


def _serial(report: ScanReport) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{PRODUCT}:{report.run.run!r}:{report.as_of}')}"


def _moment(report: ScanReport) -> str:
    return exchange.moment(report).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tool(report: ScanReport) -> dict[str, str]:
    return {"type": "application", "name": PRODUCT, "version": exchange.version(report)}


def _metadata(report: ScanReport) -> dict[str, Any]:
    return {
        "timestamp": _moment(report),
        "lifecycles": [{"phase": "discovery"}],
        "tools": {"components": [_tool(report)]},
        "properties": _properties(
            {
                "camcensus:run": report.run.run,
                "camcensus:scope": ", ".join(report.coverage.scope),
                "camcensus:coverage": wording.coverage_line(report.coverage),
                "camcensus:as-of": report.as_of.isoformat(),
                "camcensus:editions": wording.editions(report),
                "camcensus:notice": wording.NOTICE,
            }
        ),
    }


def _properties(values: Mapping[str, str | None]) -> list[dict[str, str]]:
    return [{"name": name, "value": short(value)} for name, value in values.items() if value]


def _component(ref: str, device: Finding) -> dict[str, Any]:
    maker = short(figures.maker_label(device))
    occurrences = [_occurrence(each) for each in device.evidence]
    return without_nothing(
        {
            "type": "device",
            "bom-ref": ref,
            "manufacturer": {"name": maker} if maker else None,
            "name": short(device.model or device.product_class or "unknown"),
            "properties": _known(device),
            "evidence": {"occurrences": occurrences} if occurrences else None,
            "components": _firmware(ref, device),
        }
    )


def _known(device: Finding) -> list[dict[str, str]]:
    return _properties(
        {
            "cdx:device:macAddress": device.mac,
            "cdx:device:serialNumber": device.serial,
            "cdx:device:function": device.product_class,
            "camcensus:verdict": device.verdict.value,
            "camcensus:address": device.ip,
            "camcensus:hostname": device.hostname,
            "camcensus:site": device.site,
            "camcensus:place": device.place,
            "camcensus:sold-as": figures.sold_as(device),
            "camcensus:lists": ", ".join(dict.fromkeys(m.list_id for m in device.listings)),
            "camcensus:reasons": "; ".join(device.reasons),
            "camcensus:incomplete": "; ".join(device.incomplete),
            "camcensus:first-seen": device.first_seen,
            "camcensus:last-seen": device.last_seen,
        }
    )


def _firmware(ref: str, device: Finding) -> list[dict[str, str]]:
    if not device.firmware:
        return []
    name, version = f"Firmware of {device.model or 'the device'}", device.firmware
    parts = {"name": short(name), "version": short(version)}
    return [{"type": "firmware", "bom-ref": f"{ref}/firmware", **parts}]


def _occurrence(each: Evidence) -> dict[str, str]:
    port = "" if each.port is None else f", port {each.port}"
    return {
        "location": short(f"{each.probe}{port}: {each.field}"),
        "additionalContext": exchange.evidence(each),
    }


def _annotations(report: ScanReport, refs: Iterable[str]) -> Iterator[dict[str, Any]]:
    subjects: defaultdict[str, list[str]] = defaultdict(list)
    for ref, device in zip(refs, report.devices, strict=True):
        for said in dict.fromkeys(_said(device)):
            subjects[said].append(ref)
    for said, about in subjects.items():
        yield {
            "subjects": about,
            "annotator": {"component": _tool(report)},
            "timestamp": _moment(report),
            "text": said,
        }


def _said(device: Finding) -> Iterator[str]:
    """What the lists say of its maker, and whether that concerns the organisation."""
    for match in device.listings:
        words = (
            wording.listing(match),
            f"Joined because: {wording.RELATIONS[match.relation]}.",
            wording.ANSWERS[match.applicability],
            wording.waiver(match),
        )
        yield short(f"{wording.LABELS[device.verdict]}. {' '.join(filter(None, words))}")


FORMAT: Format = CycloneDxFormat()
