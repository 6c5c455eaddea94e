"""The list of past runs. Evidence stays in one file a run beside the database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from scanner.errors import CamcensusError, UsageError

METADATA = MetaData()
RUNS = Table(
    "runs",
    METADATA,
    Column("run", String, primary_key=True),
    Column("started", String, nullable=False, index=True),
    Column("finished", String, nullable=False, default=""),
    Column("state", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("evidence", String, nullable=False),
    Column("listed", Integer, nullable=False, default=0),
    Column("review", Integer, nullable=False, default=0),
    Column("devices", Integer, nullable=False, default=0),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One row: `state` is `running`, `finished` or `interrupted`; times are ISO 8601 UTC."""

    run: str
    started: str
    finished: str
    state: str
    scope: str
    evidence: str
    listed: int = 0
    review: int = 0
    devices: int = 0


class RunStore:
    """Runs under one directory, readable by their owner only."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            (directory / "runs").mkdir(exist_ok=True, mode=0o700)
            os.close(os.open(directory / "camcensus.db", os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise CamcensusError(f"{directory}: cannot keep runs here: {error.strerror}") from error
        self._engine = create_engine(f"sqlite:///{directory / 'camcensus.db'}")
        event.listen(self._engine, "connect", _use_wal)
        with self._connection() as connection:
            METADATA.create_all(connection)

    def evidence_path(self, run: str) -> Path:
        """Where a run's evidence file belongs."""
        return self.directory / "runs" / f"{run}.jsonl"

    def start(self, run: Run) -> None:
        """Note that a run has begun; its evidence file may already be read."""
        with self._connection() as connection:
            connection.execute(insert(RUNS).values(_values(run)).prefix_with("OR REPLACE"))

    def finish(self, run: Run) -> None:
        """Note how a run ended."""
        with self._connection() as connection:
            connection.execute(update(RUNS).where(RUNS.c.run == run.run).values(_values(run)))

    def all(self) -> tuple[Run, ...]:
        """Every run, newest first."""
        query = select(RUNS).order_by(RUNS.c.started.desc(), RUNS.c.run)
        with self._connection() as connection:
            return tuple(Run(**row._mapping) for row in connection.execute(query))

    def find(self, prefix: str = "") -> Run:
        """The newest run, or the one whose id begins with `prefix`. UsageError when unclear."""
        found = [r for r in self.all() if r.run.startswith(prefix)]
        if not found:
            what = f"no run begins with {prefix!r}" if prefix else "no run is kept yet"
            raise UsageError(f"{what}; `camcensus runs` lists them")
        if prefix and len(found) > 1:
            raise UsageError(f"{len(found)} runs begin with {prefix!r}; give more of the id")
        return found[0]

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error)
            raise CamcensusError(f"{self.directory / 'camcensus.db'}: {reason}") from error


def _values(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in Run.__slots__}


def _use_wal(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
