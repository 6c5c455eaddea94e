"""A workbook (Office Open XML, ISO/IEC 29500) for those who plan in spreadsheets.

Every text is written as text: no value can become a formula, a link or a number, and the quote
prefix keeps it so when a person edits the cell. XlsxWriter makes the workbook with its headings;
the rows of the long tables are put in afterwards, which takes a third of the time.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from io import BytesIO
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from scanner.model import ScanReport
from scanner.report import figures, overview, tables, wording
from scanner.report.csv import CELL_LIMIT
from scanner.report.formats import About, Format, Templates
from scanner.report.tables import Table, Value
from scanner.report.text import excerpt

if TYPE_CHECKING:
    from xlsxwriter import Workbook

ABOUT = About(
    holds="sheets: summary, devices, findings by regime, plan, coverage, evidence",
    readers="whoever plans the replacement, and auditors",
    opened_with="Excel, LibreOffice",
    ending="xlsx",
)
LAST_ROW = 1_048_575
"""Rows below the heading that a sheet can have; more go on in another sheet."""
BREATH = 200
"""Rows after which an empty piece is given, so that a waiting person sees that work goes on."""
COLOURS = ("#A3262E", "#8A5600", "#5C6570", "#2D6A56")
"""Of the verdicts, in the order of `figures.SEVERITY`; dark enough on white."""
LABELS = tuple(wording.LABELS[verdict] for verdict in figures.SEVERITY)
EPOCH = date(1899, 12, 30)
WORDS = 110
WORDS_LIMIT = 2_000
"""Characters: of a line of the summary, and of each of its texts."""
LINE = 15
"""Points. LibreOffice does not fit the height of a row by itself."""
PACKED = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive, the earliest it can say."""
_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_PATTERN = re.compile(r'<row r="2".*?</row>')
_STYLE = re.compile(r's="(\d+)"')
_ESCAPED = re.compile("[&<>]|_x(?=[0-9A-Fa-f]{4}_)")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "_x": "_x005F_x"}
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class WorkbookFormat:
    """The report for planners."""

    name: str = "xlsx"
    about: About = ABOUT

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """The file comes when it is whole; empty pieces before that. No template is needed."""
        del templates
        parts = tuple(_parts(report))
        with TemporaryFile() as file:
            with ZipFile(file, "w", ZIP_DEFLATED) as packed:
                yield from _packed(packed, ZipFile(BytesIO(_skeleton(report, parts))), parts)
            file.seek(0)
            yield from iter(lambda: file.read(_PIECE), b"")


@dataclass(frozen=True, slots=True)
class _Part:
    """One sheet of a table: as many of its rows as a sheet can have."""

    table: Table[Any]
    name: str
    count: int
    rows: Iterator[Any]


def _parts(report: ScanReport) -> Iterator[_Part]:
    for table in tables.TABLES:
        left, rows, number = sum(1 for _ in table.rows(report)), iter(table.rows(report)), 1
        while left > 0 or number == 1:
            count = min(left, LAST_ROW)
            name = table.name if number == 1 else f"{table.name} {number}"
            yield _Part(table, name, count, islice(rows, count))
            left, number = left - count, number + 1


def _skeleton(report: ScanReport, parts: Sequence[_Part]) -> bytes:
    """The workbook with its headings; row 2 of the tables only shows the styles there are."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - other formats start without it

    file = BytesIO()
    book = Workbook(file, {"in_memory": True})
    book.set_properties(
        {
            "title": wording.TITLE,
            "author": excerpt(report.tool, 200)[:255],
            "comments": wording.NOTICE,
            "created": _created(report),
        }
    )
    text = {"valign": "top", "quote_prefix": True}
    styles = [
        book.add_format(text),
        book.add_format({"valign": "top", "num_format": "yyyy-mm-dd"}),
        book.add_format({"valign": "top", "num_format": "0"}),
        book.add_format({"valign": "top", "num_format": "#,##0.00"}),
        *(book.add_format({**text, "bold": True, "font_color": colour}) for colour in COLOURS),
    ]
    _summary(book, report, styles)
    heading = {**text, "bold": True, "bg_color": "#E8E9E4", "bottom": 1, "text_wrap": True}
    for part in parts:
        _headings(book, part, book.add_format(heading), styles)
    book.close()
    return file.getvalue()


def _created(report: ScanReport) -> datetime:
    """When the scan ended; the report's day where nobody says."""
    try:
        return datetime.strptime(report.finished, "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 - UTC
    except ValueError:
        return datetime.combine(report.as_of, time())


def _summary(book: "Workbook", report: ScanReport, styles: Sequence[Any]) -> None:
    sheet = book.add_worksheet("Summary")
    wrapped = book.add_format(
        {"valign": "top", "quote_prefix": True, "text_wrap": True, "indent": 1}
    )
    left = book.add_format({"valign": "top", "quote_prefix": True, "text_wrap": True})
    heading = book.add_format({"bold": True, "font_size": 12, "quote_prefix": True})
    title = book.add_format({"bold": True, "font_size": 16})
    count = book.add_format({"valign": "top", "num_format": "#,##0", "align": "left"})
    for place, width in enumerate((34, 24, WORDS)):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
    _printed(sheet)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, wording.TITLE, title)
    coloured = dict(zip(LABELS, styles[4:], strict=True))
    for row, line in enumerate(overview.lines(report), 2):
        label = heading if line.heading else coloured.get(line.label, left)
        sheet.write_string(row, 0, excerpt(line.label, CELL_LIMIT), label)
        if isinstance(line.figure, date):
            sheet.write_datetime(row, 1, datetime.combine(line.figure, time()), styles[1])
        elif isinstance(line.figure, int):
            sheet.write_number(row, 1, line.figure, count)
        elif line.figure:
            sheet.write_string(row, 1, excerpt(line.figure, CELL_LIMIT), wrapped)
        words = "\n".join(excerpt(text, WORDS_LIMIT) for text in line.words)
        sheet.write_string(row, 2, words, wrapped)
        sheet.set_row(row, LINE * sum(1 + len(text) // WORDS for text in words.split("\n")))


def _headings(book: "Workbook", part: _Part, heading: Any, styles: Sequence[Any]) -> None:
    sheet = book.add_worksheet(part.name)
    columns = part.table.columns
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.heading, heading)
    for place, style in enumerate(styles):
        sheet.write_blank(1, place, None, style)
    sheet.freeze_panes(1, part.table.fixed)
    sheet.repeat_rows(0)
    sheet.repeat_columns(0, part.table.fixed - 1)
    sheet.autofilter(0, 0, max(part.count, 1), len(columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    _printed(sheet)


def _printed(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_footer("&L&A&R&P / &N")


def _packed(packed: ZipFile, skeleton: ZipFile, parts: Sequence[_Part]) -> Iterator[bytes]:
    """Copy the skeleton, the tables with their rows; the summary is sheet 1."""
    for name in skeleton.namelist():
        entry = ZipInfo(name, PACKED)
        entry.compress_type = ZIP_DEFLATED
        sheet = _SHEET.fullmatch(name)
        with packed.open(entry, "w") as file:
            if sheet is None or sheet[1] == "1":
                file.write(skeleton.read(name))
            else:
                part = parts[int(sheet[1]) - 2]
                yield from _with_rows(file, skeleton.read(name).decode(), part)


def _with_rows(file: IO[bytes], sheet: str, part: _Part) -> Iterator[bytes]:
    pattern = _PATTERN.search(sheet)
    if pattern is None:
        raise RuntimeError("the library no longer writes rows as this file expects them")
    text, day, whole, amount, *verdicts = _STYLE.findall(pattern[0])
    style = _Style(text, day, whole, amount, dict(zip(LABELS, verdicts, strict=True)))
    names = [f'<c r="{_letters(place)}' for place in range(len(part.table.columns))]
    values = [column.value for column in part.table.columns]
    held = [sheet[: pattern.start()]]
    for row, item in enumerate(part.rows, 2):
        cells = (
            f'{name}{row}" {style.cell(value)}</c>'
            for name, make in zip(names, values, strict=True)
            if (value := make(item)) not in ("", None)
        )
        held.append(f'<row r="{row}">{"".join(cells)}</row>')
        if row % BREATH == 0:
            file.write("".join(held).encode())
            held.clear()
            yield b""
    file.write(("".join(held) + sheet[pattern.end() :]).encode())


def _letters(place: int) -> str:
    """`A` for 0; no table has more than 26 columns."""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place]


@dataclass(frozen=True, slots=True)
class _Style:
    """Numbers of the cell styles, by kind of value; the verdicts have their own."""

    text: str
    day: str
    whole: str
    amount: str
    verdicts: dict[str, str]

    def cell(self, value: Value) -> str:
        """The cell after its name."""
        if isinstance(value, str):
            style = self.verdicts.get(value, self.text)
            return f's="{style}" t="inlineStr">{_inline(value)}'
        if isinstance(value, date):
            return f's="{self.day}"><v>{(value - EPOCH).days}</v>'
        return f's="{self.whole if isinstance(value, int) else self.amount}"><v>{value}</v>'


@lru_cache(maxsize=4096)
def _inline(text: str) -> str:
    r"""A text as XML. Spreadsheets read `_x000D_` as a control character, so `_x` is escaped."""
    safe = excerpt(text, CELL_LIMIT)
    escaped = _ESCAPED.sub(lambda match: _ESCAPES[match.group()], safe)
    return f'<is><t xml:space="preserve">{escaped}</t></is>'


FORMAT: Format = WorkbookFormat()
