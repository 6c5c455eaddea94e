"""A profile file says what the organisation answered, or is refused with file, entry and reason."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import data
from scanner.errors import DataError, UsageError
from scanner.model import Answer, Question, Reply

QUESTIONS = (
    Question("trade", "Any trade?", "Goods move."),
    Question("body", "A public body?", "Some states.", "state", "Which?", ("CA", "TX")),
)
SIGNED = 'who = "A. Person"\nwhen = 2026-11-23\n'


def read(folder: Path, text: str) -> tuple[Reply, ...]:
    path = folder / "profile.toml"
    path.write_text(text, "utf-8")
    return data.read_profile(path, QUESTIONS)


def test_an_empty_file_answers_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "") == (
        Reply("trade", "Any trade?"),
        Reply("body", "A public body?"),
    )


def test_an_answer_with_its_second_part(tmp_path: Path) -> None:
    trade, body = read(tmp_path, f'[body]\nanswer = "yes"\nstate = "TX"\n{SIGNED}')
    assert trade.answer is Answer.UNKNOWN
    assert (body.answer, body.detail) == (Answer.YES, ("TX",))
    assert (body.who, body.when) == ("A. Person", date(2026, 11, 23))


@pytest.mark.parametrize(
    ("text", "entry", "reason"),
    [
        ("[trad]", "trad", "no such question (near: trade)"),
        ("trade = 'no'", "trade", "is not a table"),
        ("[trade]", "trade.answer", "Field required"),
        ("[trade]\nanswer = 'maybe'", "trade.answer", "'yes', 'no' or 'unknown'"),
        ("[trade]\nanswer = true", "trade.answer", "'yes', 'no' or 'unknown'"),
        ("[trade]\nanswer = 'no'", "trade", "the answer no needs who and when"),
        ("[trade]\nanswer = 'no'\nwho = 'x'", "trade", "needs who and when"),
        ("[trade]\nanswer = 'no'\nwho = 'x'\nwhen = '2026-11-23'", "trade.when", "valid date"),
        (f"[trade]\nanswer = 'no'\nstate = 'TX'\n{SIGNED}", "trade.state", "not permitted"),
        (f"[trade]\nanswer = 'no'\nnote = ''\n{SIGNED}", "trade.note", "not permitted"),
        (f"[body]\nanswer = 'no'\nstate = 'TX'\n{SIGNED}", "body.state", "belongs to a yes"),
        (f"[body]\nanswer = 'yes'\nstate = 'Texas'\n{SIGNED}", "body.state", "none of CA, TX"),
        (f"[body]\nanswer = 'yes'\nstate = [['TX']]\n{SIGNED}", "body.state", "none of CA, TX"),
        ("[trade\n", "", "is not TOML"),
        ("a = " + "[" * 50_000, "", "is not TOML"),
        ("#" * 300_000, "", "is larger than"),
    ],
    ids=lambda value: value[:30],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, entry: str, reason: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert caught.value.entry == entry
    assert reason in caught.value.reason
    assert "profile.toml" in str(caught.value)


def test_a_file_that_is_no_text_or_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"\xff")
    with pytest.raises(DataError, match="is not UTF-8"):
        data.read_profile(tmp_path / "p", QUESTIONS)
    with pytest.raises(DataError, match="cannot be read: No such file"):
        data.read_profile(tmp_path / "q", QUESTIONS)


@given(who=st.text(min_size=1, max_size=50), state=st.sampled_from(["CA", "TX"]))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, who: str, state: str
) -> None:
    path = tmp_path_factory.mktemp("p") / "profile.toml"
    seen = "".join(c for c in who if c.isprintable())
    replies = (
        Reply("trade", "Any trade?"),
        Reply("body", "A public body?", Answer.YES, f"{who}!", date(2026, 1, 2), (state,)),
    )
    data.write_profile(path, replies, QUESTIONS)
    trade, body = data.read_profile(path, QUESTIONS)
    assert trade == replies[0]
    assert (body.who, body.when, body.detail) == (f"{seen}!", date(2026, 1, 2), (state,))


def test_a_profile_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        data.write_profile(path, (), QUESTIONS)
    assert path.read_text() == "mine"
    with pytest.raises(UsageError, match="cannot be written"):
        data.write_profile(tmp_path / "no" / "p.toml", (), QUESTIONS)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("p") / "profile.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        answered = len(data.read_profile(path, QUESTIONS))
    except DataError:
        answered = len(QUESTIONS)
    assert answered == len(QUESTIONS)


def test_the_nine_questions_are_shipped_and_decide_the_lists() -> None:
    known = data.load()
    ids = [question.id for question in known.questions]
    assert len(ids) == 9
    decided = {edition.id: edition.decided_by for edition in known.lists}
    assert decided["us-bis-entity-list"] == ("trade",)
    assert decided["us-ndaa-889"] == ("federal-contract", "subcontract", "federal-money")
    assert decided["us-dod-1260h"] == ("defense-sales",)
    assert decided["us-ofac-ns-cmic"] == ()
    assert {"universal-service", "sensitive-use"} < set(decided["us-fcc-covered-list"])
    only = {edition.id: edition.only for edition in known.lists if edition.only}
    assert only["us-bis-entity-list"] == "sent-to-maker"
    assert only["us-fcc-covered-list"] == "bought-or-imported"
    texas = next(e for e in known.lists if e.id == "us-tx-prohibited-technologies")
    assert (texas.decided_by, texas.only) == (("public-body",), "TX")
    assert [c.id for c in known.clauses] == ["52.204-25", "52.240-91"]
    assert all(q.ask.endswith("?") and q.explain.endswith(".") for q in known.questions)


def test_questions_and_tests_for_affiliates_are_sober() -> None:
    known = data.load()
    texts = [text for q in known.questions for text in (q.ask, q.explain, q.detail_ask)]
    texts += [c.clock for c in known.clauses] + [e.affiliates.words for e in known.lists]
    said = " ".join(texts).lower()
    assert not [word for word in ("illegal", "banned", "compliant", "certified") if word in said]
