"""Which dossiers are of one device. The rules are those of docs/identity.md.

The order of the dossiers changes nothing: every step goes through them sorted.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from scanner import identity
from scanner.assess.device import Device, by_address, serial
from scanner.assess.dossier import Dossier, RunKey
from scanner.model import Evidence, Strength

MANY = 8
"""Addresses one device may have in one run; behind more there is a router."""
MANY_V6 = 64
"""The same for IPv6, where a device has several by design (RFC 4862, RFC 8981)."""
LOOK_BACK = 64
"""Earlier users of an address that a later one is compared with."""

Traits = dict[tuple[str, str], frozenset[str]]
"""(attribute, field) → values: what would differ if it were another device."""


@dataclass(slots=True, eq=False)
class Stay:
    """One device at one address in one run: the dossier of its hardware address, and of the rest
    that was said there."""

    dossiers: tuple[Dossier, ...]
    _traits: Traits | None = None

    @property
    def run(self) -> RunKey:
        return self.dossiers[0].run

    @property
    def ip(self) -> str:
        return self.dossiers[0].ip

    @property
    def mac(self) -> str:
        return max(d.mac for d in self.dossiers)

    @property
    def serial(self) -> str:
        told = {text for d in self.dossiers if (text := serial(d))}
        return next(iter(told)) if len(told) == 1 else ""

    @property
    def traits(self) -> Traits:
        if self._traits is None:
            self._traits = _traits(c for d in self.dossiers for c in d.claims)
        return self._traits

    def refuses(self, other: "Stay") -> bool:
        """True when a port is open at the other address and was found shut here."""
        ports = {port for d in other.dossiers for port in d.open_ports}
        mine = {port for d in self.dossiers for port in d.open_ports}
        return any(d.refused(port) for d in self.dossiers for port in ports - mine)


def _traits(claims: Iterable[Evidence]) -> Traits:
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for claim in claims:
        if claim.attribute in ("serial", "model"):
            found[claim.attribute, claim.field].add(claim.asserted.upper())
        elif claim.attribute == "maker" and claim.strength > Strength.SUGGESTS:
            found["maker", ""].add(claim.asserted)
    return {trait: frozenset(values) for trait, values in found.items()}


def stays(dossiers: Iterable[Dossier]) -> list[Stay]:
    """The dossiers of one address in one run, what named no hardware address joined to one.

    It goes with the address that was in use when it began, else with the first.
    """
    bearers = sorted((d for d in dossiers if d.mac), key=lambda d: (d.first_seen, d.mac))
    nameless = tuple(d for d in dossiers if not d.mac)
    if not bearers:
        return [Stay(nameless)]
    start = min((d.first_seen for d in nameless), default="")
    earlier = [d for d in bearers if d.first_seen <= start]
    owner = (earlier or bearers[:1])[-1]
    return [Stay((d, *nameless) if d is owner else (d,)) for d in bearers]


def devices(all_stays: Iterable[Stay]) -> list[Device]:
    """Stays joined by hardware address, by serial number, then by address."""
    ordered = sorted(all_stays, key=_order)
    bearers: defaultdict[str, list[Stay]] = defaultdict(list)
    for stay in ordered:
        for mark in _marks(stay):
            bearers[mark].append(stay)
    several = {mark: found for mark, found in bearers.items() if len(found) > 1}
    shared = {mark for mark, found in several.items() if _is_shared(found)}
    groups = _Groups(ordered, shared)
    for mark in sorted(several.keys() - shared):
        first, *others = several[mark]
        for stay in others:
            groups.join(first, stay)
    _join_by_address(ordered, groups)
    return [Device((d for s in group for d in s.dossiers), shared) for group in groups.all()]


def _order(stay: Stay) -> tuple[object, ...]:
    began = min((d.first_seen for d in stay.dossiers if d.first_seen), default="")
    return stay.run, by_address(stay.ip), began, stay.mac


def _marks(stay: Stay) -> Iterator[str]:
    if identity.tells_devices_apart(stay.mac):
        yield f"mac:{stay.mac}"
    if stay.serial:
        yield f"serial:{stay.serial}"


def _is_shared(bearers: Sequence[Stay]) -> bool:
    """True when those who bear a mark cannot be one device."""
    by_run: defaultdict[RunKey, list[Stay]] = defaultdict(list)
    for stay in bearers:
        by_run[stay.run].append(stay)
    if any(_too_many(together) for together in by_run.values()):
        return True
    serials = {frozenset(_only(stay.traits, "serial").items()): stay for stay in bearers}
    if any(_differ(_only(a.traits, "serial"), _only(b.traits, "serial"))
           for a, b in combinations(serials.values(), 2)):  # fmt: skip
        return True
    pairs = (pair for together in by_run.values() for pair in combinations(together, 2))
    return any(_differ(a.traits, b.traits) or a.refuses(b) or b.refuses(a) for a, b in pairs)


def _too_many(together: Collection[Stay]) -> bool:
    v6 = sum(":" in stay.ip for stay in together)
    return len(together) - v6 > MANY or v6 > MANY_V6


def _only(traits: Traits, attribute: str) -> Traits:
    return {trait: values for trait, values in traits.items() if trait[0] == attribute}


def _differ(one: Traits, other: Traits) -> bool:
    """True when both tell the same thing, and not one value of it in common."""
    return any(one[trait].isdisjoint(other[trait]) for trait in one.keys() & other.keys())


class _Groups:
    """Disjoint groups of stays, and what is known of each group as a whole."""

    def __init__(self, ordered: Sequence[Stay], shared: Collection[str]) -> None:
        self._group = {id(stay): [stay] for stay in ordered}
        self._shared = shared

    def join(self, one: Stay, other: Stay) -> None:
        """Make the two groups one."""
        large, small = self._group[id(one)], self._group[id(other)]
        if large is small:
            return
        if len(large) < len(small):
            large, small = small, large
        large += small
        for stay in small:
            self._group[id(stay)] = large

    def fit(self, one: Stay, other: Stay) -> bool:
        """True when nothing keeps the two groups from being one device."""
        mine, theirs = self._group[id(one)], self._group[id(other)]
        if mine is theirs:
            return True
        macs, others = self._macs(mine), self._macs(theirs)
        if macs and others and macs.isdisjoint(others):
            return False
        if self._is_elsewhere(mine, other):
            return False
        return not _differ(_together(mine), _together(theirs))

    def _is_elsewhere(self, group: Iterable[Stay], stay: Stay) -> bool:
        """True when a mark shows the group at another address in the same run: it has moved."""
        there = (s for s in group if s.run == stay.run and s.ip != stay.ip)
        return any(mark not in self._shared for s in there for mark in _marks(s))

    def all(self) -> Iterator[list[Stay]]:
        """Each group once."""
        yield from {id(group): group for group in self._group.values()}.values()

    def _macs(self, group: Iterable[Stay]) -> frozenset[str]:
        return frozenset(
            s.mac for s in group
            if s.mac and f"mac:{s.mac}" not in self._shared and not identity.is_virtual(s.mac)
        )  # fmt: skip


def _together(group: Sequence[Stay]) -> Traits:
    if len(group) == 1:
        return group[0].traits
    found: defaultdict[tuple[str, str], frozenset[str]] = defaultdict(frozenset)
    for stay in group:
        for trait, values in stay.traits.items():
            found[trait] |= values
    return dict(found)


def _join_by_address(ordered: Iterable[Stay], groups: _Groups) -> None:
    """At one address, a stay belongs to the last device before it that it can belong to."""
    by_place: defaultdict[tuple[str, str], list[Stay]] = defaultdict(list)
    for stay in ordered:
        by_place[stay.run.site, stay.ip].append(stay)
    for place in sorted(by_place):
        before: list[Stay] = []
        for stay in by_place[place]:
            latest = reversed(before[-LOOK_BACK:])
            match = next((b for b in latest if groups.fit(b, stay)), None)
            if match:
                groups.join(match, stay)
            before.append(stay)
