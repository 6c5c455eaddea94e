"""What the lists said and when: rows, removals, snapshots, and what changed between two days."""

from dataclasses import replace
from datetime import date

import pytest

from scanner import data
from scanner.assess import history
from scanner.assess.assessment import assess
from scanner.model import Relation
from tests.assess.world import KNOWLEDGE, RELATIONS, legal_list, listed, relation, web, whole

SHIPPED = data.load()


def test_a_makers_history_is_in_the_order_of_days_with_snapshots() -> None:
    found = history.events(SHIPPED.lists, ["megvii"])
    days = [event.day for event in found]
    assert days == sorted(days)
    told = [(e.day, e.list_id) for e in found]
    assert ("2024-01-31", "us-dod-1260h") in told
    assert ("2025-01-07", "us-dod-1260h") in told
    absent = next(e for e in found if (e.day, e.list_id) == ("2026-06-08", "us-dod-1260h"))
    gone = next(e for e in found if e.day == "2025-01-07")
    assert gone.words == "as 'Megvii Technology Limited' no longer listed since 2025-01-07"
    assert "not on the list as of 2026-06-08" in absent.words
    assert "Removed on 2025-01-07" in absent.note


def test_an_entry_names_citation_relation_grade_and_edition() -> None:
    (event,) = history.events(SHIPPED.lists, ["moyu-haishi"])
    assert event.words.endswith("(88 FR 18983; named; grade B; edition 2024-12-10)")


def test_rows_of_low_grade_are_no_history() -> None:
    edition = legal_list("a-list", listed("a-list", "axis", date(2020, 1, 1), grade="U"))
    assert history.events([edition], ["axis"]) == ()


def test_a_family_is_companies_and_brands_not_suppliers() -> None:
    world = replace(KNOWLEDGE, relations=RELATIONS)
    names = {(r.subject, r.relation) for r in history.family(world, "hikvision")}
    assert names == {("hilook", Relation.BRAND), ("ezviz", Relation.SUBSIDIARY)}
    assert (
        history.family(replace(world, relations=(relation("a", "b", Relation.PRODUCER),)), "a")
        == ()
    )


@pytest.mark.parametrize(
    ("after", "until", "lists"),
    [
        (date(2025, 1, 6), date(2025, 1, 7), {"us-dod-1260h"}),
        (date(2025, 1, 7), date(2025, 1, 8), set()),
        (date(2019, 10, 8), date(2019, 10, 9), {"us-bis-entity-list"}),
        (date(2026, 11, 9), date(2026, 11, 10), {"us-bis-entity-list"}),
    ],
)
def test_changes_begin_after_the_first_day_and_end_with_the_second(
    after: date, until: date, lists: set[str]
) -> None:
    assert {e.list_id for e in history.changes(SHIPPED.lists, after, until)} == lists


def test_the_rule_for_affiliates_is_part_of_what_changed() -> None:
    (event,) = history.changes(SHIPPED.lists, date(2025, 11, 9), date(2025, 11, 10))
    assert event.words == "its rule for affiliates is stayed since 2025-11-10 (90 FR 50857)"
    assert event.vendor == ""


def test_devices_joined_to_other_lists_are_told() -> None:
    records = whole(*web(http_server="App-webs/"))
    early, late = (assess(records, KNOWLEDGE, day) for day in (date(2019, 9, 1), date(2021, 7, 1)))
    (change,) = history.device_changes(early, late)
    assert change.joined == ("us-bis-entity-list", "us-dod-1260h")
    assert change.left == ()
    (back,) = history.device_changes(late, early)
    assert back.left == change.joined
    assert history.device_changes(late, late) == ()
