"""A picture as SVG with words for those who do not see it. Text in it is always escaped.

Colours are the business of whoever shows it: shapes carry classes such as `listed`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from unicodedata import east_asian_width

from markupsafe import escape

from scanner.model import Verdict
from scanner.report.text import excerpt, visible

_WIDE, _NARROW = 1.0, 0.62
"""Widths of a character in units of the type size; 0.62 is above the average of any sans serif."""
_TEXT_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Picture:
    """Width and height in user units; `words` says what the picture says."""

    id: str
    title: str
    words: str
    width: float
    height: float
    body: str

    def svg(self, style: str = "") -> str:
        """The element; `style` is a sheet to put inside where no page brings one."""
        sheet = f"<style>{style}</style>" if style else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" '
            f'viewBox="0 0 {self.width:g} {self.height:g}" '
            f'width="{self.width:g}" height="{self.height:g}" '
            f'aria-labelledby="{self.id}-title" aria-describedby="{self.id}-words">'
            f'<title id="{self.id}-title">{safe(self.title)}</title>'
            f'<desc id="{self.id}-words">{safe(self.words)}</desc>{sheet}{self.body}</svg>'
        )


def safe(text: str) -> str:
    """Escaped, harmless text for an element or an attribute."""
    return str(escape(excerpt(text, _TEXT_LIMIT)))


def text_width(text: str, size: float) -> float:
    """Width the text certainly does not exceed by much, in user units, at a type size."""
    wide = sum(east_asian_width(c) in "WF" for c in text)
    return size * (wide * _WIDE + (len(text) - wide) * _NARROW)


def fitted(text: str, size: float, room: float) -> str:
    """The text, shortened by `…` until it fits the room."""
    shown = visible(text[:_TEXT_LIMIT])
    if text_width(shown, size) <= room:
        return shown
    ends = accumulate(text_width(character, size) for character in f"…{shown}")
    return shown[: sum(end <= room for end in ends) - 1] + "…"


def label(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    """One line of text, its base line at `y`."""
    look = f' class="{kind}"' if kind else ""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:g}" y="{y:g}"{look}{where}>{safe(text)}</text>'


def box(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A rectangle of a class."""
    return (
        f'<rect class="{kind}" x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"/>'
    )


def path(points: str, kind: str) -> str:
    """An outline of a class."""
    return f'<path class="{kind}" d="{points}"/>'


def mark(verdict: Verdict, x: float, y: float, size: float = 12) -> str:
    """A shape of its own for each verdict, so that no colour is needed; top left at (x, y)."""
    middle, half = f"{x + size / 2:g}", size / 2
    match verdict:
        case Verdict.LISTED:
            inset = size / 4
            cross = f"M{x + inset:g} {y + inset:g}l{half:g} {half:g}m0 {-half:g}l{-half:g} {half:g}"
            return box(x, y, size, size, "listed") + path(cross, "cross")
        case Verdict.REVIEW:
            return path(f"M{middle} {y:g}l{half:g} {size:g}h{-size:g}z", "review")
        case Verdict.UNDETERMINED:
            return _circle(x, y, size, "undetermined hollow")
        case Verdict.NOT_LISTED:
            return _circle(x + size / 8, y + size / 8, size * 0.75, "not-listed")


def _circle(x: float, y: float, size: float, kind: str) -> str:
    radius = size / 2 - 1
    return (
        f'<circle class="{kind}" cx="{x + radius + 1:g}" cy="{y + radius + 1:g}" r="{radius:g}"/>'
    )


def group(parts: Iterable[str], tip: str = "") -> str:
    """Parts that belong together, with what a pointer shows over them."""
    title = f"<title>{safe(tip)}</title>" if tip else ""
    return f"<g>{title}{''.join(parts)}</g>"
