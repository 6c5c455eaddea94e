"""SARIF 2.1.0 (OASIS) for code and security dashboards: one result a device and list.

A rule is a list, an undetermined device is an open result, a waiver suppresses nothing: it stands
beside the result. Text of devices cannot act as a link or a placeholder of a message.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from scanner.model import Applicability, Finding, ListEdition, ListingMatch, ScanReport, Verdict
from scanner.remedy import finding_id
from scanner.report import exchange, figures, wording
from scanner.report.exchange import PRODUCT, short, without_nothing
from scanner.report.formats import About, Format, Templates
from scanner.report.json import array, line

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
ABOUT = About(
    holds="one result for each device and list, gaps as open results (SARIF 2.1.0)",
    readers="security dashboards and code forges",
    opened_with="GitHub and GitLab security pages, SARIF viewers",
    ending="sarif",
)
REVIEW, UNDETERMINED = "review", "undetermined"
"""Rules for what no list is joined to."""
_ACTING = str.maketrans({"\\": r"\\", "[": r"\[", "]": r"\]", "{": "{{", "}": "}}"})


@dataclass(frozen=True, slots=True)
class SarifFormat:
    """The report for dashboards."""

    name: str = "sarif"
    about: About = ABOUT

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """UTF-8, one result a line. No template is needed."""
        del templates
        yield f'{{"$schema":{line(SCHEMA)},"version":"2.1.0","runs":[{{\n'.encode()
        yield f'"tool":{line({"driver": _driver(report)})},\n'.encode()
        yield f'"automationDetails":{line(_automation(report))},\n'.encode()
        yield f'"invocations":[{line(_invocation(report))}],\n'.encode()
        yield f'"properties":{line(_properties(report))},\n'.encode()
        yield from array("results", _results(report), end="")
        yield b"}]}\n"


def _text(text: str) -> dict[str, str]:
    return {"text": short(text).translate(_ACTING)}


def _driver(report: ScanReport) -> dict[str, Any]:
    review, unknown = wording.MEANINGS[Verdict.REVIEW], wording.MEANINGS[Verdict.UNDETERMINED]
    own = ({"id": REVIEW, "shortDescription": _text(review)},)
    gap = ({"id": UNDETERMINED, "shortDescription": _text(unknown)},)
    rules = [*map(_rule, report.lists), *own, *gap]
    return {"name": PRODUCT, "version": exchange.version(report), "rules": rules}


def _rule(edition: ListEdition) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": edition.id,
        "name": short(edition.title),
        "shortDescription": _text(f"{edition.title} ({edition.citation})"),
        "fullDescription": _text(edition.effect or edition.title),
        "help": _text(f"{edition.question} {wording.age(edition)}"),
        "properties": {
            "authority": short(edition.authority),
            "edition": edition.edition.isoformat(),
            "checked": edition.checked.isoformat(),
            "overdue": edition.overdue,
        },
    }
    if edition.url.startswith("https://"):
        rule["helpUri"] = quote(edition.url, safe="/:?&=#%,;+~@!$'()*")
    return rule


def _automation(report: ScanReport) -> dict[str, str]:
    run = short(report.run.run) or "unnamed"
    return {
        "id": f"{PRODUCT}/{run}",
        "guid": str(uuid5(NAMESPACE_URL, f"{PRODUCT}:{run}:{report.as_of}")),
    }


def _invocation(report: ScanReport) -> dict[str, Any]:
    coverage = report.coverage
    gaps = (*coverage.limitations, *coverage.damaged_lines, *report.issues)
    told = [{"level": "warning", "message": _text(wording.coverage_line(coverage))}]
    told += [{"level": "note", "message": _text(gap)} for gap in gaps]
    return {
        "executionSuccessful": coverage.complete is not False,
        "startTimeUtc": _moment(report, report.run.started),
        "endTimeUtc": _moment(report, report.finished),
        "toolExecutionNotifications": told,
    }


def _moment(report: ScanReport, text: str) -> str:
    return exchange.moment(report, text).strftime("%Y-%m-%dT%H:%M:%SZ")


def _properties(report: ScanReport) -> dict[str, Any]:
    return {
        "asOf": report.as_of.isoformat(),
        "headline": short(wording.headline(report)),
        "editions": short(wording.editions(report)),
        "notice": wording.NOTICE,
    }


def _results(report: ScanReport) -> Iterator[dict[str, Any]]:
    for device in report.devices:
        about = _about(device)
        for match in device.listings:
            yield _result(device, about, match.list_id, wording.listing(match), match)
        if not device.listings and device.verdict is Verdict.REVIEW:
            yield _result(
                device, about, REVIEW, "; ".join(device.reasons) or "No reason was given."
            )
        if device.verdict is Verdict.UNDETERMINED:
            why = "; ".join(device.incomplete) or wording.MEANINGS[Verdict.UNDETERMINED]
            yield _result(device, about, UNDETERMINED, why)


def _result(
    device: Finding,
    about: dict[str, Any],
    rule: str,
    said: str,
    match: ListingMatch | None = None,
) -> dict[str, Any]:
    name = finding_id(device.identity, rule)
    return {
        "ruleId": short(rule),
        **_weight(device, match),
        "message": _text(f"{device.ip} ({exchange.title(device)}): {said}"),
        "locations": [_location(device)],
        "fingerprints": {"finding/v1": name},
        "partialFingerprints": {"primaryLocationLineHash": name},
        "properties": about | _joined(match),
    }


def _weight(device: Finding, match: ListingMatch | None) -> dict[str, str]:
    """Only a result of kind `fail` may have a level."""
    if device.verdict is Verdict.LISTED and match:
        spared = match.applicability is Applicability.DOES_NOT_APPLY
        return {"kind": "fail", "level": "note" if spared else "warning"}
    return {"kind": "review" if device.verdict is Verdict.REVIEW else "open", "level": "none"}


def _location(device: Finding) -> dict[str, Any]:
    return {
        "physicalLocation": {"artifactLocation": {"uri": f"device/{quote(short(device.ip), '')}"}},
        "logicalLocations": [
            {
                "name": short(device.ip) or "unnamed",
                "fullyQualifiedName": short(device.identity),
                "kind": "device",
            }
        ],
    }


def _about(device: Finding) -> dict[str, Any]:
    said: dict[str, object] = {
        "verdict": device.verdict.value,
        "maker": short(figures.maker_label(device)),
        "soldAs": short(figures.sold_as(device)),
        "model": short(device.model),
        "firmware": short(device.firmware),
        "serial": short(device.serial),
        "mac": short(device.mac or ""),
        "site": short(device.site),
        "place": short(device.place),
        "evidence": [exchange.evidence(each) for each in exchange.of_the_maker(device)],
    }
    return without_nothing(said)


def _joined(match: ListingMatch | None) -> dict[str, Any]:
    if match is None:
        return {}
    said: dict[str, object] = {
        "relation": match.relation.value,
        "path": short(match.path),
        "applicability": match.applicability.value,
        "waiver": short(wording.waiver(match)),
    }
    return without_nothing(said)


FORMAT: Format = SarifFormat()
