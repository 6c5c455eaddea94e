"""New, gone, changed, to be decided: what a comparison says, and that it decides nothing."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.model import EntityList, ListedEntity, Relation
from scanner.updates import decisions, told
from scanner.updates.api import ENTITY_LIST, Row
from scanner.updates.compare import Change, Comparison, compare, scan
from scanner.updates.decisions import Decisions, row_id
from scanner.updates.match import Matcher, Party
from scanner.updates.names import core, normalised

PARTIES = (
    Party("acme", "CN", ("Acme Digital Co., Ltd.", "Acme")),
    Party("bolt", "CN", ("Bolt",), ("Old Bolt Works",)),
    Party("hikvision", "CN", ("Hikvision",)),
)
COUNTRIES = {"acme": "CN", "bolt": "CN", "hikvision": "CN"}


def entity(vendor: str, name: str, end: date | None = None) -> ListedEntity:
    return ListedEntity(
        ENTITY_LIST, vendor, name, Relation.NAMED, date(2020, 1, 2), end, "84 FR 1", "A", "s"
    )


def held(*entities: ListedEntity) -> EntityList:
    day = date(2026, 1, 1)
    return EntityList(ENTITY_LIST, "", "", "", day, day, 30, "", "", "", "", entities)


ACME = entity("acme", "Acme Digital Co., Ltd.")


def row(name: str, where: str = "line 2", parent: str = "", **given: object) -> Row:
    facts: dict[str, object] = {"countries": ("CN",), "start": date(2020, 1, 2)} | given
    return Row(ENTITY_LIST, name, where, citation="84 FR 1", parent=parent, **facts)  # type: ignore[arg-type]


def compared(
    rows: list[Row], *entities: ListedEntity, decided: Decisions | None = None, loss: float = 1.0
) -> Comparison:
    lists = [held(*entities)]
    scanned = scan(rows, Matcher(PARTIES), lists)
    (made,) = compare(scanned, lists, COUNTRIES, decided or Decisions(), loss)
    return made


def accepting(found: Row, vendor: str | None) -> Decisions:
    return Decisions({row_id(found): {"vendor": vendor}})


def test_the_same_name_confirms_and_needs_nobody() -> None:
    made = compared([row("ACME DIGITAL CO LTD")], ACME)
    (confirmed,) = made.confirmed
    assert [c.field for c in confirmed.changes] == ["listed_as"]
    assert not confirmed.by_person
    assert made.edits == ()
    assert not compared([row("Acme Digital Co., Ltd.")], ACME).needs_a_person


def test_a_changed_date_is_taken_over_only_when_accepted() -> None:
    found = row("Acme Digital Co., Ltd.", start=date(2020, 1, 9))
    assert compared([found], ACME).edits == ()
    (edit,) = compared([found], ACME, decided=accepting(found, "acme")).edits
    assert edit.changes == (Change("start", "2020-01-02", "2020-01-09"),)


def test_a_citation_differs_only_when_no_page_is_shared() -> None:
    more = Row(ENTITY_LIST, ACME.listed_as, "x", citation="84 FR 1; 90 FR 2", start=ACME.start)
    assert compared([more], ACME).changed == ()
    other = Row(ENTITY_LIST, ACME.listed_as, "x", citation="90 FR 2", start=ACME.start)
    assert compared([other], ACME).changed[0].changes == (Change("citation", "84 FR 1", "90 FR 2"),)


def test_another_country_never_confirms() -> None:
    made = compared([row(ACME.listed_as, countries=("KR",))], ACME)
    assert made.confirmed == ()
    assert made.gone == (ACME,)
    assert made.candidates[0].suggestions[0].country_differs


def test_a_likely_row_keeps_an_entry_from_being_gone() -> None:
    made = compared([row("Acme Trading")], ACME)
    assert (made.gone, made.unconfirmed) == ((), (ACME,))


def test_a_rename_is_joined_by_a_person() -> None:
    found = row("New Works of Bolt")
    bolt = entity("bolt", "Bolt")
    made = compared([found], bolt, decided=accepting(found, "bolt"))
    assert made.edits[0].changes == (Change("listed_as", "Bolt", "New Works of Bolt"),)
    assert made.candidates == ()


def test_an_accepted_row_without_an_entry_is_new() -> None:
    found = row("Bolt")
    made = compared([found, row(ACME.listed_as)], ACME, decided=accepting(found, "bolt"))
    assert [(vendor, f.row) for vendor, f in made.new] == [("bolt", found)]


def test_a_second_row_of_a_maker_never_takes_its_entry_twice() -> None:
    second = row("Acme Second Works")
    made = compared([row(ACME.listed_as), second], ACME, decided=accepting(second, "acme"))
    assert len(made.confirmed) + len(made.new) == 2 - len(made.candidates)
    assert len(made.confirmed) == 1


def test_a_rejected_row_is_left_out() -> None:
    found = row("Acme Marine")
    made = compared([found], ACME, decided=accepting(found, None))
    assert (made.candidates, made.rejected, made.gone) == ((), 1, (ACME,))


def test_ended_entries_are_not_missed() -> None:
    ended = entity("bolt", "Bolt", date(2021, 1, 1))
    assert compared([row(ACME.listed_as)], ACME, ended).gone == ()


def test_affiliates_are_one_line() -> None:
    rows = [row(f"Acme. Affiliated Entity: Branch {n}", parent="Acme") for n in range(40)]
    made = compared(rows, entity("acme", "Acme Digital"))
    (found,) = made.candidates
    assert found.count == 40
    assert sum(line.startswith("  candidate") for line in told.lines(made)) == 1


def test_a_row_of_affiliates_changes_no_fact_of_the_parent() -> None:
    found = row("Acme. Affiliated Entity: Branch", parent="Acme", start=date(2024, 5, 6))
    made = compared([found], entity("acme", "Acme Digital"), decided=accepting(found, "acme"))
    (confirmed,) = made.confirmed
    assert confirmed.changes == ()


def test_a_lost_pinned_name_is_refused() -> None:
    made = compared([row(ACME.listed_as)], ACME, entity("hikvision", "Hikvision"))
    assert any("hikvision" in reason for reason in made.refusals)


def test_a_shrunken_file_is_refused() -> None:
    rows = [row(ACME.listed_as), *(row(f"Nobody {n}") for n in range(8))]
    before = Decisions(counts={ENTITY_LIST: 10})
    assert compared(rows, ACME, decided=before, loss=0.1).refusals == ()
    before = Decisions(counts={ENTITY_LIST: 11})
    assert "more than 10% are missing" in compared(rows, ACME, decided=before, loss=0.1).refusals[0]


def test_text_obeys_nobody() -> None:
    made = compared([row("Acme \x1b[31m\nTrading\u202e")], ACME)
    shown = list(told.lines(made))
    assert any("Acme" in line for line in shown)
    assert all(c.isprintable() for line in shown for c in line)


def test_decisions_survive_a_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "new" / "decisions.json"
    assert decisions.read(path) == Decisions()
    kept = Decisions({"ab": {"vendor": None, "name": "甲 \x7f"}}, {ENTITY_LIST: 3})
    decisions.write(path, kept)
    assert decisions.read(path) == kept
    assert [p.name for p in path.parent.iterdir()] == ["decisions.json"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ('{"rows": []}', "is not an object"),
        ('{"rows": {"a": {}}}', "needs a 'vendor'"),
        ('{"rows": {"a": {"vendor": 7}}}', "needs a 'vendor'"),
        ('{"counts": {"a": "x"}}', "whole numbers"),
    ],
)
def test_damaged_decisions_are_refused(content: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text(content)
    with pytest.raises(DataError, match=reason):
        decisions.read(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["rows", "vendor"]), inner),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON)
def test_any_json_is_decisions_or_a_fault(tmp_path: Path, document: object) -> None:
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document), "utf-8")
    told_of = ""
    try:
        assert isinstance(decisions.read(path), Decisions)
    except DataError as error:
        told_of = str(error)
    assert not told_of or str(path) in told_of


@given(st.text(max_size=80))
def test_names_are_stable(name: str) -> None:
    once = normalised(name)
    assert normalised(once) == once
    assert all(word for word in core(name))


def test_the_id_of_a_row_stays_while_name_and_country_stay() -> None:
    assert row_id(row("ACME Ltd.", "line 9")) == row_id(row("Acme Limited", "line 3"))
    assert row_id(row("Acme")) != row_id(row("Acme", countries=("US",)))
