"""The terminal summary: short, and nothing of a device gets through to the terminal."""

from dataclasses import replace

import pytest

from scanner.report.terminal import ROWS
from tests.report import golden, samples


def test_it_says_how_many_who_and_what_next() -> None:
    text = golden.spoken(samples.office())
    assert "6 of 15 devices trace back to a listed maker." in text
    assert "6 listed · 2 review · 5 undetermined · 2 not listed" in text
    assert "Dahua (sold as Lorex)" in text
    assert "Entity List 8, NDAA section 889 7, NS-CMIC List 5" in text
    assert "253 addresses asked" in text
    assert "Next: Find out which lists concern this organisation" in text


def test_many_findings_are_counted_not_listed() -> None:
    report = samples.big(10 * len(samples.office().devices))
    text = golden.spoken(report)
    assert f"and {10 * 8 - ROWS} more in the report" in text
    assert len(text.splitlines()) < ROWS + 23


@pytest.mark.parametrize("width", [30, 80, 200])
def test_no_escape_sequence_and_no_markup_of_a_device_gets_through(width: int) -> None:
    text = golden.spoken(samples.spoiled(samples.office(), golden.HOSTILE), width)
    assert all(line.isprintable() for line in text.splitlines())
    assert r"\x1b" in text


def test_markup_is_shown_as_it_is() -> None:
    listed = samples.office().devices[0]
    report = samples.holding(samples.office(), (replace(listed, model="[red]x[/red]"),))
    assert "[red]x[/red]" in golden.spoken(report)


def test_an_incomplete_scan_without_findings_is_not_called_clean() -> None:
    report = samples.holding(samples.office(), samples.office().devices[-1:])
    assert "Nothing listed was found in what could be seen, but not everything" in golden.spoken(
        report
    )
