"""HTML for a screen and for paper: one page, or for very many devices a folder of pages. Each page
is self-contained. The templates lie in `reports/`.

No expression of a template can forget to be careful: each one passes `visible` and a length cap,
then autoescape. The page forbids every request and every script but its own.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from scanner.model import ScanReport, Verdict
from scanner.report import (
    figures,
    guidance,
    network_map,
    paging,
    pictures,
    remedy_wording,
    svg,
    wording,
)
from scanner.report.formats import About, Format, Page, Templates
from scanner.report.text import excerpt

TEXT_LIMIT = 2_000
"""Characters of one expression; templates ask for less where a table needs it."""
_PIECE = 64 * 1024
_A_DEVICE = ("laydown", "devices", "plan", "closure", "findings")
"""Parts that hold something for each device: of a folder they are on the pages of devices, where
the table of all devices and their evidence hold what the laydown does."""
INDEX = (
    *(each for each in guidance.SECTIONS if each[0] == "plan" or each[0] not in _A_DEVICE),
    ("pages", "Devices, page by page"),
)
PART = (
    *(each for each in guidance.SECTIONS if each[0] in _A_DEVICE and each[0] != "laydown"),
    ("incomplete", "What did not answer"),
)
ADDRESSES = (("addresses", "All addresses"),)
ABOUT = About(
    holds="the whole report, with a table to sort and filter; as a folder in pages of 500 devices",
    readers="whoever decides, and auditors",
    opened_with="any browser, also without a network",
    ending="html",
)


@dataclass(frozen=True, slots=True)
class HtmlFormat:
    """The report for people."""

    name: str = "html"
    about: About = ABOUT
    numbered: str = "devices-*.html"

    def render(self, report: ScanReport, templates: Templates) -> Iterator[bytes]:
        """The page from `report.html`, with `report.css` and `report.js` inside it."""
        page = environment(templates).get_template("report.html")
        return _pieces(page.generate(_context(report, templates)))

    def pages(self, report: ScanReport, templates: Templates) -> Iterator[Page]:
        """Pages of devices, one that finds an address, and last the report that leads to them."""
        page = environment(templates).get_template("report.html")
        parts = paging.parts(report)
        context = _context(report, templates) | {"pages": parts}

        def made(name: str, **given: Any) -> Page:
            return Page(name, _pieces(page.generate(context | given)))

        for part in parts:
            said = f"Devices {part.first:,} to {part.last:,} of {len(report.devices):,}"
            yield made(part.name, sections=PART, heading=said, part=part, report=part.report)
        yield made(
            "addresses.html",
            sections=ADDRESSES,
            heading=ADDRESSES[0][1],
            places=paging.places(parts),
        )
        yield made("index.html", sections=INDEX)


def environment(templates: Templates) -> Environment:
    """Templates that cannot forget to be careful."""
    environment = Environment(
        loader=FunctionLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["excerpt"] = excerpt
    environment.filters["day"] = wording.day
    environment.filters["moment"] = wording.moment
    environment.filters["drawn"] = lambda picture: _ours(picture.svg())
    environment.filters["mark"] = lambda verdict: _ours(svg.mark(verdict, 0, 0))
    return environment


def _ours(text: str) -> Markup:
    """Text that holds nothing but our own files and markup, everything else being escaped."""
    return Markup(text)  # noqa: S704


def _harmless(value: Any) -> Any:
    return excerpt(value, TEXT_LIMIT) if type(value) is str else value


def _context(report: ScanReport, templates: Templates) -> dict[str, Any]:
    return shell(templates) | {
        "report": report,
        "say": wording,
        "figures": figures,
        "guidance": guidance,
        "network_map": network_map,
        "pictures": pictures,
        "remedy": remedy_wording,
        "sections": guidance.SECTIONS,
        "heading": "",
        "pages": (),
        "part": None,
        "Verdict": Verdict,
        "vendors": {vendor.id: vendor.name for vendor in report.vendors},
    }


def shell(templates: Templates) -> dict[str, Any]:
    """Style, script and the policy that lets nothing but these two in."""
    style, script = templates("report.css"), templates("report.js")
    return {
        "style": _ours(style),
        "script": _ours(script),
        "policy": _policy(style, script),
    }


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _pieces(texts: Iterable[str]) -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()


FORMAT: Format = HtmlFormat()
