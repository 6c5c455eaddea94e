"""Name matching on pairs whose truth is known: suggestions find, none of them decides."""

import csv
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from scanner import data
from scanner.model import EntityList, Knowledge, ListedEntity, Relation
from scanner.renewal import parties
from scanner.updates.api import Row
from scanner.updates.compare import compare, scan
from scanner.updates.decisions import Decisions
from scanner.updates.match import How, Matcher, Suggestion

PAIRS = Path(__file__).with_name("pairs.csv")


@cache
def pairs() -> tuple[dict[str, str], ...]:
    with PAIRS.open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def of(truth: str) -> list[dict[str, str]]:
    return [pair for pair in pairs() if pair["truth"] == truth]


@cache
def known() -> Knowledge:
    return data.load()


@cache
def matcher() -> Matcher:
    aliases = data.read_aliases(data.data_dir(), {v.id for v in known().vendors})
    return Matcher(parties(known(), aliases))


def row(pair: dict[str, str]) -> Row:
    countries = tuple(filter(None, pair["countries"].split(";")))
    addresses = tuple(filter(None, [pair["addresses"]]))
    return Row("list", pair["name"], "line 1", countries=countries, addresses=addresses)


def suggestion(pair: dict[str, str]) -> Suggestion | None:
    found = (s for s in matcher().suggestions(row(pair)) if s.vendor == pair["vendor"])
    return next(found, None)


@cache
def held() -> EntityList:
    """A list that holds every tracked maker under every name any shipped list gives it."""
    names = {(e.vendor, e.listed_as) for each in known().lists for e in each.entities}
    entities = tuple(
        ListedEntity("list", vendor, name, Relation.NAMED, date(2020, 1, 1), None, "c", "A", "s")
        for vendor, name in sorted(names)
    )
    first = known().lists[0]
    return EntityList("list", "", "", "", first.edition, first.checked, 1, "", "", "", "", entities)


def decides(pair: dict[str, str]) -> bool:
    """Does the comparison, asked nothing, take the row for an entry of the maker?"""
    countries = {v.id: v.country for v in known().vendors}
    scanned = scan([row(pair)], matcher(), [held()])
    (compared,) = compare(scanned, [held()], countries, Decisions())
    assert not compared.new
    return any(c.entity.vendor == pair["vendor"] for c in compared.confirmed)


def label(pair: dict[str, str]) -> str:
    return f"{pair['vendor']}-{pair['name']}-{pair['countries']}"


def test_the_table_is_large_and_holds_no_pair_twice() -> None:
    keys = Counter((p["vendor"], p["name"], p["countries"]) for p in pairs())
    assert len(keys) >= 120
    assert max(keys.values()) == 1
    assert min(len(of("same")), len(of("other"))) >= 50
    assert len(of("same")) + len(of("other")) == len(pairs())


@pytest.mark.parametrize("pair", of("same"), ids=label)
def test_no_true_pair_is_lost(pair: dict[str, str]) -> None:
    found = suggestion(pair)
    assert found is not None
    assert not found.country_differs


@pytest.mark.parametrize("pair", of("other"), ids=label)
def test_no_false_pair_decides(pair: dict[str, str]) -> None:
    assert not decides(pair)


@pytest.mark.parametrize("pair", [p for p in of("other") if p["kind"] == "address"], ids=label)
def test_addresses_suggest_nobody(pair: dict[str, str]) -> None:
    assert matcher().suggestions(row(pair)) == ()


def test_a_renaming_is_found_by_the_alias_table_only() -> None:
    renamed = next(p for p in of("same") if p["name"].startswith("SDIC Intelligence"))
    bare = Matcher(parties(known(), {}))
    without = {s.vendor: s for s in bare.suggestions(row(renamed))}
    assert without["meiya-pico"].via.startswith("SDIC"), "a list holds the new name too"
    found = suggestion(renamed)
    assert found is not None
    assert found.how is How.SAME_NAME


def test_the_new_york_homonym_is_shown_with_its_country() -> None:
    pair = next(p for p in of("other") if p["name"].startswith("DAHUA ELECTRONICS"))
    found = suggestion(pair)
    assert found is not None
    assert found.country_differs


def test_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints what the table shows; a change of the method shows here."""
    same, other = of("same"), of("other")
    lost = [p["name"] for p in same if suggestion(p) is None]
    settled = sum(decides(p) for p in same)
    wrong = [p["name"] for p in other if decides(p)]
    shown = [s for s in map(suggestion, other) if s is not None]
    flagged = sum(s.country_differs for s in shown)
    ways = Counter(s.how.name for s in map(suggestion, same) if s is not None)
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what this is for
            f"\n{len(pairs())} pairs. {len(same)} true: {len(lost)} lost, {settled} settled as "
            f"the entry held, {dict(ways)}. {len(other)} false: {len(wrong)} decided, "
            f"{len(shown)} shown to a person, {flagged} of them with another country."
        )
    assert lost == []
    assert wrong == []
    assert settled < len(same)
