"""The pieces of a printed document as plain values, which the typst template sets.

A cell is text, or text with smaller text below it. No markup: what a device says stays text.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from scanner.model import Verdict
from scanner.report.svg import Picture
from scanner.report.text import excerpt
from scanner.report.wording import LABELS

Block = dict[str, Any]
Cell = str | dict[str, Any]
CELL_LIMIT = 300
"""Characters; the JSON report has every value whole."""
TEXT_LIMIT = 2_000
"""Characters of a paragraph, or of the words of a picture: PDF/A ends a string at 32,767 bytes."""
_ITEMS = 100
_RANGES = 40


def text(words: str, kind: str = "text") -> Block:
    """A paragraph; `kind` may be `lead` or `quiet`."""
    return {"kind": kind, "text": excerpt(words, TEXT_LIMIT)}


def heading(words: str, level: int = 2) -> Block:
    """A heading below that of the section, which is of level 1."""
    return {"kind": "heading", "text": excerpt(words, CELL_LIMIT), "level": level}


def items(texts: Sequence[str], *, numbered: bool = False) -> Block:
    """A list, cut with a note of how many are left out."""
    shown = [excerpt(each, TEXT_LIMIT) for each in texts[:_ITEMS]]
    left = len(texts) - len(shown)
    more = [f"and {left:,} more, all of them in the JSON report"] if left else []
    return {"kind": "items", "items": [*shown, *more], "numbered": numbered}


def facts(pairs: Iterable[tuple[str, str]]) -> Block:
    """Names and values; what has no value is left out."""
    rows = [[name, excerpt(value, CELL_LIMIT)] for name, value in pairs if value]
    return {"kind": "facts", "rows": rows}


def table(
    caption: str,
    columns: Sequence[tuple[str, float]],
    rows: Sequence[Sequence[Cell]],
    *,
    form: bool = False,
) -> Block:
    """Columns are titles with their share of the width; a form has lines to write on."""
    return {
        "kind": "table",
        "caption": excerpt(caption, CELL_LIMIT),
        "titles": [title for title, _ in columns],
        "widths": [width for _, width in columns],
        "rows": [[_cell(cell) for cell in row] for row in rows],
        "form": form,
    }


def _cell(given: Cell) -> dict[str, Any]:
    return {"text": excerpt(given, CELL_LIMIT)} if isinstance(given, str) else given


def cell(main: str, *small: str, code: bool = False) -> Cell:
    """Text with smaller lines below it, in the type of codes when asked."""
    below = [excerpt(each, CELL_LIMIT) for each in small if each]
    return {"text": excerpt(main, CELL_LIMIT), "small": below, "code": code}


def addresses(ranges: Sequence[str], *small: str) -> Cell:
    """Ranges of addresses, with smaller lines below them."""
    return {"text": named(ranges), "small": [excerpt(each, CELL_LIMIT) for each in small]}


def named(ranges: Sequence[str]) -> str:
    """The first ranges, and how many more there are."""
    more = len(ranges) - _RANGES
    shown = ", ".join(excerpt(each, CELL_LIMIT) for each in ranges[:_RANGES])
    return shown + (f" and {more:,} more ranges" if more > 0 else "")


def chip(verdict: Verdict) -> Cell:
    """The verdict as a coloured word."""
    return {"text": LABELS[verdict], "verdict": verdict.value}


def pictures(
    drawn: Iterable[Picture], style: str, *, columns: int = 1, titled: bool = True
) -> Block:
    """Pictures, side by side in so many columns; their titles are always part of the words."""
    each = [
        {
            "svg": p.svg(style),
            "title": excerpt(p.title, CELL_LIMIT) if titled else "",
            "words": excerpt(f"{p.title}: {p.words}", TEXT_LIMIT),
        }
        for p in drawn
    ]
    return {"kind": "pictures", "pictures": each, "columns": columns}
