"""Identification, listings and gaps → the verdict on one device, with its reasons in words.

The rungs of `LADDER` are tried in order and the first that decides wins. Absence of evidence
decides nothing: who answers nothing ends as undetermined.
"""

from collections.abc import Iterable, Sequence

from scanner.assess.case import SURVEILLANCE, Case, leading, open_case
from scanner.assess.device import Device
from scanner.assess.identify import strongest_first
from scanner.assess.listing import Listings
from scanner.assess.matcher import ADDRESS_BLOCK
from scanner.assess.reasons import (
    ACCEPTS_ALL,
    CROWDED,
    LOOK,
    MADE_UP_ADDRESS,
    basis,
    because,
    names,
    quote,
)
from scanner.assess.vendors import Vendors
from scanner.identity import is_local
from scanner.model import (
    Candidate,
    Evidence,
    Finding,
    Identification,
    Relation,
    Strength,
    VendorRelation,
    Verdict,
)

INTRODUCTION = "onvif"
"""The family of what a device says of itself in WS-Discovery and ONVIF, settable by anybody."""
SEARCHES = ("sadp.", "dhip.")
MORE_THAN_TEXT = frozenset({"sadp.devicesn", "dhip.serialno", "dhip.vendor"})
"""Fields of the searches whose values only the maker's firmware is known to give."""
ATTRIBUTES = ("maker", "brand", "product_class", "model", "firmware", "serial")

Decision = tuple[Verdict, tuple[str, ...]]


def finding(
    device: Device,
    identification: Identification,
    listings: Listings,
    vendors: Vendors,
    *,
    gaps: tuple[str, ...] = (),
    site: str = "",
    registered_to: str = "",
) -> Finding:
    """The finding on one device; `gaps` are essential questions that stayed open."""
    case = open_case(identification, listings, vendors, gaps)
    verdict, reasons = next(d for d in (rung(case) for rung in LADDER) if d)
    maker = leading(identification.maker, vendors)
    brand = case.brand or leading(identification.brand, vendors)
    return Finding(
        ip=device.ip,
        mac=next(iter(device.macs), None),
        hostname=device.hostname,
        site=site,
        verdict=verdict,
        product_class=case.product_class,
        maker=maker,
        brand=brand,
        maker_name=vendors.label(maker.value) if maker else "",
        brand_name=vendors.label(brand.value) if brand else "",
        registered_to=registered_to,
        model=_first(identification.model),
        firmware=_first(identification.firmware),
        serial=_first(identification.serial),
        listings=case.matches,
        reasons=(
            *_basis(case),
            *reasons,
            *(asked.question for asked in case.open_affiliates),
            *_notes(device),
        ),
        contradictions=identification.contradictions,
        evidence=tuple(sorted(device.claims, key=_by_attribute)),
        open_ports=tuple(sorted(device.open_ports)),
        seen_by=device.seen_by,
        incomplete=gaps,
        first_seen=device.first_seen,
        last_seen=device.last_seen,
        place=device.place,
        open_affiliates=case.open_affiliates,
        onvif_profiles=tuple(sorted(device.onvif_profiles)),
        addresses=device.addresses,
        macs=device.macs,
        shared=device.shared(_first(identification.serial)),
    )


def _listed(case: Case) -> Decision | None:
    if not case.matches:
        return None
    doubts = (
        *_lone_voice(case), *_introduction(case), *_other_kind(case), *_label_only(case)
    )  # fmt: skip
    return (Verdict.REVIEW, (*doubts, LOOK)) if doubts else (Verdict.LISTED, ())


def _open_affiliate(case: Case) -> Decision | None:
    """The maker belongs to a listed one, and whether a list reaches that far is open."""
    return (Verdict.REVIEW, ()) if case.open_affiliates else None


def _lone_voice(case: Case) -> Iterable[str]:
    """A proxy, an imitation or a page about a maker: one voice, from foreign hardware."""
    voices = {family for c in case.named for family in c.families}
    owners = [c for c in case.strangers if ADDRESS_BLOCK in c.families]
    if len(voices) == 1 and owners:
        yield (
            f"Only one kind of evidence ({', '.join(voices)}) names "
            f"{names(case.named, case.vendors)}, and the hardware address is registered to "
            f"{case.label(owners[0])}: this may be a proxy in front of such a device, an "
            "imitation, or a page about one."
        )


def _introduction(case: Case) -> Iterable[str]:
    """Any program can answer discovery with the name and model it was given."""
    if case.named and all(_is_introduction(e) for c in case.named for e in c.evidence):
        yield (
            f"Only what the device says of itself in discovery names "
            f"{names(case.named, case.vendors)}, and any program can introduce itself so: "
            "nothing else seen of the device confirms it."
        )


def _is_introduction(evidence: Evidence) -> bool:
    """Free text: a model or a name. Others imitate the searches."""
    is_search = evidence.field.startswith(SEARCHES) and evidence.field not in MORE_THAN_TEXT
    return evidence.family == INTRODUCTION or is_search


def _other_kind(case: Case) -> Iterable[str]:
    """A PC that shows a camera maker's mark is not yet a camera."""
    anchor = case.named[0]
    naming = {e.rule for e in anchor.evidence}
    for kind in case.identification.product_class:
        other = next((e for e in kind.evidence if e.rule not in naming), None)
        if other and other.strength >= anchor.strength and _is_foreign(case, kind.value):
            yield (
                f"{quote(other)} shows a device of the class {kind.value}, which "
                f"{case.label(anchor)} is not known for: the mark may come from something else "
                "at this address."
            )
            return


def _is_foreign(case: Case, kind: str) -> bool:
    usual = case.vendors.usual_class(case.named[0].value)
    mixed = usual == "unknown" and kind == "network"
    return kind in ("network", "other") and kind != usual and not mixed


def _label_only(case: Case) -> Iterable[str]:
    """The label leads to a list, while the technical evidence leads to somebody else."""
    if not case.maker or not case.brand or case.listings.matches(case.maker, None):
        return
    if not case.vendors.related(case.maker.value, case.brand.value):
        yield (
            f"The label says {case.label(case.brand)}, but the technical evidence names "
            f"{case.label(case.maker)}."
        )


def _unproven_brand(case: Case) -> Decision | None:
    """A label that is known to be put on a listed maker's units, without a technical mark."""
    seller = case.maker or case.brand
    if not seller or (case.maker and not case.vendors.is_brand(seller.value)):
        return None
    suppliers = case.listings.suppliers(seller.value)
    if not suppliers:
        return None
    makers = " or ".join(dict.fromkeys(case.vendors.label(r.maker) for r in suppliers))
    question = f"Ask the supplier: who built this {case.label(seller)} model, {makers} or another?"
    return Verdict.REVIEW, (*(_supplies(case, seller, r) for r in suppliers), question)


def _said_of_label(case: Case) -> Decision | None:
    """A label that some source joins to a listed maker, and no maker of the unit known."""
    if case.maker:
        return None
    labels = [c for c in case.identification.brand if case.vendors.is_brand(c.value)]
    said = [(c, r) for c in labels for r in case.listings.said_suppliers(c.value)]
    if not said:
        return None
    label = case.label(said[0][0])
    makers = " or ".join(dict.fromkeys(case.vendors.label(r.maker) for _, r in said))
    question = f"Ask the supplier: who built this {label} model, {makers} or another?"
    return Verdict.REVIEW, (*(_says_of(case, c, r) for c, r in said), question)


def _says_of(case: Case, label: Candidate, relation: VendorRelation) -> str:
    return (
        f"{case.label(label)} is said to sell units built by "
        f"{case.vendors.label(relation.maker)}, without proof (grade {relation.grade}: "
        f"{relation.source}; {case.listed(relation.maker)}); nothing seen shows who built this one."
    )


def _supplies(case: Case, seller: Candidate, relation: VendorRelation) -> str:
    maker, subject = case.vendors.label(relation.maker), case.label(seller)
    if relation.relation is not Relation.PRODUCER and relation.end:
        known = f"{subject} belonged to {maker} until {relation.end.isoformat()}"
    else:
        known = f"{subject} is known to sell units built by {maker}"
    return f"{known} ({case.listed(relation.maker)}); nothing seen shows who built this one."


def _listed_address(case: Case) -> Decision | None:
    """The network chip is a listed maker's, the device somebody else's or of another kind."""
    if not case.maker and case.product_class not in ("network", "other"):
        return None
    seems = (
        f"made by {case.label(case.maker)}" if case.maker else f"of the class {case.product_class}"
    )
    for owner in case.strangers:
        stake = case.stake(owner)
        if stake and ADDRESS_BLOCK in owner.families:
            return Verdict.REVIEW, (
                f"The hardware address is registered to {case.label(owner)} ({stake}), but the "
                f"device seems to be {seems}: perhaps only its network card is of that maker.",
                LOOK,
            )
    return None


def _listed_mark(case: Case) -> Decision | None:
    """Somebody else's device, at whose address a listed maker's firmware speaks as well."""
    if not case.maker:
        return None
    for owner in (c for c in case.strangers if c in case.identification.maker):
        stake = case.stake(owner)
        if stake and owner.strength > Strength.SUGGESTS and set(owner.families) != {INTRODUCTION}:
            return Verdict.REVIEW, (
                f"{case.label(owner)} is {because(owner)} ({stake}), though the device seems to "
                f"be made by {case.label(case.maker)}: perhaps it passes on what another device "
                "says.",
                LOOK,
            )
    return None


def _suggested(case: Case) -> Decision | None:
    """Nobody is identified, and what there is leads to a listed maker."""
    if case.maker:
        return None
    hints = tuple(
        f"{case.label(c)} is {because(c)}, which does not settle it; {stake}."
        for c in case.strangers
        if (stake := case.stake(c))
    )
    return (Verdict.REVIEW, (*hints, LOOK)) if hints else None


def _unsettled(case: Case) -> Decision | None:
    """Strong evidence that contradicts itself, or surveillance hardware with a mere hint."""
    candidates = case.identification.maker
    if case.maker or not candidates:
        return None
    best = candidates[0]
    if best.strength > Strength.SUGGESTS or len(best.families) > 1:
        return Verdict.REVIEW, ("The evidence names makers that contradict each other.", LOOK)
    usual = case.vendors.usual_class(best.value)
    kind = usual if case.product_class == "unknown" else case.product_class
    if kind not in SURVEILLANCE:
        return None
    hint = f"It may be a {kind}, and its maker is not settled: {_hints(case)}."
    return Verdict.REVIEW, (hint, LOOK)


def _not_listed(case: Case) -> Decision | None:
    if not case.maker or case.gaps or not case.listings.ids:
        return None
    return Verdict.NOT_LISTED, (
        f"None of the {len(case.listings.ids)} lists used holds {case.label(case.maker)} on "
        f"{case.listings.as_of.isoformat()}, and every essential question was answered.",
    )


def _undetermined(case: Case) -> Decision:
    if case.maker and not case.listings.ids:
        reason = "No list was given to compare the maker with."
    elif case.maker:
        reason = (
            f"No list used holds {case.label(case.maker)}, but essential questions stayed open: "
            f"{'; '.join(case.gaps)}."
        )
    elif case.identification.maker:
        reason = f"The maker is not settled: {_hints(case)}."
    elif case.brand:
        reason = "The brand is known, but nothing seen shows who built the unit."
    else:
        reason = "Nothing seen names a maker."
    return Verdict.UNDETERMINED, (reason,)


def _hints(case: Case) -> str:
    return "; ".join(f"{case.label(c)} is {because(c)}" for c in case.identification.maker)


LADDER = (
    _listed,
    _open_affiliate,
    _unproven_brand,
    _listed_address,
    _listed_mark,
    _suggested,
    _said_of_label,
    _unsettled,
    _not_listed,
    _undetermined,
)


def _basis(case: Case) -> Iterable[str]:
    if case.maker:
        yield basis("Maker", case.maker, case.vendors)
    if case.brand and not (case.maker and case.maker.value == case.brand.value):
        yield basis("Brand", case.brand, case.vendors)


def _notes(device: Device) -> Iterable[str]:
    if device.accepts_all:
        yield ACCEPTS_ALL
    if any(is_local(mac) for mac in device.macs):
        yield MADE_UP_ADDRESS
    if device.is_crowded:
        yield CROWDED


def _first(candidates: Sequence[Candidate]) -> str:
    return candidates[0].value if candidates else ""


def _by_attribute(evidence: Evidence) -> tuple[object, ...]:
    known = evidence.attribute in ATTRIBUTES
    place = ATTRIBUTES.index(evidence.attribute) if known else len(ATTRIBUTES)
    return place, *strongest_first(evidence)
