"""A file's rows against the entries held: still there, changed, gone, new, to be decided."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scanner.model import EntityList, ListedEntity
from scanner.updates import fields
from scanner.updates.api import CMIC, DOD_1260H, ENTITY_LIST, FCC, SECTION_889, Row
from scanner.updates.decisions import Decisions, row_id
from scanner.updates.match import Matcher, Suggestion, is_same

PINNED: Mapping[str, tuple[str, ...]] = {
    ENTITY_LIST: (
        "hikvision", "dahua", "iflytek", "megvii", "sensetime", "yitu", "meiya-pico", "yixin",
        "huawei", "tiandy", "uniview",
    ),
    SECTION_889: ("hikvision", "dahua", "huawei", "zte", "hytera"),
    FCC: ("hikvision", "dahua", "huawei", "zte", "hytera"),
    DOD_1260H: ("hikvision", "dahua", "huawei"),
    CMIC: ("hikvision", "huawei"),
}  # fmt: skip
"""Makers whose entries never leave unnoticed: without one of them a file is taken for damaged."""
MAX_LOSS = 0.1
"""Share of rows, or of entries held, that a file may lack before it is refused."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of one party on one list, with who it may be. `count` is how many rows were folded."""

    id: str
    row: Row
    suggestions: tuple[Suggestion, ...]
    count: int = 1


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that differs."""

    field: str
    held: str
    given: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An entry that still stands, and how its row differs."""

    entity: ListedEntity
    found: Found
    changes: tuple[Change, ...]
    by_person: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a file says of one list."""

    list_id: str
    rows: int
    confirmed: tuple[Confirmed, ...] = ()
    gone: tuple[ListedEntity, ...] = ()
    unconfirmed: tuple[ListedEntity, ...] = ()
    """Entries without a row that is surely theirs, but with one that may be."""
    new: tuple[tuple[str, Found], ...] = ()
    """Accepted rows that no entry holds yet, with their maker."""
    candidates: tuple[Found, ...] = ()
    rejected: int = 0
    refusals: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[Confirmed, ...]:
        """Entries whose row says something else."""
        return tuple(each for each in self.confirmed if each.changes)

    @property
    def needs_a_person(self) -> bool:
        """Is there anything to look at?"""
        return bool(self.changed or self.gone or self.unconfirmed or self.new or self.candidates)

    @property
    def edits(self) -> tuple[Confirmed, ...]:
        """Changes a person accepted."""
        return tuple(each for each in self.changed if each.by_person)


@dataclass(slots=True)
class Scanned:
    """What one pass over the rows kept of a list: the few that may concern us."""

    rows: Counter[str] = field(default_factory=Counter)
    found: dict[str, Found] = field(default_factory=dict)


def scan(rows: Iterable[Row], matcher: Matcher, lists: Sequence[EntityList]) -> Scanned:
    """One pass over the file, which is never held whole."""
    kept, ids = Scanned(), {each.id for each in lists}
    for row in rows:
        kept.rows[row.list] += 1
        if row.list in ids and (suggestions := matcher.suggestions(row)):
            made = Found(row_id(row), row, suggestions)
            kept.found[made.id] = _folded(kept.found.get(made.id), made)
    return kept


def _folded(held: Found | None, made: Found) -> Found:
    """One for all rows of a party; a row of the party itself stands before its affiliates'."""
    if held is None:
        return made
    first = made if held.row.parent and not made.row.parent else held
    return Found(first.id, first.row, first.suggestions, held.count + 1)


def compare(
    scanned: Scanned,
    lists: Sequence[EntityList],
    countries: Mapping[str, str],
    decisions: Decisions,
    max_loss: float = MAX_LOSS,
) -> tuple[Comparison, ...]:
    """One comparison for each list the file has rows of."""
    return tuple(
        _Compared(each, scanned, countries, decisions, max_loss).result()
        for each in lists
        if scanned.rows[each.id]
    )


class _Compared:
    def __init__(
        self,
        held: EntityList,
        scanned: Scanned,
        countries: Mapping[str, str],
        decisions: Decisions,
        max_loss: float,
    ) -> None:
        self._held, self._countries, self._decisions = held, countries, decisions
        self._rows, self._max_loss = scanned.rows[held.id], max_loss
        self._found = [f for f in scanned.found.values() if f.row.list == held.id]
        self._open = [e for e in held.entities if e.end is None]

    def result(self) -> Comparison:
        confirmed, new, used = self._joined()
        open_rows = [
            f for f in self._found if f.id not in used and not self._decisions.is_decided(f.id)
        ]
        hinted = {s.vendor for f in open_rows for s in f.suggestions if not s.country_differs}
        stands = {id(each.entity) for each in confirmed}
        missing = [e for e in self._open if id(e) not in stands]
        gone = tuple(e for e in missing if e.vendor not in hinted)
        return Comparison(
            list_id=self._held.id,
            rows=self._rows,
            confirmed=tuple(confirmed),
            gone=gone,
            unconfirmed=tuple(e for e in missing if e.vendor in hinted),
            new=tuple(new),
            candidates=tuple(sorted(open_rows, key=_certainty)),
            rejected=sum(self._is_rejected(f) for f in self._found),
            refusals=tuple(self._refusals(gone)),
        )

    def _is_rejected(self, found: Found) -> bool:
        decided = self._decisions.is_decided(found.id)
        return decided and self._decisions.vendor(found.id) is None

    def _joined(self) -> tuple[list[Confirmed], list[tuple[str, Found]], set[str]]:
        """Entries with their rows, accepted rows without an entry, and the rows used."""
        confirmed: list[Confirmed] = []
        new: list[tuple[str, Found]] = []
        used: set[str] = set()
        free = list(self._open)
        for found in sorted(self._found, key=lambda f: not self._decisions.is_decided(f.id)):
            vendor = self._decisions.vendor(found.id)
            if self._is_rejected(found):
                continue
            entity = self._entity(found, vendor, free)
            if entity:
                free.remove(entity)
                confirmed.append(
                    Confirmed(entity, found, tuple(_changes(entity, found.row)), bool(vendor))
                )
            elif vendor:
                new.append((vendor, found))
            if entity or vendor:
                used.add(found.id)
        return confirmed, new, used

    def _entity(
        self, found: Found, vendor: str | None, free: Sequence[ListedEntity]
    ) -> ListedEntity | None:
        """The entry a row belongs to: of the same name, else a free one of the maker accepted."""
        mine = [e for e in free if vendor in {None, e.vendor}]
        for entity in mine:
            if is_same(entity.listed_as, self._countries.get(entity.vendor, ""), found.row):
                return entity
        return next(iter(mine), None) if vendor else None

    def _refusals(self, gone: Sequence[ListedEntity]) -> Iterator[str]:
        before, share = self._decisions.counts.get(self._held.id, 0), self._max_loss
        if self._rows < before * (1 - share):
            yield f"{self._rows} rows, {before} last time: more than {share:.0%} are missing"
        lost = {e.vendor for e in gone}
        pinned = [v for v in PINNED.get(self._held.id, ()) if v in lost]
        if pinned:
            yield f"no row for {', '.join(pinned)}: a list without these is taken for damaged"
        if len(gone) > len(self._open) * share:
            yield f"no row for {len(gone)} of the {len(self._open)} entries held"


def _certainty(found: Found) -> tuple[bool, int, float, str]:
    first = found.suggestions[0]
    return first.country_differs, first.how, -first.score, found.row.name


def _changes(entity: ListedEntity, row: Row) -> Iterator[Change]:
    if row.parent:
        return
    if row.name != entity.listed_as:
        yield Change("listed_as", entity.listed_as, row.name)
    if row.start and row.start != entity.start:
        yield Change("start", str(entity.start), str(row.start))
    given = fields.pages(row.citation)
    if given and not set(fields.pages(entity.citation)) & set(given):
        yield Change("citation", entity.citation, "; ".join(given))
    if row.end and row.end != entity.end:
        yield Change("end", str(entity.end or "open"), str(row.end))
