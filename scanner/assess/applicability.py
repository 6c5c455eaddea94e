"""The organisation's answers → whether a list concerns it, or which question is open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scanner.model import Answer, Applicability, Clause, EntityList, Question, Reply


@dataclass(frozen=True, slots=True)
class Applied:
    """The decision on one list, and the question to ask."""

    state: Applicability
    question: str


class Profile:
    """The answers on record. What nobody answered is unknown, and unknown never decides."""

    def __init__(self, questions: Sequence[Question] = (), replies: Iterable[Reply] = ()) -> None:
        given = {reply.question: reply for reply in replies}
        self._questions = {question.id: question for question in questions}
        self.replies = tuple(given.get(q.id) or Reply(q.id, q.ask) for q in questions)
        self._replies: Mapping[str, Reply] = {reply.question: reply for reply in self.replies}

    def decide(self, edition: EntityList) -> Applied:
        """A yes to any deciding question applies, a no to all does not, anything else asks."""
        replies = [self._replies[q] for q in edition.decided_by if q in self._replies]
        states = [self._state(reply, edition.only) for reply in replies]
        if Applicability.APPLIES in states:
            return Applied(Applicability.APPLIES, edition.question)
        if states and set(states) == {Applicability.DOES_NOT_APPLY}:
            return Applied(Applicability.DOES_NOT_APPLY, edition.question)
        return Applied(Applicability.ASK, self._open_question(edition, replies, states))

    def clauses(self, known: Iterable[Clause], named: Iterable[str] = ()) -> tuple[Clause, ...]:
        """Those the contracts carry: as `named` or answered, or all when a yes leaves them open."""
        ids = {*named}
        for reply in self.replies:
            half = reply.answer is Answer.YES and not reply.detail and not ids
            ids.update(self._questions[reply.question].detail_values if half else reply.detail)
        return tuple(clause for clause in known if clause.id in ids)

    def _state(self, reply: Reply, only: str) -> Applicability:
        if reply.answer is Answer.UNKNOWN:
            return Applicability.ASK
        if reply.answer is Answer.NO:
            return Applicability.DOES_NOT_APPLY
        if not only or not self._questions[reply.question].detail or only in reply.detail:
            return Applicability.APPLIES
        return Applicability.DOES_NOT_APPLY if reply.detail else Applicability.ASK

    def _open_question(
        self, edition: EntityList, replies: Sequence[Reply], states: Sequence[Applicability]
    ) -> str:
        """The list's own question covers all of them; once one is answered, the first open one."""
        if all(reply.answer is Answer.UNKNOWN for reply in replies):
            return edition.question
        reply = replies[states.index(Applicability.ASK)]
        half = reply.answer is Answer.YES
        return self._questions[reply.question].detail_ask if half else reply.ask
