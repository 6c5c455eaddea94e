"""One device on the bench: its identification beside the lists, and simple questions about both."""

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.assess.listing import Listings
from scanner.assess.vendors import Vendors
from scanner.model import AffiliateQuestion, Candidate, Identification, ListingMatch

SURVEILLANCE = frozenset({"camera", "recorder", "door-station", "access-terminal", "encoder"})


@dataclass(frozen=True, slots=True)
class Case:
    """What the rungs may look at. `maker` and `brand` are the identified ones."""

    identification: Identification
    maker: Candidate | None
    brand: Candidate | None
    product_class: str
    matches: tuple[ListingMatch, ...]
    gaps: tuple[str, ...]
    listings: Listings
    vendors: Vendors
    open_affiliates: tuple[AffiliateQuestion, ...] = ()

    @property
    def named(self) -> tuple[Candidate, ...]:
        """The identified maker and brand, as far as there are any."""
        return tuple(c for c in (self.maker, self.brand) if c)

    @property
    def strangers(self) -> tuple[Candidate, ...]:
        """Makers and brands that no relation joins to an identified one."""
        return tuple(
            c
            for c in (*self.identification.maker, *self.identification.brand)
            if not any(self.vendors.related(c.value, n.value) for n in self.named)
        )

    def label(self, candidate: Candidate) -> str:
        """The candidate's name as shown to people."""
        return self.vendors.label(candidate.value)

    def stake(self, candidate: Candidate) -> str:
        """`Hikvision is on us-ndaa-889`, or how a label leads to who is; empty without a list."""
        reach = self.listings.within_reach(candidate.value)
        return "; ".join(
            self.listed(vendor)
            if vendor == candidate.value
            else f"{self.label(candidate)} is joined to {self.listed(vendor, 'which')}"
            for vendor in reach
        )

    def listed(self, vendor: str, link: str = "") -> str:
        """`Hikvision is on …`, or `Hikvision, which is on …`."""
        name = self.vendors.label(vendor)
        return f"{name}{link and f', {link}'} is on {', '.join(self.listings.naming(vendor))}"


def open_case(
    identification: Identification, listings: Listings, vendors: Vendors, gaps: tuple[str, ...]
) -> Case:
    """The case of one host; `gaps` are essential questions that stayed open.

    A subsidiary beside its identified owner counts as the label on the owner's unit.
    """
    makers = [c for c in identification.maker if c.identified]
    brands = [c for c in identification.brand if c.identified]
    maker = makers[0] if makers else None
    brand = next(iter((*brands, *makers[1:])), None)
    product_class = _product_class(identification.product_class, maker, vendors)
    matches = listings.matches(maker, brand)
    asked = listings.open_affiliates(maker, brand)
    return Case(
        identification, maker, brand, product_class, matches, gaps, listings, vendors, asked
    )


def _product_class(
    candidates: Sequence[Candidate], maker: Candidate | None, vendors: Vendors
) -> str:
    """By evidence; without any, what the identified maker usually makes; `unknown` when torn."""
    if not candidates:
        return vendors.usual_class(maker.value) if maker else "unknown"
    best = candidates[0]
    equals = [c for c in candidates if c.strength == best.strength]
    torn = len({c.value in SURVEILLANCE for c in equals}) > 1
    return "unknown" if torn else best.value


def leading(candidates: Sequence[Candidate], vendors: Vendors) -> Candidate | None:
    """The leading candidate; None when another one leads as much and contradicts it."""
    if not candidates or candidates[0].identified:
        return next(iter(candidates), None)
    best, *others = candidates
    torn = any(
        o.strength == best.strength and not vendors.related(o.value, best.value) for o in others
    )
    return None if torn else best
