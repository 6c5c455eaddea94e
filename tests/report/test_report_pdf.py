"""PDF: an archive accepts it, a screen reader can read it, no device can write into it."""

import re
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from scanner import delivery
from scanner.errors import UsageError
from scanner.model import ScanReport, Verdict
from scanner.report import formats, glyphs, guidance, pdf
from tests.report import golden, samples

MARKUP = "#panic() *bold* _it_ $x$ = head // `raw` @preview/x:1 <label> \\u{41} [content]"


def read(report: ScanReport) -> PdfReader:
    """The report on paper."""
    return PdfReader(BytesIO(golden.rendered(report, "pdf")))


@pytest.fixture(scope="module")
def office() -> PdfReader:
    """The office."""
    return read(samples.office())


def words(reader: PdfReader) -> str:
    """Its text, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_it_declares_pdf_a_2a_and_pdf_ua_1_and_is_tagged(office: PdfReader) -> None:
    root: Any = office.trailer["/Root"]
    packet = root["/Metadata"].get_data().decode()
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", packet)
    assert re.search(r"<pdfaid:conformance>A</pdfaid:conformance>", packet)
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", packet)
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - an object of the PDF
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == "en-GB"


def test_its_metadata_come_from_the_report_and_never_from_the_clock(office: PdfReader) -> None:
    assert office.metadata
    assert office.metadata.title == "Surveillance hardware of listed makers"
    assert office.metadata.author == "camcensus 0.1.0"
    date = office.metadata.creation_date
    assert date is not None
    assert date.strftime("%Y-%m-%dT%H:%M:%SZ") == samples.FINISHED
    undated = read(samples.bare()).metadata
    assert undated
    assert undated.creation_date_raw == "D:20261123000000Z"


def test_it_holds_every_section_and_device(office: PdfReader) -> None:
    text = words(office)
    outline = [str(entry.title) for entry in office.outline if not isinstance(entry, list)]
    assert outline == [title for _, title in guidance.SECTIONS]
    for device in samples.office().devices:
        assert device.ip in text
    for edition in samples.EDITIONS:
        assert edition.question in text
    assert "会议室" in text
    assert 5 < len(office.pages) < 20


def test_it_leads_nowhere(office: PdfReader) -> None:
    root: Any = office.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(root)
    assert not [page for page in office.pages if page.get("/Annots")]
    assert not office.attachments


def test_a_cell_longer_than_a_page_loses_nothing() -> None:
    device = samples.office().devices[0]
    addresses = [f"2001:db8:{'1234:' * 5}{2 * n:x}" for n in range(40)]
    many = tuple(replace(device, ip=ip) for ip in addresses)
    lists = words(read(samples.holding(samples.office(), many))).replace(" ", "")
    part = lists[lists.index("Entriesjoined") : lists.index("Howweknow")]
    assert all(ip in part for ip in addresses)


def test_long_codes_stay_whole_when_copied(office: PdfReader) -> None:
    text = words(office).replace(" ", "")
    assert all(d.serial in text for d in samples.office().devices)
    assert all(f.sha256 in text for f in samples.office().data_files)


def test_what_no_font_has_is_written_out_and_said() -> None:
    device = replace(samples.bare().devices[0], hostname="cam\u0e01\U0001f4f7")
    text = words(read(replace(samples.bare(), devices=(device,))))
    assert "cam\\u0e01\\U0001f4f7" in text
    assert guidance.UNSHOWN[:40] in text
    assert guidance.UNSHOWN[:40] not in words(read(samples.bare()))


def test_markup_of_a_device_is_only_text() -> None:
    text = words(read(samples.spoiled(samples.bare(), MARKUP)))
    assert MARKUP in text


@settings(max_examples=12, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_no_text_stops_it(text: str) -> None:
    report = samples.spoiled(samples.holding(samples.office(), samples.office().devices[:1]), text)
    assert golden.rendered(report, "pdf").startswith(b"%PDF-")


def test_every_character_of_the_table_can_be_shown() -> None:
    table = (glyphs.FONTS / "glyphs.txt").read_text().split()
    runs = [[int(end, 16) for end in run.split("-")] for run in table]
    every = "".join(chr(c) for run in runs for c in range(run[0], run[-1] + 1))
    assert "黑" in every
    assert not glyphs.missing(every)
    made = typst.compile(
        b"#let all = sys.inputs.all\n#for size in (100, 400, 700) [#text(weight: size, all)]\n"
        b'#text(font: "DejaVu Sans Mono", all)',
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[glyphs.FONTS]),
        sys_inputs={"all": every},
        pdf_standards="a-2u",
    )
    assert made.startswith(b"%PDF-")


def test_too_many_devices_are_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    with pytest.raises(UsageError, match=r"up to 1,000 devices.*1,001: write xlsx or html"):
        delivery.write(samples.big(pdf.LIMIT + 1), delivery.Output(formats.find("pdf"), str(path)))
    assert not list(tmp_path.iterdir())


def test_its_pictures_are_drawn_in_colour(tmp_path: Path) -> None:
    file = tmp_path / "office.pdf"
    file.write_bytes(golden.rendered(samples.office(), "pdf"))
    subprocess.run(["pdftoppm", "-r", "30", "-f", "1", "-l", "1", file, tmp_path / "p"], check=True)
    (picture,) = tmp_path.glob("p*.ppm")
    data = picture.read_bytes()
    shades = {data[i : i + 3] for i in range(len(data) % 3, len(data), 3)}
    assert bytes.fromhex("a3262e") in shades
    assert samples.office().count(Verdict.LISTED)


def test_paper_has_the_colours_of_the_page_in_light() -> None:
    page = samples.templates("report.css")
    for verdict in ("listed", "review", "not-listed", "undetermined"):
        (shade,) = re.findall(rf"--{verdict}: light-dark\((#\w{{6}})", page)
        assert f'{verdict}: rgb("{shade}")' in samples.templates("report.typ")
        assert f".{verdict} {{ fill: {shade}; }}" in samples.templates("picture.css")
