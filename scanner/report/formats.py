"""What a report format promises, and which formats there are: the folder is the registry."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol, runtime_checkable

from scanner import plugins
from scanner.errors import UsageError
from scanner.model import ScanReport

Templates = Callable[[str], str]
"""Name of a file in `reports/templates/` → its text."""


@dataclass(frozen=True, slots=True)
class About:
    """What the lists of formats tell a person; `ending` is that of the file, without a dot."""

    holds: str
    readers: str
    opened_with: str
    ending: str


class Format(Protocol):
    """One rendering of a report."""

    @property
    def name(self) -> str:
        """The word before the `=` of `-o NAME=PATH`."""

    @property
    def about(self) -> About:
        """What it holds, and for whom."""

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """The file in pieces. The same report and templates give the same bytes."""


@dataclass(frozen=True, slots=True)
class Page:
    """One file of a folder: its name, and its bytes in pieces."""

    name: str
    pieces: Iterator[bytes]


@runtime_checkable
class FolderFormat(Format, Protocol):
    """A format that can also be a folder of files: `-o NAME=DIR/`."""

    @property
    def numbered(self) -> str:
        """A glob of the files whose number differs from report to report; empty for none."""

    def pages(self, report: ScanReport, templates: Templates) -> Iterator[Page]:
        """The files in the order of writing, the one to open first being the last."""


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
