"""The workbook: read back it holds what the report holds, and nothing in it is computed."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from scanner.model import ScanReport
from scanner.report import xlsx
from scanner.report.csv import CELL_LIMIT
from scanner.report.text import excerpt, visible
from tests.report import golden, samples

SHEETS = ["Summary", "Devices", "Findings by regime", "Plan", "Coverage", "Evidence"]


def book(report: ScanReport) -> Workbook:
    """The workbook as a spreadsheet program reads it."""
    return load_workbook(BytesIO(golden.rendered(report, "xlsx")))


def records(report: ScanReport, sheet: str) -> list[dict[str, Any]]:
    """The rows of a sheet by heading."""
    heads, *rows = book(report)[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


def cells(workbook: Workbook) -> Iterator[Any]:
    """Every cell that holds something."""
    for sheet in workbook.worksheets:
        yield from (cell for row in sheet.iter_rows() for cell in row if cell.value is not None)


def test_the_sheets_have_filters_and_headings_that_stay() -> None:
    made = book(samples.office())
    assert made.sheetnames == SHEETS
    assert all(sheet.freeze_panes for sheet in made.worksheets)
    for name in SHEETS[1:]:
        sheet = made[name]
        assert sheet.auto_filter.ref == sheet.dimensions
        assert re.fullmatch(r"[B-D]2", str(sheet.freeze_panes))


def test_a_device_a_finding_a_step_and_a_piece_of_evidence_are_a_row_each() -> None:
    report = samples.office()
    devices = records(report, "Devices")
    assert [row["Address"] for row in devices] == [d.ip for d in report.devices]
    assert [row["MAC"] for row in devices] == [d.mac for d in report.devices]
    found = records(report, "Findings by regime")
    assert len(found) == sum(len(d.listings) for d in report.devices)
    assert [row["List"] for row in found] == sorted(
        (row["List"] for row in found), key=[e.title for e in report.lists].index
    )
    assert found[0]["Since"].date().isoformat() == "2019-10-09"
    assert report.plan
    assert [row["Priority"] for row in records(report, "Plan")] == [
        item.priority for item in report.plan.items
    ]
    said = records(report, "Evidence")
    assert len(said) == sum(len(d.evidence) for d in report.devices)
    assert said[0]["What the device said"] == report.devices[0].evidence[0].value


def test_what_was_not_seen_has_a_sheet() -> None:
    rows = records(samples.office(), "Coverage")
    assert {"Range asked", "Left out on request", "Said nothing", "Answers are incomplete"} <= {
        row["About"] for row in rows
    }
    assert "192.0.2.50 to 192.0.2.52" in {row["Entry"] for row in rows}


def test_the_summary_counts_and_says_when_the_scan_ended() -> None:
    made = book(samples.office())
    text = {cell.value for cell in cells(made) if cell.parent.title == "Summary"}
    assert "6 of 15 devices trace back to a listed maker." in text
    assert str(made.properties.created) == "2026-11-23 10:01:42"


def test_no_cell_of_a_hostile_report_is_computed() -> None:
    hostile = samples.spoiled(samples.office(), "=" + golden.HOSTILE)
    made = book(hostile)
    assert not [cell.coordinate for cell in cells(made) if cell.data_type == "f"]
    assert not [cell.coordinate for cell in cells(made) if cell.hyperlink]
    texts = [cell for cell in cells(made) if "=" in str(cell.value)]
    assert len(texts) > 500
    assert all(cell.quotePrefix for cell in texts if cell.parent.title != "Summary")
    assert all(line.isprintable() for cell in texts for line in cell.value.split("\n"))


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1) | st.text("=+-@_x003D<>&\"' \ufffe\uffff\x00\n", min_size=1))
def test_every_text_is_read_back_as_it_was_shown(text: str) -> None:
    made = book(samples.spoiled(samples.bare(), text))
    assert made["Devices"]["B2"].value == visible(text)
    assert not [cell.coordinate for cell in cells(made) if cell.data_type == "f"]


def test_a_spreadsheet_cannot_decode_a_formula_from_an_escape() -> None:
    report = samples.spoiled(samples.bare(), "_x003D_1+1")
    with ZipFile(BytesIO(golden.rendered(report, "xlsx"))) as packed:
        sheet = packed.read("xl/worksheets/sheet2.xml").decode()
    assert "_x005F_x003D_1+1" in sheet
    assert ">_x003D_" not in sheet


def test_a_cell_is_never_too_long() -> None:
    made = book(samples.spoiled(samples.office(), "x" * 1_000_000))
    assert max(len(str(cell.value)) for cell in cells(made)) < 32_767
    assert made["Devices"]["B2"].value == excerpt("x" * 1_000_000, CELL_LIMIT)


def test_a_sheet_that_is_full_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "LAST_ROW", 4)
    made = book(samples.office())
    assert made.sheetnames[1:5] == ["Devices", "Devices 2", "Devices 3", "Devices 4"]
    parts = [made[name] for name in made.sheetnames[1:5]]
    assert [part.max_row for part in parts] == [5, 5, 5, 4]
    found = [part.cell(row, 2).value for part in parts for row in range(2, part.max_row + 1)]
    assert found == [device.ip for device in samples.office().devices]


def test_nothing_in_the_file_tells_when_or_where_it_was_written() -> None:
    text = golden.words(golden.rendered(samples.office(), "xlsx"))
    assert set(re.findall(r"\((\d{4}), 1, 1, 0, 0, 0\)", text)) == {"1980"}
    assert set(re.findall(r"20\d\d-\d\d-\d\dT[\d:]+Z", text)) <= {
        "2026-11-23T10:01:42Z",
        "2026-11-23T10:00:00Z",
    }


def test_an_empty_report_still_has_every_sheet() -> None:
    made = book(samples.empty())
    assert made.sheetnames == SHEETS
    assert made["Devices"].max_row == 1
