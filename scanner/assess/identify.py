"""Evidence → who made the device and what it is. The order of the evidence changes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scanner.assess.matcher import ADDRESS_BLOCK
from scanner.assess.vendors import Vendors
from scanner.model import Candidate, Evidence, Identification, Strength

NEUTRAL = frozenset({"general", "private"})
"""Vendor settings of unbranded units: they name nobody and contradict nobody."""
PORTS = "port-pattern"
MOST_TELLING = (
    "recorder",
    "door-station",
    "access-terminal",
    "encoder",
    "camera",
    "network",
    "other",
)
"""Product classes, the special before the general: a recorder may also call itself a camera."""
VERBS = {
    Strength.DECLARES: "declares",
    Strength.CHARACTERISTIC: "shows a mark of",
    Strength.SUGGESTS: "suggests",
}


@dataclass(frozen=True, slots=True)
class _Case:
    """All that speaks for one value of one attribute."""

    value: str
    evidence: tuple[Evidence, ...]

    @property
    def strength(self) -> Strength:
        return self.evidence[0].strength

    @property
    def families(self) -> frozenset[str]:
        return frozenset(e.family for e in self.evidence)


def identify(claims: Iterable[Evidence], vendors: Vendors | None = None) -> Identification:
    """Weigh the claims as design.md says: once per family, stronger before weaker, both shown."""
    vendors = vendors or Vendors()
    by_attribute = _sorted_by_attribute(claims)
    makers, brands = _cases(by_attribute["maker"]), _cases(by_attribute["brand"])
    maker = _named(makers, (*makers, *brands), vendors)
    brand = _named(brands, brands, vendors)
    refuted = _refuted(maker, vendors)
    details = {
        name: _detail(e for e in by_attribute[name] if e.rule not in refuted)
        for name in ("product_class", "model", "firmware", "serial")
    }
    contradictions = (
        *_contradictions("maker", maker, vendors),
        *_contradictions("brand", brand, vendors),
    )
    return Identification(maker, brand, **details, contradictions=contradictions)


def _sorted_by_attribute(claims: Iterable[Evidence]) -> Mapping[str, list[Evidence]]:
    by_attribute: defaultdict[str, list[Evidence]] = defaultdict(list)
    for claim in sorted(set(claims), key=strongest_first):
        if claim.attribute not in ("maker", "brand") or claim.asserted.lower() not in NEUTRAL:
            by_attribute[claim.attribute].append(claim)
    return by_attribute


def strongest_first(claim: Evidence) -> tuple[object, ...]:
    """Sort key: a total order, so that no result depends on the order of the evidence."""
    return (
        -claim.strength, claim.family, claim.rule, claim.field, claim.value, claim.probe,
        -1 if claim.port is None else claim.port, claim.asserted, claim.attribute, claim.source,
    )  # fmt: skip


def _cases(evidence: Iterable[Evidence]) -> tuple[_Case, ...]:
    by_value: dict[str, list[Evidence]] = {}
    for item in evidence:
        by_value.setdefault(item.asserted, []).append(item)
    return tuple(_Case(value, tuple(items)) for value, items in by_value.items())


def _named(
    cases: Sequence[_Case], allies: Sequence[_Case], vendors: Vendors
) -> tuple[Candidate, ...]:
    """Vendors as candidates: identified ones first, whoever stands behind the others leading.

    Equal strength for two that are not related identifies neither.
    """

    def is_identified(case: _Case) -> bool:
        families = case.families.union(*(a.families for a in allies if _belongs(a, case, vendors)))
        return (case.strength > Strength.SUGGESTS or _agree(families)) and not any(
            rival.strength >= case.strength and not vendors.related(rival.value, case.value)
            for rival in cases
        )

    def order(case: _Case) -> tuple[object, ...]:
        origins = sum(vendors.comes_from(other.value, case.value) for other in cases)
        known = is_identified(case)
        return (
            not known, -origins if known else 0, -case.strength, -len(case.families), -origins,
            case.value,
        )  # fmt: skip

    return tuple(
        Candidate(case.value, case.strength, case.evidence, is_identified(case))
        for case in sorted(cases, key=order)
    )


def _agree(families: frozenset[str]) -> bool:
    """Two kinds of hints. An open port is one only beside the maker's own hardware address."""
    return len(families if ADDRESS_BLOCK in families else families - {PORTS}) > 1


def _belongs(ally: _Case, case: _Case, vendors: Vendors) -> bool:
    """A brand's or subsidiary's own mark also speaks for the maker it belongs to."""
    return any(r.maker == case.value for r in vendors.owners(ally.value))


def _refuted(maker: Sequence[Candidate], vendors: Vendors) -> frozenset[str]:
    """Rules that name another maker than the one identified: their other claims fall with them."""
    kept = [c.value for c in maker if c.identified]
    if not kept:
        return frozenset()
    return frozenset(
        e.rule for c in maker if not any(vendors.related(c.value, k) for k in kept)
        for e in c.evidence
    )  # fmt: skip


def _detail(evidence: Iterable[Evidence]) -> tuple[Candidate, ...]:
    cases = sorted(_cases(evidence), key=_detail_order)
    return tuple(
        Candidate(c.value, c.strength, c.evidence, c is cases[0] and _leads(cases)) for c in cases
    )


def _leads(cases: Sequence[_Case]) -> bool:
    return len(cases) == 1 or _weight(cases[0]) > _weight(cases[1])


def _weight(case: _Case) -> tuple[Strength, int]:
    return case.strength, len(case.families)


def _detail_order(case: _Case) -> tuple[object, ...]:
    known = MOST_TELLING.index(case.value) if case.value in MOST_TELLING else len(MOST_TELLING)
    return -case.strength, -len(case.families), known, case.value


def _contradictions(
    attribute: str, candidates: Sequence[Candidate], vendors: Vendors
) -> Iterable[str]:
    """One sentence for each candidate that disagrees with the best one."""
    if not candidates:
        return
    best = candidates[0]
    for other in candidates[1:]:
        if vendors.related(best.value, other.value):
            continue
        outcome = (
            f"the stronger evidence for {vendors.label(best.value)} is kept"
            if best.identified
            else "neither outweighs the other, so neither is taken"
        )
        yield (
            f"The {attribute} is contradictory: {_says(best, vendors)}, "
            f"but {_says(other, vendors)}; {outcome}."
        )


def _says(candidate: Candidate, vendors: Vendors) -> str:
    strongest = candidate.evidence[0]
    return (
        f"{strongest.field} {VERBS[strongest.strength]} {vendors.label(candidate.value)} "
        f"(rule {strongest.rule})"
    )
