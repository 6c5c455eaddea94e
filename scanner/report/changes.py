"""Comparisons of runs as text, as JSON and as a section of HTML."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from scanner.model import Change, Comparison, Standing, Turn
from scanner.report import wording
from scanner.report.formats import Templates
from scanner.report.html import environment, shell
from scanner.report.text import excerpt

SCHEMA = "changes-1"
NONE = "nothing"
HEADINGS = {
    Turn.NEW: "New",
    Turn.BACK: "Seen again",
    Turn.CHANGED: "Changed",
    Turn.REJUDGED: "Judged anew because lists changed",
    Turn.MOVED: "Moved",
    Turn.LESS_KNOWN: "Less known, since questions stayed open",
    Turn.GONE: "Gone",
    Turn.NOT_SEEN: "Not seen, which is not removed",
    Turn.NOT_KNOWN: "Not known, since the later run was not complete",
    Turn.NOT_ASKED: "Not asked by the later run",
    Turn.FIRST_ASKED: "Asked for the first time",
}
FIELDS = {
    "site": "site", "ip": "address", "place": "switch port", "maker": "maker", "model": "model",
    "firmware": "firmware", "serial": "serial number", "product_class": "kind",
    "verdict": "verdict", "lists": "lists",
}  # fmt: skip


def text(comparison: Comparison) -> Iterator[str]:
    """One line a device, under a heading a turn."""
    yield title(comparison)
    yield from comparison.notes
    for turn, changes in grouped(comparison):
        yield f"{HEADINGS[turn]} ({len(changes):,})"
        for change in changes:
            yield excerpt(f"  {line(change)}", 400)
    yield f"{comparison.same:,} devices are as they were."


def title(comparison: Comparison) -> str:
    """Which runs, in one line."""
    before, after = comparison.before, comparison.after
    site = f"{after.site}: " if after.site else ""
    if before.run == after.run:
        return excerpt(
            f"{site}run {after.run[:8]} of {after.started[:10]}, judged by the lists as of "
            f"{before.as_of} and of {after.as_of}", 300,
        )  # fmt: skip
    return excerpt(
        f"{site}run {before.run[:8]} of {before.started[:10]} and run {after.run[:8]} of "
        f"{after.started[:10]}", 300,
    )  # fmt: skip


def grouped(comparison: Comparison) -> Iterator[tuple[Turn, Sequence[Change]]]:
    """The changes by what they are, most pressing first."""
    for turn, changes in groupby(comparison.changes, key=lambda c: c.turn):
        yield turn, list(changes)


def line(change: Change) -> str:
    """One device: which, what of it changed, and why that is said."""
    said = "; ".join(
        f"{FIELDS[name]} {old or NONE} → {new or NONE}" for name, old, new in change.fields
    )
    parts = (_what(_side(change)), said, change.note)
    return f"#{change.device} " + "; ".join(part for part in parts if part)


def _side(change: Change) -> Standing:
    side = change.after or change.before
    if side is None:
        raise ValueError("a change has a side")
    return side


def _what(s: Standing) -> str:
    maker = s.maker_name or wording.UNKNOWN_MAKER
    return " ".join(part for part in (s.ip, maker, s.model, f"({s.verdict.value})") if part)


def jsons(comparisons: Iterable[Comparison]) -> Iterator[str]:
    """One object: every comparison, a line a change."""
    yield f'{{"schema":"{SCHEMA}","comparisons":['
    separator = ""
    for each in comparisons:
        head = {"before": asdict(each.before), "after": asdict(each.after), "same": each.same}
        yield f'{separator}{{"runs":{_dense(head)},"notes":{_dense(each.notes)},"changes":['
        for number, change in enumerate(each.changes):
            yield f"{',' if number else ''}{_dense(asdict(change))}"
        yield "]}"
        separator = ","
    yield "]}"


def _dense(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def html(comparisons: Sequence[Comparison], templates: Templates) -> Iterator[str]:
    """A page of its own around the section `changes.html`."""
    page = environment(templates).get_template("changes_page.html")
    given = {"comparisons": comparisons, "changes": changes_of, "heading": title, "of": _side}
    yield from page.generate(shell(templates) | given | {"fields": FIELDS, "say": wording})


def changes_of(comparison: Comparison) -> list[tuple[str, Sequence[Change]]]:
    """Heading and changes, for the template."""
    return [(HEADINGS[turn], changes) for turn, changes in grouped(comparison)]
