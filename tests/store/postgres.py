"""A PostgreSQL server of our own: a fresh cluster in a directory, reached by a unix socket only."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

SETTINGS = ("fsync=off", "listen_addresses=", "max_connections=20", "shared_buffers=16MB")
ENDED = 30
"""Seconds a server may take to stop."""


def programs() -> Path | None:
    """Where Debian or the path keeps initdb and postgres."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    return next(iter([*places, *([Path(on_path).parent] if on_path else [])]), None)


class Server:
    """A cluster that can be stopped and started again."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self._folder, self._binaries = folder, binaries
        self._names = count()
        self._owner = "nobody" if os.geteuid() == 0 else None
        initdb = [str(binaries / "initdb"), "-Ddata", "-Ucamcensus", "-Atrust", "-N", "-EUTF8"]
        subprocess.run(initdb, cwd=folder, check=True, capture_output=True, user=self._owner)
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        """Begin, and wait until it answers."""
        settings = [word for each in SETTINGS for word in ("-c", each)]
        command = [str(self._binaries / "postgres"), "-D", "data", "-k", str(self._folder)]
        self.process = subprocess.Popen(
            [*command, *settings],
            cwd=self._folder, stderr=subprocess.DEVNULL, user=self._owner,
        )  # fmt: skip
        while True:
            assert self.process.poll() is None, "the server ended by itself"
            with suppress(psycopg.OperationalError):
                psycopg.connect(host=str(self._folder), user="camcensus", dbname="postgres").close()
                return self.process
            time.sleep(0.05)

    def stop(self) -> None:
        """Cut every connection and end, by its own process id."""
        self.process.send_signal(3)
        self.process.wait(ENDED)

    def url(self, name: str = "postgres") -> str:
        """How to reach a database of it."""
        return f"postgresql+psycopg://camcensus@/{name}?host={self._folder}"

    def database(self) -> str:
        """A new empty database's URL."""
        name = f"store{next(self._names)}"
        engine = create_engine(self.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        return self.url(name)


@contextmanager
def server(binaries: Path) -> Iterator[Server]:
    """A running server, removed at the end with all it wrote."""
    folder = Path(tempfile.mkdtemp(prefix="camcensus-pg-"))
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    try:
        made = Server(folder, binaries)
        try:
            yield made
        finally:
            if made.process.poll() is None:
                made.stop()
    finally:
        shutil.rmtree(folder)
