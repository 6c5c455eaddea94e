"""A pattern that a hostile text could stall is refused before it meets one."""

import importlib
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.assess.matcher import MAX_INPUT
from scanner.data import patterns
from scanner.data.patterns import LONGEST, MAX_CHOICES, MAX_PATTERN, PatternFault, compiled
from scanner.data.steps import Machine

NESTED = [
    r"(a+)+$", r"(a*)*b", r"(?:a+)*b", r"^(\d+|\w)*!", r"(?:\w+\s?)+$", r"(a|b+)*c",
    r"(x{1,20}){1,20}y", r"(?=(a+)+$)x", r"((?:a+b?)?c?)*d", r"(?P<x>(?i:a+))+!", r"(a{2,})*b",
]  # fmt: skip
TOO_MANY_WAYS = [
    r"(a?){30}a{30}b", r"(?:a|aa){30}b", "a?" * 30 + "a" * 30, r"(?:[a-z]{1,3}[a-z]{1,3}){1,9}!",
]  # fmt: skip
SLOW = [
    r"(a|a)*b", r"(a|aa)+$", r"(.+,)+x", r"(a|b|ab)*c", r"(?:a{1,5})+b", r".*.*.*x",
    r"\s*\s*\s*\s*x", r"foo.*foo.*foo.*bar", r"(a|a)*a{30}c", r"a{30}(a|a)*c",
    r"(aaaaaaa|aaaaaaaaaaaaaaaaaaaaaaaaaaaaa)+b", r"^(([a-z])+.)+[A-Z]([a-z])+$",
    "(" + "|".join("a" * 16) + ")+b",
]  # fmt: skip
BOUNDED = [r"x.{0,80}y.{0,80}z", r"(?i)by.{1,80}of.{1,80}in", r".{0,20}a{0,20}b", r"a{100}b"]
QUICK = [
    r"^App-webs/?$", r"(?i)<title>.{0,200}hik", r'realm="Login to ([0-9A-Z]+)"', r"foo.*bar",
    r"^(?:[A-Z0-9]+-)+$", r"(?P<model>DS-[0-9A-Z/-]{3,40})", r"(?:\d{1,3}\.){3}\d{1,3}",
    r"(?i)^i?DS-(?:[0-9]{4,5}[A-Z]{0,3}I|E[0-9]{2}[A-Z]{1,4}I)(?=[-/( ]|$)", r"(?x) a + b",
    r"(?>a+)+b", r"(a++)+b", r"^(?:[^,]*,){3}", r"(?P<q>['\"]).{0,80}(?P=q)", r"(a)?(?(1)b+|c+)",
    r"[^\n\S]{0,40}x", r"",
]  # fmt: skip


@pytest.mark.parametrize("pattern", NESTED)
def test_a_repeat_inside_a_repeat(pattern: str) -> None:
    with pytest.raises(PatternFault, match="a repeat inside a repeat"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", TOO_MANY_WAYS)
def test_a_long_row_of_choices(pattern: str) -> None:
    with pytest.raises(PatternFault, match=f"more than {MAX_CHOICES}: write several rules"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_found_slow_by_trial(pattern: str) -> None:
    with pytest.raises(PatternFault, match="too slow for a text such as"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", QUICK)
def test_an_ordinary_pattern(pattern: str) -> None:
    assert compiled(pattern).pattern == pattern


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which the clock says of every pattern that it is slow."""
    monkeypatch.setattr(patterns, "_seconds", lambda *_: 60.0)
    monkeypatch.setattr(patterns, "_limit", lambda: 0.1)


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("pattern", [*QUICK, *BOUNDED])
def test_an_ordinary_pattern_on_a_busy_machine(pattern: str) -> None:
    assert compiled(pattern).pattern == pattern


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("pattern", SLOW[::2])
def test_a_slow_pattern_on_a_busy_machine(pattern: str) -> None:
    with pytest.raises(PatternFault, match="too slow for a text such as"):
        compiled(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "not a regular expression: missing )"),
        ("a{2,1}", "not a regular expression: min repeat greater than max"),
        ("(?P<a>.)(?P<a>.)", "not a regular expression: redefinition of group name"),
        ("(" * 5000, f"longer than {MAX_PATTERN} characters"),
        ("(" * 600 + ")" * 600, "not a regular expression"),
    ],
)
def test_not_a_pattern(pattern: str, reason: str) -> None:
    with pytest.raises(PatternFault, match=re.escape(reason)):
        compiled(pattern)


def test_the_trial_is_as_long_as_what_patterns_get_to_see() -> None:
    assert LONGEST >= MAX_INPUT


PIECES = st.recursive(
    st.sampled_from(["a", "b", "ab", ".", r"\w", "[ab]", "[^a]"]),
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map("(?:{0[0]}|{0[1]})".format)
        | inner.map("(?:{})*".format)
        | inner.map("(?:{}){{1,12}}".format)
        | inner.map("(?:{})?".format)
    ),
    max_leaves=5,
)


@settings(max_examples=6, deadline=None)
@given(PIECES, st.text("ab-", min_size=1, max_size=3))
def test_what_passes_takes_few_steps(piece: str, pump: str) -> None:
    try:
        pattern = compiled(f"{piece}x")
    except PatternFault:
        return
    assert steps(pattern.pattern, pump * 40) < 500_000


@pytest.mark.parametrize(
    ("pattern", "text", "count"),
    [("ab", "xab", 4), ("a?b", "b", 4), ("(?:ab|c)", "c", 4), ("a{2}", "aa", 3)],
)
def test_steps_are_the_same_everywhere(pattern: str, text: str, count: int) -> None:
    assert steps(pattern, text) == count


MATCHING = [
    *QUICK, r"(a)(?(1)b|c)x", r"(?<=a)b", r"(?<!a)b", r"(?=a+b)a", r"(?!ab)a", r"a+?b",
    r"(?:a??b)*$",
    r"(?i:A)b", r"\bb", r"(?P<n>a|b)(?P=n)", r"(?>a|ab)b", r"(?:a|b)*+x", r"^a$", r"(?s).+x",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(MATCHING), st.text("abx-1\n", max_size=12))
def test_the_counting_matcher_finds_what_re_finds(pattern: str, text: str) -> None:
    found = re.compile(pattern).search(text)
    assert machine(pattern).search(text) == (found.span() if found else None)


def machine(pattern: str) -> Machine:
    parser: Any = importlib.import_module("re._parser")
    return Machine.of(parser.parse(pattern), re.compile(pattern).flags)


def steps(pattern: str, text: str) -> int:
    return machine(pattern).steps(text, 500_000)
