"""Which characters the fonts of the PDF report hold; the others are written out, never lost.

A PDF/A with a character that no font has is refused as a whole, so none may get that far.
`tools/make_fonts.py` makes the table and the font beside it.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent / "fonts"


def legible(value: Any) -> Any:
    r"""The same plain value with every character that cannot be shown written as `\u9ed1`."""
    match value:
        case str():
            return _unshown().sub(_written_out, value)
        case dict():
            return {key: legible(each) for key, each in value.items()}
        case list() | tuple():
            return [legible(each) for each in value]
        case _:
            return value


def missing(value: Any) -> bool:
    """True when some text of the value holds a character that no font has."""
    match value:
        case str():
            return _unshown().search(value) is not None
        case dict():
            return any(map(missing, value.values()))
        case list() | tuple():
            return any(map(missing, value))
        case _:
            return False


@cache
def _unshown() -> re.Pattern[str]:
    table = (FONTS / "glyphs.txt").read_text(encoding="ascii").split()
    held = "".join("-".join(f"\\U{code:0>8}" for code in run.split("-")) for run in table)
    return re.compile(f"[^{held}\n]")


def _written_out(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
