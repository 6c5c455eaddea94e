"""OpenSanctions entities as JSON lines (`entities.ftm.json`, `targets.nested.json`)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanner.updates import fields, files
from scanner.updates.api import Row, Source
from scanner.updates.sources.opensanctions_csv import lists

PARTIES = frozenset({"LegalEntity", "Company", "Organization", "PublicBody"})


def accepts(head: str) -> bool:
    """The first line is an object with a schema and properties."""
    first = head.split("\n", 1)[0]
    return first.startswith("{") and '"schema"' in first and '"properties"' in first


def rows(path: Path) -> Iterator[Row]:
    """Every organisation, once for each program; other entities are passed over."""
    for where, record in files.json_lines(path):
        if not isinstance(found := record.get("properties"), dict):
            raise files.Place(path).fault(f"{where}: has no 'properties'")
        if record.get("schema") in PARTIES:
            programs = _texts(found, "programId")
            for list_id in lists(programs, files.texts_of(record.get("datasets"))):
                yield _row(record, found, list_id, where)


def _texts(found: dict[str, Any], key: str) -> tuple[str, ...]:
    return files.texts_of(found.get(key, []))


def _row(record: dict[str, Any], found: dict[str, Any], list_id: str, where: str) -> Row:
    name = files.text_of(record.get("caption"))
    names = fields.unique((*_texts(found, "name"), *_texts(found, "alias")))
    return Row(
        list=list_id,
        name=name,
        where=where,
        aliases=tuple(each for each in names if each != name),
        countries=fields.unique(
            map(fields.country, (*_texts(found, "country"), *_texts(found, "jurisdiction")))
        ),
        addresses=_texts(found, "address"),
        remarks=" ".join(_texts(found, "notes")),
    )


SOURCE: Source = Source("opensanctions-ftm", "OpenSanctions FtM JSON", "B", accepts, rows)
