"""What was acknowledged survives: kill -9 anywhere, a full disk, a server that goes away."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from scanner import evidence, keeping
from scanner.errors import CamcensusError, UsageError
from scanner.evidence import Damage
from scanner.model import Record
from scanner.store.runs import FINISHED, INTERRUPTED, RunStore
from scanner.store.spool import Note
from tests.store import postgres
from tests.store.dying import CAMERAS, LINES
from tests.store.site import by_host

ROOT = Path(__file__).parents[2]
KILLED = -signal.SIGKILL


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory in which this process and its children keep runs."""
    folder = tmp_path / ".local/share/camcensus"
    monkeypatch.setattr(keeping, "DIRECTORY", folder)
    return folder


def die(home: Path, kind: str, number: int, url: str = "") -> tuple[int, list[Record | Damage]]:
    """Exit code of a run that dies there, and what had been acknowledged until then."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.store.dying", str(home), kind, str(number), url],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=100, check=False,
    )  # fmt: skip
    return ended.returncode, list(evidence.load(ended.stdout.splitlines(keepends=True)))


def kept(store: RunStore) -> Sequence[Record | Damage]:
    """The evidence of the only run."""
    [run] = store.all()
    return list(store.records(run))


@pytest.mark.parametrize("line", [0, 7, 150])
def test_every_finished_probe_of_a_killed_scan_is_in_the_store(home: Path, line: int) -> None:
    code, acknowledged = die(home, "line", line)
    assert code == KILLED
    assert len(acknowledged) == line + 1
    store = keeping.opened()
    assert store.find().state == INTERRUPTED
    assert kept(store) == by_host(acknowledged)
    assert Path(keeping.evidence_of(store, "dying")).read_text().count("\n") == line + 1
    assert not list((home / "runs").glob("*.note"))


@pytest.mark.parametrize("statement", [0, 6, 13, 22])
def test_a_scan_killed_while_it_is_taken_in_is_taken_in_next_time(
    home: Path, statement: int
) -> None:
    code, acknowledged = die(home, "statement", statement)
    assert code == KILLED
    assert acknowledged == list(LINES)
    store = keeping.opened()
    assert store.find().state == FINISHED
    assert store.find().devices == len(CAMERAS)
    assert kept(store) == by_host(LINES)
    assert list((home / "runs").iterdir()) == []


def test_a_full_disk_loses_nothing_that_was_acknowledged(home: Path) -> None:
    keeping.opened()
    code, acknowledged = die(home, "limit", 20_000)
    assert code == 2
    assert 50 < len(acknowledged) < len(LINES)
    store = keeping.opened()
    found = [r for r in kept(store) if not isinstance(r, Damage)]
    assert found == by_host(acknowledged)
    assert store.find().state == "failed"


def test_a_disk_too_full_for_the_database_leaves_the_evidence(home: Path) -> None:
    keeping.opened()
    size = len("".join(evidence.dump(r) + "\n" for r in LINES).encode())
    code, acknowledged = die(home, "limit", size + 1)
    assert (code, len(acknowledged)) == (0, len(LINES))
    assert [p.suffix for p in sorted((home / "runs").iterdir())] == [".jsonl", ".note"]
    store = keeping.opened()
    assert kept(store) == by_host(LINES)
    assert store.find().state == FINISHED


def test_a_lost_server_loses_nothing(home: Path, tmp_path: Path) -> None:
    binaries = postgres.programs()
    if binaries is None:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    with postgres.server(binaries) as server:
        url = server.database()
        keeping.opened(url)
        server.stop()
        with pytest.raises(CamcensusError, match="store postgresql"):
            keeping.opened(url)
        server.start()
        for process in lost_while_scanning(home, server, url):
            assert process.wait(100) == 0
        assert keeping.opened(url).find().run == "dying"
        assert kept(keeping.opened(url)) == by_host(LINES)


def lost_while_scanning(
    home: Path, server: postgres.Server, url: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """A run whose server stops when its first line is written, and starts when it has ended."""
    command = [sys.executable, "-m", "tests.store.dying", str(home), "none", "0", url]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline()
        server.stop()
        process.stdout.read()
        said = process.stderr.read().decode()
        yield process
    assert "the next command takes it in" in said
    server.start()


def test_a_run_in_work_is_neither_taken_in_nor_begun_twice(home: Path) -> None:
    store = keeping.opened()
    note = Note("r1", "2026-01-05T03:00:00Z", "192.0.2.0/24", str(home / "runs/r1.jsonl"))
    held = store.spool.hold(note)
    assert keeping.opened().all() == ()
    with pytest.raises(UsageError, match="another camcensus"):
        store.spool.hold(note)
    held.leave()
    assert [r.state for r in keeping.opened().all()] == ["failed"]


def test_a_killed_scan_is_completed_by_resume(home: Path, tmp_path: Path) -> None:
    scan = [sys.executable, "-m", "scanner", "scan"]
    environment = {**os.environ, "HOME": str(tmp_path), "CAMCENSUS_STORE": ""}
    options = ["-p", "9", "--max-rate", "15"]
    with subprocess.Popen(
        [*scan, "127.0.23.1-40", *options],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        lines = grown(home / "runs", 20)
        process.kill()
    store = keeping.opened()
    killed = store.find()
    assert (killed.state, killed.complete) == (INTERRUPTED, False)
    assert len(list(store.records(killed))) >= lines
    ended = subprocess.run(
        [*scan, "--resume", killed.run[:8], "-p", "9"],
        cwd=ROOT, env=environment, capture_output=True, timeout=100, check=False,
    )  # fmt: skip
    assert ended.returncode in (0, 3), ended.stderr
    [run] = keeping.opened().all()
    assert (run.run, run.state, run.devices) == (killed.run, FINISHED, 40)


def grown(folder: Path, lines: int) -> int:
    """Wait until an evidence file in the folder has so many whole lines."""
    while True:
        with suppress(OSError):
            for file in folder.glob("*.jsonl"):
                whole = file.read_bytes().count(b"\n")
                if whole >= lines:
                    return whole
        time.sleep(0.02)


def test_a_note_that_was_never_finished_does_no_harm(home: Path) -> None:
    store = keeping.opened()
    (home / "runs/x.note").write_text("")
    (home / "runs/y.note").write_text(json.dumps({"strange": 1}))
    assert keeping.opened().all() == ()
    assert store.all() == ()
