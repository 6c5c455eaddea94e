"""`lists update` from the command line: dry runs write nothing, editions are written whole."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from scanner import cli, data
from scanner.data import editions
from scanner.data.editions import NewEdition
from scanner.errors import CamcensusError, DataError, UsageError
from scanner.model import EntityList, ListedEntity
from tests.updates import made

ROOT = Path(__file__).parents[2]
CMIC = "us-ofac-ns-cmic"
FILE = f"rules/lists/{CMIC}.yml"
EDITION = "2026-03-02"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Update = Callable[..., Ended]


@pytest.fixture
def update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Update:
    """Runs `camcensus lists update` with its decisions in the test's directory."""
    # Fingerprints play no part here, and checking them takes longer than everything else.
    monkeypatch.setattr(data, "read_rules", lambda root, vendors: ((), ()))

    def run(*arguments: object) -> Ended:
        given = ["--decisions", str(tmp_path / "decisions.json"), *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", ["camcensus", "lists", "update", *given])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return Ended(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A data directory of the operator's own."""
    target = tmp_path / "data"
    for part in ("vendors", "rules", "reports"):
        shutil.copytree(ROOT / part, target / part)
    return target


@cache
def shipped_lists() -> dict[str, EntityList]:
    return {each.id: each for each in data.load().lists}


def entries() -> list[ListedEntity]:
    return [e for e in shipped_lists()[CMIC].entities if e.end is None]


def cmic(path: Path, *extra: dict[str, str], without: str = "") -> Path:
    """A synthetic screening list that holds what the shipped NS-CMIC list holds."""
    records = [
        made.record(e.listed_as, source=made.CMIC, programs="CMIC-EO13959",
                    addresses="1 Example Road, CN", start_date=e.start.isoformat())
        for e in entries() if e.vendor != without
    ]  # fmt: skip
    return made.csl_csv(path, [*records, *extra])


NEW = made.record(
    "Zhejiang Dahua Technology Co., Ltd.", source=made.CMIC, programs="CMIC-EO13959",
    addresses="1 Example Road, Hangzhou, CN", start_date="2026-02-03",
)  # fmt: skip


def shot(directory: Path) -> dict[str, bytes]:
    """Every file's bytes."""
    return {
        str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()
    }


def candidate(output: str) -> str:
    """The id of the first candidate."""
    return next(line.split()[1] for line in output.splitlines() if "  candidate" in line)


def test_nothing_to_look_at_is_exit_code_zero(update: Update, tmp_path: Path) -> None:
    done = update("--from", cmic(tmp_path / "c.csv"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{CMIC}: 10 rows; 10 entries confirmed without change" in done.stdout


def test_a_dry_run_writes_nothing(update: Update, tmp_path: Path, directory: Path) -> None:
    file, before = cmic(tmp_path / "c.csv", NEW), shot(directory)
    done = update("--from", file, "--data", directory)
    assert done.returncode == 1
    assert "dahua? same name" in done.stdout
    assert shot(directory) == before
    assert not (tmp_path / "decisions.json").exists()


def test_an_accepted_row_becomes_an_entry(update: Update, tmp_path: Path, directory: Path) -> None:
    file, before = cmic(tmp_path / "c.csv", NEW), shot(directory)
    row = candidate(update("--from", file, "--data", directory).stdout)
    done = update("--from", file, "--data", directory, "--accept", f"{row}=dahua")
    assert "  new " in done.stdout
    assert shot(directory) == before
    done = update("--from", file, "--data", directory, "--apply", "--edition", EDITION)
    assert done.returncode == 0, done.stderr
    held = next(each for each in data.load(directory).lists if each.id == CMIC)
    assert held.edition.isoformat() == EDITION
    (entity,) = [e for e in held.entities if e.vendor == "dahua"]
    assert (entity.listed_as, entity.start) == (NEW["name"], date(2026, 2, 3))
    assert (entity.citation, entity.grade) == ("CMIC-EO13959", "A")
    after = shot(directory)
    changed = {name for name in after if after[name] != before.get(name)}
    (kept,) = changed - {FILE}
    assert kept.startswith(f"editions/{CMIC}/2025-12-01-")
    assert after[kept] == before[FILE]


def test_a_rejected_row_is_not_asked_again(update: Update, tmp_path: Path) -> None:
    file = cmic(tmp_path / "c.csv", NEW)
    row = candidate(update("--from", file).stdout)
    assert update("--from", file, "--reject", row).returncode == 0
    done = update("--from", file)
    assert done.returncode == 0
    assert "1 rows rejected earlier" in done.stdout


def test_a_directory_is_made_whole(update: Update, tmp_path: Path) -> None:
    target = tmp_path / "own"
    file = cmic(tmp_path / "c.csv")
    done = update("--from", file, "--data", target, "--apply", "--edition", EDITION)
    assert done.returncode == 0, done.stderr
    assert {each.id: each.edition.isoformat() for each in data.load(target).lists}[CMIC] == EDITION
    assert sorted(p.name for p in target.iterdir()) == ["reports", "rules", "vendors"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.csv", "decisions.json", "own"]


def test_a_shrunken_file_is_refused(update: Update, tmp_path: Path, directory: Path) -> None:
    extra = [made.record(f"Nobody {n}", source=made.CMIC) for n in range(20)]
    file = cmic(tmp_path / "c.csv", *extra)
    applied = ["--data", directory, "--apply", "--edition", EDITION]
    assert update("--from", file, *applied).returncode == 0
    before = shot(directory)
    done = update("--from", cmic(tmp_path / "d.csv"), *applied)
    assert done.returncode == 2
    assert "10 rows, 30 last time: more than 10% are missing" in done.stderr
    assert shot(directory) == before
    assert update("--from", tmp_path / "d.csv", *applied, "--max-loss", 70).returncode == 0


def test_a_lost_pinned_name_is_refused(update: Update, tmp_path: Path, directory: Path) -> None:
    file, before = cmic(tmp_path / "c.csv", without="hikvision"), shot(directory)
    assert update("--from", file).returncode == 2
    done = update("--from", file, "--data", directory, "--apply", "--edition", EDITION)
    assert done.returncode == 2
    assert "no row for hikvision" in done.stderr
    assert shot(directory) == before


MISTAKES = [
    (["--apply", "--edition", EDITION], "--apply needs --data DIR"),
    (["--apply", "--data", "{dir}"], "needs --edition DATE"),
    (["--apply", "--data", "{dir}", "--edition", "2020-01-01"], "has to be from 2025-12-01"),
    (["--apply", "--data", "{dir}", "--edition", "2999-01-01"], "has to be from 2025-12-01"),
    (["--apply", "--data", str(ROOT), "--edition", EDITION], "is the installed copy"),
    (["--accept", "dahua"], "write ID=VENDOR"),
    (["--accept", "0000000000=dahua"], "is no row of this file"),
    (["--list", "nowhere"], "no such list"),
    (["--list", "us-ndaa-889"], "holds no row of us-ndaa-889"),
    (["--format", "nonsense"], "nonsense"),
    (["--format", "ofac-xml"], "is not XML"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES, ids=lambda each: " ".join(each)[:40])
def test_mistakes_are_told(
    update: Update, tmp_path: Path, directory: Path, arguments: list[str], said: str
) -> None:
    before = shot(directory)
    given = [each.replace("{dir}", str(directory)) for each in arguments]
    done = update("--from", cmic(tmp_path / "c.csv"), *given)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert shot(directory) == before


def test_an_unknown_file_is_refused(update: Update, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("hello")
    done = update("--from", file)
    assert done.returncode == 2
    assert "is in no known format; --format names one of csl-csv" in done.stderr


# Written in one step.

KILLED = """
import os, pathlib, sys, time
from scanner import cli

def stop(*_args, **_named):
    print("here", flush=True)
    time.sleep(60)

calls = {calls}
real = getattr({where}, "{name}")
def counted(*args, **named):
    global calls
    if "{only}" not in str(args):
        return real(*args, **named)
    calls -= 1
    return stop() if calls == 0 else real(*args, **named)
setattr({where}, "{name}", counted)
sys.argv = ["camcensus", *{arguments!r}]
cli.main()
"""


@pytest.mark.parametrize(
    ("where", "name", "only"),
    [("os", "fsync", ""), ("pathlib.Path", "replace", "kept"), ("pathlib.Path", "replace", CMIC)],
    ids=["while writing", "before keeping", "before the swap"],
)
def test_a_killed_update_changes_nothing(
    where: str, name: str, only: str, tmp_path: Path, directory: Path
) -> None:
    arguments = ["lists", "update", "--from", str(cmic(tmp_path / "c.csv")), "--apply"]
    arguments += ["--data", str(directory), "--edition", EDITION]
    arguments += ["--decisions", str(tmp_path / "decisions.json")]
    calls = 2 if only == CMIC else 1
    code = KILLED.format(where=where, name=name, only=only, calls=calls, arguments=arguments)
    before = shot(directory)
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout
        while (line := child.stdout.readline()) != b"here\n":
            assert line
        os.kill(child.pid, signal.SIGKILL)
    after = shot(directory)
    assert {
        k: v for k, v in after.items() if not k.startswith((".camcensus-update-", "editions/"))
    } == before
    assert {each.id: each for each in data.load(directory).lists} == shipped_lists()
    assert not (tmp_path / "decisions.json").exists()
    again = subprocess.run([sys.executable, "-m", "scanner", *arguments], cwd=ROOT, check=False)
    assert again.returncode == 0
    assert not list(directory.glob(".camcensus-update-*"))


# Editing the text.


def shipped(list_id: str = CMIC) -> str:
    return (ROOT / "rules" / "lists" / f"{list_id}.yml").read_text("utf-8")


def test_an_edit_touches_only_its_lines() -> None:
    text = shipped("us-bis-entity-list")
    rows = shipped_lists()["us-bis-entity-list"].entities
    held = next(e for e in rows if e.listed_as == "Hikvision")
    facts = {"listed_as": "Say: 'x', {y} # z", "start": date(2019, 10, 8)}
    new = {"vendor": "zte", "listed_as": "NO", "relation": "named", "start": date(2025, 1, 2)}
    day = date(2026, 1, 2)
    edition = NewEdition("us-bis-entity-list", day, day, [(held, facts)], [new])
    after = editions.edited(text, edition)
    before, now = yaml.safe_load(text), yaml.safe_load(after)
    assert now["entities"][0] == before["entities"][0] | facts
    assert now["entities"][1:] == [*before["entities"][1:], new]
    assert (now["edition"], now["check"]["last"]) == (day, day)
    lines = set(text.splitlines()) - set(after.splitlines())
    assert len(lines) == 3
    assert [line for line in after.splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if line.startswith("#")
    ]


def test_block_style_and_comments_behind_a_row_stay() -> None:
    text = (
        "edition: 2020-01-01\ncheck: {last: 2020-01-01}\nentities:\n- vendor: a\n  listed_as: A\n"
    )
    text += "  start: 2019-01-01\n- {vendor: b, listed_as: B, start: 2019-01-01} # why\nother: 1\n"
    day = date(2021, 1, 1)
    after = editions.edited(text, NewEdition("x", day, day, [], [{"vendor": "c"}]))
    assert "# why\n- {vendor: c}\nother: 1\n" in after
    assert "- vendor: a\n  listed_as: A\n" in after


def test_an_edition_the_loader_refuses_is_not_written(directory: Path) -> None:
    before = shot(directory)
    day = date(2026, 1, 2)
    wrong = {"vendor": "nobody", "listed_as": "N", "relation": "named", "start": day,
             "citation": "c", "grade": "A", "source": "s"}  # fmt: skip
    with pytest.raises(DataError, match="nobody"):
        editions.write_editions(directory, [NewEdition(CMIC, day, day, [], [wrong])])
    assert shot(directory) == before


def test_a_directory_that_is_no_data_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    day = date(2026, 1, 2)
    with pytest.raises(CamcensusError):
        editions.write_editions(tmp_path, [NewEdition(CMIC, day, day)])
    with pytest.raises(UsageError):
        editions.write_editions(ROOT, [NewEdition(CMIC, day, day)])
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("- {vendor: nobody, name: X, grade: A, source: s}\n", "no id of vendors"),
        ("- {vendor: dahua, name: X, grade: U, source: s}\n", "'A' or 'B'"),
        ("- {vendor: dahua, name: X, grade: A, source: s}\n" * 2, "stands twice"),
    ],
)
def test_faulty_aliases_are_refused(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "aliases.yml").write_text(content)
    with pytest.raises(DataError, match=said):
        data.read_aliases(tmp_path, {"dahua"})
