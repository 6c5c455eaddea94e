"""What the store promises of runs, the same on SQLite and on PostgreSQL."""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text

from scanner.errors import CamcensusError, UsageError
from scanner.model import Decision, State, Verdict
from scanner.store import database, decisions, trees
from scanner.store.runs import FINISHED, Run, RunStore
from scanner.store.tables import CLOCKS, DECISIONS, DEVICES, METADATA, NOTICES, PARTS, RUNS
from tests.store.site import Camera, by_host, finding, moment, records, row, scan

Open = Callable[[], RunStore]
CAMERAS = [
    Camera(f"192.0.2.{n}", mac=f"3c:ef:8c:00:00:{n:02x}", serial=f"4K01234PAZ{n:05}")
    for n in range(1, 41)
]


def size(store: RunStore) -> tuple[int, int]:
    """Number of parts, bytes of parts."""
    with store.database.reading() as connection:
        query = select(func.count(), func.sum(func.length(PARTS.c.data)))
        count, total = connection.execute(query).one()
    return count, total


def test_a_run_comes_back_whole(open_store: Open) -> None:
    standings = scan(open_store(), CAMERAS, 1)
    store = open_store()
    run = store.find("hq-0001")
    assert list(store.records(run)) == by_host(records(CAMERAS, "hq-0001", 1))
    again = store.standings(run)
    assert sorted(again, key=lambda s: s.device) == sorted(standings, key=lambda s: s.device)
    assert (run.listed, run.devices, run.complete, run.held) == (40, 40, True, True)
    assert {s.device for s in standings} == set(range(1, 41))


def test_what_stayed_is_kept_once(store: RunStore) -> None:
    scan(store, CAMERAS, 1)
    first = size(store)
    for week in range(2, 12):
        scan(store, CAMERAS, week)
    assert size(store) == first
    runs = store.all()
    assert len(runs) == 11
    assert len({store.standings(run) for run in runs}) == 1
    assert list(store.records(store.find("hq-0007"))) == by_host(records(CAMERAS, "hq-0007", 7))
    with store.database.reading() as connection:
        clock = connection.scalar(select(func.max(func.length(CLOCKS.c.clock))))
    assert clock is not None
    assert clock < first[1] / 2


def test_one_change_costs_one_device_and_its_chunk(store: RunStore) -> None:
    scan(store, CAMERAS, 1)
    count, _ = size(store)
    scan(store, [*CAMERAS[:-1], replace(CAMERAS[-1], firmware="2.840")], 2)
    assert size(store)[0] == count + 4
    new, old = store.all()
    [([before], [after], same)] = store.differing([(old, new)])
    assert (before.firmware, after.firmware, same) == ("2.800", "2.840", 39)


def test_a_run_taken_in_again_replaces_what_was_there(store: RunStore) -> None:
    scan(store, CAMERAS[:5], 1)
    scan(store, CAMERAS, 1)
    [run] = store.all()
    assert run.devices == 40
    assert list(store.records(run)) == by_host(records(CAMERAS, run.run, 1))


def test_a_run_is_found_by_the_beginning_of_its_id(store: RunStore) -> None:
    with pytest.raises(UsageError, match="no run is kept yet"):
        store.find()
    for name in ("aa11", "ab22"):
        scan(store, CAMERAS[:1], 1, run=name)
    assert store.find("ab").run == "ab22"
    with pytest.raises(UsageError, match="2 runs begin with 'a'"):
        store.find("a")
    with pytest.raises(UsageError, match="no run begins with '%'"):
        store.find("%")


def test_times_are_utc_in_the_database_and_here(store: RunStore) -> None:
    store.start(Run("r", "2026-03-29T03:30:00+02:00", "not a time", "running", "", ""))
    assert (store.find().started, store.find().finished) == ("2026-03-29T01:30:00Z", "")
    with store.database.reading() as connection:
        if not store.database.is_sqlite:
            connection.execute(text("SET TIME ZONE 'Asia/Kathmandu'"))
            hour = text("SELECT extract(hour FROM started AT TIME ZONE 'UTC') FROM runs")
            assert connection.scalar(hour) == 1
        assert connection.scalar(select(RUNS.c.started)) == "2026-03-29T01:30:00Z"


def test_the_ledger_cannot_be_rewritten(store: RunStore) -> None:
    scan(store, CAMERAS[:1], 1)
    for statement in (DECISIONS.update().values(state="removed"), DECISIONS.delete()):
        with (
            pytest.raises(CamcensusError, match="append-only"),
            store.database.writing() as connection,
        ):
            connection.execute(statement)


def test_found_and_seen_again_open_a_finding_by_themselves(store: RunStore) -> None:
    clean = replace(CAMERAS[1], verdict=Verdict.NOT_LISTED, maker="axis")
    scan(store, [CAMERAS[0], clean], 1)
    removed = Decision(1, moment(2, 500), "A. Person", State.REMOVED, owner="facilities")
    with store.database.writing() as connection:
        decisions.append(connection, [removed])
    scan(store, CAMERAS[:1], 1, run="late")
    moved = replace(CAMERAS[0], ip="192.0.2.99")
    scan(store, [moved, clean], 3)
    with store.database.reading() as connection:
        found = decisions.history(connection)
        notices = connection.execute(select(NOTICES.c.kind, NOTICES.c.device)).all()
    assert [(d.device, d.state, d.who) for d in found] == [
        (1, State.OPEN, "camcensus"),
        (1, State.REMOVED, "A. Person"),
        (1, State.OPEN, "camcensus"),
    ]
    assert "seen again at 192.0.2.99, site hq" in found[-1].note
    assert found[-1].owner == "facilities"
    assert [tuple(n) for n in notices] == [("found", 1), ("reopened", 1)]


def test_the_same_serial_at_another_site_is_noticed(store: RunStore) -> None:
    scan(store, CAMERAS[:1], 1)
    scan(store, [replace(CAMERAS[0], ip="198.51.100.7", mac="")], 2, site="branch")
    with store.database.reading() as connection:
        texts = connection.scalars(select(NOTICES.c.text).where(NOTICES.c.kind == "other-site"))
        [told] = texts.all()
        assert connection.scalar(select(func.count()).select_from(DEVICES)) == 1
    assert "Known from site hq (192.0.2.1), seen now at site branch (198.51.100.7)" in told


def test_two_writers_at_once_keep_both_runs_and_each_device_once(open_store: Open) -> None:
    stores, errors = [open_store() for _ in range(4)], []

    def work(number: int) -> None:
        try:
            for week in range(3):
                scan(stores[number], CAMERAS, week, run=f"w{number}-{week}")
        except CamcensusError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    runs = stores[0].all()
    assert len(runs) == 12
    for run in runs:
        assert list(stores[0].records(run)) == by_host(records(CAMERAS, run.run, int(run.run[-1])))
    with stores[0].database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(DEVICES)) == 40


def test_stores_opened_at_once_for_the_first_time_agree(open_store: Open) -> None:
    errors = []

    def work() -> None:
        try:
            open_store().all()
        except CamcensusError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_migrations_make_the_schema_of_the_tables(store: RunStore) -> None:
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_newest_migration_is_the_one_the_program_names() -> None:
    folder = Path(database.__file__).with_name("migrations")
    script = ScriptDirectory(str(folder))
    assert script.get_current_head() == database.HEAD
    assert {each.revision for each in script.walk_revisions()} == set(database.KNOWN)


def test_a_store_of_a_newer_program_is_refused_and_left_alone(open_store: Open) -> None:
    store = open_store()
    with store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CamcensusError, match="newer camcensus"):
        open_store()


def test_the_list_of_runs_of_the_first_versions_is_taken_over(tmp_path: Path) -> None:
    folder = tmp_path / "camcensus"
    (folder / "runs").mkdir(parents=True)
    old = sqlite3.connect(folder / "camcensus.db")
    old.execute(
        "CREATE TABLE runs (run VARCHAR NOT NULL, started VARCHAR NOT NULL, finished VARCHAR NOT "
        "NULL, state VARCHAR NOT NULL, scope VARCHAR NOT NULL, evidence VARCHAR NOT NULL, listed "
        "INTEGER NOT NULL, review INTEGER NOT NULL, devices INTEGER NOT NULL, PRIMARY KEY (run))"
    )
    old.execute("CREATE INDEX ix_runs_started ON runs (started)")
    rows = [
        ("r1", moment(1), moment(1, 60), "finished", "192.0.2.0/24", "/e/r1.jsonl", 3, 1, 9),
        ("r2", moment(2), "", "interrupted", "192.0.2.0/24", "/e/r2.jsonl", 0, 0, 0),
    ]
    old.executemany("INSERT INTO runs VALUES (?,?,?,?,?,?,?,?,?)", rows)
    old.commit()
    old.close()
    names = ("run", "started", "finished", "state", "scope", "evidence", "listed", "review")
    kept = [tuple(getattr(r, n) for n in (*names, "devices")) for r in RunStore(folder).all()]
    assert kept == rows[::-1]
    assert [r.run for r in RunStore(folder).pending()] == ["r2", "r1"]


def test_nobody_else_can_read_the_store(tmp_path: Path) -> None:
    folder = tmp_path / "camcensus"
    store = RunStore(folder)
    scan(store, CAMERAS, 1)
    with store.database.reading() as connection:
        connection.execute(select(RUNS))
        paths = [folder, *folder.rglob("*")]
        assert len(paths) >= 4
        assert {p.stat().st_mode & 0o077 for p in paths} == {0}


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/name", "sqlite://"])
def test_a_url_that_cannot_be_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="--store"):
        RunStore(tmp_path, url)


def test_a_password_in_the_url_is_never_told(tmp_path: Path) -> None:
    with pytest.raises(CamcensusError) as told:
        RunStore(tmp_path, f"postgresql://me:s3cret@/x?host={tmp_path}")
    assert "s3cret" not in str(told.value)


def test_what_a_hostile_device_says_can_be_kept(store: RunStore) -> None:
    texts = ["\x00", "x" * 100_000, "';DROP TABLE runs;--", "\u202e\ud7ff", "%_"]
    cameras = [
        Camera(f"no address {t}", mac=t, serial=f"SERIAL{t}{n}", model=t)
        for n, t in enumerate(texts)
    ]
    for week in (1, 2):
        scan(store, cameras, week, site="a\x00b", run=f"r{week}")
    run = store.all()[0]
    assert list(store.records(run)) == by_host(records(cameras, run.run, 2))
    standings = store.standings(run)
    assert {s.model for s in standings} == set(texts)
    assert len({s.device for s in standings}) == len(texts)


def test_a_failed_transaction_leaves_nothing(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan(store, CAMERAS[:2], 1)
    before = size(store)
    broken = [finding(c) for c in CAMERAS]
    monkeypatch.setattr(trees, "numbered", lambda _: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        store.save(row("hq-0002", 2), records(CAMERAS, "hq-0002", 2), broken)
    assert size(store) == before
    assert [r.state for r in store.all()] == [FINISHED]
