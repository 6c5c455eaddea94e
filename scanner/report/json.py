"""JSON of schema `report-1`: everything the report knows, nothing shortened.

Each key of the top level and each entry of its arrays stands on a line of its own, so that two
reports can be compared line by line and 100,000 devices never lie in memory as one text.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scanner.model import (
    AffiliateQuestion,
    Behind,
    Candidate,
    Coverage,
    Evidence,
    Finding,
    ListingMatch,
    Progress,
    RunInfo,
    ScanReport,
    Verdict,
    Waiver,
)
from scanner.remedy import finding_id
from scanner.report import remedy_json, wording
from scanner.report.figures import Tally, by_list, by_maker, by_verdict
from scanner.report.formats import About, Format, Templates

SCHEMA = "report-1"
_ACTING = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What JSON allows raw, but a terminal or an editor would act on."""


ABOUT = About(
    holds="everything the report knows, nothing shortened (schema report-1)",
    readers="programs, and comparing two reports line by line",
    opened_with="any JSON reader",
    ending="json",
)


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """The report for programs, and for comparing."""

    name: str = "json"
    about: About = ABOUT

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """UTF-8, keys in a fixed order, a newline at the end. No template is needed."""
        del templates
        yield f'{{"schema":{line(SCHEMA)},\n"run":{line(run(report))},\n'.encode()
        yield f'"coverage":{line(coverage(report.coverage))},\n'.encode()
        yield f'"summary":{line(summary(report))},\n'.encode()
        yield from array("devices", (device(d) for d in report.devices))
        yield from array("regimes", regimes(report))
        yield f'"profile":{line(profile(report))},\n'.encode()
        if report.history:
            yield from array("history", map(progress, report.history))
        yield from _plan(report)
        yield from array("issues", report.issues)
        yield f'"notice":{line(wording.NOTICE)}\n'.encode()
        yield b"}\n"


def _plan(report: ScanReport) -> Iterator[bytes]:
    if report.plan is None:
        yield b'"plan":null,\n'
        return
    outline = line(remedy_json.outline(report.plan)).removesuffix("}")
    yield f'"plan":{outline},\n'.encode()
    yield from array("items", (remedy_json.item(i, report) for i in report.plan.items), end="},")


def array(key: str, items: Iterable[object], end: str = ",") -> Iterator[bytes]:
    yield f'"{key}":['.encode()
    separator = "\n"
    for item in items:
        yield f"{separator}{line(item)}".encode()
        separator = ",\n"
    yield f"]{end}\n".encode()


def line(value: object) -> str:
    """One line of JSON in which nothing acts on a terminal or an editor."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _ACTING.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def progress(point: Progress) -> dict[str, Any]:
    """How things stood at the end of one run."""
    return {
        "at": point.at,
        "run": point.run,
        "verdicts": {verdict.value: number for verdict, number in point.verdicts},
        "states": {state.value: number for state, number in point.states},
    }


def run(report: ScanReport) -> dict[str, Any]:
    """Who scanned what, when, with which program and data."""
    info = report.run
    return {
        "ids": info.run.split(),
        "tool": report.tool,
        "collected_by": info.tool,
        "sensor": info.sensor,
        "started": info.started,
        "finished": report.finished,
        "as_of": report.as_of.isoformat(),
        "scope": info.scope,
        "excluded": info.excluded,
        "settings": _settings(info),
        "data_files": [
            {"name": f.name, "sha256": f.sha256, "edition": f.edition or None}
            for f in report.data_files
        ],
    }


def _settings(info: RunInfo) -> dict[str, str]:
    """Several runs in one report may have been set differently: then all values are given."""
    values: dict[str, list[str]] = {}
    for name, value in info.settings:
        values.setdefault(name, []).append(value)
    return {name: "; ".join(each) for name, each in values.items()}


def coverage(value: Coverage) -> dict[str, Any]:
    """What was asked, what answered, what could not be seen."""
    return {
        "complete": value.complete,
        "scope": value.scope,
        "excluded": value.excluded,
        "addresses": value.addresses,
        "hosts": value.hosts,
        "results": value.results,
        "by_status": dict(value.by_status),
        "silent_hosts": value.silent_hosts,
        "limitations": value.limitations,
        "damaged_lines": value.damaged_lines,
        "channels_not_inspected": [
            {"recorder": each.recorder, "channels": each.channels, "reason": each.reason}
            for each in value.uninspected
        ],
        "subnets": [asdict(each) for each in value.subnets],
    }


def summary(report: ScanReport) -> dict[str, Any]:
    """Counts of devices: all, by verdict, by maker."""
    return {
        "devices": len(report.devices),
        "by_verdict": _verdicts(by_verdict(report)),
        "by_maker": [_maker(figure) for figure in by_maker(report)],
    }


def _verdicts(counts: Mapping[Verdict, int]) -> dict[str, int]:
    return {verdict.value: number for verdict, number in counts.items()}


def _maker(figure: Tally) -> dict[str, Any]:
    return {
        "id": figure.id or None,
        "name": figure.label or None,
        "devices": figure.total,
        "by_verdict": _verdicts(figure.counts),
    }


def device(finding: Finding) -> dict[str, Any]:
    """One device with everything that speaks for its verdict."""
    return {
        "ip": finding.ip,
        "id": finding.identity,
        "mac": finding.mac,
        "addresses": (finding.ip, *finding.other_addresses),
        "macs": (*([finding.mac] if finding.mac else ()), *finding.other_macs),
        "hostname": finding.hostname,
        "site": finding.site,
        "verdict": finding.verdict.value,
        "product_class": finding.product_class,
        "maker": _candidate(finding.maker, finding.maker_name),
        "brand": _candidate(finding.brand, finding.brand_name),
        "model": finding.model or None,
        "firmware": finding.firmware or None,
        "serial": finding.serial or None,
        "registered_to": finding.registered_to or None,
        "place": finding.place or None,
        "listings": [_listing(match, finding.identity) for match in finding.listings],
        "open_affiliates": [_affiliate(asked) for asked in finding.open_affiliates],
        "reasons": finding.reasons,
        "contradictions": finding.contradictions,
        "evidence": [_evidence(e) for e in finding.evidence],
        "behind": behind(finding.behind) if finding.behind else None,
        "open_ports": finding.open_ports,
        "seen_by": finding.seen_by,
        "incomplete": finding.incomplete,
        "first_seen": finding.first_seen,
        "last_seen": finding.last_seen,
    }


def behind(seen: Behind) -> dict[str, Any]:
    """The recorder and channel of a camera."""
    return {
        "recorder": seen.recorder,
        "channel": seen.channel,
        "state": seen.state,
        "address": seen.address or None,
    }


def _candidate(candidate: Candidate | None, name: str) -> dict[str, Any] | None:
    if candidate is None:
        return None
    return {
        "id": candidate.value,
        "name": name or candidate.value,
        "strength": candidate.strength.word,
        "identified": candidate.identified,
        "families": candidate.families,
        "evidence": [_evidence(e) for e in candidate.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "rule": evidence.rule,
        "family": evidence.family,
        "strength": evidence.strength.word,
        "field": evidence.field,
        "value": evidence.value,
        "probe": evidence.probe,
        "port": evidence.port,
        "source": evidence.source,
        "attribute": evidence.attribute,
        "asserted": evidence.asserted,
    }


def _listing(match: ListingMatch, identity: str) -> dict[str, Any]:
    return {
        "finding": finding_id(identity, match.list_id),
        "list": match.list_id,
        "title": match.title,
        "entity": match.entity,
        "listed_as": match.listed_as,
        "since": match.since.isoformat(),
        "citation": match.citation,
        "edition": match.edition.isoformat(),
        "relation": match.relation.value,
        "path": match.path,
        "applicability": match.applicability.value,
        "question": match.question,
        "effect": match.effect,
        "grade": match.grade,
        "note": match.note,
        "waiver": _waiver(match.waiver) if match.waiver else None,
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "id": waiver.id,
        "reason": waiver.reason,
        "approver": waiver.approver,
        "from": waiver.start.isoformat(),
        "until": waiver.until.isoformat(),
        "evidence": waiver.evidence,
    }


def _affiliate(asked: AffiliateQuestion) -> dict[str, Any]:
    return {
        "list": asked.list_id,
        "title": asked.title,
        "entity": asked.entity,
        "since": asked.since.isoformat(),
        "citation": asked.citation,
        "question": asked.question,
    }


def profile(report: ScanReport) -> dict[str, Any]:
    """The organisation's answers, and what they come to."""
    return {
        "answers": [
            {
                "question": reply.question,
                "ask": reply.ask,
                "answer": reply.answer.value,
                "who": reply.who or None,
                "when": reply.when.isoformat() if reply.when else None,
                "detail": reply.detail,
            }
            for reply in report.profile
        ],
        "clocks": report.clocks,
        "deadlines": [remedy_json.deadline(each) for each in report.deadlines],
        "conclusion": wording.conclusion(report) or None,
    }


def regimes(report: ScanReport) -> Iterator[dict[str, Any]]:
    """One entry for each list that took part, hit or not."""
    for figure in by_list(report):
        edition = figure.edition
        yield {
            "list": edition.id,
            "title": edition.title,
            "authority": edition.authority,
            "citation": edition.citation,
            "url": edition.url,
            "edition": edition.edition.isoformat(),
            "checked": edition.checked.isoformat(),
            "age_days": edition.age_days,
            "overdue": edition.overdue,
            "effect": edition.effect,
            "question": edition.question,
            "applicability": [answer.value for answer in figure.applicability],
            "devices": {"listed": figure.listed, "review": figure.review},
            "entities": sorted({match.entity for match in figure.entries}),
        }


FORMAT: Format = JsonFormat()
