"""`rules/replacements.yml` → the rules of the replacement plan."""

import re
from collections.abc import Set as AbstractSet
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from scanner.data.files import Source
from scanner.data.patterns import PatternFault, compiled
from scanner.data.shapes import Id, ProductClass, Shape, Text
from scanner.model import DataFile
from scanner.provision import Factor, MakerStatement, ModelName, PlanRules, Proposal, Step
from scanner.remedy import Disposition, Phase, Statement

FILE = "rules/replacements.yml"
Word = Literal["keep", "isolate", "replace", "remove", "investigate"]
FactorId = Literal["applicability", "verdict", "exposure", "recorder", "class", "ports"]


class FactorRow(Shape):
    """A step of the order."""

    id: FactorId
    words: Text


class PhaseRow(Shape):
    """A phase and the dispositions that belong to it."""

    id: Id
    title: Text
    goal: Text
    dispositions: Annotated[list[Word], Field(min_length=1)]


class ProposalRow(Shape):
    """A disposition and its conditions."""

    id: Id
    disposition: Word
    reason: Text
    verdicts: list[Literal["listed", "review", "not-listed", "undetermined"]] = Field(
        default_factory=list
    )
    applies: list[Id] = Field(default_factory=list)
    asks: list[Id] = Field(default_factory=list)
    holds: list[Id] = Field(default_factory=list)
    waived: bool = False


class StepRow(Shape):
    """A step of interim mitigation."""

    text: Text
    dispositions: list[Word]
    classes: list[ProductClass]


class ModelRow(Shape):
    """What a model name tells."""

    id: Id
    vendors: Annotated[list[Id], Field(min_length=1)]
    pattern: Text
    form_factor: str = ""
    resolution: str = ""
    example: Text
    grade: Literal["A", "B"]
    source: Text


class MakerRow(Shape):
    """For how many models a maker's statement is on record."""

    vendor: Id
    models: Annotated[int, Field(ge=1)]


class StatementsPart(Shape):
    """Statements of makers, all from one source."""

    about: Text
    scope: Literal["model", "line", "brand"]
    source: Text
    read: date
    grade: Literal["A", "B"]
    makers: list[MakerRow]


class PlanFile(Shape):
    """The whole file."""

    order: Annotated[list[FactorRow], Field(min_length=1)]
    phases: Annotated[list[PhaseRow], Field(min_length=1)]
    dispositions: Annotated[list[ProposalRow], Field(min_length=1)]
    mitigation: list[StepRow]
    models: list[ModelRow]
    statements: StatementsPart


def read_plan_rules(
    root: Path, vendors: AbstractSet[str], lists: AbstractSet[str]
) -> tuple[PlanRules, DataFile]:
    """The rules in written order. DataError for an id nobody knows or a device left without one."""
    source = Source(root, FILE)
    document = source.checked(TypeAdapter(PlanFile))
    _check_ids(source, document, vendors, lists)
    _check_phases(source, document)
    _check_models(source, document)
    return _rules(document), source.described()


def _check_ids(
    source: Source, document: PlanFile, vendors: AbstractSet[str], lists: AbstractSet[str]
) -> None:
    for index, row in enumerate(document.dispositions):
        for each in (*row.applies, *row.asks, *row.holds):
            if each not in lists:
                raise source.fault(("dispositions", index), f"{each!r} is no list")
    named = [(("models", i), v) for i, row in enumerate(document.models) for v in row.vendors]
    made = [
        (("statements", "makers", i), m.vendor) for i, m in enumerate(document.statements.makers)
    ]
    for where, vendor in (*named, *made):
        if vendor not in vendors:
            raise source.fault(where, f"{vendor!r} is no id of vendors/vendors.yml")


def _check_phases(source: Source, document: PlanFile) -> None:
    words = [word for phase in document.phases for word in phase.dispositions]
    for word in Disposition:
        if words.count(word.value) != 1:
            raise source.fault(("phases",), f"{word.value} must stand in one phase")
    decided = {v for r in document.dispositions if _only_verdicts(r) for v in r.verdicts}
    if missing := {"listed", "review", "not-listed", "undetermined"} - decided:
        raise source.fault(
            ("dispositions",), f"no rule catches every device that is {min(missing)}"
        )


def _only_verdicts(row: ProposalRow) -> bool:
    return not (row.applies or row.asks or row.holds or row.waived)


def _check_models(source: Source, document: PlanFile) -> None:
    for index, row in enumerate(document.models):
        try:
            expression: re.Pattern[str] = compiled(row.pattern)
        except PatternFault as fault:
            raise source.fault(("models", index), str(fault)) from fault
        if not expression.search(row.example):
            raise source.fault(("models", index), f"{row.example!r} does not match the pattern")


def _rules(document: PlanFile) -> PlanRules:
    stated = document.statements
    statement = Statement(stated.about, stated.scope, stated.source, read=stated.read)
    return PlanRules(
        order=tuple(Factor(row.id, row.words) for row in document.order),
        phases=tuple(Phase(row.id, row.title, row.goal) for row in document.phases),
        phase_of={Disposition(w): row.id for row in document.phases for w in row.dispositions},
        proposals=tuple(_proposal(row) for row in document.dispositions),
        steps=tuple(
            Step(row.text, tuple(map(Disposition, row.dispositions)), tuple(row.classes))
            for row in document.mitigation
        ),
        models=tuple(
            ModelName(r.id, tuple(r.vendors), r.pattern, r.form_factor, r.resolution, r.source)
            for r in document.models
        ),
        statements=tuple(MakerStatement(m.vendor, m.models, statement) for m in stated.makers),
    )


def _proposal(row: ProposalRow) -> Proposal:
    return Proposal(
        id=row.id,
        disposition=Disposition(row.disposition),
        reason=row.reason,
        verdicts=tuple(row.verdicts),
        applies=tuple(row.applies),
        asks=tuple(row.asks),
        holds=tuple(row.holds),
        waived=row.waived,
    )
