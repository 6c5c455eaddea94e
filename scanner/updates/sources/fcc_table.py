"""The FCC's consolidated list of prohibited entities (CSV or JSON), compiled from other lists."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanner.errors import DataError
from scanner.updates import fields, files
from scanner.updates.api import CMIC, DOD_1260H, ENTITY_LIST, FCC, SECTION_889, Row, Source

COLUMNS = ("entity_name", "aka", "country", "source_list", "date_added", "federal_register_cite")
LISTS = {
    "covered list": FCC,
    "889": SECTION_889,
    "1260h": DOD_1260H,
    "entity list": ENTITY_LIST,
    "cmic": CMIC,
}
"""Words of `source_list`, which joins several lists by `; `."""


def accepts(head: str) -> bool:
    """The names of two fields tell."""
    return "entity_name" in head and "federal_register_cite" in head


def rows(path: Path) -> Iterator[Row]:
    """Every entity, once for each list it is said to come from."""
    as_json = files.head(path).lstrip()[:1] == "["
    records = files.json_objects(path, r"^\s*\[") if as_json else files.csv_rows(path, COLUMNS)
    for where, record in records:
        if "entity_name" not in record:
            raise DataError(path, where, "has no 'entity_name'")
        for name in fields.unique(files.text_of(record.get("source_list")).split(";")):
            yield _row(record, name, where)


def _row(record: dict[str, Any], list_name: str, where: str) -> Row:
    aka = record.get("aka")
    names = fields.with_short_form(files.text_of(record["entity_name"]).strip())
    aliases = fields.alternatives(aka) if isinstance(aka, str) else files.texts_of(aka)
    country = files.text_of(record.get("country"))
    return Row(
        list=next((i for word, i in LISTS.items() if word in list_name.lower()), list_name),
        name=names[0],
        where=where,
        aliases=fields.unique((*names[1:], *aliases)),
        countries=fields.unique([fields.country(country)] if country else []),
        start=fields.day(files.text_of(record.get("date_added"))),
        citation=files.text_of(record.get("federal_register_cite")),
        remarks=files.text_of(record.get("notes")),
    )


SOURCE: Source = Source("fcc-table", "FCC consolidated prohibited entity list", "B", accepts, rows)
