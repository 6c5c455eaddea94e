"""OFAC's `cons_prim.csv` with the tables `cons_alt.csv` and `cons_add.csv` that lie beside it.

No header; `-0-` stands for nothing. `sdn.csv` has the same columns and other names beside it.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from scanner.errors import DataError
from scanner.updates import csl, fields, files
from scanner.updates.api import CMIC, Row, Source

COLUMNS, ALT_COLUMNS, ADD_COLUMNS = 12, 5, 6
_QUOTED_AKA = "a.k.a. '"


def accepts(head: str) -> bool:
    """Twelve columns beginning with a number, nothing marked by -0-."""
    first = head.split("\n", 1)[0]
    return first.split(",", 1)[0].strip().isdigit() and "-0-" in first


def rows(path: Path) -> Iterator[Row]:
    """Every party of the primary table."""
    names = _table(path, "alt", ALT_COLUMNS)
    places = _table(path, "add", ADD_COLUMNS)
    for where, cells in files.csv_cells(path):
        if len(cells) == 1 and cells[0].strip() in {"", "\x1a"}:
            continue
        if len(cells) != COLUMNS:
            raise DataError(path, where, f"{len(cells)} columns, {COLUMNS} expected")
        yield _row([_value(c) for c in cells], names, places, where)


def _row(
    cells: list[str], names: dict[str, list[list[str]]], places: dict[str, list[list[str]]],
    where: str,
) -> Row:  # fmt: skip
    number, name, _, programs, *_, remarks = cells
    here = places[number]
    return Row(
        list=CMIC if "CMIC" in programs else f"ofac:{programs[:40]}",
        name=name,
        where=where,
        aliases=fields.unique([*(r[3] for r in names[number]), *_quoted(remarks)]),
        countries=fields.unique(fields.country(r[4]) for r in here if r[4]),
        addresses=fields.unique(", ".join(filter(None, r[2:5])) for r in here),
        start=csl.cmic_start(remarks),
        citation=programs,
        remarks=remarks,
    )


def _table(path: Path, kind: str, columns: int) -> dict[str, list[list[str]]]:
    """Rows of a table beside the primary one by party number; none when it is not there."""
    found: dict[str, list[list[str]]] = defaultdict(list)
    beside = path.with_name(path.name.replace("prim", kind, 1))
    if beside == path or not beside.is_file():
        return found
    for where, cells in files.csv_cells(beside):
        if len(cells) == 1:
            continue
        if len(cells) != columns:
            raise DataError(beside, where, f"{len(cells)} columns, {columns} expected")
        found[cells[0].strip()].append([_value(c) for c in cells])
    return found


def _value(cell: str) -> str:
    cell = cell.strip()
    return "" if cell == "-0-" else cell


def _quoted(remarks: str) -> list[str]:
    """Names that stand in the remarks only: `a.k.a. 'CLOUDWALK'`."""
    return [piece.split("'", 1)[0] for piece in remarks.split(_QUOTED_AKA)[1:]]


SOURCE: Source = Source("ofac-csv", "OFAC cons_prim.csv", "A", accepts, rows)
