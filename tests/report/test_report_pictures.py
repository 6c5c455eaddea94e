"""Pictures say in words what they show, and nothing in them covers anything else."""

import re
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Behind, Verdict
from scanner.report import figures, network_map, pictures, svg
from tests.report import golden, samples

CAMPUS = samples.campus(500)
NAME = "{http://www.w3.org/2000/svg}"


def parsed(picture: svg.Picture) -> ElementTree.Element:
    """The picture as the XML it has to be."""
    return ElementTree.fromstring(picture.svg())  # noqa: S314 - what we wrote ourselves


def everything() -> list[svg.Picture]:
    """All pictures of the campus."""
    drawn = (*pictures.charts(CAMPUS), *network_map.drawn(CAMPUS))
    return [pictures.by_verdict(CAMPUS), *drawn]


@pytest.mark.parametrize("picture", everything(), ids=lambda p: p.id)
def test_a_picture_has_title_words_and_all_within_its_frame(picture: svg.Picture) -> None:
    root = parsed(picture)
    assert root.findtext(f"{NAME}title") == picture.title
    assert root.findtext(f"{NAME}desc")
    for rect in root.iter(f"{NAME}rect"):
        x, y, width, height = (float(rect.attrib[k]) for k in ("x", "y", "width", "height"))
        assert x >= 0 <= y
        assert x + width <= picture.width + 0.01
        assert y + height <= picture.height + 0.01


def test_the_words_hold_the_numbers() -> None:
    words = {p.id: p.words for p in everything()}
    assert "listed 203, review 66, undetermined 165, not listed 66" in words["by-verdict"]
    assert "Dahua: listed 34, review 33" in words["by-maker"]
    assert words["progress"].startswith("From 57 listed and 11 to review on 2026-01-05 to 7 listed")
    assert words["progress"].endswith("Decided by people: open 7, removed 55.")
    assert len(words) == len(everything())


def test_without_a_history_there_is_no_picture_of_it() -> None:
    assert [p.id for p in pictures.charts(samples.office())] == ["by-maker", "by-place"]
    once = replace(samples.office(), history=samples.HISTORY[:1])
    assert [p.id for p in pictures.charts(once)] == ["by-maker", "by-place"]
    assert pictures.charts(samples.empty()) == ()


def test_a_long_history_keeps_its_ends() -> None:
    long = pictures.progress(samples.HISTORY * 30)
    assert long.body.count("<g>") == 30
    assert "2026-01-05" in long.body


def test_places_are_subnets_by_site() -> None:
    places = figures.places(CAMPUS)
    assert next(iter(places)) == "Head office, 10.7.0.0/24"
    assert sum(map(len, places.values())) == 500


@pytest.mark.parametrize(
    ("ip", "scope", "subnet"),
    [
        ("10.1.2.3", (), "10.1.2.0/24"),
        ("10.1.2.3", ("10.0.0.0/8",), "10.1.2.0/24"),
        ("10.1.2.3", ("10.1.2.0/26", "10.1.0.0/16"), "10.1.2.0/26"),
        ("10.1.2.3", ("10.1.2.3/32",), "10.1.2.0/24"),
        ("2001:db8::5", (), "2001:db8::/64"),
        ("nowhere", (), "no address"),
    ],
)  # fmt: skip
def test_a_subnet_has_the_size_of_an_office(ip: str, scope: tuple[str, ...], subnet: str) -> None:
    report = replace(samples.bare(), devices=(samples.device(ip, Verdict.UNDETERMINED),))
    coverage = replace(report.coverage, scope=scope)
    assert list(figures.places(replace(report, coverage=coverage))) == [subnet]


def sheets() -> list[tuple[network_map.Panel, ...]]:
    """The panels of every picture of the campus."""
    return [s for held in figures.places(CAMPUS).values() for s in network_map.sheets(held)]


def test_every_device_is_on_the_map_once_and_covers_no_other() -> None:
    drawn: list[str] = []
    for sheet in sheets():
        cells = [cell for panel in sheet for cell in panel.cells]
        drawn += [cell.device.ip for cell in cells]
        for one, other in combinations(cells, 2):
            apart = (
                one.x + one.width <= other.x or other.x + other.width <= one.x
                or one.y + one.height <= other.y or other.y + other.height <= one.y
            )  # fmt: skip
            assert apart
    assert sorted(drawn) == sorted(d.ip for d in CAMPUS.devices)


def test_panels_hold_their_cells_follow_one_another_and_fit_a_page() -> None:
    for sheet in sheets():
        below = 0.0
        for panel in sheet:
            assert panel.y >= below
            below = panel.y + panel.height
            assert below <= network_map.TALLEST
            for cell in panel.cells:
                assert panel.y < cell.y
                assert cell.y + cell.height <= below
                assert cell.x + cell.width <= network_map.WIDTH


def test_switches_come_in_the_order_people_count() -> None:
    device = samples.office().devices[0]
    named = [replace(device, place=f"sw-{n}, port 1") for n in (10, 9, 2)]
    (sheet,) = network_map.sheets(named)
    assert [p.title.partition(":")[0] for p in sheet] == [
        "Switch sw-2",
        "Switch sw-9",
        "Switch sw-10",
    ]


def test_text_on_the_map_stays_in_its_cell() -> None:
    for picture in network_map.drawn(CAMPUS):
        for cell in parsed(picture).iter(f"{NAME}g"):
            frame = cell.find(f"{NAME}rect")
            if frame is None or "frame" not in frame.attrib["class"].split():
                continue
            right = float(frame.attrib["x"]) + float(frame.attrib["width"])
            for text in cell.findall(f"{NAME}text"):
                size = 13 if text.attrib["class"] == "strong" else 11.5
                end = float(text.attrib["x"]) + svg.text_width(text.text or "", size)
                assert end <= right


def test_switches_are_named_and_findings_marked_without_colour() -> None:
    drawn = "".join(picture.body for picture in network_map.drawn(CAMPUS))
    assert "Switch sw-1: " in drawn
    assert "No switch told where: " in drawn
    marks = {verdict: svg.mark(verdict, 0, 0) for verdict in Verdict}
    shapes = {re.sub(r'class="[^"]*"', "", text) for text in marks.values()}
    assert len(shapes) == len(Verdict)
    assert 'class="cross"' in marks[Verdict.LISTED]


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=50))
def test_no_text_changes_a_picture(text: str) -> None:
    shape = [e.tag for e in parsed(_spoiled("calm")).iter()]
    assert [e.tag for e in parsed(_spoiled(text)).iter()] == shape


def test_hostile_text_is_only_text() -> None:
    assert "onerror" not in {k for e in parsed(_spoiled(golden.HOSTILE)).iter() for k in e.attrib}


def _spoiled(text: str) -> svg.Picture:
    device = replace(samples.spoiled(samples.office().devices[0], text), ip="192.0.2.1")
    placed = replace(device, place=f"{text}, port {text}")
    return next(network_map.drawn(replace(samples.bare(), devices=(placed,))))


def test_cameras_behind_a_recorder_hang_on_it_by_channel() -> None:
    office = samples.office().devices
    recorder, *_ = (d for d in office if d.product_class == "recorder")
    cameras = [
        replace(office[0], ip=f"camera {n}", place="", behind=Behind(recorder.ip, n, "online"))
        for n in (10, 2)
    ]
    report = samples.holding(samples.office(), (recorder, *cameras))
    assert list(figures.places(report)) == ["192.0.2.0/24"]
    (sheet,) = network_map.sheets(report.devices)
    assert [panel.title.partition(":")[0] for panel in sheet] == [
        "Switch sw-1",
        f"Recorder {recorder.ip}",
    ]
    assert [cell.device.ip for cell in sheet[1].cells] == ["camera 2", "camera 10"]
    (picture,) = network_map.drawn(report)
    assert "channel 10" in picture.body
    assert f"camera 2 at recorder {recorder.ip}, channel 2" in picture.words
    for name in ("html", "pdf"):
        told = golden.words(golden.rendered(report, name))
        assert f"recorder {recorder.ip}, channel 2" in told
