"""The report as PDF for archives and for people who print: PDF/A-2a and PDF/UA-1, set by typst.

Everything reaches the template as JSON text, so nothing a device says is ever markup. Only the
fonts of typst itself and our own are used: the same report gives the same bytes on any machine.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from typing import Any

from scanner.errors import UsageError
from scanner.model import ScanReport
from scanner.report import guidance, paper, wording
from scanner.report.blocks import CELL_LIMIT
from scanner.report.formats import About, Format, Templates
from scanner.report.glyphs import FONTS, legible, missing
from scanner.report.text import excerpt

LIMIT = 1_000
"""Devices of a report; at this number typst takes about 600 MB, and it grows with the number."""
ABOUT = About(
    holds=f"the whole report on paper, up to {LIMIT:,} devices",
    readers="auditors and archives (PDF/A-2a, tagged)",
    opened_with="any PDF reader",
    ending="pdf",
)


@dataclass(frozen=True, slots=True)
class PdfFormat:
    """The report to print, sign and keep."""

    name: str = "pdf"
    about: About = ABOUT

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """The file in one piece. UsageError when the report has too many devices."""
        number = len(report.devices)
        if number > LIMIT:
            raise UsageError(
                f"the PDF report holds up to {LIMIT:,} devices, and this one has {number:,}: "
                "write xlsx or html instead, or one PDF for each site"
            )
        document = _document(report, templates("picture.css"))
        return iter((_typeset(document, templates("report.typ"), _moment(report)),))


def _document(report: ScanReport, style: str) -> dict[str, Any]:
    document = {
        "title": wording.TITLE,
        "headline": wording.headline(report),
        "tool": excerpt(report.tool, CELL_LIMIT),
        "run": excerpt(report.run.run, 80),
        "cover": paper.cover(report),
        "sections": list(paper.sections(report, style)),
    }
    unshown = guidance.UNSHOWN if missing(document) else ""
    return {**legible(document), "unshown": unshown}


def _typeset(document: dict[str, Any], template: str, moment: datetime) -> bytes:
    import typst  # noqa: PLC0415 - 40 MB that only this format needs

    return typst.compile(
        template.encode(),
        font_paths=_fonts(),
        sys_inputs={"document": json.dumps(document)},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=moment,
    )


@cache
def _fonts() -> Any:
    import typst  # noqa: PLC0415 - likewise

    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])


def _moment(report: ScanReport) -> datetime:
    """When the scan ended, as far as the report tells: the file's own date, never the clock's."""
    try:
        return datetime.strptime(report.finished, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime.combine(report.as_of, time(), UTC)


FORMAT: Format = PdfFormat()
