"""One database, SQLite or PostgreSQL: opened, brought to the present schema, locked in turn."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from scanner.errors import CamcensusError, UsageError

FILE = "camcensus.db"
HEAD = "0002"
"""The newest migration in `migrations/versions`."""
KNOWN = ("0001", HEAD)
TURN = 0x63616D63
"""Number of the PostgreSQL advisory lock that writers take."""
WAIT = 60
"""Seconds a writer waits for its turn on SQLite, and a connection to PostgreSQL may take."""
POSTGRESQL = "postgresql+psycopg"


class Database:
    """The store's database. Reading never waits for writers; writers take turns."""

    def __init__(self, url: str, directory: Path) -> None:
        self.url = _url(url, directory)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.name = self.url.render_as_string(hide_password=True)
        options: dict[str, object] = {"connect_timeout": WAIT}
        if self.is_sqlite:
            _private(Path(self.url.database or ""))
            options = {"timeout": WAIT}
        self.engine = create_engine(self.url, poolclass=NullPool, connect_args=options)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare)
            event.listen(self.engine, "begin", _begin)
        self._migrate()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database throughout."""
        level: dict[str, object] = {"isolation_level": "REPEATABLE READ"}
        with self._connected({} if self.is_sqlite else level) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer overlaps; all of it is kept, or nothing."""
        with self._connected({"writes": True}) as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": TURN})
            yield connection

    @contextmanager
    def _connected(self, options: dict[str, object]) -> Iterator[Connection]:
        try:
            with self.engine.execution_options(**options).begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            reason = " ".join(str(getattr(error, "orig", None) or error).split())
            raise CamcensusError(f"store {self.name}: {reason}") from error

    def _migrate(self) -> None:
        with self.reading() as connection:
            version = _version(connection)
        if version == HEAD:
            return
        if version and version not in KNOWN:
            raise CamcensusError(
                f"store {self.name}: was written by a newer camcensus (schema {version}, this "
                f"program knows {HEAD}); use that one"
            )
        with self.writing() as connection:
            _upgrade(connection)


def _version(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - a quarter of a second, for a new store only
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "scanner.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _url(text: str, directory: Path) -> URL:
    if not text:
        return URL.create("sqlite", database=str(directory / FILE))
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise UsageError("--store: is not a URL of the form sqlite:///FILE or "
                         f"{POSTGRESQL}://USER@HOST/NAME") from error  # fmt: skip
    kind = url.get_backend_name()
    if kind == "postgresql":
        return url.set(drivername=POSTGRESQL)
    if kind == "sqlite" and url.database:
        return url
    raise UsageError(f"--store: {kind} is not supported; use sqlite:///FILE or {POSTGRESQL}://…")


def _private(file: Path) -> None:
    """The file, readable by its owner only before anything is in it."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        file.chmod(0o600)
    except OSError as error:
        raise CamcensusError(f"{file}: cannot keep runs here: {error.strerror}") from error


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """WAL, every commit on the disk, transactions begun by us (`_begin`) and not by the driver."""
    connection.isolation_level = None
    cursor = connection.cursor()
    _use_wal(cursor)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """SQLite itself does not wait when several want to change the mode of a new file at once."""
    until = time.monotonic() + WAIT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
