"""Hostile text is written out, and honest text stays as it is."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.report.text import excerpt, visible

ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\tb\r\nc", r"a\tb\r\nc"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("\u202egpj", r"\u202egpj"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("e\u0301", "e\u0301"),
        ("a\u0300\u0301\u0302", "a\u0300\u0301\\u0302"),
        ("会议室 Büro № 4", "会议室 Büro № 4"),
    ],
)
def test_acting_and_hidden_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_every_character_that_acts_is_written_out() -> None:
    acting = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) in ACTING]
    assert [c for c in acting if not visible(c).isascii()] == []


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_nothing_else_changes_but_invisible_letters(text: str) -> None:
    kept = "".join(c for c in text if "FILLER" not in unicodedata.name(c, ""))
    assert visible(kept) == kept


@given(st.text(), st.integers(1, 50))
def test_an_excerpt_is_short_and_says_what_it_leaves_out(text: str, limit: int) -> None:
    shown = excerpt(text, limit)
    if len(visible(text)) <= limit:
        assert shown == visible(text)
    else:
        assert shown.endswith(f"… ({len(text):,} characters in all)")
        assert len(shown) <= limit + 40
