"""JSON Lines of schema `report-lines-1`: the report for programs that read line by line.

First what the run was, then one line a device, then lists, progress, plan and notes, last a line
that says how many devices there were: a file without it is torn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scanner.model import ScanReport
from scanner.report import json, remedy_json, wording
from scanner.report.formats import About, Format, Templates

SCHEMA = "report-lines-1"
ABOUT = About(
    holds="everything the report knows, one JSON object a line (schema report-lines-1)",
    readers="programs that read streams: log systems, databases, jq",
    opened_with="any reader of JSON Lines",
    ending="jsonl",
)


@dataclass(frozen=True, slots=True)
class JsonLinesFormat:
    """The report for streams."""

    name: str = "jsonl"
    about: About = ABOUT

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """UTF-8, one object a line, `type` first. No template is needed."""
        del templates
        for each in _objects(report):
            yield json.line(each).encode() + b"\n"


def _objects(report: ScanReport) -> Iterator[dict[str, Any]]:
    yield {
        "type": "report",
        "schema": SCHEMA,
        "run": json.run(report),
        "coverage": json.coverage(report.coverage),
        "summary": json.summary(report),
        "profile": json.profile(report),
        "notice": wording.NOTICE,
    }
    for finding in report.devices:
        yield {"type": "device", **json.device(finding)}
    for regime in json.regimes(report):
        yield {"type": "regime", **regime}
    for each in report.history:
        yield {"type": "progress", **json.progress(each)}
    if report.plan:
        yield {"type": "plan", **remedy_json.outline(report.plan)}
        for item in report.plan.items:
            yield {"type": "plan-item", **remedy_json.item(item, report)}
    for issue in report.issues:
        yield {"type": "issue", "text": issue}
    yield {"type": "end", "devices": len(report.devices)}


FORMAT: Format = JsonLinesFormat()
