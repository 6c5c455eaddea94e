"""Maker and brand → rows of the legal lists in force on a date, and the path that joins them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from scanner.assess import affiliates
from scanner.assess.applicability import Applied, Profile
from scanner.assess.shared import Shared
from scanner.assess.vendors import TRUSTED, Vendors
from scanner.model import (
    AffiliateQuestion,
    Candidate,
    EntityList,
    ListedEntity,
    ListingMatch,
    Reach,
    Relation,
    VendorRelation,
)

KINSHIP = {Relation.SUBSIDIARY: "a subsidiary of", Relation.BRAND: "a brand of"}


@dataclass(frozen=True, slots=True)
class _Route:
    """How a device's maker or brand leads to a vendor: in words, by which relation, how sure."""

    vendor: str
    words: str
    relation: Relation
    grade: str = "A"
    steps: tuple[VendorRelation, ...] = ()


class Listings:
    """The rows of grade A or B in force on `as_of` (start included, end excluded), by vendor."""

    def __init__(
        self,
        lists: Sequence[EntityList],
        vendors: Vendors,
        as_of: date,
        profile: Profile | None = None,
    ) -> None:
        self.as_of = as_of
        self._vendors = vendors
        known = profile or Profile()
        self._matches: Shared[ListingMatch] = Shared()
        self._applied: dict[str, Applied] = {each.id: known.decide(each) for each in lists}
        self._rows: dict[str, list[tuple[EntityList, ListedEntity]]] = {}
        self.ids = tuple(edition.id for edition in lists)
        for edition in lists:
            for row in _in_force(edition, as_of):
                self._rows.setdefault(row.vendor, []).append((edition, row))

    def matches(self, maker: Candidate | None, brand: Candidate | None) -> tuple[ListingMatch, ...]:
        """Every list that holds the identified maker or brand, or reaches it through its owner.

        A brand whose units a listed maker only builds joins no list by itself: the maker has to
        be identified by technical evidence.
        """
        found: dict[tuple[str, str], ListingMatch] = {}
        for edition, row, route in self._joined(maker, brand, Reach.REACHED):
            found.setdefault((edition.id, row.vendor), self._match(edition, row, route))
        return tuple(found[key] for key in sorted(found))

    def open_affiliates(
        self, maker: Candidate | None, brand: Candidate | None
    ) -> tuple[AffiliateQuestion, ...]:
        """Lists that hold an owner, where it is open whether they reach what belongs to it."""
        reached = {edition.id for edition, *_ in self._joined(maker, brand, Reach.REACHED)}
        found: dict[tuple[str, str], AffiliateQuestion] = {}
        for edition, row, route in self._joined(maker, brand, Reach.OPEN):
            if edition.id not in reached:
                asked = self._affiliate_question(edition, row, route)
                found.setdefault((edition.id, row.vendor), asked)
        return tuple(found[key] for key in sorted(found))

    def _joined(
        self, maker: Candidate | None, brand: Candidate | None, wanted: Reach
    ) -> Iterator[tuple[EntityList, ListedEntity, _Route]]:
        for route in self._routes(maker, brand):
            for edition, row in self._rows.get(route.vendor, ()):
                if affiliates.reach(edition.affiliates, route.steps, self.as_of) is wanted:
                    yield edition, row, route

    def naming(self, vendor: str) -> tuple[str, ...]:
        """Ids of the lists on which the vendor itself has a row in force."""
        return tuple(edition.id for edition, _ in self._rows.get(vendor, ()))

    def within_reach(self, vendor: str) -> tuple[str, ...]:
        """Listed vendors that this one is, belongs to, or is known to get units from."""
        line = [route.vendor for route in self._walk(_Route(vendor, "", Relation.NAMED))]
        line += [r.maker for v in tuple(line) for r in self._vendors.suppliers(v)]
        return tuple(v for v in dict.fromkeys(line) if v in self._rows)

    def against(self, vendor: str) -> tuple[str, ...]:
        """Why the vendor's products lead to a list, a sentence for each row in force; may be empty.

        Relations count whatever a list's own test for affiliates says: these are products to buy.
        """
        name = self._vendors.label(vendor)
        return tuple(
            f"{self._vendors.label(each)} is on the {edition.title} since {row.start.isoformat()} "
            f"({row.citation})"
            + (f"; {name} belongs to it or sells its units." if each != vendor else ".")
            for each in self.within_reach(vendor)
            for edition, row in self._rows[each]
        )

    def suppliers(self, vendor: str) -> tuple[VendorRelation, ...]:
        """Relations to listed makers that only technical evidence or the supplier can settle."""
        return tuple(r for r in self._vendors.suppliers(vendor) if r.maker in self._rows)

    def said_suppliers(self, vendor: str) -> tuple[VendorRelation, ...]:
        """The same, as far as it is only said of the vendor somewhere."""
        return tuple(r for r in self._vendors.said(vendor) if r.maker in self._rows)

    def _routes(self, maker: Candidate | None, brand: Candidate | None) -> Iterator[_Route]:
        sold_as = self._label(brand) if brand and (not maker or brand.value != maker.value) else ""
        if maker and not (brand and self._only_the_owner(maker, brand)):
            words = (
                f"{sold_as} label; built by {self._label(maker)}" if sold_as else self._label(maker)
            )
            relation = Relation.PRODUCER if sold_as else Relation.NAMED
            yield from self._walk(_Route(maker.value, _because(words, maker), relation))
        if brand and sold_as:
            words = _because(f"{sold_as} label", brand)
            yield from self._walk(_Route(brand.value, words, Relation.NAMED))

    def _only_the_owner(self, maker: Candidate, brand: Candidate) -> bool:
        """True when the maker follows from the label of its subsidiary and from nothing else."""
        owners = self._vendors.owners(brand.value)
        belongs = any(r.maker == maker.value and r.relation is Relation.SUBSIDIARY for r in owners)
        return belongs and {e.rule for e in maker.evidence} <= {e.rule for e in brand.evidence}

    def _walk(self, route: _Route, seen: frozenset[str] = frozenset()) -> Iterator[_Route]:
        """The route itself, then its owners and theirs; a circle in the data is walked once."""
        yield route
        seen |= {route.vendor}
        for step in self._vendors.owners(route.vendor):
            if step.maker not in seen:
                owner = self._vendors.label(step.maker)
                words = f"{route.words}, {KINSHIP[step.relation]} {owner}"
                grade = max(route.grade, step.grade)
                steps = (*route.steps, step)
                yield from self._walk(_Route(step.maker, words, step.relation, grade, steps), seen)

    def _label(self, candidate: Candidate) -> str:
        return self._vendors.label(candidate.value)

    def _match(self, edition: EntityList, row: ListedEntity, route: _Route) -> ListingMatch:
        by_name = route.relation is Relation.NAMED
        applied = self._applied[edition.id]
        made = ListingMatch(
            list_id=edition.id,
            title=edition.title,
            entity=row.vendor,
            listed_as=row.listed_as,
            since=row.start,
            citation=row.citation,
            edition=edition.edition,
            relation=row.relation if by_name else route.relation,
            path=f"{route.words} → {self._vendors.label(row.vendor)} on {edition.id}",
            applicability=applied.state,
            question=applied.question,
            effect=edition.effect,
            grade=max(row.grade, route.grade),
            note=row.note,
        )
        return self._matches.one(made)

    def _affiliate_question(
        self, edition: EntityList, row: ListedEntity, route: _Route
    ) -> AffiliateQuestion:
        test, owner = edition.affiliates, self._vendors.label(row.vendor)
        open_because = affiliates.question(test, route.steps, self.as_of)
        return AffiliateQuestion(
            list_id=edition.id,
            title=edition.title,
            entity=row.vendor,
            since=row.start,
            citation=test.citation,
            question=(
                f"{route.words}. {owner} is on {edition.id} since {row.start.isoformat()} "
                f"({row.citation}); whether that reaches this company is open: {open_because}."
            ),
        )


def _because(words: str, candidate: Candidate) -> str:
    return f"{words} (rule {candidate.evidence[0].rule})"


def _in_force(edition: EntityList, as_of: date) -> tuple[ListedEntity, ...]:
    """One row a vendor: the one that names it before any other, then the earliest."""
    rows = [r for r in edition.entities if r.grade in TRUSTED and _covers(r, as_of)]
    rows.sort(key=lambda r: (r.relation is not Relation.NAMED, r.start, r.listed_as))
    first = {r.vendor: r for r in reversed(rows)}
    return tuple(first.values())


def _covers(row: ListedEntity, as_of: date) -> bool:
    return row.start <= as_of < (row.end or date.max)
