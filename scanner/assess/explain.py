"""One verdict taken apart: which rules fired on what, which counted, what would change it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.assess.device import Device
from scanner.assess.identify import identify
from scanner.assess.listing import Listings
from scanner.assess.reasons import quote
from scanner.assess.vendors import Vendors
from scanner.assess.verdict import ATTRIBUTES, finding
from scanner.model import Candidate, Evidence, Finding, Identification, Strength

NAMING = ("maker", "brand")
UNSEEN = "another kind of evidence"


@dataclass(frozen=True, slots=True)
class Bench:
    """One device, and the means to judge it on other evidence."""

    device: Device
    listings: Listings
    vendors: Vendors
    gaps: tuple[str, ...]

    def identification(self) -> Identification:
        """What its claims come to."""
        return identify(self.device.claims, self.vendors)

    def judged(
        self, claims: Iterable[Evidence] | None = None, gaps: tuple[str, ...] | None = None
    ) -> Finding:
        """The finding if these were the claims and the open questions."""
        weighed = identify(self.device.claims if claims is None else claims, self.vendors)
        left_open = self.gaps if gaps is None else gaps
        return finding(self.device, weighed, self.listings, self.vendors, gaps=left_open)


def explained(bench: Bench) -> Iterator[str]:
    """The explanation, line by line. Texts of the device come as they are: escape them."""
    found = bench.judged()
    yield f"{bench.device.ip}: {found.verdict.value}, class {found.product_class}"
    yield from (f"  {reason}" for reason in found.reasons)
    yield "Rules that fired:"
    yield from _fired(bench)
    for sentence in found.contradictions:
        yield f"  {sentence}"
    if bench.gaps:
        yield "Essential questions that stayed open:"
        yield from (f"  {gap}" for gap in bench.gaps)
    yield "What would change the verdict:"
    yield from (f"  {change}" for change in _changes(bench))


def _fired(bench: Bench) -> Iterator[str]:
    identification = bench.identification()
    if not bench.device.claims:
        yield "  none"
    for attribute in ATTRIBUTES:
        candidates: tuple[Candidate, ...] = getattr(identification, attribute)
        for candidate in candidates:
            for state, evidence in _weighed(candidate, candidates, attribute in NAMING):
                where = evidence.probe or "the host's address"
                port = f" port {evidence.port}" if evidence.port is not None else ""
                yield (
                    f"  {state:<12} {evidence.strength.word:<15} {evidence.family:<17} "
                    f"{attribute} {candidate.value}: {quote(evidence)}, from {where}{port}"
                )


def _weighed(
    candidate: Candidate, all_of_it: tuple[Candidate, ...], naming: bool
) -> Iterator[tuple[str, Evidence]]:
    """Each piece with what became of it; a family counts once, by its strongest piece."""
    is_taken = candidate.identified if naming else candidate is all_of_it[0]
    lost = "outweighed" if any(c.identified for c in all_of_it) else "not enough"
    families: set[str] = set()
    for evidence in candidate.evidence:
        repeated = evidence.family in families
        families.add(evidence.family)
        yield ("same family" if repeated else "counted" if is_taken else lost), evidence


def _changes(bench: Bench) -> Iterator[str]:
    """Small changes of the evidence that lead to another verdict."""
    now = bench.judged().verdict
    claims = bench.device.claims
    ideas = [
        (f"without the evidence of {family}", [c for c in claims if c.family != family], bench.gaps)
        for family in sorted({c.family for c in claims})
    ]
    if bench.gaps:
        ideas.append(("with every essential question answered", list(claims), ()))
    ideas += [
        (f"with {words} of {bench.vendors.label(vendor)} from {UNSEEN}", [*claims, more], gaps)
        for words, vendor, more in _more(bench)
        for gaps in [bench.gaps]
    ]
    changed = [(words, bench.judged(c, g).verdict) for words, c, g in ideas]
    told = [f"{words}: {verdict.value}" for words, verdict in changed if verdict is not now]
    yield from told or ["no single kind of evidence: it stays without any one of them"]
    if not any(c.attribute in NAMING for c in claims):
        yield "any mark that names a maker"


def _more(bench: Bench) -> Iterator[tuple[str, str, Evidence]]:
    """One more mark of each maker or brand that is named so far."""
    identification = bench.identification()
    named = {c.value: a for a in NAMING for c in getattr(identification, a)}
    for vendor, attribute in sorted(named.items()):
        for words, strength in (
            ("one more hint", Strength.SUGGESTS),
            ("a mark", Strength.CHARACTERISTIC),
        ):
            yield words, vendor, Evidence(
                "none", UNSEEN, strength, "", "", "", attribute=attribute, asserted=vendor
            )  # fmt: skip
