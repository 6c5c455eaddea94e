"""The organisation's answers (TOML, one table a question) ↔ `Reply` values.

    [federal-contract]
    answer = "yes"                # yes, no or unknown; yes and no need who and when
    who = "A. Person, contracts"
    when = 2026-11-23
    clauses = ["52.204-25"]       # the question's second part, after a yes

A question without a table is unknown. The tables of `details` may stand beside them.
"""

import difflib
import json
import os
import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from scanner.data.details import TABLES, details
from scanner.errors import DataError, UsageError
from scanner.model import Answer, Question, Reply
from scanner.remedy import Details

MAX_BYTES = 256 * 1024


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    answer: Literal["yes", "no", "unknown"]
    who: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    when: date | None = None

    @model_validator(mode="after")
    def _signed(self) -> "_Row":
        if self.answer != "unknown" and not (self.who and self.when):
            raise ValueError(f"the answer {self.answer} needs who and when")
        return self


def read_profile(path: Path, questions: Sequence[Question]) -> tuple[Reply, ...]:
    """A reply to every question, in their order. DataError names file, entry and reason."""
    tables = read_tables(path)
    known = {question.id for question in questions}
    for name in tables:
        if name not in known and name not in TABLES:
            near = ", ".join(difflib.get_close_matches(name, known, 3)) or "none is near"
            raise DataError(path, name, f"no such question (near: {near})")
    return tuple(_reply(path, question, tables.get(question.id)) for question in questions)


def read_details(path: Path, clauses: AbstractSet[str], vendors: AbstractSet[str]) -> Details:
    """What the same file says beyond the answers; `clauses` and `vendors` are the known ids."""
    return details(path, read_tables(path), clauses, vendors)


def read_tables(path: Path) -> dict[str, Any]:
    """A TOML file the operator wrote, capped. DataError says why it cannot be read."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise DataError(path, "", f"is larger than {MAX_BYTES} bytes")
        return tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise DataError(path, "", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(path, "", "is not UTF-8 text") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError(path, "", f"is not TOML: {error}") from error


def _reply(path: Path, question: Question, table: object) -> Reply:
    if table is None:
        return Reply(question.id, question.ask)
    if not isinstance(table, dict):
        raise DataError(path, question.id, f"is not a table: write [{question.id}]")
    rest = {key: value for key, value in table.items() if key != question.detail}
    try:
        row = _Row.model_validate(rest)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join((question.id, *map(str, first["loc"])))
        raise DataError(path, where, first["msg"].removeprefix("Value error, ")) from error
    detail = _detail(path, question, row.answer, table.get(question.detail))
    return Reply(question.id, question.ask, Answer(row.answer), row.who or "", row.when, detail)


def _detail(path: Path, question: Question, answer: str, given: object) -> tuple[str, ...]:
    """The second part as texts; left out, it stays open."""
    if given is None:
        return ()
    where = f"{question.id}.{question.detail}"
    if answer != "yes":
        raise DataError(path, where, f"belongs to a yes, but the answer is {answer}")
    values = given if isinstance(given, list) else [given]
    for value in values:
        if value not in question.detail_values:
            known = ", ".join(question.detail_values)
            raise DataError(path, where, f"{value!r} is none of {known}")
    return tuple(values)


def write_profile(path: Path, replies: Iterable[Reply], questions: Iterable[Question]) -> None:
    """A new profile file; UsageError when there is one already."""
    asked = {question.id: question for question in questions}
    text = "\n".join(line for r in replies for line in _lines(r, asked[r.question]))
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path}: is there already; edit it, or name another file") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def _lines(reply: Reply, question: Question) -> Iterator[str]:
    yield from textwrap.wrap(question.ask, 96, initial_indent="# ", subsequent_indent="# ")
    yield f"[{reply.question}]"
    yield f'answer = "{reply.answer.value}"'
    if reply.who:
        yield f"who = {_quoted(reply.who)}"
    if reply.when:
        yield f"when = {reply.when.isoformat()}"
    if reply.detail:
        yield f"{question.detail} = [{', '.join(map(_quoted, reply.detail))}]"
    yield ""


def _quoted(text: str) -> str:
    """A TOML basic string; what cannot be seen is left out."""
    return json.dumps("".join(c for c in text if c.isprintable()), ensure_ascii=False)
