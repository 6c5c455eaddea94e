"""Which rows of the lists join a device, as of a date, and by which path."""

from dataclasses import replace
from datetime import date

import pytest

from scanner.assess.listing import Listings
from scanner.assess.vendors import Vendors
from scanner.model import (
    Answer,
    Applicability,
    Candidate,
    Relation,
)
from tests.assess.world import (
    CHARACTERISTIC,
    DECLARES,
    LISTS,
    RELATIONS,
    TODAY,
    VENDORS,
    claim,
    ids,
    legal_list,
    listed,
    listings,
    relation,
)


def candidate(vendor: str, attribute: str = "maker") -> Candidate:
    return Candidate(vendor, DECLARES, (claim(vendor, "http", DECLARES, attribute),), True)


def test_a_listed_maker_joins_every_list_in_force_that_names_it() -> None:
    matches = listings().matches(candidate("hikvision"), None)
    assert ids(matches) == [
        "us-bis-entity-list: hikvision",
        "us-dod-1260h: hikvision",
        "us-ndaa-889: hikvision",
    ]
    first = matches[0]
    assert first.listed_as == "Hikvision as listed"
    assert first.since == date(2019, 10, 9)
    assert first.citation == "citation of hikvision"
    assert first.edition == date(2026, 8, 1)
    assert first.relation is Relation.NAMED
    assert first.grade == "B"
    assert first.path == "Hikvision (rule http-hikvision) → Hikvision on us-bis-entity-list"


def test_whoever_is_on_no_list_joins_none() -> None:
    assert listings().matches(candidate("dell"), None) == ()
    assert listings().matches(None, None) == ()


def test_uncertain_rows_are_no_listing() -> None:
    assert listings().matches(candidate("axis"), None) == ()
    assert listings().naming("axis") == ()


@pytest.mark.parametrize(
    ("as_of", "lists"),
    [
        (date(2019, 8, 12), []),
        (date(2019, 8, 13), ["us-ndaa-889"]),
        (date(2019, 10, 8), ["us-ndaa-889"]),
        (date(2019, 10, 9), ["us-bis-entity-list", "us-ndaa-889"]),
        (date(2021, 6, 3), ["us-bis-entity-list", "us-dod-1260h", "us-ndaa-889"]),
    ],
)
def test_a_row_counts_from_its_first_day(as_of: date, lists: list[str]) -> None:
    matches = listings(as_of).matches(candidate("hikvision"), None)
    assert [m.list_id for m in matches] == lists


@pytest.mark.parametrize(
    ("as_of", "on"),
    [
        (date(2024, 1, 30), False),
        (date(2024, 1, 31), True),
        (date(2025, 1, 6), True),
        (date(2025, 1, 7), False),
        (TODAY, False),
    ],
)
def test_a_removed_row_ends_on_the_day_of_removal(as_of: date, on: bool) -> None:
    assert bool(listings(as_of).matches(candidate("megvii"), None)) is on


def test_a_label_on_a_listed_makers_unit_says_so_in_the_path() -> None:
    matches = listings().matches(candidate("dahua"), candidate("lorex", "brand"))
    assert {m.relation for m in matches} == {Relation.PRODUCER}
    assert {m.entity for m in matches} == {"dahua"}
    assert matches[-1].path == (
        "Lorex label; built by Dahua (rule http-dahua) → Dahua on us-ndaa-889"
    )


def test_the_makers_own_label_is_no_relabelling() -> None:
    matches = listings().matches(candidate("dahua"), candidate("dahua", "brand"))
    assert {m.relation for m in matches} == {Relation.NAMED}


@pytest.mark.parametrize("seller", ["lorex", "annke", "luminys", "q-see", "reolink"])
def test_a_brand_alone_joins_nothing_when_others_build_for_it(seller: str) -> None:
    assert listings().matches(None, candidate(seller, "brand")) == ()


@pytest.mark.parametrize(
    ("vendor", "attribute", "kind", "words"),
    [
        (
            "hilook", "brand", Relation.BRAND,
            "HiLook label (rule http-hilook), a brand of Hikvision → Hikvision on us-dod-1260h",
        ),
        (
            "ezviz", "maker", Relation.SUBSIDIARY,
            "EZVIZ (rule http-ezviz), a subsidiary of Hikvision → Hikvision on us-dod-1260h",
        ),
    ],
)  # fmt: skip
def test_own_brands_and_subsidiaries_join_by_themselves(
    vendor: str, attribute: str, kind: Relation, words: str
) -> None:
    seen = candidate(vendor, attribute)
    pair = (seen, None) if attribute == "maker" else (None, seen)
    matches = listings().matches(*pair)
    assert {m.relation for m in matches} == {kind}
    assert matches[1].path == words


@pytest.mark.parametrize(
    ("as_of", "on"), [(date(2018, 1, 31), False), (date(2021, 1, 1), True), (TODAY, False)]
)
def test_a_sold_business_belongs_to_the_maker_only_until_the_sale(as_of: date, on: bool) -> None:
    row = listed("a-list", "dahua", date(2015, 1, 1))
    world = Listings((legal_list("a-list", row),), Vendors(VENDORS, RELATIONS, as_of), as_of)
    matches = world.matches(None, candidate("lorex", "brand"))
    assert bool(matches) is on


def test_a_part_of_the_range_joins_nothing_by_itself() -> None:
    link = relation("a", "b", Relation.BRAND, scope="some")
    row = listed("a-list", "b", date(2020, 1, 1))
    world = Listings((legal_list("a-list", row),), Vendors((), (link,), TODAY), TODAY)
    assert world.matches(None, candidate("a", "brand")) == ()
    assert world.suppliers("a") == (link,)


def test_the_technical_maker_is_the_path_when_the_label_leads_there_too() -> None:
    matches = listings().matches(candidate("hikvision"), candidate("hilook", "brand"))
    assert len(matches) == 3
    assert matches[0].path == (
        "HiLook label; built by Hikvision (rule http-hikvision) → Hikvision on us-bis-entity-list"
    )


def test_owners_of_owners_count_and_circles_end() -> None:
    links = (
        relation("a", "b", Relation.BRAND),
        relation("b", "c", Relation.SUBSIDIARY, grade="A"),
        relation("c", "a", Relation.SUBSIDIARY),
    )
    row = listed("a-list", "c", date(2020, 1, 1))
    world = Listings((legal_list("a-list", row),), Vendors((), links, TODAY), TODAY)
    (match,) = world.matches(candidate("a"), None)
    assert match.relation is Relation.SUBSIDIARY
    assert match.path == "a (rule http-a), a brand of b, a subsidiary of c → c on a-list"
    assert match.grade == "B"
    assert world.within_reach("a") == ("c",)


def test_relations_of_low_grade_join_nothing_and_ask_nothing() -> None:
    assert listings().suppliers("q-see") == ()
    assert listings().within_reach("q-see") == ()


def test_what_is_within_reach_includes_who_builds_and_who_built() -> None:
    assert listings().within_reach("hikvision") == ("hikvision",)
    assert listings().within_reach("annke") == ("hikvision",)
    assert listings().within_reach("luminys") == ("dahua",)
    assert listings().within_reach("dell") == ()
    assert listings(date(2010, 1, 1)).within_reach("annke") == ()


def test_one_row_a_vendor_and_list_the_one_that_names_it_first() -> None:
    late = listed("a-list", "dahua", date(2023, 1, 1))
    affiliate = replace(late, relation=Relation.SUBSIDIARY, start=date(2018, 1, 1))
    early = replace(late, start=date(2022, 1, 1))
    edition = legal_list("a-list", late, affiliate, early)
    (match,) = Listings((edition,), Vendors(), TODAY).matches(candidate("dahua"), None)
    assert (match.since, match.relation) == (date(2022, 1, 1), Relation.NAMED)


def test_applicability_is_asked_until_somebody_answered() -> None:
    answers = {"money": Answer.YES, "body": Answer.NO}
    matches = listings(answers=answers).matches(candidate("hikvision"), None)
    assert [m.applicability for m in matches] == [
        Applicability.ASK,
        Applicability.DOES_NOT_APPLY,
        Applicability.APPLIES,
    ]
    assert {m.question for m in matches} == {"Does it concern you?"}
    assert {m.effect for m in matches} == {"What it does."}


def test_the_order_of_the_lists_changes_nothing() -> None:
    mirrored = Listings(LISTS[::-1], Vendors(VENDORS, RELATIONS, TODAY), TODAY)
    maker = Candidate("dahua", CHARACTERISTIC, (claim("dahua", "rtsp", CHARACTERISTIC),), True)
    assert mirrored.matches(maker, None) == listings().matches(maker, None)
