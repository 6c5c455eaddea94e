"""YAML for people: what is read, what is refused, and that nothing else happens."""

from contextlib import suppress
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scanner.data.strict_yaml import YamlFault, line_of, parse

WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | WORDS | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def test_plain_values() -> None:
    assert parse(
        "{text: Acme's, quoted: 'yes', day: 2020-02-29, count: -12, nought: 0, open: true, "
        "shut: false, none: null, tilde: ~, empty: , list: [a, 'b'], range: 2026-08}"
    ) == {
        "text": "Acme's",
        "quoted": "yes",
        "day": date(2020, 2, 29),
        "count": -12,
        "nought": 0,
        "open": True,
        "shut": False,
        "none": None,
        "tilde": None,
        "empty": None,
        "list": ["a", "b"],
        "range": "2026-08",
    }


@pytest.mark.parametrize(
    "word", ["yes", "No", "NO", "on", "OFF", "True", "1.10", "12:30", "12:30:45", "010", "0x1F",
             "1_000", "+5", ".inf", ".NaN", "Null", "<<", "=", "2020-01-01T10:00:00Z", "-0"],
)  # fmt: skip
def test_a_word_that_yaml_reads_as_something_else(word: str) -> None:
    with pytest.raises(YamlFault, match="put it in quotes") as caught:
        parse(f"- fine\n- {word}\n")
    assert caught.value.line == 2
    assert parse(f"- '{word}'") == [word]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", None, "the file is empty"),
        ("# only a comment\n", None, "the file is empty"),
        ("a: 1\nb: 2\na: 3\n", 3, "key 'a' stands twice"),
        ("a: 1\n'a': 3\n", 2, "key 'a' stands twice"),
        ("a: &x [1]\n", 1, "anchors and aliases"),
        ("a: 1\nb: *x\n", 2, "anchors and aliases"),
        ("&x [*x]", 1, "anchors and aliases"),
        ("a: !!python/object/apply:os.system ['true']\n", 1, "the tag"),
        ("a: !colour red\n", 1, "the tag !colour is not allowed"),
        ("a: !!str 5\n", 1, "the tag"),
        ("1: a\n", 1, "a key must be text, not 1"),
        ("true: a\n", 1, "a key must be text, not True"),
        ("? [a, b]\n: c\n", 1, "a key must be text"),
        ("a: 1\n--- \nb: 2\n", 2, "holds a second document"),
        ("a: [1\nb: 2\n", 2, "not YAML"),
        ("a: 'open\n", 2, "not YAML"),
        ("a:\n\t- b\n", 2, "not YAML"),
        ("a: 2019-02-29\n", 1, "2019-02-29 is no day"),
        ("a: \x07\n", None, "not YAML"),
        ("[" * 100_000, 1, "nested deeper than 12 levels"),
    ],
)
def test_refused(text: str, line: int | None, reason: str) -> None:
    with pytest.raises(YamlFault) as caught:
        parse(text)
    assert reason in caught.value.reason
    assert caught.value.line == line


def test_lines() -> None:
    text = "# head\nrules:\n- {id: a}\n- id: b\n  words: [x,\n    y]\n"
    assert line_of(text, ("rules", 0, "id")) == 3
    assert line_of(text, ("rules", 1)) == 4
    assert line_of(text, ("rules", 1, "words", 1)) == 6
    assert line_of(text, ("rules", 1, "missing", 5)) == 4
    assert line_of(text, ("nowhere",)) == 2


@given(VALUES)
def test_what_a_yaml_writer_quotes_comes_back(value: object) -> None:
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, _: object) -> bool:
            return True

    assert parse(yaml.dump(value, Dumper=Plain)) == value


@given(st.text() | st.text("&*!|>'\"[]{}:,-?%@`#\n ab1~<=", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(YamlFault):
        parse(text)
