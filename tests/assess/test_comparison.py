"""Two runs compared: what is said of each device, and what is never said."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.assess.comparison import Background, Rule, compare, covers
from scanner.model import Change, Decision, KeptRun, Standing, State, Turn, Verdict
from tests.store.site import moment

EDITIONS = (("us-ndaa-889", "2026-01-01"),)
BEFORE = KeptRun("r1", moment(1), "hq", ("192.0.2.0/24",), (), True, "2026-01-12", EDITIONS)
AFTER = replace(BEFORE, run="r2", started=moment(2))
CAMERA = Standing(
    "192.0.2.10", Verdict.LISTED, 7, mac="3c:ef:8c:00:00:01", site="hq", product_class="camera",
    maker="dahua", maker_name="Dahua", model="IPC", firmware="1", lists=("us-ndaa-889",),
)  # fmt: skip
NOTHING = Background({}, {}, {})


def told(
    before: Standing | None,
    after: Standing | None,
    *,
    runs: tuple[KeptRun, KeptRun] = (BEFORE, AFTER),
    background: Background = NOTHING,
    rule: Rule | None = None,
) -> Change:
    """The only change."""
    sides = [[s] if s else [] for s in (before, after)]
    made = compare((runs[0], sides[0]), (runs[1], sides[1]), background, rule or Rule())
    [change] = made.changes
    return change


def test_what_is_as_it_was_is_only_counted() -> None:
    made = compare((BEFORE, [CAMERA]), (AFTER, [CAMERA]), NOTHING, Rule(), same=5)
    assert (made.changes, made.same, made.notes) == ((), 6, ())


@pytest.mark.parametrize(
    ("now", "turn", "fields"),
    [
        ({"firmware": "2"}, Turn.CHANGED, [("firmware", "1", "2")]),
        ({"maker": "axis"}, Turn.CHANGED, [("maker", "dahua", "axis")]),
        ({"ip": "192.0.2.11"}, Turn.MOVED, [("ip", "192.0.2.10", "192.0.2.11")]),
        ({"site": "branch"}, Turn.MOVED, [("site", "hq", "branch")]),
        ({"place": "sw-1"}, Turn.MOVED, [("place", "", "sw-1")]),
        ({"verdict": Verdict.REVIEW}, Turn.CHANGED, [("verdict", "listed", "review")]),
        ({"model": "", "has_gaps": True}, Turn.LESS_KNOWN, [("model", "IPC", "")]),
        ({"model": ""}, Turn.CHANGED, [("model", "IPC", "")]),
    ],
)
def test_what_differs_is_named(now: Any, turn: Turn, fields: list[tuple[str, str, str]]) -> None:
    change = told(CAMERA, replace(CAMERA, **now))
    assert (change.turn, list(change.fields)) == (turn, fields)


def test_a_verdict_that_fell_with_coverage_is_less_known_and_not_changed() -> None:
    now = replace(
        CAMERA, maker="", model="", firmware="", lists=(), verdict=Verdict.UNDETERMINED,
        has_gaps=True,
    )  # fmt: skip
    change = told(CAMERA, now)
    assert change.turn is Turn.LESS_KNOWN
    assert "less is known" in change.note


def test_a_list_that_changed_is_the_reason_when_the_device_said_the_same() -> None:
    now = replace(CAMERA, verdict=Verdict.NOT_LISTED, lists=())
    after = replace(AFTER, editions=(("us-ndaa-889", "2026-02-01"),))
    change = told(CAMERA, now, runs=(BEFORE, after))
    assert change.turn is Turn.REJUDGED
    assert "us-ndaa-889 2026-01-01 → 2026-02-01" in change.note
    assert told(CAMERA, replace(now, firmware="9"), runs=(BEFORE, after)).turn is Turn.CHANGED
    assert told(CAMERA, now).turn is Turn.CHANGED


@pytest.mark.parametrize(
    ("later", "turn"),
    [
        (AFTER, Turn.NOT_SEEN),
        (replace(AFTER, scope=("198.51.100.0/24",)), Turn.NOT_ASKED),
        (replace(AFTER, excluded=("192.0.2.10/32",)), Turn.NOT_ASKED),
        (replace(AFTER, complete=False), Turn.NOT_KNOWN),
        (replace(AFTER, complete=None), Turn.NOT_KNOWN),
    ],
)
def test_not_seen_is_never_removed(later: KeptRun, turn: Turn) -> None:
    change = told(CAMERA, None, runs=(BEFORE, later))
    assert change.turn is turn
    assert change.note


@pytest.mark.parametrize("state", [State.REMOVED, State.REPLACED])
def test_gone_by_the_word_of_a_person(state: State) -> None:
    decision = Decision(7, moment(1, 9), "A. Person", state)
    change = told(CAMERA, None, background=replace(NOTHING, decided={7: decision}))
    assert change.turn is Turn.GONE
    assert f"{state.value} by the word of A. Person on 2026-01-12" in change.note


@pytest.mark.parametrize(
    ("weeks", "met_in", "rule", "turn"),
    [
        (3, (), Rule(3, 14), Turn.GONE),
        (2, (), Rule(3, 14), Turn.NOT_SEEN),
        (3, (), Rule(3, 15), Turn.NOT_SEEN),
        (5, (4,), Rule(3, 14), Turn.NOT_SEEN),
        (9, (2,), Rule(3, 14), Turn.GONE),
        (1, (), Rule(1, 0), Turn.GONE),
    ],
)
def test_gone_by_the_rule_that_the_text_names(
    weeks: int, met_in: tuple[int, ...], rule: Rule, turn: Turn
) -> None:
    missed = [
        (moment(week), frozenset({7} if week in met_in else {8})) for week in range(weeks, 0, -1)
    ]
    change = told(CAMERA, None, background=replace(NOTHING, missed=missed), rule=rule)
    assert change.turn is turn
    assert (str(rule) in change.note) is (turn is Turn.GONE)


def test_who_was_met_at_another_site_has_moved_there() -> None:
    latest = {7: ("branch", "198.51.100.3", moment(3))}
    change = told(CAMERA, None, background=replace(NOTHING, latest=latest))
    assert change.turn is Turn.MOVED
    assert change.fields == (("site", "hq", "branch"), ("ip", "192.0.2.10", "198.51.100.3"))


@pytest.mark.parametrize(
    ("earlier", "first", "turn"),
    [
        (BEFORE, moment(2), Turn.NEW),
        (BEFORE, moment(0), Turn.BACK),
        (replace(BEFORE, scope=("198.51.100.0/24",)), moment(2), Turn.FIRST_ASKED),
        (replace(BEFORE, complete=False), moment(2), Turn.FIRST_ASKED),
    ],
)
def test_new_is_only_who_was_asked_before_and_was_not_there(
    earlier: KeptRun, first: str, turn: Turn
) -> None:
    background = replace(NOTHING, first_run={7: first})
    assert told(None, CAMERA, runs=(earlier, AFTER), background=background).turn is turn


def test_the_reader_is_told_what_the_runs_cannot_show() -> None:
    later = replace(AFTER, complete=False, scope=("192.0.2.0/25",))
    made = compare((BEFORE, []), (later, []), NOTHING, Rule())
    assert len(made.notes) == 2
    assert "not complete" in made.notes[0]
    assert "different ranges" in made.notes[1]


STANDINGS = st.builds(
    Standing, st.sampled_from(["192.0.2.1", "192.0.2.9", "?", ""]), st.sampled_from(Verdict),
    st.integers(1, 6), maker=st.sampled_from(["", "dahua"]), has_gaps=st.booleans(),
)  # fmt: skip
SIDES = st.lists(STANDINGS, unique_by=lambda s: s.device)
RUNS = st.builds(
    KeptRun, st.just("r"), st.integers(0, 9).map(moment), st.just("hq"),
    st.sampled_from([("192.0.2.0/29",), ("nonsense",), ()]), st.just(()),
    st.sampled_from([True, False, None]),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(RUNS, SIDES, RUNS, SIDES)
def test_every_device_is_told_once_or_counted(
    before: KeptRun, old: list[Standing], after: KeptRun, new: list[Standing]
) -> None:
    made = compare((before, old), (after, new), NOTHING, Rule())
    told_of = [change.device for change in made.changes]
    assert len(set(told_of)) == len(told_of)
    assert len(told_of) + made.same == len({s.device for s in (*old, *new)})
    for change in made.changes:
        if change.turn is Turn.NOT_SEEN:
            assert after.complete is True
            assert change.before
            assert covers(after, change.before.ip)
        assert change.turn is not Turn.GONE


def test_the_rule_is_told_in_words() -> None:
    assert str(Rule(4, 28)) == "4 complete runs over 28 days"
