"""The first sheet of the workbook: headings, and lines of a label, a figure and words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from scanner.model import Reply, ScanReport
from scanner.remedy import Span, Total
from scanner.report import figures, wording

MAKERS = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One row; a heading has only its label. Each of the words has a line of its own."""

    label: str
    figure: str | int | date | None = None
    words: tuple[str, ...] = ()
    heading: bool = False


def lines(report: ScanReport) -> Iterator[Line]:
    """What a reader in a hurry needs, then what the figures rest on."""
    for heading, part in (
        (wording.headline(report), _verdicts(report)),
        ("Devices by maker", _makers(report)),
        ("What to do next", _steps(report)),
        ("Which lists concern this organisation", _concerns(report)),
        ("Reporting deadlines, if the count began when the scan ended", _deadlines(report)),
        ("The plan in sums; costs and hours are the operator's own estimates", _totals(report)),
        ("Lists used", _lists(report)),
        ("Record", _record(report)),
        ("Data files used", _files(report)),
    ):
        found = tuple(part)
        if found:
            yield Line(heading, heading=True)
            yield from found
            yield Line("")
    yield Line("Notice", words=(wording.NOTICE,))


def _verdicts(report: ScanReport) -> Iterator[Line]:
    for verdict, number in figures.by_verdict(report).items():
        yield Line(wording.LABELS[verdict], number, (wording.MEANINGS[verdict],))
    if waived := wording.waived_line(report):
        yield Line("Waived", words=(waived,))
    yield Line("Coverage", words=(wording.coverage_line(report.coverage),))


def _makers(report: ScanReport) -> Iterator[Line]:
    for figure in figures.leading(figures.by_maker(report), MAKERS):
        counts = ", ".join(f"{n:,} {wording.LABELS[v].lower()}" for v, n in figure.counts.items())
        yield Line(figure.label or wording.UNKNOWN_MAKER, figure.total, (counts,))


def _steps(report: ScanReport) -> Iterator[Line]:
    for number, step in enumerate(wording.next_steps(report), 1):
        yield Line("", number, (step,))


def _concerns(report: ScanReport) -> Iterator[Line]:
    if said := wording.conclusion(report):
        yield Line("", words=(said,))
    for reply in report.profile:
        yield Line(reply.question, reply.answer.value, (reply.ask, *_by(reply)))


def _by(reply: Reply) -> tuple[str, ...]:
    when = wording.day(reply.when) if reply.when else ""
    return tuple(text for text in (", ".join(reply.detail), reply.who, when) if text)


def _deadlines(report: ScanReport) -> Iterator[Line]:
    for each in report.deadlines:
        counted = f"counted from {each.began} ({each.zone})"
        yield Line(each.title, wording.moment(each.due), (each.citation, counted))


def _totals(report: ScanReport) -> Iterator[Line]:
    currency = report.plan.currency if report.plan else ""
    for total in report.plan.totals if report.plan else ():
        yield Line(_about(total), total.units, (_sum(total, currency),))


def _about(total: Total) -> str:
    name = total.name or "without a name"
    return "All devices to replace" if total.by == "all" else f"{total.by.capitalize()}: {name}"


def _sum(total: Total, currency: str) -> str:
    parts = [f"{number:,} {word.value}" for word, number in total.dispositions]
    if total.cost:
        parts.append(f"cost {_range(total.cost)} {currency}".strip())
    if total.hours:
        parts.append(f"{_range(total.hours)} hours")
    if total.unpriced:
        parts.append(f"{total.unpriced:,} without a price")
    return "; ".join(parts)


def _range(span: Span) -> str:
    return f"{span.low:,} to {span.high:,}"


def _lists(report: ScanReport) -> Iterator[Line]:
    for figure in figures.by_list(report):
        edition = figure.edition
        answers = " ".join(wording.ANSWERS[answer] for answer in figure.applicability)
        words = (wording.age(edition), edition.citation, edition.effect, edition.question, answers)
        yield Line(edition.title, figure.listed + figure.review, tuple(filter(None, words)))


def _record(report: ScanReport) -> Iterator[Line]:
    run = report.run
    finished = wording.moment(report.finished)
    kept: Iterable[tuple[str, str]] = (
        ("Run", run.run),
        ("Sensor", run.sensor),
        ("Collected by", run.tool),
        ("Assessed by", report.tool),
        ("Started", wording.moment(run.started)),
        ("Finished", finished),
        ("Lists as of", wording.day(report.as_of)),
        ("Editions", wording.editions(report)),
    )
    yield from (Line(label, words=(text,)) for label, text in kept if text)
    yield from (Line(f"Setting {name}", words=(value,)) for name, value in run.settings)


def _files(report: ScanReport) -> Iterator[Line]:
    for file in report.data_files:
        yield Line(file.name, file.edition or None, (f"SHA-256 {file.sha256}",))
