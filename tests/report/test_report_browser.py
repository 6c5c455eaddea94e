"""The page in a real browser: it asks for nothing, sorts, filters, fits a phone, and prints."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from tests.report import golden, samples

CHROMIUM = Path("/usr/bin/chromium")
OVERLAPS = """() => {
  const boxes = (svg) => Array.from(svg.querySelectorAll("text"), (t) => t.getBoundingClientRect());
  let found = 0;
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    const all = boxes(svg).sort((a, b) => a.top - b.top);
    all.forEach((one, i) => {
      for (const two of all.slice(i + 1)) {
        if (two.top >= one.bottom - 3) break;
        if (one.left < two.right && two.left < one.right) found += 1;
      }
    });
  }
  return found;
}"""
"""Pairs of labels of one picture that lie on one another by more than a line's leading."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office, a campus of 500 devices, and a page of nothing but long words."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "long.html").write_bytes(
        golden.rendered(samples.spoiled(samples.office(), "W" * 400), "html")
    )
    (folder / "office.html").write_bytes(golden.rendered(samples.office(), "html"))
    (folder / "campus.html").write_bytes(golden.rendered(samples.campus(500), "html"))
    return folder


def opened(browser: Browser, file: Path, **context: Any) -> Page:
    """The page in a window of its own."""
    page = browser.new_context(**context).new_page()
    page.goto(file.as_uri())
    return page


def test_it_asks_for_nothing_but_itself_and_breaks_no_rule(browser: Browser, files: Path) -> None:
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((files / "office.html").as_uri())
    page.click("#theme")
    assert [url for url in asked if not url.startswith("data:")] == [page.url]
    assert not said


def test_the_table_sorts_and_filters_by_keyboard(browser: Browser, files: Path) -> None:
    page = opened(browser, files / "office.html")
    page.focus("#table thead th:nth-child(2) button")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    first = page.locator("#table tbody tr").first
    assert first.locator("th").inner_text().startswith("192.0.2.60")
    assert page.get_attribute("#table thead th:nth-child(2)", "aria-sort") == "descending"
    page.fill("#words", "lorex")
    assert page.locator("#table tbody tr:visible").count() == 1
    assert page.inner_text("#shown") == "1 of 15 shown"


def test_the_first_tab_skips_the_contents_and_focus_is_seen(browser: Browser, files: Path) -> None:
    page = opened(browser, files / "office.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_toggle_changes_the_colours_of_the_system(browser: Browser, files: Path) -> None:
    page = opened(browser, files / "office.html", color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(22, 25, 29)"
    assert page.inner_text("#theme") == "Light colours"
    page.click("#theme")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_without_script_all_is_shown(browser: Browser, files: Path) -> None:
    page = opened(browser, files / "office.html", java_script_enabled=False)
    assert page.locator("#table tbody tr:visible").count() == 15
    assert not page.locator("#tools, #theme").first.is_visible()


def test_a_phone_never_scrolls_sideways(browser: Browser, files: Path) -> None:
    for name in ("office.html", "campus.html", "long.html"):
        page = opened(browser, files / name, viewport={"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_no_label_lies_on_another_at_500_devices(browser: Browser, files: Path) -> None:
    page = opened(browser, files / "campus.html", viewport={"width": 1100, "height": 900})
    assert page.locator(".map svg").count() > 3
    assert page.evaluate(OVERLAPS) == 0


def test_it_prints_on_a4_with_every_device(browser: Browser, files: Path) -> None:
    page = opened(browser, files / "office.html")
    page.fill("#words", "lorex")
    paper = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    assert [round(float(side)) for side in paper.pages[0].mediabox[2:]] == [595, 842]
    text = "\n".join(sheet.extract_text() for sheet in paper.pages)
    assert all(device.ip in text for device in samples.office().devices)
    assert "Sign-off" in text
