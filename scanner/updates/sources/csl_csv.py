"""Consolidated Screening List as CSV (trade.gov). Columns by name: their number has changed."""

from collections.abc import Iterator
from pathlib import Path

from scanner.updates import csl, files
from scanner.updates.api import Row, Source

COLUMNS = (
    "source", "name", "alt_names", "addresses", "federal_register_notice", "start_date",
    "end_date", "programs", "remarks", "ids",
)  # fmt: skip


def accepts(head: str) -> bool:
    """The header row tells."""
    header = head.split("\n", 1)[0].split(",")
    return "source_list_url" in header and "federal_register_notice" in header


def rows(path: Path) -> Iterator[Row]:
    """Every record."""
    for where, record in files.csv_rows(path, COLUMNS):
        yield csl.row(record, csl.address_countries(record["addresses"]), where)


SOURCE: Source = Source("csl-csv", "Consolidated Screening List (CSV)", "A", accepts, rows)
