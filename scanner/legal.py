"""Commands about lists and about the organisation: their history, and the profile's questions."""

import asyncio
import difflib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import click

from scanner import app, keeping
from scanner.assess import history
from scanner.assess.applicability import Profile
from scanner.commands import CLEAN
from scanner.console import say
from scanner.data import read_profile, write_profile
from scanner.errors import UsageError
from scanner.evidence import Damage
from scanner.model import (
    Answer,
    EntityList,
    Knowledge,
    Question,
    Record,
    Relation,
    Reply,
    VendorRelation,
)
from scanner.report.text import excerpt

GAP = " " * 12
FEW = 10
"""Values that fit into a question."""
ANSWERS = click.Choice([answer.value for answer in Answer])


def lists_show(*, entity: str, data: Path | None) -> int:
    """Every list with its state, one list with its entities, or the history of one maker."""
    knowledge = app.knowledge(data)
    lists = {each.id: each for each in knowledge.lists}
    if entity in lists:
        lines = _list(lists[entity])
    elif entity:
        lines = _maker(knowledge, entity)
    else:
        lines = (_summary(each) for each in knowledge.lists)
    for line in lines:
        click.echo(line)
    return CLEAN


def lists_diff(
    *,
    first: datetime,
    second: datetime,
    run: str | None,
    evidence: Sequence[Path],
    store: str,
    data: Path | None,
) -> int:
    """What changed on the lists between two days, and for the devices of some evidence."""
    after, until = first.date(), second.date()
    if after >= until:
        raise UsageError(f"{after} is not before {until}: give the earlier day first")
    knowledge = app.knowledge(data)
    changed = history.changes(knowledge.lists, after, until)
    for event in changed:
        click.echo(f"{event.day}  {event.list_id}: {_named(event)}{event.words}")
    if not changed:
        click.echo(f"Nothing changed on the lists after {after} and up to {until}.")
    if evidence or run is not None:
        for line in _devices(knowledge, _records(evidence, run, store), after, until):
            click.echo(line)
    return CLEAN


def profile_init(*, file: Path, data: Path | None) -> int:
    """Ask every question, write the answers into a new file."""
    if file.exists():
        raise UsageError(f"{file}: is there already; edit it, or name another file")
    questions = app.knowledge(data).questions
    say("Each question decides which lists concern this organisation; unknown is a good answer.")
    who, replies = "", []
    for number, question in enumerate(questions, 1):
        say(f"\n{number} of {len(questions)}. {question.explain}")
        answer = Answer(_prompt(question.ask, "unknown", ANSWERS))
        if answer is not Answer.UNKNOWN and not who:
            who = _prompt("Who answers (name, role)?")
        replies.append(_reply(question, answer, who))
    write_profile(file, replies, questions)
    say(f"\nWrote {file}. Use it with --profile {file}.")
    return CLEAN


def profile_check(*, file: Path, data: Path | None) -> int:
    """The answers of a profile, and what they come to for each list."""
    knowledge = app.knowledge(data)
    profile = Profile(knowledge.questions, read_profile(file, knowledge.questions))
    for reply in profile.replies:
        by = f", {reply.who}, {reply.when}" if reply.who else ""
        detail = f" ({', '.join(reply.detail)})" if reply.detail else ""
        click.echo(f"{reply.question:<20}{reply.answer.value}{detail}{excerpt(by, 250)}")
    for each in knowledge.lists:
        applied = profile.decide(each)
        asked = f": {applied.question}" if applied.state.value == "ask" else ""
        click.echo(f"{each.id:<32}{applied.state.value}{asked}")
    return CLEAN


def _prompt(text: str, default: str | None = None, kind: click.Choice[str] | None = None) -> str:
    answer: str = click.prompt(text, default=default, type=kind, err=True)
    return answer


def _reply(question: Question, answer: Answer, who: str) -> Reply:
    if answer is Answer.UNKNOWN:
        return Reply(question.id, question.ask)
    detail = _detail(question) if answer is Answer.YES and question.detail else ()
    return Reply(question.id, question.ask, answer, who, datetime.now(UTC).date(), detail)


def _detail(question: Question) -> tuple[str, ...]:
    """The second part of a yes, asked until it is one of the known values or left out."""
    few = ", ".join(question.detail_values) if len(question.detail_values) < FEW else ""
    while True:
        hint = f"{few}; commas between several" if few else "commas between several"
        text = _prompt(f"{question.detail_ask} ({hint})", "unknown")
        given = tuple(part.strip() for part in text.split(",") if part.strip())
        if given == ("unknown",):
            return ()
        if odd := [part for part in given if part not in question.detail_values]:
            say(f"Not known: {', '.join(odd)}. Known: {', '.join(question.detail_values)}")
        elif given:
            return given


def _summary(each: EntityList) -> str:
    size = f"{len(each.entities):>4} entries"
    return f"{each.id:<32}{size}  edition {each.edition}  {each.title}"


def _list(each: EntityList) -> Iterator[str]:
    yield f"{each.title} ({each.id})"
    yield f"{each.authority}; {each.citation}; edition {each.edition}, checked {each.checked}"
    yield f"What it does: {each.effect}"
    yield f"What decides whether it concerns you: {each.question}"
    yield f"Companies that belong to a listed one: {each.affiliates.words}"
    vendors = [row.vendor for row in each.entities] + [row.vendor for row in each.not_listed]
    for event in history.events([each], vendors):
        yield f"  {event.day:<10}  {_named(event)}{event.words}"


def _maker(knowledge: Knowledge, entity: str) -> Iterator[str]:
    known = {v.id: v for v in knowledge.vendors}
    if entity not in known:
        ids = [*known, *(each.id for each in knowledge.lists)]
        near = ", ".join(difflib.get_close_matches(entity, ids, 3)) or "none is near"
        raise UsageError(f"no maker, brand or list has the id {entity!r} (near: {near})")
    yield f"{known[entity].name} ({entity})"
    for event in history.events(knowledge.lists, [entity]):
        yield f"  {event.day:<10}  {event.list_id}: {event.words}"
        if event.note:
            yield f"  {GAP}{event.note}"
    family = history.family(knowledge, entity)
    for relation in family:
        yield f"  {_relation(relation)}"
    kin = {r.subject if r.maker == entity else r.maker for r in family}
    for event in history.events(knowledge.lists, kin):
        yield f"  {event.day:<10}  {event.list_id}: {_named(event)}{event.words}"


def _relation(relation: VendorRelation) -> str:
    share = "not known" if relation.share is None else f"{relation.share} per cent"
    held = f"share held {share}; " if relation.relation is Relation.SUBSIDIARY else ""
    begun = f" from {relation.start}" if relation.start else ""
    ended = f" until {relation.end}" if relation.end else ""
    return (
        f"{relation.subject}: {relation.relation.value} of {relation.maker}{begun}{ended} "
        f"({held}grade {relation.grade})"
    )


def _named(event: history.Event) -> str:
    return f"{event.vendor} " if event.vendor else ""


def _records(files: Sequence[Path], run: str | None, store: str) -> list[Record | Damage]:
    chosen = [*keeping.records(files, "", store)] if files else []
    return [*chosen, *(keeping.records((), run, store) if run is not None else ())]


def _devices(
    knowledge: Knowledge, records: Sequence[Record | Damage], after: date, until: date
) -> Iterator[str]:
    before, later = (
        asyncio.run(app.judge(records, app.Judgement(knowledge, day))) for day in (after, until)
    )
    changed = history.device_changes(before, later)
    for device in changed:
        marks = [f"+ {each}" for each in device.joined] + [f"- {each}" for each in device.left]
        yield f"{excerpt(device.ip, 60)}  {excerpt(device.maker, 60)}  {', '.join(marks)}"
    if not changed:
        yield "No device of the evidence is joined to other lists."
