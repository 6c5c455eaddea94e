"""What a report format promises, and which formats there are: the folder is the registry."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Protocol

from scanner import plugins
from scanner.errors import UsageError
from scanner.model import ScanReport

Templates = Callable[[str], str]
"""Name of a file in `reports/templates/` → its text."""


class Format(Protocol):
    """One rendering of a report."""

    @property
    def name(self) -> str:
        """The word before the `=` of `-o NAME=PATH`."""

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """The file in pieces. The same report and templates give the same bytes."""


@cache
def known() -> Mapping[str, Format]:
    """Every format of this folder under its name, in module name order."""
    found: tuple[Format, ...] = plugins.load("scanner.report", "FORMAT")
    return {each.name: each for each in found}


def find(name: str) -> Format:
    """The format called `name`; UsageError names the known ones when there is none."""
    if name not in known():
        raise UsageError(f"no report format {name!r}; there are: {', '.join(known())}")
    return known()[name]
