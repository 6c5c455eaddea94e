"""A store looked after: copied whole, checked to the last byte, pruned of what nobody asks for."""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from sqlalchemy import Connection, Table, delete, func, insert, select, text, update

from scanner.errors import CamcensusError, UsageError
from scanner.model import utc_text
from scanner.store import parts
from scanner.store.database import Database
from scanner.store.runs import RUNNING, Run, RunStore
from scanner.store.tables import CLOCKS, METADATA, PARTS, RUNS

AT_ONCE = 2_000
"""Rows held in memory when a store is copied."""


@dataclass(frozen=True, slots=True)
class Keep:
    """The newest `runs` of each site and scope, or all of the last `days`."""

    runs: int = 0
    days: int = 0


def backup(store: RunStore, file: Path) -> None:
    """All of the store into one new SQLite file, as it is at one moment, whatever others write."""
    if file.exists():
        raise UsageError(f"{file}: is there already; name a new file")
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        copy(store.database, Database(f"sqlite:///{part.absolute()}", part.parent))
        part.replace(file)
    except OSError as error:
        raise CamcensusError(f"{file}: cannot be written: {error.strerror}") from error
    finally:
        for left in (part, *part.parent.glob(f"{part.name}-*")):
            left.unlink(missing_ok=True)


def restore(store: RunStore, file: Path) -> None:
    """A backup into an empty store, on SQLite or PostgreSQL."""
    if not file.is_file() or file.read_bytes()[:15] != b"SQLite format 3":
        raise UsageError(f"{file}: is no backup of a store")
    if store.all():
        raise UsageError(f"store {store.database.name}: holds runs already; restore into a new one")
    copy(Database(f"sqlite:///{file.absolute()}", file.parent), store.database)


def copy(source: Database, target: Database) -> None:
    """Every row, with its number; all of it or nothing."""
    with source.reading() as old, target.writing() as new:
        for table in METADATA.sorted_tables:
            query = select(table).execution_options(yield_per=AT_ONCE)
            for rows in old.execute(query).mappings().partitions():
                new.execute(insert(table), [dict(row) for row in rows])
            if not target.is_sqlite and "id" in table.c:
                _count_on(new, table)


def _count_on(connection: Connection, table: Table) -> None:
    """The next number comes after those that were copied."""
    highest = connection.scalar(select(func.max(table.c.id)))
    if highest:
        sequence = func.pg_get_serial_sequence(table.name, "id")
        connection.execute(select(func.setval(sequence, highest)))


def check(store: RunStore) -> Iterator[str]:
    """What is wrong, in sentences; nothing when every run can be read back whole."""
    with store.database.reading() as connection:
        yield from _database(connection, is_sqlite=store.database.is_sqlite)
        query = select(PARTS.c.id, PARTS.c.digest, PARTS.c.data)
        for number, digest, data in connection.execute(query.execution_options(yield_per=AT_ONCE)):
            if not _is_whole(bytes(digest), bytes(data)):
                yield f"part {number} is not what its hash says"
    for run in store.all():
        yield from _run(store, run)


def _database(connection: Connection, *, is_sqlite: bool) -> Iterator[str]:
    if is_sqlite:
        for (line,) in connection.execute(text("PRAGMA integrity_check(20)")):
            if line != "ok":
                yield f"the file is damaged: {line}"
        if broken := connection.execute(text("PRAGMA foreign_key_check")).all():
            yield f"{len(broken)} rows refer to what is not there"


def _is_whole(digest: bytes, data: bytes) -> bool:
    try:
        return sha256(zlib.decompress(data)).digest() == digest
    except zlib.error:
        return False


def _run(store: RunStore, run: Run) -> Iterator[str]:
    name = f"run {run.run[:8]} of {run.started}"
    if run.held:
        try:
            for _ in store.records(run):
                continue
            store.standings(run)
        except (CamcensusError, KeyError, ValueError, IndexError, zlib.error) as error:
            yield f"{name} cannot be read back: {type(error).__name__}: {error}"
    elif run.evidence and run.state != RUNNING:
        yield f"{name} is not in the store: its evidence {run.evidence} is not there"


def outdated(store: RunStore, keep: Keep, now: datetime) -> list[Run]:
    """Runs that need not be kept; the newest of each site and scope always is."""
    held = sorted((r for r in store.all() if r.held), key=lambda run: run.series)
    since = utc_text(now.astimezone(UTC) - timedelta(days=keep.days))
    found: list[Run] = []
    for _, runs in groupby(held, key=lambda run: run.series):
        _, *older = runs
        if keep.runs:
            found += older[keep.runs - 1 :]
        else:
            found += (run for run in older if run.started < since)
    return found


def prune(store: RunStore, runs: Sequence[Run]) -> int:
    """Forget the evidence of the runs, keep their counts; the number of parts that went."""
    numbers = [run.number for run in runs]
    with store.database.writing() as connection:
        for some in parts.batches(numbers):
            connection.execute(delete(CLOCKS).where(CLOCKS.c.run_id.in_(some)))
            gone = {"host_tree": None, "device_tree": None, "evidence": ""}
            connection.execute(update(RUNS).where(RUNS.c.id.in_(some)).values(gone))
        swept = _sweep(connection)
    for run in runs:
        path = Path(run.evidence)
        if run.evidence and path.parent == store.spool.directory:
            path.unlink(missing_ok=True)
    if store.database.is_sqlite:
        with store.database.engine.connect() as plain:
            plain.exec_driver_sql("COMMIT")
            plain.exec_driver_sql("VACUUM")
    return swept


def _sweep(connection: Connection) -> int:
    """Delete the parts that no tree names."""
    chunks: set[int] = set()
    for tree in connection.execute(select(RUNS.c.host_tree, RUNS.c.device_tree)):
        chunks.update(number for text_ in tree if text_ for number in json.loads(text_))
    used = set(chunks)
    for some in parts.batches(sorted(chunks)):
        for leaves in parts.get_values(connection, some).values():
            used.update(leaf[-1] for leaf in leaves)
    unused = [n for n in connection.scalars(select(PARTS.c.id)) if n not in used]
    for some in parts.batches(unused):
        connection.execute(delete(PARTS).where(PARTS.c.id.in_(some)))
    return len(unused)


def size(store: RunStore) -> int:
    """Bytes the database takes."""
    if store.database.is_sqlite:
        file = Path(store.database.url.database or "")
        files = (file, file.with_name(f"{file.name}-wal"))
        return sum(each.stat().st_size for each in files if each.exists())
    with store.database.reading() as connection:
        return int(connection.scalar(select(func.pg_database_size(func.current_database()))) or 0)
