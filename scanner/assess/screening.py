"""Every product that may replace a device, held against all lists as of the report's date."""

from collections.abc import Iterable, Iterator

from scanner.assess.listing import Listings
from scanner.assess.vendors import OWNED, TRUSTED
from scanner.model import Vendor, VendorRelation
from scanner.provision import MakerStatement, Product
from scanner.remedy import Replacement, Screening, Traits

UNKNOWN_MAKER = (
    "No vendor of the data has this name, so its maker could be held against no list.",
)
ANY_MODEL = (
    "The statements are the maker's, each for one model: ask for the one on the model you choose, "
    "and for its producer and country of origin."
)


class Screen:
    """Vendors by every name the data has for them, and the lists.

    Relations that nobody verified decide nothing about a device. Here they are a reason to ask
    before buying, and one that would make the product the listed maker's own keeps it back.
    """

    def __init__(
        self, vendors: Iterable[Vendor], relations: Iterable[VendorRelation], listings: Listings
    ) -> None:
        self._listings = listings
        self._claims: dict[str, list[VendorRelation]] = {}
        for relation in relations:
            if relation.grade not in TRUSTED and listings.naming(relation.maker):
                self._claims.setdefault(relation.subject, []).append(relation)
        self._by_id = {vendor.id: vendor for vendor in vendors}
        self._names: dict[str, set[str]] = {}
        for vendor in self._by_id.values():
            for name in (vendor.id, vendor.name, vendor.label, *vendor.registry):
                self._names.setdefault(_plain(name), set()).add(vendor.id)

    def products(self, catalogue: Iterable[Product]) -> Iterator[Replacement]:
        """The rows of the operator's catalogue."""
        for number, product in enumerate(catalogue, 1):
            found = self._names.get(_plain(product.maker), set())
            vendor = next(iter(found)) if len(found) == 1 else ""
            screening, lists = self._held(vendor)
            yield Replacement(
                id=f"catalogue-{number}",
                maker=vendor,
                maker_name=self._label(vendor) or product.maker,
                model=product.model,
                traits=product.traits,
                source=product.source,
                screening=screening,
                lists=lists,
                statement=product.statement,
                note=product.note,
            )

    def makers(self, stated: Iterable[MakerStatement]) -> Iterator[Replacement]:
        """Makers whose own statements are on record: whom to ask, not yet a product."""
        for each in stated:
            screening, lists = self._held(each.vendor)
            yield Replacement(
                id=f"maker-{each.vendor}",
                maker=each.vendor,
                maker_name=self._label(each.vendor),
                model="",
                traits=Traits(),
                source=f"{each.models} models of this maker have its statement on record",
                screening=screening,
                lists=lists,
                statement=each.statement,
                note=ANY_MODEL,
            )

    def _held(self, vendor: str) -> tuple[Screening, tuple[str, ...]]:
        if not vendor:
            return Screening.UNCHECKED, UNKNOWN_MAKER
        if against := self._listings.against(vendor):
            return Screening.FLAGGED, against
        claims = self._claims.get(vendor, ())
        owned = any(claim.relation in OWNED for claim in claims)
        asked = tuple(self._asked(claim) for claim in claims)
        return (Screening.UNCHECKED if owned else Screening.OFFERED), asked

    def _asked(self, claim: VendorRelation) -> str:
        what = "belongs to" if claim.relation in OWNED else "sells some units built by"
        lists = ", ".join(self._listings.naming(claim.maker))
        return (
            f"It is claimed, and was not verified, that {self._label(claim.subject)} {what} "
            f"{self._label(claim.maker)}, which is on {lists} (grade {claim.grade}, "
            f"{claim.source}): ask who produces the model."
        )

    def _label(self, vendor: str) -> str:
        known = self._by_id.get(vendor)
        return (known.label or known.name) if known else ""


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
