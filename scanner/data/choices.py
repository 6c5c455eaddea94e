"""Decisions on devices in a file of the operator (JSON), the one place that reads and writes it.

{"schema": "decisions-1", "decisions": [
 {"keys": ["mac:44:19:b6:00:00:01"], "disposition": "replace", "owner": "B. Person",
  "due": "2027-01-15", "note": "", "who": "A. Person", "when": "2026-11-24"}]}
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from scanner.data.given import given_text
from scanner.errors import CamcensusError, DataError
from scanner.remedy import Choice, Disposition

SCHEMA = "decisions-1"
Key = Annotated[str, StringConstraints(pattern=r"^(mac|serial|address):", max_length=1000)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: Annotated[list[Key], Field(min_length=1)]
    disposition: Disposition | None = None
    owner: str = ""
    due: date | None = None
    note: str = ""
    who: str = ""
    when: date | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: Annotated[Literal["decisions-1"], Field(alias="schema")]
    decisions: list[_Row]


def read_choices(path: Path) -> tuple[Choice, ...]:
    """Decisions in written order. DataError names the entry that is wrong."""
    try:
        read = _File.model_validate_json(given_text(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise DataError(path, ".".join(map(str, first["loc"])), first["msg"]) from error
    seen: set[str] = set()
    for number, row in enumerate(read.decisions):
        if twice := seen.intersection(row.keys):
            raise DataError(path, f"decisions.{number}", f"decides on {min(twice)} again")
        seen.update(row.keys)
    return tuple(
        Choice(tuple(r.keys), r.disposition, r.owner, r.due, r.note, r.who, r.when)
        for r in read.decisions
    )


def write_choices(path: Path, choices: Iterable[Choice]) -> None:
    """The whole file anew, in one step. CamcensusError when it cannot be written."""
    document = {"schema": SCHEMA, "decisions": [_row(choice) for choice in choices]}
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(json.dumps(document, indent=1) + "\n")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise CamcensusError(f"{path}: cannot be written: {error.strerror}") from error


def _row(choice: Choice) -> dict[str, object]:
    return {
        "keys": choice.keys,
        "disposition": choice.disposition.value if choice.disposition else None,
        "owner": choice.owner,
        "due": choice.due.isoformat() if choice.due else None,
        "note": choice.note,
        "who": choice.who,
        "when": choice.when.isoformat() if choice.when else None,
    }
