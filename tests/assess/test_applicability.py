"""Which lists concern the organisation, by its own answers and by nothing else."""

from datetime import date
from itertools import product

import pytest

from scanner.assess.applicability import Profile
from scanner.model import Answer, Applicability, Reply
from tests.assess.world import KNOWLEDGE, QUESTIONS, legal_list, replies

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
APPLIES, NOT, ASK = Applicability.APPLIES, Applicability.DOES_NOT_APPLY, Applicability.ASK
PAIR = legal_list("a-list", decided_by=("contract", "money"))
STATE = legal_list("b-list", decided_by=("body",), only="TX")


def profile(**answers: Answer) -> Profile:
    return Profile(QUESTIONS, replies(answers))


@pytest.mark.parametrize(("one", "other"), [*product(Answer, Answer)])
def test_yes_to_any_applies_no_to_all_does_not_and_anything_else_asks(
    one: Answer, other: Answer
) -> None:
    decided = profile(contract=one, money=other).decide(PAIR).state
    if YES in (one, other):
        assert decided is APPLIES
    elif one is other is NO:
        assert decided is NOT
    else:
        assert decided is ASK


def test_nobody_asked_means_ask_with_the_lists_own_question() -> None:
    for nobody in (Profile(), Profile(QUESTIONS), profile(money=UNKNOWN)):
        for edition in (PAIR, STATE, legal_list("c-list")):
            applied = nobody.decide(edition)
            assert (applied.state, applied.question) == (ASK, "Does it concern you?")


def test_no_to_everything_does_not_settle_a_list_that_no_question_decides() -> None:
    everything = profile(contract=NO, money=NO, body=NO, trade=NO)
    assert everything.decide(legal_list("c-list")).state is ASK


def test_half_an_answer_asks_the_first_open_question() -> None:
    applied = profile(contract=NO).decide(PAIR)
    assert (applied.state, applied.question) == (ASK, "Any money?")


@pytest.mark.parametrize(
    ("detail", "state"), [(("TX",), APPLIES), (("CA",), NOT), (("CA", "TX"), APPLIES), ((), ASK)]
)
def test_a_list_of_one_state_concerns_that_state(
    detail: tuple[str, ...], state: Applicability
) -> None:
    applied = Profile(QUESTIONS, replies({"body": YES}, detail)).decide(STATE)
    assert applied.state is state
    if state is ASK:
        assert applied.question == "Which state?"


def test_a_detail_of_one_question_does_not_limit_the_others() -> None:
    mixed = legal_list("a-list", decided_by=("body", "money"), only="TX")
    answered = replies({"body": YES}, ("CA",))
    for money, state in ((YES, APPLIES), (NO, NOT), (UNKNOWN, ASK)):
        known = Profile(QUESTIONS, (*answered, *replies({"money": money})))
        assert known.decide(mixed).state is state


def test_every_question_has_a_reply() -> None:
    known = profile(trade=YES)
    assert [reply.question for reply in known.replies] == [q.id for q in QUESTIONS]
    assert known.replies[0] == Reply("contract", "Any contract?")
    assert known.replies[-1].when == date(2026, 11, 1)


def test_the_clauses_named_bring_their_clocks() -> None:
    named = Profile(QUESTIONS, replies({"contract": YES}, ("c-1", "c-2")))
    assert named.clauses(KNOWLEDGE.clauses) == KNOWLEDGE.clauses
    one = Profile(QUESTIONS, replies({"contract": YES}, ("c-2",)))
    assert one.clauses(KNOWLEDGE.clauses) == KNOWLEDGE.clauses[1:]
    for nothing in (profile(contract=NO), profile(contract=UNKNOWN), Profile()):
        assert nothing.clauses(KNOWLEDGE.clauses) == ()


def test_a_yes_that_names_no_clause_brings_them_all_until_a_contract_names_one() -> None:
    assert profile(contract=YES).clauses(KNOWLEDGE.clauses) == KNOWLEDGE.clauses
    assert profile(contract=YES).clauses(KNOWLEDGE.clauses, ["c-2"]) == KNOWLEDGE.clauses[1:]
    assert profile(contract=NO).clauses(KNOWLEDGE.clauses, ["c-1"]) == KNOWLEDGE.clauses[:1]
