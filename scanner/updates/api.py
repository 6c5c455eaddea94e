"""What a source of list rows is, and what a row of it holds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ENTITY_LIST = "us-bis-entity-list"
SECTION_889 = "us-ndaa-889"
FCC = "us-fcc-covered-list"
DOD_1260H = "us-dod-1260h"
CMIC = "us-ofac-ns-cmic"


@dataclass(frozen=True, slots=True)
class Row:
    """One party as a source names it. `list` is our id of the list where we keep it."""

    list: str
    name: str
    where: str
    """Line or entry of the file."""
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    """ISO 3166 codes, or a country's name where the source gives one that is not known here."""
    addresses: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    citation: str = ""
    remarks: str = ""
    parent: str = ""
    """The listed party whose affiliate this is, where the name says so."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file format: how to know it by its first characters, how to read it."""

    name: str
    title: str
    grade: str
    """A where the authority publishes the file itself, else B."""
    accepts: Callable[[str], bool]
    rows: Callable[[Path], Iterator[Row]]
    edition: Callable[[str], date | None] = lambda head: None
    """The file's own date, from its first characters."""
