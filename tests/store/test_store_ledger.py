"""`camcensus ledger`: states by a person's word, append-only, to a spreadsheet and back."""

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import cli, keeping, ledger_table
from scanner.errors import DataError
from scanner.model import Decision, State
from scanner.store.ledger import Entry, entries
from scanner.store.runs import RunStore
from tests.store.site import Camera, moment, scan

CAMERAS = [
    Camera(f"192.0.2.{n}", mac=f"3c:ef:8c:00:00:{n:02x}", serial=f"4K01234PAZ{n:05}")
    for n in range(1, 4)
]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    monkeypatch.setattr(keeping, "DIRECTORY", tmp_path / "kept")
    monkeypatch.delenv("CAMCENSUS_STORE", raising=False)
    made = keeping.opened()
    scan(made, CAMERAS, 1)
    return made


def ledger(*words: object) -> Result:
    """The command, in this process."""
    words = ("ledger", *map(str, words))
    return CliRunner().invoke(cli.camcensus, [*map(str, words)], standalone_mode=False)


def test_the_words_of_the_command_line_are_the_states() -> None:
    assert list(State) == cli.STATES


@pytest.mark.parametrize("name", ["#2", "192.0.2.2", "3c:ef:8c:00:00:02", "4K01234PAZ00002"])
def test_a_decision_says_who_and_when_and_keeps_what_was_said(store: RunStore, name: str) -> None:
    assert (
        ledger("set", name, "scheduled", "--owner", "A. B.", "--due", "2026-02-01").exit_code == 0
    )
    words = ("--note", "unit gone", "--evidence", "ticket 7", "--who", "C")
    assert ledger("set", name, "replaced", *words).exit_code == 0
    found = store.history(2)
    assert [d.state for d in found] == [State.OPEN, State.SCHEDULED, State.REPLACED]
    last = found[-1]
    assert (last.who, last.owner, str(last.due), last.note, last.evidence) == (
        "C", "A. B.", "2026-02-01", "unit gone", "ticket 7",
    )  # fmt: skip
    assert last.at.endswith("Z")
    told = ledger("show", name).stdout
    assert "replaced, by C; owner A. B.; due 2026-02-01; unit gone; evidence: ticket 7" in told
    assert "open, by camcensus; Found at 192.0.2.2, site hq" in told


def test_show_selects_by_site_state_and_day(store: RunStore) -> None:
    scan(store, [replace(CAMERAS[0], ip="198.51.100.4", serial="OTHER00001", mac="")], 1, "branch")
    ledger("set", "#1", "isolated", "--due", "2020-01-01")
    ledger("set", "#2", "removed", "--due", "2020-01-01")
    assert ledger("show").stdout.count("\n") == 4
    assert ledger("show", "--site", "branch").stdout.split()[0] == "#4"
    assert ledger("show", "--state", "removed").stdout.split()[0] == "#2"
    [late] = ledger("show", "--overdue").stdout.splitlines()
    assert late.startswith("#1")
    assert late.endswith("OVERDUE")


def test_a_removed_device_that_is_seen_again_is_open_again(store: RunStore) -> None:
    with_past = Decision(1, moment(1, 900), "A", State.REMOVED)
    store.decide([with_past])
    scan(store, CAMERAS[1:], 2)
    assert "removed" in ledger("show", "#1").stdout.splitlines()[0]
    scan(store, [replace(CAMERAS[0], ip="198.51.100.9")], 3, "branch")
    told = ledger("show", "#1").stdout.splitlines()
    assert "open" in told[0]
    assert "Was removed on 2026-01-12; seen again at 198.51.100.9, site branch" in told[-1]


@pytest.mark.parametrize("state", [State.WAIVED, State.FALSE_POSITIVE, State.ISOLATED])
def test_other_states_are_a_persons_and_stay(store: RunStore, state: State) -> None:
    store.decide([Decision(1, moment(1, 900), "A", state)])
    scan(store, CAMERAS, 2)
    assert store.decided([1])[1].state is state


def test_a_table_comes_back_as_decisions(store: RunStore, tmp_path: Path) -> None:
    file = tmp_path / "ledger.csv"
    assert ledger("export", file).exit_code == 0
    rows = table(file)
    assert [row["device"] for row in rows] == ["n1", "n2", "n3"]
    rows[0] |= {"state": "scheduled", "owner": "A. B.", "due": "2026-02-01"}
    rows[2] |= {"state": "false-positive", "note": "=a lens cap"}
    save(file, rows, delimiter=";")
    assert ledger("import", file, "--who", "C").exit_code == 0
    assert [len(store.history(n)) for n in (1, 2, 3)] == [2, 1, 2]
    assert store.decided([3])[3].note == "=a lens cap"
    assert ledger("export", file).exit_code == 0
    assert table(file)[2]["note"] == "'=a lens cap"
    assert ledger("import", file).exit_code == 0
    assert [len(store.history(n)) for n in (1, 2, 3)] == [2, 1, 2]


def test_a_bad_table_is_refused_whole_with_its_lines(store: RunStore, tmp_path: Path) -> None:
    file = tmp_path / "ledger.csv"
    ledger("export", file)
    good, *rows = table(file)
    good["state"] = "removed"
    rows[0]["state"] = "gone"
    rows[1]["due"] = "soon"
    rows[1]["state"] = "isolated"
    rows += [rows[1] | {"device": "n99"}, dict(good)]
    save(file, [good, *rows])
    error = str(ledger("import", file).exception)
    for said in (
        "line 3: state 'gone'",
        "line 4: due 'soon'",
        "line 5: 'n99'",
        "line 6: n1 stands",
    ):
        assert said in error
    assert len(store.history(1)) == 1


def test_nobody_overwrites_what_was_decided_meanwhile(store: RunStore, tmp_path: Path) -> None:
    file = tmp_path / "ledger.csv"
    ledger("export", file)
    rows = table(file)
    rows[0]["state"] = "waived"
    save(file, rows)
    ledger("set", "#1", "removed", "--who", "somebody else")
    assert "by somebody else, after this table was exported" in str(
        ledger("import", file).exception
    )
    assert store.decided([1])[1].state is State.REMOVED


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "#9", "open"), "no finding on #9"),
        (("set", "#1", "open", "--note", "a\nb"), "--note holds a line break"),
        (("import", "/nonexistent.csv"), "cannot be read"),
    ],
)
def test_a_mistake_gets_an_answer(store: RunStore, words: tuple[str, ...], said: str) -> None:
    assert said in str(ledger(*words).exception)
    assert len(entries(store)) == 3


def test_an_address_of_two_devices_is_asked_back(store: RunStore) -> None:
    scan(store, [replace(CAMERAS[0], serial="OTHER00001", mac="")], 1, "branch")
    assert "#1 at hq, #4 at branch" in str(ledger("show", "192.0.2.1").exception)


def table(file: Path) -> list[dict[str, Any]]:
    """The rows of a table."""
    return list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))


def save(file: Path, rows: Sequence[dict[str, Any]], delimiter: str = ",") -> None:
    """The rows as a spreadsheet writes them."""
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
ENTRY = st.builds(
    Entry, st.just(1), TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, st.just(moment(1)),
    st.builds(
        Decision, st.just(1), st.just(moment(1)), TEXT, st.sampled_from(State), TEXT,
        st.none() | st.dates(), TEXT, TEXT,
    ),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(ENTRY)
def test_no_table_holds_a_formula_and_none_changes_what_it_says(
    tmp_path_factory: pytest.TempPathFactory, entry: Entry
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(b"".join(ledger_table.written([entry])))
    assert ledger_table.read(file, [entry], moment(2), "me") == []
    [row] = table(file)
    assert not any(cell.lstrip(' "').startswith(tuple("=+-@")) for cell in row.values())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused_with_a_reason(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "bad.csv"
    file.write_bytes(b"device,state,owner,due,note,evidence,at,who\r\n" + data)
    with suppress(DataError):
        assert ledger_table.read(file, [], moment(2), "me") == []
