"""HTML in pages: every device on one of them, every link leads somewhere, old pages go."""

from dataclasses import replace
from pathlib import Path

import pytest

from scanner import delivery
from scanner.errors import CamcensusError, UsageError
from scanner.model import ScanReport, Verdict
from scanner.remedy import Disposition
from scanner.report import paging
from scanner.report.html import HtmlFormat
from tests.report import golden, samples
from tests.report.test_report_html import Page

Site = dict[str, Page]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few devices fill a page."""
    monkeypatch.setattr(paging, "SIZE", 20)


def site(report: ScanReport) -> Site:
    """The pages by name."""
    pages = HtmlFormat().pages(report, samples.templates)
    return {page.name: Page(b"".join(page.pieces).decode()) for page in pages}


@pytest.fixture
def made() -> Site:
    """Fifty devices."""
    return site(samples.big(50))


def ids(page: Page) -> set[str]:
    """The places of a page that a link can lead to."""
    return {attributes["id"] or "" for _, attributes in page.tags if "id" in attributes}


def test_the_page_to_open_first_is_written_last(made: Site) -> None:
    assert list(made) == [
        "devices-00001.html",
        "devices-00002.html",
        "devices-00003.html",
        "addresses.html",
        "index.html",
    ]


def test_every_link_leads_to_a_page_and_a_place_on_it(made: Site) -> None:
    for name, page in made.items():
        for link in page.all("a"):
            target = link["href"] or ""
            if target.startswith("https://"):
                continue
            file, _, place = target.partition("#")
            assert file in made or not file, target
            assert not place or place in ids(made[file or name]), target


def test_every_page_is_whole_and_asks_for_nothing(made: Site) -> None:
    for page in made.values():
        assert page.balanced
        assert not [a for tag, a in page.tags if "src" in a]
        assert any("http-equiv" in meta for meta in page.all("meta"))
        levels = [tag for tag, _ in page.tags if tag == "h1"]
        assert len(levels) == 1


def test_every_device_is_on_a_page_with_its_evidence_and_its_plan(made: Site) -> None:
    report = samples.big(50)
    pages = [page for name, page in made.items() if name.startswith("devices-")]
    rows = [a for page in pages for a in page.all("tr") if "data-verdict" in a]
    assert len(rows) == len(report.devices)
    articles = [a for page in pages for a in page.all("article")]
    assert len(articles) == report.count(Verdict.LISTED) + report.count(Verdict.REVIEW)
    text = "".join(word for page in pages for word in page.text)
    assert report.plan
    for device in report.devices:
        assert device.ip in text
        if device.listings:
            assert all(each.rule in text and each.value in text for each in device.evidence)
    for item in report.plan.items:
        assert item.reason in text or item.agreed is Disposition.KEEP


def test_the_first_page_counts_everything_and_holds_no_device(made: Site) -> None:
    text = "".join(made["index.html"].text)
    assert (
        f"{samples.big(50).count(Verdict.LISTED)} of 50 devices trace back to a listed maker."
        in text
    )
    assert "50 devices on 3 pages" in text
    assert not [a for a in made["index.html"].all("tr") if "data-verdict" in a]
    assert "What the lists say" in text


def test_an_address_is_found_in_address_order(made: Site) -> None:
    links = [a["href"] or "" for a in made["addresses.html"].all("a")]
    found = [link for link in links if link.startswith("devices-")]
    assert len(found) == 50
    assert found[0] == "devices-00001.html#device-1"
    assert found == sorted(found, key=lambda link: link.partition("#")[0])


def test_the_plan_of_a_page_counts_from_its_own_first_device() -> None:
    for part in paging.parts(samples.big(50)):
        assert part.report.plan
        numbers = [item.number for item in part.report.plan.items]
        assert all(1 <= number <= len(part.report.devices) for number in numbers)


def test_hostile_text_does_not_change_a_page() -> None:
    calm, hostile = (
        site(samples.spoiled(samples.office(), text)) for text in ("calm", golden.HOSTILE)
    )
    assert {n: p.shape for n, p in calm.items()} == {n: p.shape for n, p in hostile.items()}


def test_an_empty_report_is_a_report_without_pages_of_devices() -> None:
    assert list(site(samples.empty())) == ["addresses.html", "index.html"]


def write(report: ScanReport, folder: Path, name: str = "html") -> None:
    """As `-o NAME=DIR/` does."""
    (output,) = delivery.outputs([f"{name}={folder}/"])
    delivery.write(report, output)


def test_a_smaller_report_takes_the_old_pages_away_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "report"
    write(samples.big(50), folder)
    (folder / "mine.html").write_text("keep")
    write(samples.big(30), folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "addresses.html", "devices-00001.html", "devices-00002.html", "index.html", "mine.html",
    ]  # fmt: skip


def test_the_same_report_gives_the_same_folder(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        write(samples.big(50), folder)
        write(samples.big(50), folder / "n", "netbox")
    one, other = (
        {p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in folders
    )
    assert one == other
    assert len(one) == 5 + 8


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CamcensusError, match="cannot be made"):
        write(samples.office(), tmp_path / "file" / "report")


def test_a_format_of_one_file_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="json is one file"):
        delivery.outputs([f"json={tmp_path}/"])


def test_a_large_page_is_written_and_pages_are_advised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "LARGE", 10)
    one, folder, other = delivery.outputs(["html=a.html", "html=b/", "csv=c.csv"])
    office = samples.office()
    assert "15 devices on one page" in delivery.advice(office, one)
    assert "-o html=DIR/" in delivery.advice(office, one)
    assert not delivery.advice(office, folder)
    assert not delivery.advice(office, other)
    assert not delivery.advice(replace(office, devices=()), one)
