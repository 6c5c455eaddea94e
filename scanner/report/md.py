"""Markdown (CommonMark with tables): read as it is in a terminal, rendered by a forge or a wiki.

What devices said stands in code spans, where nothing is markup and no name is a mention; what
could end the span is written out like a control character.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from scanner.model import Finding, ScanReport, Verdict
from scanner.remedy import PlanItem
from scanner.report import figures, wording
from scanner.report.formats import About, Format, Templates
from scanner.report.text import excerpt

ABOUT = About(
    holds="summary, findings in a table, lists, gaps; 500 findings at most",
    readers="tickets, merge requests, wikis, a terminal",
    opened_with="anything; GitHub, GitLab and most wikis render it",
    ending="md",
)
ROWS = 500
"""Findings in the table. Forges stop rendering large files; the machine formats have them all."""
SHOWN = 50
"""Entries of a list of gaps."""
WIDTH = 60
LIMIT = 2_000
"""Characters: of a text in a cell, of any text."""
_SPAN = str.maketrans({"`": r"\x60", "|": r"\x7c"})
_MARKUP = re.compile(r"[\\`*_\[\]<>|~$&@]|:(?=//)|\.(?<=www\.)|^[#+=-]|^\d+(?=[.)])(?<=\d)")


@dataclass(frozen=True, slots=True)
class MarkdownFormat:
    """The report for tickets and terminals."""

    name: str = "md"
    about: About = ABOUT

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """UTF-8, lines ended by a line feed. No template is needed."""
        del templates
        for line in _lines(report):
            yield f"{line}\n".encode()


def said(text: str, limit: int = WIDTH) -> str:
    """What a device said, as a code span of at most about `limit` characters; empty for nothing."""
    return f"`{excerpt(text, limit).translate(_SPAN)}`" if text else ""


def plain(text: str) -> str:
    """Words that are no markup, wherever on a line they stand."""
    return _MARKUP.sub(_escaped, excerpt(text, LIMIT))


def _escaped(match: re.Match[str]) -> str:
    found = match.group()
    return f"{found[:-1]}{found[-1]}\\" if found[-1].isdigit() else f"\\{found}"


def _lines(report: ScanReport) -> Iterator[str]:
    yield f"# {plain(wording.TITLE)}"
    yield from ("", f"**{plain(wording.headline(report))}**", "")
    yield from _summary(report)
    yield from ("", "## What to do next", "")
    for number, step in enumerate(wording.next_steps(report), 1):
        yield f"{number}. {plain(step)}"
    yield from _findings(report)
    yield from _lists(report)
    yield from _gaps(report)
    yield from _record(report)


def _summary(report: ScanReport) -> Iterator[str]:
    counts = figures.by_verdict(report).items()
    rows = [(wording.LABELS[v], f"{n:,}", plain(wording.MEANINGS[v])) for v, n in counts]
    yield from table(("Verdict", "Devices", "Meaning"), rows)
    makers = figures.leading(figures.by_maker(report), 10)
    if makers:
        heads = ("Maker", *(wording.LABELS[v] for v in figures.SEVERITY))
        yield ""
        yield from table(heads, [_maker(figure) for figure in makers])
    for line in (wording.conclusion(report), wording.waived_line(report)):
        if line:
            yield from ("", plain(line))


def _maker(figure: figures.Tally) -> tuple[str, ...]:
    label = plain(excerpt(figure.label or wording.UNKNOWN_MAKER, WIDTH))
    return (label, *(f"{number:,}" for number in figure.counts.values()))


def _findings(report: ScanReport) -> Iterator[str]:
    numbered = [pair for group in figures.findings(report).values() for pair in group]
    found = [device for _, device in numbered]
    items = {item.number: item for item in report.plan.items} if report.plan else {}
    yield from ("", "## Findings", "")
    if not found:
        yield "No device is listed and none has to be reviewed."
        return
    heads = ("Verdict", "Address", "Maker", "Model", "MAC", "Plugged in at", "Lists", "Becomes")
    rows = [(*_finding(device), _becomes(items.get(n))) for n, device in numbered[:ROWS]]
    yield from table(heads, rows)
    if len(found) > ROWS:
        yield from ("", f"… and {len(found) - ROWS:,} more, all of them in the other formats.")
    to_review = [d for d in found[:ROWS] if d.verdict is Verdict.REVIEW]
    if to_review:
        yield from ("", "### Why a person has to look", "")
    for device in to_review:
        reasons = (said(text, 400) for text in (*device.reasons, *device.contradictions))
        yield f"- {said(device.ip)}: {', '.join(reasons) or 'no reason given'}"


def _finding(device: Finding) -> tuple[str, ...]:
    maker = plain(excerpt(figures.maker_label(device) or wording.UNKNOWN_MAKER, WIDTH))
    label = figures.sold_as(device)
    return (
        wording.LABELS[device.verdict],
        said(device.ip),
        f"{maker} (sold as {plain(excerpt(label, WIDTH))})" if label else maker,
        said(device.model),
        said(device.mac or ""),
        said(device.place),
        plain(", ".join(dict.fromkeys(excerpt(m.title, WIDTH) for m in device.listings))),
    )


def _becomes(item: PlanItem | None) -> str:
    """What is proposed or decided, and by whom until when."""
    if item is None:
        return ""
    made = item.decision
    owner = excerpt(made.owner, WIDTH) if made else ""
    due = f"by {wording.day(made.due)}" if made and made.due else ""
    return plain(", ".join(filter(None, (item.agreed.value, owner, due))))


def _lists(report: ScanReport) -> Iterator[str]:
    yield from ("", "## What the lists say", "")
    for figure in figures.by_list(report):
        edition = figure.edition
        yield f"- **{plain(edition.title)}** ({plain(edition.citation)})"
        yield f"  - {plain(wording.age(edition))}"
        entries = dict.fromkeys(wording.listing(match) for match in figure.entries)
        yield from (f"  - {plain(entry)}" for entry in list(entries)[:SHOWN])
        yield f"  - What it does: {plain(edition.effect)}"
        yield f"  - What decides whether it concerns you: {plain(edition.question)}"
        devices = f"{wording.count(figure.listed, 'listed device')}, {figure.review:,} to review"
        yield f"  - Devices here: {devices}"
    if not report.lists:
        yield "No list took part in this report."


def _gaps(report: ScanReport) -> Iterator[str]:
    coverage = report.coverage
    yield from ("", "## What could not be seen", "", plain(wording.coverage_line(coverage)), "")
    yield f"- Ranges asked: {_joined(coverage.scope) or 'not known'}"
    yield f"- Left out on request: {_joined(coverage.excluded) or 'nothing'}"
    if coverage.silent_hosts:
        yield f"- Hosts that said nothing: {_joined(figures.address_ranges(coverage.silent_hosts))}"
    for subnet in coverage.subnets[:SHOWN]:
        yield f"- {plain(excerpt(wording.subnet_line(subnet), 400))}"
    for text in (*coverage.limitations, *coverage.damaged_lines, *report.issues)[:SHOWN]:
        yield f"- {plain(excerpt(text, 400))}"


def _joined(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return ", ".join(said(text) for text in texts[:SHOWN]) + more


def _record(report: ScanReport) -> Iterator[str]:
    run = report.run
    scanned = wording.moment(run.started) or "not known"
    finished = f" to {wording.moment(report.finished)}" if report.finished else ""
    yield from ("", "## Record", "")
    yield f"- Run: {said(run.run, 200) or 'not known'}"
    yield f"- Scanned: {plain(excerpt(scanned + finished, 100))}"
    yield f"- Lists as of: {wording.day(report.as_of)}"
    yield f"- Assessed by: {plain(report.tool)}"
    if report.lists:
        yield f"- Editions: {plain(wording.editions(report))}"
    yield from ("", plain(wording.NOTICE))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table whose columns also stand in line where nobody renders it."""
    rows = list(rows)
    widths = [max(map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
    long_last = len(heads) - 1 if widths[-1] > WIDTH else None
    for cells in (heads, ["-" * width for width in widths], *rows):
        padded = (
            cell if i == long_last else cell + " " * (width - cell_len(cell))
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        yield f"| {' | '.join(padded)} |"


FORMAT: Format = MarkdownFormat()
