"""`camcensus plan` as a person uses it: look, decide, to a spreadsheet and back."""

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from scanner import data, keeping, plan_table
from scanner.cli import camcensus
from scanner.errors import DataError
from scanner.model import ScanReport
from scanner.remedy import Choice, Disposition
from tests.report import samples

ROOT = Path(__file__).parents[2]
OFFICE = ROOT / "tests" / "assess" / "golden" / "office.jsonl"
CAMERA = "192.0.2.20"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "DIRECTORY", tmp_path / "store")


def call(*arguments: str) -> Result:
    options = ("--evidence", str(OFFICE), "--as-of", "2026-11-23")
    return CliRunner().invoke(camcensus, ["plan", *arguments, *options], standalone_mode=False)


def done(*arguments: str) -> str:
    ended = call(*arguments)
    assert ended.exception is None
    assert ended.return_value == 0
    return ended.output


def kept(folder: Path) -> Any:
    return json.loads((folder / "store" / "plan.json").read_text())["decisions"]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_show_tells_phases_devices_rules_and_totals() -> None:
    said = done("show", "--all")
    assert "Contain: Keep these devices away from the internet" in said
    assert "rule section-889-open" in said
    assert "All devices: keep 1, isolate 2, investigate 3" in said
    assert "No price file was given" in said
    assert "Nothing to do now: Nothing" not in done("show")


def test_show_tells_all_about_one_device(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(
        "maker,model,class,form_factor\nAxis,P1,camera,dome\nUniview,U1,camera,\nAcme,A1,camera,\n"
    )
    done("decide", CAMERA, "--disposition", "replace")
    said = done("show", CAMERA, "--catalogue", str(tmp_path / "c.csv"))
    assert "Why: Whether section 889 concerns the organisation is not answered." in said
    assert "Place 1 of 6: a list may concern the organisation, listed, camera" in said
    assert "Must match: resolution: not known" in said
    assert "Candidate: Axis P1; compare form factor, resolution, PoE class, ONVIF profiles" in said
    assert "Not offered: Uniview U1: Uniview is on the Entity List since 2024-12-10" in said
    assert "Not offered: Acme A1: No vendor of the data has this name" in said
    assert "Until then: Change its passwords to ones used nowhere else." in said


def test_decide_is_kept_told_and_in_every_report(tmp_path: Path) -> None:
    done("decide", CAMERA, "--disposition", "replace", "--owner", "B. Person", "--who", "A. Person")
    done("decide", CAMERA, "--due", "2027-01-15", "--note", "with the lobby", "--who", "A. Person")
    (made,) = kept(tmp_path)
    assert made["keys"][0].startswith("mac:")
    assert (made["disposition"], made["owner"]) == ("replace", "B. Person")
    assert (made["due"], made["note"], made["who"]) == ("2027-01-15", "with the lobby", "A. Person")
    said = done("show")
    assert "replace (proposed: isolate)" in said
    assert "[B. Person, by 2027-01-15, with the lobby]" in said
    out = tmp_path / "r.json"
    arguments = ["assess", str(OFFICE), "-o", f"json={out}", "--as-of", "2026-11-23"]
    CliRunner().invoke(camcensus, arguments, standalone_mode=False)
    items = {i["ip"]: i for i in json.loads(out.read_text())["plan"]["items"]}
    assert items[CAMERA]["decision"]["owner"] == "B. Person"
    assert (items[CAMERA]["disposition"], items[CAMERA]["agreed"]) == ("isolate", "replace")
    done("decide", CAMERA, "--clear")
    assert kept(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("decide", "192.0.2.99", "--owner", "x"), "no device of this report has the address"),
        (("decide", CAMERA, "--disposition", "burn"), "'burn' is not one of"),
        (("decide", CAMERA, "--due", "soon"), "does not match the format"),
        (("decide", CAMERA, "--note", "a\nb"), "note holds a line break"),
        (("decide", CAMERA, "--owner", "x" * 501), "owner is longer than 500 characters"),
        (("show", "--prices", "none.toml"), "cannot be read"),
        (("show", "--decisions", "none.json"), "cannot be read"),
    ],
)
def test_a_mistake_changes_nothing(tmp_path: Path, arguments: tuple[str, ...], reason: str) -> None:
    assert reason in str(call(*arguments).exception or call(*arguments).output)
    assert not (tmp_path / "store" / "plan.json").exists()


def test_a_table_goes_out_is_edited_and_comes_back(tmp_path: Path) -> None:
    table = tmp_path / "plan.csv"
    done("export", str(table))
    edited = rows(table.read_text("utf-8"))
    assert [row["priority"] for row in edited] == ["1", "2", "3", "4", "5", "6"]
    edited[0] |= {"decision": "remove", "owner": "Ö. Person", "due": "2027-02-01", "who": "me"}
    edited[3] |= {"note": "'=1+1"}
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, edited[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows(edited)
    done("import", str(table))
    first, second = kept(tmp_path)
    assert (first["disposition"], first["owner"], first["due"]) == (
        "remove", "Ö. Person", "2027-02-01",
    )  # fmt: skip
    assert second["note"] == "=1+1"
    assert rows(done("export"))[3]["note"] == "'=1+1"


def test_a_bad_line_refuses_the_whole_table_and_every_one_is_named(tmp_path: Path) -> None:
    done("decide", CAMERA, "--owner", "B. Person")
    before = kept(tmp_path)
    lines = done("export").splitlines(keepends=True)
    device = lines[1].split(",")[0]
    bad = [
        lines[0],
        lines[1].replace(",,,,,,", ",replace,,,,,"),
        f"{'d' * 12}{lines[2][12:]}",
        lines[3].rstrip("\r\n").removesuffix(",,,,,,") + ",burn,,,,,\r\n",
        lines[4].rstrip("\r\n").removesuffix(",,,,,,") + ",,,15/01/2027,,,\r\n",
        f"{device}{lines[5][12:]}",
    ]
    table = tmp_path / "bad.csv"
    table.write_text("".join(bad), "utf-8")
    said = str(call("import", str(table)).exception)
    assert "line 3: 'dddddddddddd' is no device of this report" in said
    assert "line 4: the decision 'burn' is none of keep, isolate" in said
    assert "line 5: due is '15/01/2027': write a day such as 2027-01-15" in said
    assert f"line 6: {device} stands twice" in said
    assert kept(tmp_path) == before


def test_an_emptied_row_takes_its_decision_back_and_other_devices_keep_theirs(
    tmp_path: Path,
) -> None:
    done("decide", CAMERA, "--owner", "B. Person")
    path = tmp_path / "store" / "plan.json"
    elsewhere = Choice(("mac:00:00:5e:00:53:99",), Disposition.KEEP)
    data.write_choices(path, [*data.read_choices(path), elsewhere])
    table = tmp_path / "plan.csv"
    done("export", str(table))
    edited = rows(table.read_text("utf-8"))
    for row in edited:
        row.update(dict.fromkeys(plan_table.DECIDED, ""))
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, edited[0].keys())
        writer.writeheader()
        writer.writerows(edited)
    done("import", str(table))
    assert data.read_choices(path) == (elsewhere,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1: lacks the columns device, decision"),
        ("device,decision,owner,due,note,who,when\nx\n", "line 2: has not as many cells"),
        ('device,decision,owner,due,note,who,when\n"x"y,,,,,,\n', "line 2: is not CSV"),
        ('device,decision,owner,due,note,who,when\n{0},,"a\nb",,,,\n', "a line break or another"),
        ("device,decision,owner,due,note,who,when\n{0},,%s,,,,\n" % ("x" * 501), "longer than 500"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    office = samples.office()
    first = plan_table.device_id(office.devices[0].identity)
    path = tmp_path / "t.csv"
    path.write_text(text.replace("{0}", first), "utf-8")
    with pytest.raises(DataError, match=reason):
        plan_table.read(path, office)


def decided(report: ScanReport, choices: dict[str, Choice]) -> ScanReport:
    assert report.plan
    items = tuple(replace(i, decision=choices.get(i.identity)) for i in report.plan.items)
    return replace(report, plan=replace(report.plan, items=items))


WORDS = st.text(
    st.sampled_from("=+-@;'\"\uff1d, aÖ会\u00a0")
    | st.characters(exclude_categories=("C", "Zl", "Zp")),
    max_size=30,
)  # fmt: skip
DAYS = st.none() | st.dates(date(2000, 1, 1))


@given(
    st.dictionaries(
        st.integers(0, 14),
        st.tuples(st.none() | st.sampled_from(Disposition), WORDS, DAYS, WORDS, WORDS, DAYS),
        max_size=4,
    )
)
def test_nothing_is_lost_on_the_way_to_a_spreadsheet_and_back(
    given_rows: dict[int, tuple[Any, ...]],
) -> None:
    office = samples.office()
    choices = {
        office.devices[n].identity: Choice(office.devices[n].keys, *values)
        for n, values in given_rows.items()
    }
    raw = b"".join(plan_table.lines(decided(office, choices)))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(raw)
        back = plan_table.read(path, office)
    assert {k: v for k, v in back.items() if v} == {
        k: c for k, c in choices.items() if any(str(v).strip() for v in values_of(c))
    }


def values_of(choice: Choice) -> tuple[Any, ...]:
    """Everything of a decision but the device, empty where nothing is said."""
    parts = (choice.disposition, choice.owner, choice.due, choice.note, choice.who, choice.when)
    return tuple(part or "" for part in parts)


@given(WORDS)
def test_no_cell_of_ours_starts_a_formula(text: str) -> None:
    safe = plan_table.guarded(text)
    assert plan_table.unguarded(safe) == text
    for part in safe.split(";"):
        assert not part.lstrip(' "\u00a0').startswith(("=", "+", "-", "@", "\uff1d"))


def test_a_hostile_device_does_not_act_in_the_table() -> None:
    office = samples.office()
    first = replace(office.devices[0], model="=1+1", serial="@x\n", site="\x1b[2J")
    report = samples.holding(office, (first,))
    (row,) = rows(b"".join(plan_table.lines(report)).decode())
    assert (row["model"], row["serial"]) == ("'=1+1", "'@x\\n")
    assert row["site"].isprintable()
