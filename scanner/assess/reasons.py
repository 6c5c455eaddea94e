"""Short sentences that name evidence. What devices said is quoted as it came; formats escape it."""

from collections import defaultdict
from collections.abc import Iterable

from scanner.assess.vendors import Vendors
from scanner.model import Candidate, Evidence, Strength

BASIS = {
    Strength.DECLARES: "declared by",
    Strength.CHARACTERISTIC: "recognised by",
    Strength.SUGGESTS: "suggested by",
}
MAX_QUOTE = 60
LOOK = "To settle it, read the label on the device, or its information page as its operator."
ACCEPTS_ALL = (
    "The host accepts a connection on every port, as honeypots do; nothing it says is believed, "
    "only its hardware address counts."
)
MADE_UP_ADDRESS = (
    "The hardware address is locally administered: software made it up, so it names nobody."
)
CROWDED = "The host said more different things than are kept of one host; the rest was left out."


def basis(attribute: str, candidate: Candidate, vendors: Vendors) -> str:
    """Why the candidate is taken for the device's maker or brand."""
    return f"{attribute} {vendors.label(candidate.value)}: {because(candidate)}."


def because(candidate: Candidate) -> str:
    """The strongest evidence of each family: `recognised by …, suggested by … and …`."""
    first = {e.family: e for e in reversed(candidate.evidence)}
    by_strength: defaultdict[Strength, list[str]] = defaultdict(list)
    for evidence in first.values():
        by_strength[evidence.strength].append(quote(evidence))
    return ", ".join(
        f"{BASIS[strength]} {' and '.join(sorted(by_strength[strength]))}"
        for strength in sorted(by_strength, reverse=True)
    )


def quote(evidence: Evidence) -> str:
    """Field, what was said (shortened) and the rule."""
    said = " ".join(evidence.value.split())
    short = said if len(said) <= MAX_QUOTE else f"{said[: MAX_QUOTE - 1]}…"
    return f"{evidence.field} “{short}” (rule {evidence.rule})"


def names(candidates: Iterable[Candidate], vendors: Vendors) -> str:
    """The labels, each once."""
    return " and ".join(dict.fromkeys(vendors.label(c.value) for c in candidates))
