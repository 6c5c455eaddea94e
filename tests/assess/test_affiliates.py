"""Each list has its own test for companies that belong to a listed one."""

from dataclasses import replace
from datetime import date

import pytest

from scanner import data
from scanner.assess.affiliates import question, reach
from scanner.assess.listing import Listings
from scanner.assess.vendors import Vendors
from scanner.model import AffiliateTest, Candidate, Reach, Relation, VendorRelation
from tests.assess.world import DECLARES, TODAY, claim, relation

KNOWN = data.load()
TESTS = {edition.id: edition.affiliates for edition in KNOWN.lists}
BIS, FCC, S889 = "us-bis-entity-list", "us-fcc-covered-list", "us-ndaa-889"
REACHED, OPEN, NOT = Reach.REACHED, Reach.OPEN, Reach.NOT_REACHED
IN_FORCE = date(2025, 10, 1)


def share(*percents: int | None) -> list[VendorRelation]:
    """A chain of companies, each holding this much of the next."""
    link = relation("a", "b", Relation.SUBSIDIARY)
    return [replace(link, share=percent) for percent in percents]


@pytest.mark.parametrize(
    ("list_id", "percent", "expected"),
    [
        (S889, None, REACHED), (S889, 1, REACHED),
        (FCC, 10, NOT), (FCC, 11, REACHED), (FCC, None, OPEN),
        (BIS, 49, NOT), (BIS, 50, REACHED), (BIS, None, OPEN),
        ("us-ofac-ns-cmic", 100, OPEN), ("us-tx-prohibited-technologies", None, OPEN),
    ],
)  # fmt: skip
def test_the_three_tests_differ(list_id: str, percent: int | None, expected: Reach) -> None:
    assert reach(TESTS[list_id], share(percent), IN_FORCE) is expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-09-28", NOT), ("2025-09-29", REACHED), ("2025-11-09", REACHED),
        ("2025-11-10", NOT), ("2026-11-09", NOT), ("2026-11-10", OPEN),
    ],
)  # fmt: skip
def test_the_half_share_rule_has_its_days(day: str, expected: Reach) -> None:
    assert reach(TESTS[BIS], share(100), date.fromisoformat(day)) is expected


def test_what_came_of_the_stay_is_an_open_question_and_says_so() -> None:
    said = question(TESTS[BIS], share(None), TODAY)
    assert "the share held is not known" in said
    assert "whether this rule is in force since 2026-11-10 is not known" in said
    assert "not known" not in question(TESTS[BIS], share(60), IN_FORCE)


@pytest.mark.parametrize(
    ("percents", "expected"),
    [((60, 60), REACHED), ((60, None), OPEN), ((60, 40), NOT), ((None, 40), NOT)],
)
def test_every_link_of_a_chain_has_to_pass(
    percents: tuple[int | None, ...], expected: Reach
) -> None:
    assert reach(TESTS[BIS], share(*percents), IN_FORCE) is expected


def test_a_makers_own_brand_is_no_company() -> None:
    brand = [relation("hilook", "hikvision", Relation.BRAND)]
    for test in (*TESTS.values(), AffiliateTest("none")):
        assert reach(test, brand, TODAY) is REACHED
        assert reach(test, [], TODAY) is REACHED
    assert reach(AffiliateTest("none"), share(100), TODAY) is NOT


def ezviz(as_of: date = TODAY) -> tuple[set[str], set[str]]:
    """Lists that hold EZVIZ through Hikvision, and lists where that is open."""
    vendors = Vendors(KNOWN.vendors, KNOWN.relations, as_of)
    world = Listings(KNOWN.lists, vendors, as_of)
    maker = Candidate("ezviz", DECLARES, (claim("ezviz", "http", DECLARES),), True)
    asked = world.open_affiliates(maker, None)
    assert all("EZVIZ" in q.question and q.since for q in asked)
    return {m.list_id for m in world.matches(maker, None)}, {q.list_id for q in asked}


def test_a_subsidiary_of_unknown_share_is_reached_by_889_alone() -> None:
    reached, asked = ezviz()
    assert reached == {S889}
    assert asked == {BIS, FCC, "us-dod-1260h", "us-ofac-ns-cmic"}
    assert BIS not in set.union(*ezviz(date(2026, 11, 9)))


def test_a_subsidiary_with_a_row_of_its_own_is_not_asked_about() -> None:
    vendors = Vendors(KNOWN.vendors, KNOWN.relations, TODAY)
    world = Listings(KNOWN.lists, vendors, TODAY)
    evidence = (claim("moyu-haishi", "http", DECLARES),)
    maker = Candidate("moyu-haishi", DECLARES, evidence, True)
    assert BIS in {m.list_id for m in world.matches(maker, None)}
    assert BIS not in {q.list_id for q in world.open_affiliates(maker, None)}


def test_an_owner_that_follows_from_the_label_alone_did_not_build_the_unit() -> None:
    world = Listings(KNOWN.lists, Vendors(KNOWN.vendors, KNOWN.relations, TODAY), TODAY)
    label = claim("ezviz", "onvif", DECLARES, "brand", name="manufacturer")
    same = claim("hikvision", "onvif", DECLARES, name="manufacturer")
    other = claim("hikvision", "http", DECLARES)
    brand = Candidate("ezviz", DECLARES, (label,), True)
    alone = world.matches(Candidate("hikvision", DECLARES, (same,), True), brand)
    assert [(m.list_id, m.relation) for m in alone] == [(S889, Relation.SUBSIDIARY)]
    built = world.matches(Candidate("hikvision", DECLARES, (same, other), True), brand)
    assert {BIS, FCC, S889} < {m.list_id for m in built}
    assert {m.relation for m in built} == {Relation.PRODUCER}
