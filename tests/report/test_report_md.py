"""Markdown: readable as it is, and no text of a device is markup, a link or a mention."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from scanner.model import ScanReport
from scanner.report.md import ROWS, plain, said
from tests.report import golden, samples

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shape(report: ScanReport) -> list[str]:
    """What a renderer makes of it, without the words."""
    return [t.type for t in flat(MARKDOWN.parse(golden.rendered(report, "md").decode()))]


def flat(tokens: list[Token]) -> list[Token]:
    """Tokens and what is inside them, neighbouring texts and line breaks left out."""
    inside = (t for token in tokens for t in [token, *flat(token.children or [])])
    return [t for t in inside if t.type not in ("text", "text_special", "softbreak")]


def shown(text: str) -> str:
    """The words a reader sees of one line of Markdown."""
    inline = MARKDOWN.parseInline(text)[0].children or []
    return "".join(t.content for t in inline)


def test_it_says_how_many_who_what_next_and_what_was_not_seen() -> None:
    text = golden.rendered(samples.office(), "md").decode()
    assert "**6 of 15 devices trace back to a listed maker.**" in text
    assert "Dahua (sold as Lorex)" in text
    assert "listed as “Dahua Technology”; edition of 2026-10-01." in text
    assert "`192.0.2.50 to 192.0.2.52`" in text
    assert text.count("listed as “Hikvision”") == 1


def test_columns_stand_in_line_in_a_terminal() -> None:
    lines = golden.rendered(samples.office(), "md").decode().splitlines()
    head = next(i for i, line in enumerate(lines) if "| Address" in line)
    rows = lines[head : head + 2 + 8]
    assert len({tuple(m.start() for m in re.finditer(r"\|", row)) for row in rows}) == 1


def test_many_findings_are_counted_not_listed() -> None:
    text = golden.rendered(samples.big(15 * 100), "md").decode()
    assert text.count("`198.18.") < 2 * ROWS
    assert f"and {100 * 8 - ROWS:,} more, all of them in the other formats" in text


def test_hostile_text_does_not_change_the_shape() -> None:
    calm, hostile = (samples.spoiled(samples.office(), text) for text in ("calm", golden.HOSTILE))
    assert shape(hostile) == shape(calm)
    assert golden.rendered(hostile, "md").decode().replace("\n", "").isprintable()


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1) | st.text("`|*_[]()<>#@~!\\\n:./-+=1w ", min_size=1))
def test_no_text_changes_the_shape(text: str) -> None:
    assert shape(samples.spoiled(samples.bare(), text)) == shape(
        samples.spoiled(samples.bare(), "calm")
    )


@pytest.mark.parametrize(
    "text",
    ["# no heading", "- no item", "1. no item", "1) no", "> no quote", "***", "==", "a|b", "[x](y)",
     "<b>", "&amp;", "`x`", "~~x~~", "$x$", "a_b_c", "![x](y)", "[^1]"],
)  # fmt: skip
def test_plain_words_are_shown_as_they_are(text: str) -> None:
    assert shown(plain(text)) == text
    assert [t.type for t in flat(MARKDOWN.parse(plain(text)))] == [
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]


@pytest.mark.parametrize("text", ["https://evil.example/", "www.evil.example", "see http://x y"])
def test_no_address_becomes_a_link_on_a_forge(text: str) -> None:
    assert not re.search(r"https?://|www\.", plain(text))
    assert shown(plain(text)) == text


def test_what_a_device_said_cannot_leave_its_code_span() -> None:
    assert said("a`b|c\n@team #1") == r"`a\x60b\x7cc\n@team #1`"
    assert said("") == ""
