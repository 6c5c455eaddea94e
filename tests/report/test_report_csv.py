"""CSV: one row a device, and no cell that a spreadsheet would run."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import ScanReport
from scanner.report.csv import CELL_LIMIT, COLUMNS, PLAN_COLUMNS, REPORT_COLUMNS, cell
from tests.report import golden, samples


def rows(report: ScanReport) -> list[dict[str, str]]:
    """What a program reads."""
    text = golden.rendered(report, "csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_one_row_a_device() -> None:
    office = samples.office()
    assert [row["ip"] for row in rows(office)] == [device.ip for device in office.devices]


def test_a_row_says_who_made_it_and_which_lists_hold_the_maker() -> None:
    row = next(row for row in rows(samples.office()) if row["brand_id"])
    assert (row["verdict"], row["maker_id"], row["brand"]) == ("listed", "dahua", "Lorex")
    assert row["lists"] == "us-bis-entity-list; us-ndaa-889"
    assert "us-bis-entity-list since 2019-10-09 (84 FR 54002)" in row["listings"]


def test_a_row_carries_waivers_applicability_editions_and_the_notice() -> None:
    first = rows(samples.office())[0]
    assert first["waivers"].startswith("us-ndaa-889: Waived until 2027-01-31 by A. Person")
    assert "us-ndaa-889: applies" in first["applicability"]
    assert "us-bis-entity-list 2026-10-01, 53 days old, check overdue" in first["list_editions"]
    assert "It is not legal advice" in first["notice"]


def test_a_row_says_what_becomes_of_the_device_and_who_sees_to_it() -> None:
    first, second, *_ = rows(samples.office())
    assert (first["disposition"], first["owner"]) == ("replace", "B. Person, facilities")
    assert (first["due"], first["proposed"]) == ("2027-01-15", "replace (rule concerned)")
    assert (second["priority"], second["owner"]) == ("2", "")
    assert rows(samples.bare())[0]["disposition"] == ""


def test_an_empty_report_is_a_header() -> None:
    assert golden.rendered(samples.empty(), "csv").count(b"\r\n") == 1


def test_excel_is_told_that_it_is_utf8() -> None:
    assert golden.rendered(samples.empty(), "csv").startswith(b"\xef\xbb\xbfverdict,")


def test_the_columns_are_the_documented_ones() -> None:
    text = (samples.ROOT / "reports" / "README.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [
        *COLUMNS,
        *PLAN_COLUMNS,
        *REPORT_COLUMNS,
    ]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", r"'\t=1"),
        ("\r=1", r"'\r=1"),
        ('  "=1', "'  \"=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1; -2", "a;'=1;' -2"),
        ("plain-text = 1+1", "plain-text = 1+1"),
        ("\x1b[31m\x00", r"\x1b[31m\x00"),
    ],
)
def test_a_formula_becomes_text(text: str, safe: str) -> None:
    assert cell(text) == safe


@given(st.text(st.sampled_from('=+-@\t\r\n;" a\uff1d\x00\u202e')))
def test_no_cell_starts_a_formula_or_carries_a_control(text: str) -> None:
    safe = cell(text)
    assert safe.isprintable()
    for part in safe.split(";"):
        assert not part.lstrip(' "').startswith(("=", "+", "-", "@", "\uff1d"))


@pytest.mark.parametrize("text", ["x" * 1_000_000, "\x00" * 1_000_000, ";=" * 500_000])
def test_a_cell_fits_into_a_spreadsheet(text: str) -> None:
    assert CELL_LIMIT <= len(cell(text)) < 32_767
    assert cell(text).endswith("(1,000,000 characters in all)")


def test_hostile_text_stays_in_its_cell() -> None:
    hostile = rows(samples.spoiled(samples.office(), golden.HOSTILE))
    assert len(hostile) == len(samples.office().devices)
    assert all(None not in row for row in hostile)
    assert all(value.isprintable() for row in hostile for value in row.values())
