"""`camcensus store`: backups can be restored, damage is found, what is old goes."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from scanner import cli, evidence, keeping
from scanner.errors import UsageError
from scanner.model import Decision, State
from scanner.store import upkeep
from scanner.store.runs import RunStore
from scanner.store.tables import METADATA, PARTS
from scanner.store.upkeep import Keep
from tests.store.site import FIRST, Camera, by_host, moment, records, scan

Open = Callable[[], RunStore]
CAMERAS = [
    Camera(f"192.0.2.{n}", mac=f"3c:ef:8c:00:00:{n:02x}", serial=f"4K01234PAZ{n:05}")
    for n in range(1, 31)
]


def filled(store: RunStore) -> RunStore:
    """Four weeks of a site that changes a little, and a decision."""
    for week in range(4):
        changed = [replace(c, firmware=f"2.{week}") for c in CAMERAS[: 2 * week]]
        scan(store, [*changed, *CAMERAS[2 * week :]], week)
    store.decide([Decision(1, moment(3, 900), "A", State.ISOLATED)])
    return store


def everything(store: RunStore) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    with store.database.reading() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(select(table)))
            for table in METADATA.sorted_tables
        }


def test_a_backup_is_the_store_and_can_be_restored(open_store: Open, tmp_path: Path) -> None:
    store, file = filled(open_store()), tmp_path / "backup.db"
    upkeep.backup(store, file)
    assert file.stat().st_mode & 0o077 == 0
    copied = RunStore(tmp_path / "other", f"sqlite:///{file}")
    assert everything(copied) == everything(store)
    restored = RunStore(tmp_path / "third")
    upkeep.restore(restored, file)
    assert everything(restored) == everything(store)
    scan(restored, CAMERAS, 9)
    assert list(upkeep.check(restored)) == []
    assert [p.name for p in tmp_path.glob("backup*")] == ["backup.db"]


def test_a_backup_moves_to_the_other_kind_of_database(url: str, tmp_path: Path) -> None:
    source, file = filled(RunStore(tmp_path / "a")), tmp_path / "backup.db"
    upkeep.backup(source, file)
    target = RunStore(tmp_path / "b", url)
    upkeep.restore(target, file)
    assert everything(target) == everything(source)
    scan(target, [*CAMERAS, Camera("192.0.2.99", serial="NEW0000001")], 9)
    assert list(upkeep.check(target)) == []
    with pytest.raises(UsageError, match="holds runs already"):
        upkeep.restore(target, file)


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    store, file = RunStore(tmp_path / "a"), tmp_path / "x"
    file.write_text("no database")
    with pytest.raises(UsageError, match="is no backup"):
        upkeep.restore(store, file)
    with pytest.raises(UsageError, match="is there already"):
        upkeep.backup(store, file)
    assert file.read_text() == "no database"


def test_check_finds_a_part_that_is_not_what_it_was(open_store: Open) -> None:
    store = filled(open_store())
    assert list(upkeep.check(store)) == []
    with store.database.writing() as connection:
        number = connection.scalar(select(func.min(PARTS.c.id)))
        connection.execute(PARTS.update().where(PARTS.c.id == number).values(data=b"x"))
    faults = list(upkeep.check(store))
    assert faults[0] == f"part {number} is not what its hash says"
    assert any("cannot be read back" in fault for fault in faults[1:])
    with store.database.writing() as connection:
        connection.execute(PARTS.delete().where(PARTS.c.id == number))
    assert any("cannot be read back" in fault for fault in upkeep.check(store))


@pytest.mark.parametrize(
    ("keep", "left"),
    [(Keep(runs=2), [2, 3]), (Keep(runs=9), [0, 1, 2, 3]), (Keep(days=10), [2, 3]),
     (Keep(days=1), [3])],
)  # fmt: skip
def test_pruning_keeps_counts_and_what_newer_runs_share(
    open_store: Open, keep: Keep, left: list[int]
) -> None:
    store = filled(open_store())
    scan(store, CAMERAS[:3], 0, site="branch")
    counts = [(r.run, r.devices, r.listed) for r in store.all()]
    now = FIRST + timedelta(weeks=3, days=1)
    upkeep.prune(store, upkeep.outdated(store, keep, now))
    assert [(r.run, r.devices, r.listed) for r in store.all()] == counts
    held = sorted(r.run for r in store.all() if r.held)
    assert held == ["branch-0000", *(f"hq-{week:04}" for week in left)]
    assert list(upkeep.check(store)) == []
    [*_, newest] = (r for r in reversed(store.all()) if r.site == "hq")
    assert len(list(store.records(newest))) == len(records(CAMERAS, "x", 3))
    gone = [r for r in store.all() if not r.held]
    for run in gone:
        with pytest.raises(UsageError, match="not kept"):
            store.records(run)
    assert store.pending() == ()


def test_pruning_makes_room(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    for week in range(6):
        scan(store, [replace(c, firmware=f"{week}" * 500) for c in CAMERAS], week)
    before = upkeep.size(store)
    assert upkeep.prune(store, upkeep.outdated(store, Keep(runs=1), FIRST)) > 100
    assert upkeep.size(store) < before


def camcensus(*words: str) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(cli.camcensus, ["store", *words], standalone_mode=False)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    monkeypatch.setattr(keeping, "DIRECTORY", tmp_path / "kept")
    monkeypatch.delenv("CAMCENSUS_STORE", raising=False)
    return filled(keeping.opened())


def test_evidence_comes_out_as_it_went_in(kept: RunStore, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    assert camcensus("export", "hq-0000", str(file)).exit_code == 0
    assert list(evidence.read(file)) == by_host(records(CAMERAS, "hq-0000", 0))
    assert camcensus("export", "hq-0000").stdout == file.read_text()
    assert camcensus("export", "", str(tmp_path / "all"), "--all").exit_code == 0
    assert len(list((tmp_path / "all").iterdir())) == 4


def test_the_commands_say_what_they_did(kept: RunStore, tmp_path: Path) -> None:
    told = camcensus("prune", "--keep", "2", "--dry-run")
    assert told.stdout.splitlines()[0].startswith("hq-0001")
    assert "2 runs would lose their evidence" in told.stderr
    assert all(run.held for run in kept.all())
    assert "2 runs lost their evidence" in camcensus("prune", "--keep", "2").stderr
    assert camcensus("check").return_value == 0
    file = tmp_path / "b.db"
    assert str(file) in camcensus("backup", str(file)).stderr
    assert camcensus("check", "--store", f"sqlite:///{file}").return_value == 0
    assert "52, or of days" in str(camcensus("prune", "--keep", "all").exception)


def test_check_tells_by_its_exit_code(kept: RunStore, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "kept/camcensus.db") as raw:
        raw.execute("UPDATE parts SET data = x'00'")
    raw.close()
    told = camcensus("check")
    assert told.return_value == 2
    assert "not what its hash says" in told.stdout
