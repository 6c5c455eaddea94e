"""The packet as a Word document (ECMA-376) that a person edits. Same packet, same bytes."""

import io
import zipfile
from datetime import datetime
from typing import Any

from docx import Document
from docx.oxml import OxmlElement
from docx.shared import Cm, Pt, RGBColor

from scanner.remedy import Origin, Packet, PacketField, PacketPart
from scanner.report.packet import words
from scanner.report.text import excerpt

LIMIT = 4_000
"""Characters of one text."""
PROPERTY_LIMIT = 200
"""Characters of one property; the library takes 255, the note on what was cut included."""
NOT_XML = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}
"""The two characters beyond controls that XML 1.0 cannot hold."""
BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The time of every entry of the file; a ZIP cannot say an earlier one."""
FACT_WIDTHS = (4.0, 11.2)
FIELD_WIDTHS = (4.4, 7.2, 3.6)
"""Centimetres; a page of the usual template has 15.2."""
MISSING = RGBColor(0x9C, 0x1C, 0x1C)
QUIET = RGBColor(0x59, 0x59, 0x59)


def render(packet: Packet) -> bytes:
    """The whole document."""
    document = Document()
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10.5)
    _properties(document, packet)
    document.add_heading(_plain(words.title(packet)), 0)
    document.add_paragraph(words.DRAFT)
    _table(document, tuple(words.facts(packet)))
    for number, part in enumerate(packet.parts):
        _part(document, packet, number, part)
    _evidence(document, packet)
    return _same_bytes(document)


def _plain(text: str, limit: int = LIMIT) -> str:
    return excerpt(text, limit).translate(NOT_XML)


def _properties(document: Any, packet: Packet) -> None:
    """Nothing of this machine, its clock or its user."""
    known = document.core_properties
    known.author = known.last_modified_by = _plain(packet.tool, PROPERTY_LIMIT)
    known.title = _plain(words.title(packet), PROPERTY_LIMIT)
    known.comments = "Draft; sent to nobody."
    known.created = known.modified = datetime(*BEGINNING[:3])  # noqa: DTZ001 - the format has no zone
    known.revision = 1


def _table(document: Any, rows: tuple[tuple[str, str], ...]) -> None:
    table = _grid(document, FACT_WIDTHS)
    for name, text in rows:
        first, second = _cells(table, FACT_WIDTHS)
        first.paragraphs[0].add_run(_plain(name)).bold = True
        second.paragraphs[0].add_run(_plain(text))


def _grid(document: Any, widths: tuple[float, ...]) -> Any:
    table = document.add_table(rows=0, cols=len(widths), style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    return table


def _cells(table: Any, widths: tuple[float, ...]) -> Any:
    """A row that stays on one page. Word goes by the cells' widths, others by the columns'."""
    row = table.add_row()
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, width in zip(row.cells, widths, strict=True):
        cell.width = Cm(width)
    return row.cells


def _part(document: Any, packet: Packet, number: int, part: PacketPart) -> None:
    document.add_heading(_plain(part.deadline.title), 1)
    document.add_paragraph().add_run(_plain(words.deadline(packet, number))).bold = True
    document.add_paragraph(words.CLOCK)
    if part.note:
        document.add_paragraph(_plain(part.note))
    table = _grid(document, FIELD_WIDTHS)
    for cell, name in zip(
        _cells(table, FIELD_WIDTHS), ("Field", "Text", "Where from"), strict=True
    ):
        cell.paragraphs[0].add_run(name).bold = True
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for field in part.fields:
        _row(table, field)
    document.add_paragraph()


def _row(table: Any, field: PacketField) -> None:
    name, text, origin = _cells(table, FIELD_WIDTHS)
    name.paragraphs[0].add_run(_plain(field.label))
    run = text.paragraphs[0].add_run(_plain(field.value) or f"[{words.TO_FILL}]")
    if field.origin is Origin.PERSON:
        run.font.color.rgb, run.bold = MISSING, True
    small = origin.paragraphs[0].add_run(_plain(words.origin(field)))
    small.font.size, small.font.color.rgb = Pt(8.5), QUIET


def _evidence(document: Any, packet: Packet) -> None:
    document.add_heading("What the device said", 1)
    for text in packet.evidence:
        document.add_paragraph(_plain(text), style="List Bullet")
    document.add_paragraph(words.NOT_THE_SOC)
    document.add_paragraph(_plain(f"Run {packet.run}; {packet.tool}; lists as of {packet.as_of}."))


def _same_bytes(document: Any) -> bytes:
    """The ZIP anew, without the time at which it was made."""
    first, second = io.BytesIO(), io.BytesIO()
    document.save(first)
    with zipfile.ZipFile(first) as made, zipfile.ZipFile(second, "w") as kept:
        for entry in made.infolist():
            info = zipfile.ZipInfo(entry.filename, BEGINNING)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            kept.writestr(info, made.read(entry))
    return second.getvalue()
