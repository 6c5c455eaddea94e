"""Pins the formats byte for byte. `python -m tests.report.golden` writes the files anew."""

from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

from pypdf import PdfReader
from rich.console import Console

from scanner.model import ScanReport
from scanner.report import formats, terminal
from tests.report import samples

HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\x00\x9b31m\r\n\t\u202egpj.\u2066\ufeff\ud800"
    "<img src=x onerror=alert(1)></script></style><!--&amp;\"'`"
    "{{ 7 * 7 }}{% raw %}[red]=HYPERLINK(1);=1+1;@x,-2 javascript:alert(1)"
    "a\u0300\u0301\u0302\u0303"
)

UNPINNED = "pdf"
"""Compressed, so every change would add all of it to the repository; its tests read it instead."""


def rendered(report: ScanReport, name: str) -> bytes:
    """The whole report in one format."""
    return b"".join(formats.find(name).render(report, samples.templates))


def words(data: bytes) -> str:
    """The text of a rendered file; of an archive that of all its files with their times.

    Of a PDF the words with single spaces between them, as lines end elsewhere on paper.
    """
    if data.startswith(b"%PDF"):
        return " ".join(" ".join(p.extract_text() for p in PdfReader(BytesIO(data)).pages).split())
    if not data.startswith(b"PK"):
        return data.decode()
    with ZipFile(BytesIO(data)) as packed:
        files = [(info, packed.read(info).decode()) for info in packed.infolist()]
    return "".join(f"{info.filename} {info.date_time}\n{text}\n" for info, text in files)


def spoken(report: ScanReport, width: int = 100) -> str:
    """The terminal summary as a plain console shows it."""
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(terminal.summary(report))
    return out.getvalue()


def _hostile() -> ScanReport:
    office = samples.office()
    relabelled = next(d for d in office.devices if d.brand)
    return samples.spoiled(samples.holding(office, (relabelled,)), "=" + HOSTILE)


def _files(stem: Path, report: Callable[[], ScanReport]) -> Mapping[Path, Callable[[], bytes]]:
    files = {
        stem.with_suffix(f".{each.about.ending}"): partial(_render, report, name)
        for name, each in formats.known().items()
        if name != UNPINNED
    }
    return files | {stem.with_suffix(".txt"): lambda: spoken(report()).encode()}


def _render(report: Callable[[], ScanReport], name: str) -> bytes:
    return rendered(report(), name)


GOLDEN: Mapping[Path, Callable[[], bytes]] = {
    **_files(samples.ROOT / "reports" / "samples" / "office", samples.office),
    **_files(samples.ROOT / "tests" / "golden" / "report-hostile", _hostile),
}

if __name__ == "__main__":
    for path, render in GOLDEN.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(render())
