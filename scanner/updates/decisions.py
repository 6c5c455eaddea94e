"""What a person decided about rows, kept in a small JSON file.

    {"rows": {"1f3a…": {"vendor": "hikvision", "list": …, "name": …, "on": "2026-11-23"}, …},
     "counts": {"us-bis-entity-list": 3187}}

A vendor of null is a row that is nobody's here. `counts` are the rows of the last edition taken.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.errors import DataError
from scanner.updates.api import Row
from scanner.updates.names import normalised

MAX_BYTES = 16 * 1024 * 1024
ID_DIGITS = 10


def row_id(row: Row) -> str:
    """The same for a party on a list as long as its name and countries stay."""
    name = normalised(row.parent or row.name)
    key = "\0".join((row.list, name, ",".join(sorted(row.countries))))
    return hashlib.sha256(key.encode()).hexdigest()[:ID_DIGITS]


@dataclass(frozen=True, slots=True)
class Decisions:
    """By row id: the vendor accepted, None for a rejected row. And rows a list had last time."""

    rows: Mapping[str, dict[str, str | None]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    def is_decided(self, row: str) -> bool:
        """Has a person answered?"""
        return row in self.rows

    def vendor(self, row: str) -> str | None:
        """The maker accepted for the row."""
        return self.rows[row]["vendor"] if row in self.rows else None


def read(path: Path) -> Decisions:
    """The decisions kept, none when there is no file yet. DataError when it is damaged."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Decisions()
    except OSError as error:
        raise DataError(path, "", f"cannot be read: {error.strerror}") from error
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise DataError(path, "", "is not JSON: repair it or move it away") from error
    if not isinstance(document, dict):
        raise DataError(path, "", "is not a JSON object")
    return Decisions(_rows(path, document), _counts(path, document))


def _rows(path: Path, document: dict[str, Any]) -> dict[str, dict[str, str | None]]:
    rows = document.get("rows", {})
    if not isinstance(rows, dict):
        raise DataError(path, "rows", "is not an object")
    for key, value in rows.items():
        if not isinstance(value, dict) or not isinstance(value.get("vendor", 0), str | None):
            raise DataError(path, f"rows, {key[:40]}", "needs a 'vendor', an id or null")
    return rows


def _counts(path: Path, document: dict[str, Any]) -> dict[str, int]:
    counts = document.get("counts", {})
    if not isinstance(counts, dict) or not all(type(v) is int for v in counts.values()):
        raise DataError(path, "counts", "is not an object of whole numbers")
    return counts


def write(path: Path, decisions: Decisions) -> None:
    """Replace the file in one step."""
    text = json.dumps(
        {"rows": dict(decisions.rows), "counts": dict(decisions.counts)},
        ensure_ascii=False, indent=1, sort_keys=True,
    )  # fmt: skip
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text + "\n", "utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise DataError(path, "", f"cannot be written: {error.strerror}") from error
