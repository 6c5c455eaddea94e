"""`rules/lists/*.yml` → dated legal lists: who stands on them since when, and who does not."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain, pairwise
from pathlib import Path

from scanner.data import shapes
from scanner.data.files import Source, listing
from scanner.data.shapes import AffiliateRow, EntityRow, ListFile
from scanner.errors import DataError
from scanner.model import (
    AffiliateTest,
    DataFile,
    EntityList,
    ListedEntity,
    NotListed,
    Period,
    Question,
    Relation,
)

FOLDER = "rules/lists"


def read_lists(
    root: Path, vendors: AbstractSet[str], questions: Mapping[str, Question]
) -> tuple[tuple[EntityList, ...], tuple[DataFile, ...], tuple[str, ...]]:
    """All lists in name order, the files they came from, and what is odd but usable."""
    lists, files, notes = [], [], []
    for name in listing(root, FOLDER):
        source = Source(root, name)
        document = source.checked(shapes.LIST)
        faults = chain(
            _faults(source, document, vendors), _regime_faults(source, document, questions)
        )
        if fault := next(faults, None):
            raise fault
        if len(document.entities) > document.expect.max:
            notes.append(
                f"{name}: {len(document.entities)} entities, at most {document.expect.max} "
                "expected: check that no row was added by mistake"
            )
        lists.append(_list(document))
        files.append(source.described(document.edition.isoformat()))
    return tuple(lists), tuple(files), tuple(notes)


def _faults(source: Source, document: ListFile, vendors: AbstractSet[str]) -> Iterator[DataError]:
    if source.name != f"{FOLDER}/{document.id}.yml":
        yield source.fault(("id",), f"{document.id} belongs in a file {document.id}.yml")
    if document.edition > document.check.last:
        yield source.fault(
            ("edition",), f"{document.edition} is later than the last check {document.check.last}"
        )
    if document.expect.max < document.expect.min:
        yield source.fault(("expect",), "max is below min")
    if len(document.entities) < document.expect.min:
        yield source.fault(
            ("entities",),
            f"{len(document.entities)} entities, at least {document.expect.min} expected: "
            "the file has lost rows",
        )
    yield from _entity_faults(source, document, vendors)
    yield from _not_listed_faults(source, document, vendors)


def _entity_faults(
    source: Source, document: ListFile, vendors: AbstractSet[str]
) -> Iterator[DataError]:
    seen = set()
    for index, row in enumerate(document.entities):
        where = ("entities", index)
        if row.vendor not in vendors:
            yield source.fault(where, f"{row.vendor!r} is no id of vendors/vendors.yml")
        if row.end and row.end < row.start:
            yield source.fault(where, f"ends on {row.end}, before it starts on {row.start}")
        if max(row.start, row.end or row.start) > document.edition:
            yield source.fault(where, f"is dated after the edition {document.edition}")
        if (key := (row.vendor, row.listed_as, row.start)) in seen:
            yield source.fault(where, f"{row.listed_as!r} since {row.start} stands twice")
        seen.add(key)


def _not_listed_faults(
    source: Source, document: ListFile, vendors: AbstractSet[str]
) -> Iterator[DataError]:
    seen = set()
    for index, row in enumerate(document.not_listed):
        where = ("not_listed", index)
        if row.vendor not in vendors:
            yield source.fault(where, f"{row.vendor!r} is no id of vendors/vendors.yml")
        if row.as_of > document.check.last.isoformat():
            yield source.fault(where, f"as of {row.as_of} is after the last check")
        if row.vendor in seen:
            yield source.fault(where, "stands twice")
        seen.add(row.vendor)
        if held := next((e for e in document.entities if _holds(e, row.vendor, row.as_of)), None):
            yield source.fault(where, f"is listed as {held.listed_as!r} since {held.start}")


def _regime_faults(
    source: Source, document: ListFile, questions: Mapping[str, Question]
) -> Iterator[DataError]:
    for index, question in enumerate(document.decided_by):
        if question not in questions:
            yield source.fault(
                ("decided_by", index), f"{question!r} is no question of rules/regimes.yml"
            )
    details = [q for q in document.decided_by if questions[q].detail]
    if document.only and len(details) != 1:
        yield source.fault(("only",), "needs one question with a detail in decided_by")
    test = document.affiliates
    if (test.kind in ("above", "at-least")) != (test.share is not None):
        yield source.fault(("affiliates",), "a share belongs to the kinds above and at-least only")
    if any(one.start >= other.start for one, other in pairwise(test.periods)):
        yield source.fault(("affiliates", "periods"), "the periods are not in the order of days")


def _holds(row: EntityRow, vendor: str, as_of: str) -> bool:
    """True when the row lists the vendor on the snapshot's day, month or year."""
    days = len(as_of)
    return (
        row.vendor == vendor
        and row.start.isoformat()[:days] <= as_of
        and (row.end is None or row.end.isoformat()[:days] > as_of)
    )


def _list(document: ListFile) -> EntityList:
    return EntityList(
        id=document.id,
        title=document.title,
        authority=document.authority,
        citation=document.citation,
        edition=document.edition,
        checked=document.check.last,
        check_every_days=document.check.every_days,
        url=document.url,
        effect=document.effect,
        question=document.question,
        condition=document.condition,
        entities=tuple(_entity(document.id, row) for row in document.entities),
        not_listed=tuple(
            NotListed(document.id, row.vendor, row.as_of, row.grade, row.note)
            for row in document.not_listed
        ),
        grade=document.grade,
        decided_by=tuple(document.decided_by),
        only=document.only,
        affiliates=_affiliates(document.affiliates),
    )


def _affiliates(row: AffiliateRow) -> AffiliateTest:
    periods = tuple(Period(p.start, p.state, p.citation) for p in row.periods)
    return AffiliateTest(row.kind, row.share or 0, row.words, row.citation, periods)


def _entity(list_id: str, row: EntityRow) -> ListedEntity:
    return ListedEntity(
        list_id=list_id,
        vendor=row.vendor,
        listed_as=row.listed_as,
        relation=Relation(row.relation),
        start=row.start,
        end=row.end,
        citation=row.citation,
        grade=row.grade,
        source=row.source,
        note=row.note,
    )
