"""CSV (RFC 4180) for spreadsheets: one row a device. `reports/README.md` describes the columns.

The file starts with a byte order mark: without it Excel reads UTF-8 as the local code page and
spoils every name that is not ASCII. Programs are better served by the JSON.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from scanner.model import Candidate, Evidence, Finding, ListingMatch, ScanReport
from scanner.remedy import PlanItem
from scanner.report import wording
from scanner.report.formats import About, Format, Templates
from scanner.report.text import excerpt

CELL_LIMIT = 20_000
"""Characters. A spreadsheet cell holds 32,767, and apostrophes may be added to these."""
_FORMULA = re.compile(r'(^|;)(?=[\s"]*(?:[=+\-@\uff1d\uff0b\uff0d\uff20]|\\[tr]))')
"""The start of a formula, full-width signs included; tab and CR are already written out.
A spreadsheet that separates columns with `;` starts a cell there even inside our quotes."""

COLUMNS: Mapping[str, Callable[[Finding], str | None]] = {
    "verdict": lambda d: d.verdict.value,
    "ip": lambda d: d.ip,
    "mac": lambda d: d.mac,
    "hostname": lambda d: d.hostname,
    "site": lambda d: d.site,
    "product_class": lambda d: d.product_class,
    "maker_id": lambda d: _id(d.maker),
    "maker": lambda d: d.maker_name,
    "maker_strength": lambda d: _strength(d.maker),
    "brand_id": lambda d: _id(d.brand),
    "brand": lambda d: d.brand_name,
    "model": lambda d: d.model,
    "firmware": lambda d: d.firmware,
    "serial": lambda d: d.serial,
    "mac_registered_to": lambda d: d.registered_to,
    "place": lambda d: d.place,
    "behind": lambda d: f"{d.behind.recorder} channel {d.behind.channel}" if d.behind else "",
    "other_addresses": lambda d: " ".join(d.other_addresses),
    "other_macs": lambda d: " ".join(d.other_macs),
    "lists": lambda d: "; ".join(dict.fromkeys(m.list_id for m in d.listings)),
    "listings": lambda d: "; ".join(_listing(m) for m in d.listings),
    "applicability": lambda d: "; ".join(_applies(m) for m in d.listings),
    "waivers": lambda d: "; ".join(_waiver(m) for m in d.listings if m.waiver),
    "reasons": lambda d: "; ".join(d.reasons),
    "contradictions": lambda d: "; ".join(d.contradictions),
    "evidence": lambda d: "; ".join(_evidence(e) for e in d.evidence),
    "open_ports": lambda d: " ".join(map(str, d.open_ports)),
    "seen_by": lambda d: " ".join(d.seen_by),
    "incomplete": lambda d: "; ".join(d.incomplete),
    "first_seen": lambda d: d.first_seen,
    "last_seen": lambda d: d.last_seen,
}
PLAN_COLUMNS: Mapping[str, Callable[[PlanItem], str]] = {
    "disposition": lambda i: i.agreed.value,
    "proposed": lambda i: f"{i.disposition.value} (rule {i.rule})",
    "priority": lambda i: str(i.priority),
    "owner": lambda i: i.decision.owner if i.decision else "",
    "due": lambda i: i.decision.due.isoformat() if i.decision and i.decision.due else "",
    "decision_note": lambda i: i.decision.note if i.decision else "",
}
"""What becomes of the device; empty cells in a report without a plan."""
REPORT_COLUMNS: Mapping[str, Callable[[ScanReport], str]] = {
    "list_editions": wording.editions,
    "notice": lambda _: wording.NOTICE,
}
"""The same in every row: a sheet is passed on without the report it came from."""


ABOUT = About(
    holds="one row a device",
    readers="whoever works with a spreadsheet",
    opened_with="Excel, LibreOffice, any program that reads CSV",
    ending="csv",
)


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """The report for a spreadsheet."""

    name: str = "csv"
    about: About = ABOUT

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """UTF-8 with a byte order mark, a header row, then one row a device. No template."""
        del templates
        yield "\ufeff".encode() + row([*COLUMNS, *PLAN_COLUMNS, *REPORT_COLUMNS])
        same = [cell(value(report)) for value in REPORT_COLUMNS.values()]
        items = {item.number: item for item in report.plan.items} if report.plan else {}
        for number, device in enumerate(report.devices, 1):
            known = (value(device) or "" for value in COLUMNS.values())
            yield row([*map(cell, known), *map(cell, _planned(items.get(number))), *same])


def cell(text: str) -> str:
    """The text as a spreadsheet may hold it: no control character, no formula, not too long."""
    shown = excerpt(text, CELL_LIMIT)
    harmless = shown[:1].isalnum() and ";" not in shown
    return shown if harmless else _FORMULA.sub(r"\1'", shown)


def row(cells: Iterable[str]) -> bytes:
    """One line of the file."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()


def _planned(item: PlanItem | None) -> Iterable[str]:
    return (value(item) if item else "" for value in PLAN_COLUMNS.values())


def _id(candidate: Candidate | None) -> str:
    return candidate.value if candidate else ""


def _strength(candidate: Candidate | None) -> str:
    return candidate.strength.word if candidate else ""


def _listing(match: ListingMatch) -> str:
    return f"{match.list_id} since {match.since.isoformat()} ({match.citation})"


def _applies(match: ListingMatch) -> str:
    return f"{match.list_id}: {match.applicability.value}"


def _waiver(match: ListingMatch) -> str:
    return f"{match.list_id}: {wording.waiver(match)}"


def _evidence(evidence: Evidence) -> str:
    return f"{evidence.strength.word}: {evidence.field}={evidence.value} [{evidence.rule}]"


FORMAT: Format = CsvFormat()
