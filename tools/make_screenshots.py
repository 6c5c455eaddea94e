"""Make docs/screenshots anew from the sample office and a campus of 500 devices.

    .venv/bin/python tools/make_screenshots.py

Needs Debian's chromium and poppler-utils, as the tests do.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.report import golden, samples  # noqa: E402 - the samples lie beside the tests

FOLDER = ROOT / "docs" / "screenshots"
PHONE = {"width": 390, "height": 1100}
SHOTS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "report-light": ("office", "body", {"viewport": {"width": 1000, "height": 1240}}),
    "report-dark": (
        "campus", "body", {"viewport": {"width": 1000, "height": 1240}, "color_scheme": "dark"},
    ),
    "report-phone": ("office", "body", {"viewport": PHONE}),
    "report-map": ("campus", "#where", {"viewport": {"width": 1100, "height": 900}}),
}  # fmt: skip
"""Name → page, what the picture begins with, and the window."""


def shoot(browser: Browser, folder: Path, name: str) -> None:
    """One window's worth of a page."""
    page_name, start, window = SHOTS[name]
    page = browser.new_context(**window).new_page()
    page.goto((folder / f"{page_name}.html").as_uri())
    page.locator(start).first.evaluate("place => place.scrollIntoView()")
    page.screenshot(path=FOLDER / f"{name}.png")


def sheets(pdf: Path) -> None:
    """The first pages of the PDF report as one picture each."""
    options = ["-r", "50", "-f", "1", "-l", "4", "-png"]
    subprocess.run(["pdftoppm", *options, str(pdf), str(pdf.with_suffix(""))], check=True)


def paper(browser: Browser, folder: Path) -> None:
    """Three sheets of the PDF report side by side."""
    pdf = folder / "office.pdf"
    sheets(pdf)
    pages = sorted(folder.glob("office-*.png"))[:3]
    images = "".join(f'<img src="{page.as_uri()}">' for page in pages)
    style = "body{margin:0;display:flex;gap:8px;padding:8px;background:#888}"
    (folder / "paper.html").write_text(f"<style>{style}</style>{images}", encoding="utf-8")
    page = browser.new_page(viewport={"width": 1272, "height": 602})
    page.goto((folder / "paper.html").as_uri())
    page.screenshot(path=FOLDER / "report-pdf.png")


def main() -> None:
    """All pictures."""
    reports = {"office": samples.office(), "campus": samples.campus(500)}
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        for name, report in reports.items():
            (folder / f"{name}.html").write_bytes(golden.rendered(report, "html"))
        (folder / "office.pdf").write_bytes(golden.rendered(samples.office(), "pdf"))
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for name in SHOTS:
            shoot(browser, folder, name)
        paper(browser, folder)
        browser.close()


if __name__ == "__main__":
    main()
