"""A cheap, honest pre-check: a text without the pattern's own literal cannot match the pattern."""

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_parser: Any = importlib.import_module("re._parser")  # the only parser of `re`'s own grammar
_LETTERS = {0x130: "i", 0x131: "i", 0x17F: "s", 0x212A: "k"}
"""What `re.IGNORECASE` takes for an ASCII letter besides its two cases."""


def folded(text: str) -> str:
    """The text so that every ASCII letter `re.IGNORECASE` sees in it is lower case."""
    return (text if text.isascii() else text.translate(_LETTERS)).lower()


@dataclass(frozen=True, slots=True)
class Needle:
    """A literal that every match contains, possibly empty. `fold`: compare with `folded` text."""

    literal: str
    fold: bool = False

    @classmethod
    def of(cls, pattern: re.Pattern[str]) -> "Needle":
        """The longest literal the pattern cannot match without."""
        runs = _runs(_parser.parse(pattern.pattern, pattern.flags))
        if pattern.flags & re.IGNORECASE:
            literal = max((run for run in runs if run.isascii()), key=len, default="")
            return cls(literal.lower(), fold=True)
        return cls(max(runs, key=len, default=""))


def _runs(tree: Any) -> Iterator[str]:
    """Unbroken literals that each match has to contain; what is optional ends a run."""
    run = ""
    for op, argument in tree:
        if op.name == "LITERAL":
            run += chr(argument)
            continue
        if op.name == "AT":
            continue
        yield run
        run = ""
        if op.name == "SUBPATTERN" and not (argument[1] or argument[2]):
            yield from _runs(argument[3])
        elif op.name in ("MAX_REPEAT", "MIN_REPEAT") and argument[0] > 0:
            yield from _runs(argument[2])
        elif op.name == "ASSERT":
            yield from _runs(argument[1])
    yield run
