"""Stores for the tests: a directory of their own, on SQLite and on a real PostgreSQL server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanner.store.runs import RunStore
from tests.store import postgres


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """One PostgreSQL server for all tests of a process."""
    binaries = postgres.programs()
    if binaries is None:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    with postgres.server(binaries) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Where the store's database is; the default file when empty."""
    if request.param == "sqlite":
        return ""
    made: postgres.Server = request.getfixturevalue("server")
    return made.database()


@pytest.fixture
def open_store(tmp_path: Path, url: str) -> Callable[[], RunStore]:
    """Open the same store again and again."""
    return lambda: RunStore(tmp_path / "camcensus", url)


@pytest.fixture
def store(open_store: Callable[[], RunStore]) -> RunStore:
    """An empty store."""
    return open_store()
