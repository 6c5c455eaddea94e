"""Rules and address blocks applied to hostile texts."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.assess.matcher import (
    MAX_ASSERTED,
    MAX_INPUT,
    MAX_SHOWN,
    Matcher,
    excerpt,
)
from scanner.assess.needle import Needle, folded
from scanner.identity import is_local, mac_digits
from scanner.model import Evidence, Observation, ProbeResult, ProbeStatus
from tests.assess.world import (
    BLOCKS,
    CHARACTERISTIC,
    DECLARES,
    HIKVISION_MAC,
    LOCAL_MAC,
    RULES,
    SUGGESTS,
    result,
    rule,
    vendors,
)


def matcher() -> Matcher:
    return Matcher(RULES, BLOCKS, vendors())


def test_a_match_says_what_it_asserts_and_how_it_is_known() -> None:
    found = matcher().evidence(result("http", 8080, http_server="App-webs/"))
    assert found == (
        Evidence(
            "http-hikvision", "http", CHARACTERISTIC, "http.server", "App-webs/", "http", 8080,
            "test", "maker", "hikvision",
        ),
        Evidence(
            "http-hikvision", "http", CHARACTERISTIC, "http.server", "App-webs/", "http", 8080,
            "test", "product_class", "camera",
        ),
    )  # fmt: skip


def test_every_observation_and_every_rule_of_its_field_counts() -> None:
    said = result("http", 80, http_server="Axis", http_title=["iDRAC of Hikvision", "none"])
    assert [e.rule for e in matcher().evidence(said)] == [
        "http-axis",
        "http-hikvision-title",
        "http-dell",
    ]


@pytest.mark.parametrize("status", ProbeStatus)
def test_no_status_changes_what_an_observation_means(status: ProbeStatus) -> None:
    said = result("http", 80, status, http_server="App-webs/")
    assert [e.asserted for e in matcher().evidence(said)] == ["hikvision", "camera"]


def test_fields_without_rules_and_empty_results_say_nothing() -> None:
    assert matcher().evidence(result("http", 80, http_unheard_of="App-webs/")) == ()
    assert matcher().evidence(result("http", 80)) == ()


def test_captures_are_tidied_cut_and_left_out_when_empty() -> None:
    rules = [
        rule("a", "f.x", r"model=(?P<model>[^;]*)(;fw=(?P<fw>\w+))?", DECLARES,
             {"model": "$model", "firmware": "$fw"})
    ]  # fmt: skip
    seen = Matcher(rules, ()).evidence(result("p", f_x="model=  DS \n 1  ;fw=V5"))
    assert [(e.attribute, e.asserted) for e in seen] == [("model", "DS 1"), ("firmware", "V5")]
    assert Matcher(rules, ()).evidence(result("p", f_x="model= ;x")) == ()
    (long,) = Matcher(rules, ()).evidence(result("p", f_x="model=" + "A" * 5000))
    assert long.asserted == "A" * MAX_ASSERTED


def test_patterns_see_no_more_than_the_cap() -> None:
    hidden = "x" * MAX_INPUT + "Hikvision Digital Technology"
    seen = "x" * (MAX_INPUT - 40) + "Hikvision Digital Technology"
    assert matcher().evidence(result("http", 80, http_body=hidden)) == ()
    assert len(matcher().evidence(result("http", 80, http_body=seen))) == 2


@given(st.text(max_size=600), st.integers(0, 600), st.integers(0, 600))
def test_an_excerpt_is_short_and_shows_the_match(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    shown = excerpt(text, start, end)
    assert len(shown) <= MAX_SHOWN
    assert text[start:end][: MAX_SHOWN - 2] in shown
    if len(text) <= MAX_SHOWN:
        assert shown == text


def test_an_excerpt_marks_what_it_leaves_out() -> None:
    text = "a" * 500 + "MARK" + "b" * 500
    shown = excerpt(text, 500, 504)
    assert shown.startswith("…a")
    assert "aMARKb" in shown
    assert shown.endswith("b…")
    assert excerpt("MARK" + "b" * 500, 0, 4).startswith("MARKb")


@pytest.mark.parametrize(
    ("mac", "owner"),
    [
        ("44:19:b6:00:00:01", "Hangzhou Hikvision Digital Technology"),
        ("44-19-B6-00-00-01", "Hangzhou Hikvision Digital Technology"),
        ("4419.b600.0001", "Hangzhou Hikvision Digital Technology"),
        ("70:b3:d5:00:00:01", "IEEE Registration Authority"),
        ("70:b3:d5:a0:00:01", "Axis of the middle size"),
        ("70:b3:d5:ab:c0:01", "Small Dahua block"),
    ],
)
def test_the_longest_registered_prefix_wins(mac: str, owner: str) -> None:
    block = matcher().block(mac)
    assert block is not None
    assert block.organisation == owner


@pytest.mark.parametrize(
    "mac",
    [
        LOCAL_MAC,  # locally administered, though the rest looks like Hikvision's
        "45:19:b6:00:00:01",  # group address
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "44:19:b6:00:00",
        "44:19:b6:00:00:01:02",
        "no mac at all",
        "\uff14\uff14:19:b6:00:00:01",
        "",
    ],
)
def test_addresses_that_name_nobody(mac: str) -> None:
    assert matcher().block(mac) is None
    assert matcher().address(mac) == ()


@given(st.text(max_size=64))
def test_no_text_breaks_the_address_reader(text: str) -> None:
    digits = mac_digits(text)
    assert digits is None or re.fullmatch("[0-9a-f]{12}", digits)
    assert matcher().address(text) == () or digits is not None


def test_local_addresses_are_told_from_registered_ones() -> None:
    assert is_local(LOCAL_MAC)
    assert not is_local(HIKVISION_MAC)
    assert not is_local("nonsense")


def test_a_block_suggests_its_owner_and_names_the_registration() -> None:
    (seen,) = matcher().address("44:19:b6:00:00:01", "arp")
    assert (seen.rule, seen.family, seen.strength) == ("oui", "address-block", SUGGESTS)
    assert (seen.attribute, seen.asserted, seen.probe) == ("maker", "hikvision", "arp")
    assert (
        seen.source == "4419b6/24 is registered to Hangzhou Hikvision Digital Technology"
    )  # a reader can check it


def test_a_brands_own_block_says_nothing_about_the_maker() -> None:
    (seen,) = matcher().address("d0:3b:f4:00:00:01")
    assert (seen.attribute, seen.asserted) == ("brand", "annke")
    (seen,) = matcher().address("08:00:23:00:00:01")
    assert (seen.attribute, seen.asserted) == ("brand", "i-pro")


def test_a_block_of_nobody_we_know_is_no_evidence() -> None:
    assert matcher().block("70:b3:d5:00:00:01") is not None
    assert matcher().address("70:b3:d5:00:00:01") == ()


def test_observed_addresses_are_looked_up_too() -> None:
    seen = Observation("mac.address", HIKVISION_MAC)
    said = ProbeResult("192.0.2.1", "arp", ProbeStatus.OK, observations=(seen,))
    assert [e.asserted for e in matcher().evidence(said)] == ["hikvision"]


PATTERNS = (
    r"^App-webs/?$",
    r"(?i)hikvision\s+digital",
    r"realm=\"(?:IP Camera|Embedded Net)\((?P<serial>\w+)\)\"",
    r"(?:Dahua|General)+x{2,}",
    r"a?b*cd|ef",
    r"(?i:Inner)tail",
    "(?i)\u017ftra\xdfe k",
    r"x(?=look)y?",
)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
def test_the_pre_check_never_hides_a_match(pattern: str, data: st.DataObject) -> None:
    compiled = re.compile(pattern)
    needle = Needle.of(compiled)
    text = data.draw(st.from_regex(compiled))
    assert needle.literal in (folded(text) if needle.fold else text)


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        (r"^App-webs/?$", "App-webs"),
        (r"(?i)^HIK\d+vision", "vision"),
        (r"(?:abc)+", "abc"),
        (r"(?:abc)*", ""),
        (r"ab|cd", ""),
        (r"(?i:abc)d", "d"),
        (r"(?!forbidden)x", "x"),
        (r"(?s)\A(?=.*needed)(?=.*much needed)", "much needed"),
        (r"(?<=before)x(?<!after)", "before"),
    ],
)
def test_the_needle_is_the_longest_literal_a_match_needs(pattern: str, literal: str) -> None:
    assert Needle.of(re.compile(pattern)).literal == literal


def test_folding_knows_every_character_that_ignorecase_takes_for_a_letter() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    for letter in "abcdefghijklmnopqrstuvwxyz":
        assert {folded(c) for c in re.findall(letter, every, re.IGNORECASE)} == {letter}
