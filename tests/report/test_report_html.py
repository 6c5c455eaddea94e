"""HTML: one file that asks for nothing, runs nothing but its own script, and hides nothing."""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import ScanReport, Verdict
from scanner.report import changes, formats
from scanner.report.html import HtmlFormat
from tests.report import golden, samples

Attributes = dict[str, str | None]
REPORTS = {"office": samples.office, "empty": samples.empty, "bare": samples.bare}
VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """Tags with attributes, text, and what lies in script and style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, Attributes]] = []
        self.text: list[str] = []
        self.raw: dict[str, str] = {}
        self._open: list[str] = []
        self.balanced = True
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.balanced &= bool(self._open) and self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside in ("script", "style"):
            self.raw[inside] = self.raw.get(inside, "") + data
        else:
            self.text.append(data)

    def all(self, tag: str) -> list[Attributes]:
        """The attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """The page without its words."""
        return [(tag, tuple(attributes)) for tag, attributes in self.tags]


def page(report: ScanReport) -> Page:
    """The rendered report, read back."""
    return Page(golden.rendered(report, "html").decode())


@pytest.fixture(scope="module")
def office() -> Page:
    """The office."""
    return page(samples.office())


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_tag_is_closed(report: Callable[[], ScanReport]) -> None:
    assert page(report()).balanced


def test_the_policy_allows_the_page_itself_and_nothing_else(office: Page) -> None:
    policy = next(m["content"] for m in office.all("meta") if "http-equiv" in m) or ""
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        digest = b64encode(sha256(office.raw[tag].encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"


def test_nothing_is_fetched(office: Page) -> None:
    for tag, attributes in office.tags:
        assert not {"src", "srcset", "action", "poster", "background", "style"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        target = attributes.get("href") or "#"
        assert target.startswith("#") or (tag, target) == ("link", "data:,") or tag == "a"
    assert not re.search(r"url\(|@import|https?:", office.raw["style"] + office.raw["script"])
    assert not {"img", "iframe", "object", "embed", "base", "form"} & {
        tag for tag, _ in office.tags
    }


def test_links_lead_to_a_place_on_the_page_or_to_an_https_address(office: Page) -> None:
    ids = {attributes["id"] for _, attributes in office.tags if "id" in attributes}
    for link in office.all("a"):
        target = link["href"] or ""
        assert target[1:] in ids if target.startswith("#") else target.startswith("https://")


def test_ids_are_unique(office: Page) -> None:
    ids = [attributes["id"] for _, attributes in office.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_an_address_that_is_not_https_is_no_link() -> None:
    links = page(samples.spoiled(samples.office(), "javascript:alert(1)")).all("a")
    assert not [a for a in links if not (a["href"] or "").startswith("#")]


def test_hostile_text_does_not_change_the_page() -> None:
    calm, hostile = (
        page(samples.spoiled(samples.office(), text)) for text in ("calm", golden.HOSTILE)
    )
    assert hostile.shape == calm.shape
    assert hostile.raw == calm.raw


CALM = page(samples.spoiled(samples.bare(), "calm")).shape


@settings(max_examples=15, deadline=None)
@given(st.text(min_size=1))
def test_no_text_changes_the_page(text: str) -> None:
    rendered = page(samples.spoiled(samples.bare(), text))
    assert rendered.shape == CALM
    acting = {unicodedata.category(c) for c in "".join(rendered.text) if c != "\n"}
    assert not acting & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_every_device_is_in_the_table_and_every_finding_has_its_evidence(office: Page) -> None:
    report = samples.office()
    text = "".join(office.text)
    assert len([a for a in office.all("tr") if "data-verdict" in a]) == len(report.devices)
    articles = [a for a in office.all("article") if "device" in (a["class"] or "").split()]
    assert len(articles) == report.count(Verdict.LISTED) + report.count(Verdict.REVIEW)
    for device in report.devices:
        assert device.ip in text
    for finding in (d for d in report.devices if d.listings):
        assert all(e.rule in text and e.value in text for e in finding.evidence)
        assert all(reason in text for reason in finding.reasons)


def test_a_listing_is_told_with_date_citation_edition_and_question(office: Page) -> None:
    text = "".join(office.text)
    assert (
        "On the Entity List since 2019-10-09 (84 FR 54002), listed as “Dahua Technology”; "
        "edition of 2026-10-01." in text
    )
    for edition in samples.EDITIONS:
        assert edition.effect in text
        assert edition.question in text
    assert "This check is overdue." in text


def test_what_could_not_be_seen_is_told(office: Page) -> None:
    text = "".join(office.text)
    coverage = samples.office().coverage
    assert "The scan was not complete." in text
    assert all(limitation in text for limitation in coverage.limitations)
    assert "192.0.2.50 to 192.0.2.52" in text
    assert all(file.sha256 in text for file in samples.office().data_files)


def test_headings_do_not_skip_a_level(office: Page) -> None:
    levels = [int(tag[1]) for tag, _ in office.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_have_captions_headings_and_pictures_have_words(office: Page) -> None:
    names = [tag for tag, _ in office.tags]
    for place, (tag, attributes) in enumerate(office.tags):
        if tag == "table":
            assert names[place + 1] == "caption"
        if tag == "th":
            assert attributes["scope"] in ("col", "row")
        if tag == "svg" and attributes.get("aria-hidden") != "true":
            assert attributes["role"] == "img"
            assert names[place + 1 : place + 3] == ["title", "desc"]
            words = [attributes["aria-labelledby"], attributes["aria-describedby"]]
            assert words == [each[1]["id"] for each in office.tags[place + 1 : place + 3]]


VERDICTS = ("listed", "review", "not-listed", "undetermined")


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_from_their_ground(theme: int) -> None:
    """WCAG 2.2: 4.5 for text (1.4.3), 3 for shapes and edges of controls (1.4.11)."""
    style = samples.templates("report.css")
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", style)
    colour = {name: shades[theme] for name, *shades in pairs}
    for ink in ("ink", "quiet", "link", *VERDICTS):
        assert min(contrast(colour[ink], colour[g]) for g in ("paper", "panel")) >= 4.5
    for chip in VERDICTS:
        assert contrast(colour["on-colour"], colour[chip]) >= 4.5
    assert min(contrast(colour["edge"], colour[g]) for g in ("paper", "panel")) >= 3


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_template_is_used() -> None:
    asked: set[str] = set()

    def templates(name: str) -> str:
        asked.add(name)
        return samples.templates(name)

    for name in ("html", "pdf"):
        assert b"".join(formats.find(name).render(samples.office(), templates))
    assert all(b"".join(page.pieces) for page in HtmlFormat().pages(samples.office(), templates))
    assert "".join(changes.html([], templates))
    folder = samples.ROOT / "reports" / "templates"
    assert asked == {path.name for path in folder.iterdir()}


def test_the_contents_of_a_report_one_can_sign_are_there_in_order(office: Page) -> None:
    ids = [attributes["id"] for tag, attributes in office.tags if tag == "section"]
    assert ids == [
        "summary", "editions", "applicability", "where", "laydown", "devices", "lists", "coverage",
        "mitigation", "plan", "clocks", "exceptions", "closure", "findings", "record", "sign-off",
    ]  # fmt: skip
    links = [a["href"] for a in office.all("a")]
    assert [f"#{name}" for name in ids if f"#{name}" not in links] == []


def test_what_was_accepted_for_a_time_names_reason_approver_and_end(office: Page) -> None:
    text = "".join(office.text)
    waiver = samples.WAIVER
    for said in (waiver.id, waiver.reason, waiver.approver, waiver.evidence, "2027-01-31"):
        assert said in text


def test_the_laydown_holds_every_suspect_and_owns_up_to_the_unknown(office: Page) -> None:
    text = "".join(office.text)
    laydown = text[text.index("of a listed or suspected maker") : text.index("All devices seen")]
    for device in samples.office().devices:
        suspected = device.verdict in (Verdict.LISTED, Verdict.REVIEW)
        assert (f"\n{device.ip}" in laydown.replace(" ", "\n")) is suspected
    assert "Not in this table: 5 undetermined devices." in laydown
