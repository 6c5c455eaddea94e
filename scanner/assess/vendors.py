"""Who belongs to whom, and who builds for whom, as of a date."""

from collections.abc import Iterable
from datetime import date

from scanner.model import Relation, Vendor, VendorRelation

TRUSTED = frozenset({"A", "B"})
"""Grades of a fact that may take part in a verdict."""
SAID = "C"
"""Grade of what is said of a brand somewhere: it makes a question, never a maker."""
OWNED = frozenset({Relation.SUBSIDIARY, Relation.BRAND})


class Vendors:
    """The vendors by id, and their relations of grade A or B that had begun on `as_of`."""

    def __init__(
        self,
        vendors: Iterable[Vendor] = (),
        relations: Iterable[VendorRelation] = (),
        as_of: date = date.max,
    ) -> None:
        self._vendors = {v.id: v for v in vendors}
        self._belongs: dict[str, tuple[VendorRelation, ...]] = {}
        self._supplied: dict[str, tuple[VendorRelation, ...]] = {}
        self._said: dict[str, tuple[VendorRelation, ...]] = {}
        for relation in relations:
            if (relation.start or date.min) > as_of:
                continue
            if relation.grade in TRUSTED:
                shelf = self._belongs if _owns(relation, as_of) else self._supplied
            elif relation.grade == SAID:
                shelf = self._said
            else:
                continue
            shelf[relation.subject] = (*shelf.get(relation.subject, ()), relation)

    def get(self, vendor: str) -> Vendor | None:
        """The vendor of an id, None when nobody entered it."""
        return self._vendors.get(vendor)

    def label(self, vendor: str) -> str:
        """The short name shown to people; an unknown id is its own label."""
        known = self._vendors.get(vendor)
        return (known.label or known.name) if known else vendor

    def usual_class(self, vendor: str) -> str:
        """What the vendor's hardware on a LAN usually is, `unknown` when mixed."""
        known = self._vendors.get(vendor)
        return known.product_class if known else "unknown"

    def is_brand(self, vendor: str) -> bool:
        """True for a vendor that sells under its own name and may not build."""
        known = self._vendors.get(vendor)
        return known is not None and known.role == "brand"

    def may_not_build(self, vendor: str) -> bool:
        """True for a brand, and for a maker that also sells units built by others."""
        return self.is_brand(vendor) or bool(self.suppliers(vendor))

    def owners(self, vendor: str) -> tuple[VendorRelation, ...]:
        """Relations by which all of the vendor's units are the maker's own on that date."""
        return self._belongs.get(vendor, ())

    def suppliers(self, vendor: str) -> tuple[VendorRelation, ...]:
        """Relations that need technical evidence: built by, part of the range, or ended."""
        return self._supplied.get(vendor, ())

    def said(self, vendor: str) -> tuple[VendorRelation, ...]:
        """Relations that some source mentions and none proves."""
        return self._said.get(vendor, ())

    def comes_from(self, vendor: str, maker: str) -> bool:
        """True when a relation of any kind leads from the vendor to the maker."""
        return any(r.maker == maker for r in (*self.owners(vendor), *self.suppliers(vendor)))

    def related(self, one: str, other: str) -> bool:
        """True for the same vendor, or two that a relation joins: they do not contradict."""
        return one == other or self.comes_from(one, other) or self.comes_from(other, one)


def _owns(relation: VendorRelation, as_of: date) -> bool:
    return (
        relation.relation in OWNED
        and relation.scope == "all"
        and as_of < (relation.end or date.max)
    )
