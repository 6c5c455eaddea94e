"""Charts of a report: devices by verdict, by maker, by site and subnet, and over time."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from scanner.model import Progress, ScanReport, Verdict
from scanner.report import figures, wording
from scanner.report.svg import Picture, box, fitted, group, label, mark, text_width

Counts = Mapping[Verdict, int]
_ROWS = 12
_WIDTH = 440.0
_SIZE, _SMALL = 14.0, 11.5
_ROW = 44.0
_MOMENTS = 30
"""Bars the picture of time has room for; of a longer history evenly spaced days are shown."""
_PLOT = 170.0


def charts(report: ScanReport) -> tuple[Picture, ...]:
    """Those that have something to show."""
    if not report.devices:
        return ()
    history = (progress(report.history),) if len(report.history) > 1 else ()
    return (by_maker(report), by_place(report), *history)


def by_verdict(report: ScanReport) -> Picture:
    """One strip, divided as the devices are, and under it what its parts mean."""
    counts = figures.by_verdict(report)
    width = 1000.0
    body = [_strip(counts, len(report.devices), 0, 0, width, 26)]
    x = 0.0
    for verdict, number in counts.items():
        text = f"{wording.LABELS[verdict]} {number:,}"
        body += [mark(verdict, x, 40), label(x + 19, 51, text)]
        x += text_width(text, _SIZE) + 56
    return Picture(
        "by-verdict", "Devices by verdict", spoken(counts) + ".", width, 58, "".join(body)
    )


def by_maker(report: ScanReport) -> Picture:
    """One bar a maker, worst first; the rest summed up."""
    makers = figures.leading(figures.by_maker(report), _ROWS)
    rows = [(m.label or wording.UNKNOWN_MAKER, m.counts) for m in makers]
    return _bars("by-maker", "Devices by maker", rows)


def by_place(report: ScanReport) -> Picture:
    """One bar a site and subnet, worst first; the rest summed up."""
    places = figures.leading(figures.by_place(report), _ROWS)
    return _bars("by-place", "Devices by site and subnet", [(p.label, p.counts) for p in places])


def spoken(counts: Counts) -> str:
    """`listed 3, review 1, undetermined 0, not listed 2`."""
    return ", ".join(f"{wording.LABELS[v].lower()} {n:,}" for v, n in counts.items())


def _bars(name: str, title: str, rows: Sequence[tuple[str, Counts]]) -> Picture:
    most = max((sum(counts.values()) for _, counts in rows), default=1)
    body = [_bar(text, counts, most, _ROW * place) for place, (text, counts) in enumerate(rows)]
    words = "; ".join(f"{text}: {spoken(counts)}" for text, counts in rows)
    return Picture(name, title, f"{words}.", _WIDTH, _ROW * len(rows), "".join(body))


def _bar(text: str, counts: Counts, most: int, y: float) -> str:
    said = _said(counts)
    room = _WIDTH - text_width(said, _SMALL) - 16
    width = _WIDTH * sum(counts.values()) / most
    parts = (
        label(0, y + 15, fitted(text, _SIZE, room)),
        label(_WIDTH, y + 15, said, "small", "end"),
        _strip(counts, sum(counts.values()), 0, y + 21, width, 13),
    )
    return group(parts, f"{text}: {spoken(counts)}")


def _said(counts: Counts) -> str:
    """What matters of a row: `3 listed, 1 review of 6`, or `6 devices`."""
    total = sum(counts.values())
    found = ((v, counts[v]) for v in (Verdict.LISTED, Verdict.REVIEW))
    parts = [f"{number:,} {wording.LABELS[v].lower()}" for v, number in found if number]
    return f"{', '.join(parts)} of {total:,}" if parts else wording.count(total, "device")


def _strip(counts: Counts, total: int, x: float, y: float, width: float, height: float) -> str:
    ends = [x + width * n / max(1, total) for n in accumulate(counts.values())]
    starts = [x, *ends[:-1]]
    return "".join(
        box(start, y, end - start, height, verdict.value)
        for verdict, start, end in zip(counts, starts, ends, strict=True)
        if end > start
    )


def progress(history: Sequence[Progress]) -> Picture:
    """Listed devices and those to review, one bar a scan, oldest first."""
    moments = _spread(history)
    most = max(1, *(sum(_found(m)) for m in moments))
    step = (_WIDTH - 46) / len(moments)
    body = list(_scale(most))
    for place, moment in enumerate(moments):
        body.append(_column(moment, most, 46 + step * place, step))
    first, last = moments[0], moments[-1]
    body += [
        label(46, _PLOT + 30, _day(first), "quiet"),
        label(_WIDTH, _PLOT + 30, _day(last), "quiet", "end"),
    ]
    words = (
        f"From {_standing(first)} on {_day(first)} "
        f"to {_standing(last)} on {_day(last)}; {len(history)} scans."
    )
    if last.states:
        states = ", ".join(f"{state.value} {number:,}" for state, number in last.states)
        words = f"{words} Decided by people: {states}."
        body.append(label(0, _PLOT + 50, fitted(states, _SMALL, _WIDTH), "small"))
    return Picture("progress", "Remediation over time", words, _WIDTH, _PLOT + 58, "".join(body))


def _spread(history: Sequence[Progress]) -> Sequence[Progress]:
    if len(history) <= _MOMENTS:
        return history
    last = len(history) - 1
    return [history[round(last * i / (_MOMENTS - 1))] for i in range(_MOMENTS)]


def _scale(most: int) -> Iterable[str]:
    for number in sorted({0, most // 2, most}):
        y = 10 + _PLOT * (1 - number / most)
        yield box(46, y, _WIDTH - 46, 0.8, "line")
        yield label(38, y + 5, f"{number:,}", "quiet", "end")


def _column(moment: Progress, most: int, x: float, step: float) -> str:
    width = min(step * 0.72, 40)
    listed, review = (_PLOT * n / most for n in _found(moment))
    parts = (
        box(x, 10 + _PLOT - listed, width, listed, Verdict.LISTED.value),
        box(x, 10 + _PLOT - listed - review, width, review, Verdict.REVIEW.value),
    )
    return group(parts, f"{_day(moment)}: {_standing(moment)}")


def _found(moment: Progress) -> tuple[int, int]:
    """Devices listed and to review."""
    counts = dict(moment.verdicts)
    return counts.get(Verdict.LISTED, 0), counts.get(Verdict.REVIEW, 0)


def _standing(moment: Progress) -> str:
    listed, review = _found(moment)
    return f"{listed:,} listed and {review:,} to review"


def _day(moment: Progress) -> str:
    return moment.at[:10]
