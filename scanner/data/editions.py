"""A new edition of a list file, written into a data directory in one step.

The text is edited in place, so that comments and order stay; the result is read back by the
strict loader before anything is replaced. The edition before is kept under `editions/`.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from scanner.data import strict_yaml
from scanner.data.files import Source, data_dir
from scanner.data.lists import FOLDER, read_lists
from scanner.data.regimes import read_regimes
from scanner.data.vendors import read_vendors
from scanner.errors import DataError, UsageError
from scanner.model import ListedEntity

KEPT = "editions"
WORKSHOP = ".camcensus-update-"
_PARTS = ("vendors", "rules", "reports")

Span = tuple[int, int]
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NewEdition:
    """What to write into one list file: facts to replace in rows held, rows to add."""

    list_id: str
    edition: date
    checked: date
    replaced: Sequence[tuple[ListedEntity, Row]] = ()
    added: Sequence[Row] = ()


def write_editions(directory: Path, editions: Sequence[NewEdition]) -> tuple[Path, ...]:
    """Write each list whole or not at all; the files written. A directory that is not there yet
    becomes a copy of the installed data with these editions, also in one step."""
    _refuse_installed(directory)
    try:
        if not directory.exists():
            return _new_directory(directory, editions)
        root = data_dir(directory)
        with _workshop(root) as stage:
            shutil.copytree(root / FOLDER, stage / FOLDER)
            _edit(stage, editions, root)
            return tuple(_swap(stage, root, each) for each in editions)
    except OSError as error:
        raise DataError(directory, "", f"cannot be written: {error.strerror}") from error


def _refuse_installed(directory: Path) -> None:
    installed = data_dir(None).resolve()
    target = directory.resolve()
    if target == installed or (installed in target.parents and "_data" in installed.parts):
        raise UsageError(f"--data {directory}: is the installed copy, which is never written")


@contextmanager
def _workshop(root: Path) -> Iterator[Path]:
    """A hidden directory on the same file system, gone afterwards; what a kill left goes first."""
    for left in root.glob(f"{WORKSHOP}*"):
        shutil.rmtree(left, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix=WORKSHOP, dir=root))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _new_directory(directory: Path, editions: Sequence[NewEdition]) -> tuple[Path, ...]:
    directory.parent.mkdir(parents=True, exist_ok=True)
    root = data_dir(None)
    with _workshop(directory.parent) as stage:
        made = stage / directory.name
        for part in _PARTS:
            shutil.copytree(root / part, made / part)
        _edit(made, editions, root)
        made.rename(directory)
    return tuple(directory / FOLDER / f"{each.list_id}.yml" for each in editions)


def _edit(stage: Path, editions: Sequence[NewEdition], root: Path) -> None:
    """New texts into the stage, read back as a whole with the vendors of the root."""
    for each in editions:
        name = f"{FOLDER}/{each.list_id}.yml"
        text = edited(Source(stage, name).text, each)
        with (stage / name).open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
    vendors, _, _ = read_vendors(root)
    questions, _, _ = read_regimes(root)
    read_lists(stage, {vendor.id for vendor in vendors}, {each.id: each for each in questions})


def _swap(stage: Path, root: Path, each: NewEdition) -> Path:
    """Keep the file of before, then put the new one in its place."""
    name = f"{FOLDER}/{each.list_id}.yml"
    source = Source(root, name)
    document = strict_yaml.parse(source.text)
    edition = document.get("edition", "") if isinstance(document, dict) else ""
    digest = hashlib.sha256(source.raw).hexdigest()[:8]
    kept = root / KEPT / each.list_id / f"{edition}-{digest}.yml"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(root / name, stage / "kept")
    (stage / "kept").replace(kept)
    (stage / name).replace(root / name)
    return root / name


def edited(text: str, each: NewEdition) -> str:
    """The text of the list file with the edition's facts in it."""
    spans = _spans(text)
    document: Any = strict_yaml.parse(text)
    rows = document["entities"]
    changes: dict[Span, str] = {
        spans["edition",]: each.edition.isoformat(),
        spans["check", "last"]: each.checked.isoformat(),
    }
    for entity, facts in each.replaced:
        index = _index(rows, entity)
        changes[spans["entities", index]] = _flow({**rows[index], **facts})
    if each.added:
        changes[_after_last(text, spans, len(rows))] = "".join(
            f"\n- {_flow(row)}" for row in each.added
        )
    for start, end in sorted(changes, reverse=True):
        text = text[:start] + changes[start, end] + text[end:]
    return text


def _index(rows: Sequence[Mapping[str, object]], entity: ListedEntity) -> int:
    key = (entity.vendor, entity.listed_as, entity.start)
    return [(r["vendor"], r["listed_as"], r["start"]) for r in rows].index(key)


def _after_last(text: str, spans: Mapping[strict_yaml.Path, Span], count: int) -> Span:
    """The end of the line on which the last entity ends."""
    _, end = spans["entities", count - 1]
    line_end = text.find("\n", end)
    place = len(text) if line_end < 0 else line_end
    return place, place


def _flow(row: Mapping[str, object]) -> str:
    """`{vendor: dahua, …}` on one line."""
    text: str = yaml.dump(
        dict(row), Dumper=yaml.SafeDumper, default_flow_style=True, sort_keys=False,
        allow_unicode=True, width=1_000_000,
    )  # fmt: skip
    return text.rstrip("\n")


def _spans(text: str) -> dict[strict_yaml.Path, Span]:
    """Where each value stands in the text, by its path."""
    events = yaml.parse(text, Loader=yaml.CSafeLoader)
    spans: dict[strict_yaml.Path, Span] = {}

    def value(event: Any, path: strict_yaml.Path) -> str:
        start = event.start_mark.index
        if isinstance(event, yaml.SequenceStartEvent):
            number = 0
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                value(event, (*path, number))
                number += 1
        elif isinstance(event, yaml.MappingStartEvent):
            while not isinstance(event := next(events), yaml.MappingEndEvent):
                key = value(event, (*path, "<key>"))
                value(next(events), (*path, key))
        end = event.end_mark.index
        spans[path] = start, start + len(text[start:end].rstrip())
        return str(getattr(event, "value", ""))

    for event in events:
        if isinstance(event, yaml.NodeEvent):
            value(event, ())
    return spans
