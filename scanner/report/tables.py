"""The tables of the workbook: each sheet's columns, and its rows in the order of the report."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from scanner.model import Evidence, Finding, ListingMatch, ScanReport
from scanner.remedy import PlanItem, Requirement, Span, finding_id
from scanner.report import figures, wording

T = TypeVar("T")
Value = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A heading, its width in characters, and what stands under it."""

    heading: str
    width: int
    value: Callable[[T], Value]


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that was asked, left out or not seen."""

    kind: str
    entry: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """A sheet with a filter. `fixed` columns stay when the sheet scrolls sideways."""

    name: str
    columns: Sequence[Column[T]]
    rows: Callable[[ScanReport], Iterable[T]]
    fixed: int = 1


Listed = tuple[Finding, ListingMatch]
Said = tuple[Finding, Evidence]
Planned = tuple[Finding, PlanItem]


def _of_first(column: Column[Finding]) -> Column[Any]:
    """The column in a table whose rows begin with the device."""
    return Column(column.heading, column.width, lambda row: column.value(row[0]))


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _by_list(report: ScanReport) -> Iterator[Listed]:
    for edition in report.lists:
        for device in report.devices:
            yield from ((device, m) for m in device.listings if m.list_id == edition.id)


def _planned(report: ScanReport) -> Iterator[Planned]:
    for item in report.plan.items if report.plan else ():
        yield report.devices[item.number - 1], item


def _trait(needed: Requirement) -> str:
    return f"{needed.trait}: {needed.value or 'not known'}"


def _end(span: Span | None, *, low: bool) -> float | None:
    return None if span is None else float(span.low if low else span.high)


def _gaps(report: ScanReport) -> Iterator[Gap]:
    coverage = report.coverage
    yield Gap("Complete", wording.completeness(coverage))
    yield from (Gap("Range asked", each) for each in coverage.scope)
    yield from (Gap("Left out on request", each) for each in coverage.excluded)
    if coverage.addresses is not None:
        yield Gap("Addresses asked", f"{coverage.addresses:,}")
    yield Gap("Hosts seen", f"{coverage.hosts:,}")
    for status, number in coverage.by_status:
        yield Gap("Probes that ended so", f"{status}: {number:,}", wording.STATUSES.get(status, ""))
    yield from (Gap("Subnet", wording.subnet_line(each)) for each in coverage.subnets)
    yield from (Gap("Limit of this scan", each) for each in coverage.limitations)
    silent = figures.address_ranges(coverage.silent_hosts)
    yield from (Gap("Said nothing", each, "Each may be a camera.") for each in silent)
    for device in report.devices:
        if device.incomplete:
            yield Gap("Answers are incomplete", device.ip, _joined(device.incomplete))
    yield from (Gap("Damaged line of the evidence", each) for each in coverage.damaged_lines)
    yield from (Gap("Note", each) for each in report.issues)


_DEVICE: Sequence[Column[Finding]] = (
    Column("Verdict", 13, lambda d: wording.LABELS[d.verdict]),
    Column("Address", 16, lambda d: d.ip),
    Column("MAC", 18, lambda d: d.mac),
    Column("Serial", 38, lambda d: d.serial),
    Column("Maker", 22, figures.maker_label),
    Column("Sold as", 16, figures.sold_as),
    Column("Model", 24, lambda d: d.model),
    Column("Site", 16, lambda d: d.site),
    Column("Plugged in at", 24, lambda d: d.place),
)
DEVICES: Table[Finding] = Table(
    "Devices",
    (
        *_DEVICE,
        Column("Host name", 20, lambda d: d.hostname),
        Column("Class", 16, lambda d: d.product_class),
        Column("Firmware", 22, lambda d: d.firmware),
        Column("Lists", 44, lambda d: _joined(m.title for m in d.listings)),
        Column("Why", 60, lambda d: _joined(d.reasons)),
        Column("What contradicts it", 40, lambda d: _joined(d.contradictions)),
        Column("Open questions", 40, lambda d: _joined(a.question for a in d.open_affiliates)),
        Column("Strength", 14, lambda d: d.maker.strength.word if d.maker else ""),
        Column("Address block of", 40, lambda d: d.registered_to),
        Column("Open ports", 18, lambda d: " ".join(map(str, d.open_ports))),
        Column("Seen by", 18, lambda d: " ".join(d.seen_by)),
        Column("What did not answer", 40, lambda d: _joined(d.incomplete)),
        Column("First seen", 24, lambda d: wording.moment(d.first_seen)),
        Column("Last seen", 24, lambda d: wording.moment(d.last_seen)),
    ),
    lambda report: report.devices,
    fixed=2,
)
FINDINGS: Table[Listed] = Table(
    "Findings by regime",
    (
        Column("List", 36, lambda f: f[1].title),
        *map(_of_first, _DEVICE),
        Column("Listed as", 44, lambda f: f[1].listed_as),
        Column("Since", 12, lambda f: f[1].since),
        Column("Citation", 34, lambda f: f[1].citation),
        Column("Edition", 12, lambda f: f[1].edition),
        Column("How joined", 32, lambda f: wording.RELATIONS[f[1].relation]),
        Column("Path", 44, lambda f: f[1].path),
        Column("Concerns us", 15, lambda f: f[1].applicability.value),
        Column("Waived", 40, lambda f: wording.waiver(f[1])),
        Column("Finding", 16, lambda f: finding_id(f[0].identity, f[1].list_id)),
    ),
    _by_list,
    fixed=3,
)
PLAN: Table[Planned] = Table(
    "Plan",
    (
        Column("Priority", 9, lambda p: p[1].priority),
        *map(_of_first, _DEVICE[1:]),
        Column("Proposed", 13, lambda p: p[1].disposition.value),
        Column("Agreed", 13, lambda p: p[1].agreed.value),
        Column("Phase", 16, lambda p: p[1].phase),
        Column("Reason", 60, lambda p: p[1].reason),
        Column("Replacement must match", 44, lambda p: _joined(map(_trait, p[1].requirements))),
        Column("Until then", 44, lambda p: _joined(p[1].mitigation)),
        Column("Candidates", 40, lambda p: _joined(o.replacement for o in p[1].options)),
        Column("Cost, low", 11, lambda p: _end(p[1].cost, low=True)),
        Column("Cost, high", 11, lambda p: _end(p[1].cost, low=False)),
        Column("Hours, low", 11, lambda p: _end(p[1].hours, low=True)),
        Column("Hours, high", 11, lambda p: _end(p[1].hours, low=False)),
        Column("Owner", 18, lambda p: p[1].decision.owner if p[1].decision else ""),
        Column("Due", 12, lambda p: p[1].decision.due if p[1].decision else None),
        Column("Note", 40, lambda p: p[1].decision.note if p[1].decision else ""),
        Column("Rule", 24, lambda p: p[1].rule),
    ),
    _planned,
    fixed=2,
)
COVERAGE: Table[Gap] = Table(
    "Coverage",
    (
        Column("About", 34, lambda g: g.kind),
        Column("Entry", 60, lambda g: g.entry),
        Column("Meaning", 80, lambda g: g.meaning),
    ),
    _gaps,
)
EVIDENCE: Table[Said] = Table(
    "Evidence",
    (
        *map(_of_first, _DEVICE[:4]),
        Column("Strength", 14, lambda e: e[1].strength.word),
        Column("Family", 18, lambda e: e[1].family),
        Column("Tells", 14, lambda e: e[1].attribute),
        Column("As", 24, lambda e: e[1].asserted),
        Column("Field", 24, lambda e: e[1].field),
        Column("What the device said", 60, lambda e: e[1].value),
        Column("Asked by", 16, lambda e: e[1].probe),
        Column("Port", 8, lambda e: e[1].port),
        Column("Rule", 34, lambda e: e[1].rule),
        Column("Source of the rule", 60, lambda e: e[1].source),
    ),
    lambda report: ((d, e) for d in report.devices for e in d.evidence),
    fixed=2,
)
TABLES: Sequence[Table[Any]] = (DEVICES, FINDINGS, PLAN, COVERAGE, EVIDENCE)
