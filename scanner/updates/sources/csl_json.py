"""Consolidated Screening List as JSON (trade.gov): the records are the array `results`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanner.updates import csl, fields, files
from scanner.updates.api import Row, Source
from scanner.updates.sources.csl_csv import COLUMNS

OPENING = r'"results"\s*:\s*\['


def accepts(head: str) -> bool:
    """An object with an array of results."""
    return head.lstrip()[:1] == "{" and '"results"' in head


def rows(path: Path) -> Iterator[Row]:
    """Every record."""
    for where, record in files.json_objects(path, OPENING):
        if "source" not in record or "name" not in record:
            raise files.Place(path).fault(f"{where}: has no 'source' or no 'name'")
        texts = {name: files.text_of(record.get(name)) for name in COLUMNS}
        yield csl.row(texts, _countries(record), where)


def _countries(record: dict[str, Any]) -> tuple[str, ...]:
    addresses = record.get("addresses")
    if not isinstance(addresses, list):
        return csl.address_countries(files.text_of(addresses))
    given = (a.get("country") for a in addresses if isinstance(a, dict))
    return fields.unique(fields.country(files.text_of(each)) for each in given)


SOURCE: Source = Source("csl-json", "Consolidated Screening List (JSON)", "A", accepts, rows)
