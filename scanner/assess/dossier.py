"""Everything kept of one address in one run while evidence streams by: claims and gaps, no texts.

What is kept does not depend on the order in which the lines come.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from scanner.assess.matcher import ADDRESS_BLOCK, MAC_FIELD, Matcher
from scanner.assess.shared import Shared
from scanner.model import Behind, Evidence, Host, ProbeResult, ProbeStatus

MAX_CLAIMS = 500
"""Different claims kept of one host: far more than honest hardware gives rise to."""
TELLING = frozenset({"maker", "brand", "product_class"})
MAX_NAMES = 32
"""Host names, other addresses and sources kept of one host."""
MAX_NAME = 255
"""Characters of each of them."""
COMPUTER_NAMES = frozenset({"netbios.name", "llmnr.name"})
"""Names for where nothing better names the host."""
SWITCH_FIELDS = frozenset({"switch.name", "switch.port", "switch.addresses"})
ONVIF_PROFILES = {
    f"onvif://www.onvif.org/Profile/{scope}": letter
    for scope, letter in {"Streaming": "S", "G": "G", "T": "T", "M": "M"}.items()
}
"""Scopes by which a device announces the profiles it has."""
OTHER_ADDRESS = "ipv6.address"
ANSWERS = frozenset(
    {
        ProbeStatus.OK,
        ProbeStatus.REFUSED,
        ProbeStatus.CLOSED_EARLY,
        ProbeStatus.PROTOCOL_ERROR,
        ProbeStatus.TLS_ERROR,
    }
)
"""The host itself said something, if only no."""
SETTLES_A_PORT = frozenset({ProbeStatus.OK, ProbeStatus.REFUSED})
NOT_ESSENTIAL = frozenset({
    "greeting", "wsd", "sadp", "dhip", "dahua", "favicon", "isapi", "onvif", "netbios", "llmnr",
    "upnp", "login",
})  # fmt: skip
"""Questions whose usual answer is silence, or that follow up one that was answered: no gap."""

NOTHING: Mapping[Any, Any] = MappingProxyType({})
ClaimKey = tuple[str, str, str]


class Slot(NamedTuple):
    """One question."""

    probe: str
    port: int


class Slots:
    """The questions met so far, numbered, so that a set of them is one number.

    It also keeps once what many hosts have in common.
    """

    def __init__(self) -> None:
        self._numbers: dict[Slot, int] = {}
        self.ports = 0
        """The set of questions whether a port is open."""
        self.times: Shared[str] = Shared()
        self.sources: Shared[frozenset[str]] = Shared()
        self.numbers: Shared[frozenset[int]] = Shared()
        self.questions: Shared[Slot] = Shared()
        self.gaps: Shared[tuple[str, ProbeStatus]] = Shared()

    def bit(self, slot: Slot) -> int:
        """The set of this question alone."""
        known = len(self._numbers)
        number = self._numbers.setdefault(slot, known)
        if number == known and slot.probe == "tcp":
            self.ports |= 1 << number
        return 1 << number


class RunKey(NamedTuple):
    """A run; runs sort by the time they began."""

    started: str
    run: str
    site: str


class Dossier:
    """One address in one run, and the hardware address seen there if any."""

    __slots__ = (
        "_claims",
        "_is_host",
        "_matcher",
        "_slots",
        "accepts_all",
        "aliases",
        "answered",
        "asked",
        "behind",
        "computer_names",
        "crowded",
        "first_seen",
        "gaps",
        "hostnames",
        "ip",
        "is_told",
        "last_seen",
        "mac",
        "onvif_profiles",
        "open_ports",
        "results",
        "run",
        "seen_by",
        "settled",
        "switch",
    )  # fmt: skip

    def __init__(self, run: RunKey, ip: str, mac: str, matcher: Matcher, slots: Slots) -> None:
        self.run, self.ip, self.mac = run, ip, mac
        self._matcher, self._slots = matcher, slots
        self._claims: Mapping[ClaimKey, Evidence] = NOTHING
        self._is_host = self.is_told = False
        self.behind: Behind | None = None
        """Where its recorder has it; `is_told` when nothing else is known of it."""
        self.gaps: Mapping[Slot, tuple[str, ProbeStatus]] = NOTHING
        """Questions that once had no answer: when, and how that ended."""
        self.settled = 0
        """The set of questions that once had one."""
        self.switch: Mapping[str, tuple[str, str]] = NOTHING
        self.hostnames: Mapping[str, str] = NOTHING
        """Each with the last time it was told."""
        self.computer_names: Mapping[str, str] = NOTHING
        self.seen_by: frozenset[str] = frozenset()
        self.aliases: frozenset[str] = frozenset()
        self.open_ports: frozenset[int] = frozenset()
        self.onvif_profiles: frozenset[str] = frozenset()
        self.results = 0
        self.accepts_all = self.answered = self.crowded = self.asked = False
        self.first_seen = self.last_seen = ""

    def add(self, record: Host | ProbeResult) -> None:
        """Take in what one line of evidence says."""
        if isinstance(record, Host):
            self._add_host(record)
        else:
            self._add_result(record)

    @property
    def claims(self) -> tuple[Evidence, ...]:
        """All that may be believed: of a host that accepts everything only its address block."""
        found = dict(self._claims)
        if self._is_host and self.mac:
            gather(found, self._matcher.address(self.mac), self.share)
        claims = tuple(strongest(found).values())
        if self.accepts_all:
            return tuple(c for c in claims if c.family == ADDRESS_BLOCK)
        return claims

    def share(self, key: ClaimKey) -> ClaimKey:
        """An equal key that others hold already, if there is one."""
        return self._matcher.keys.one(key)

    @property
    def is_crowded(self) -> bool:
        """True when it said more different things than are kept."""
        return self.crowded or len(self._claims) > MAX_CLAIMS

    @property
    def ports_asked(self) -> int:
        """How many ports it was asked about."""
        unanswered = sum(s.probe == "tcp" and not self.has_settled(s) for s in self.gaps)
        return (self.settled & self._slots.ports).bit_count() + unanswered

    def has_settled(self, slot: Slot) -> bool:
        """True when the question had an answer."""
        return bool(self.settled & self._slots.bit(slot))

    def refused(self, port: int) -> bool:
        """True when the port was asked and was not open."""
        return port not in self.open_ports and self.has_settled(Slot("tcp", port))

    def _add_host(self, host: Host) -> None:
        at = host.at or ""
        self._seen(at)
        seen_by = first_names((*self.seen_by, *(s[:MAX_NAME] for s in host.seen_by)))
        self.seen_by = self._slots.sources.one(frozenset(seen_by))
        if host.hostname:
            self.hostnames = _with_name(self.hostnames, host.hostname, at)
        self._is_host = True

    def _add_result(self, result: ProbeResult) -> None:
        at = result.started or ""
        self.results += 1
        self.asked |= result.port is not None
        self.answered |= result.status in ANSWERS
        self._seen(at)
        self._settle(result)
        for seen in result.observations:
            if seen.field == "tcp.open":
                self._add_port(seen.value)
            elif seen.field in COMPUTER_NAMES:
                self.computer_names = _with_name(self.computer_names, seen.value, at)
            elif seen.field in SWITCH_FIELDS:
                told = (at, seen.value[:MAX_NAME])
                last = max(told, self.switch.get(seen.field, told))
                self.switch = {**self.switch, seen.field: last}
            elif seen.field == OTHER_ADDRESS:
                self.aliases = frozenset(first_names((*self.aliases, seen.value[:MAX_NAME])))
            elif seen.value in ONVIF_PROFILES:
                self.onvif_profiles |= {ONVIF_PROFILES[seen.value]}
            elif seen.field == "tcp.accepts_all":
                self.accepts_all |= seen.value == "yes"
        self._claim(self._matcher.evidence(result))

    def _settle(self, result: ProbeResult) -> None:
        """Within a run an answer stands, whenever else there was none."""
        if result.port is None or result.probe in NOT_ESSENTIAL:
            return
        slot = Slot(result.probe, result.port)
        is_port = slot.probe == "tcp"
        if is_port and result.status is ProbeStatus.OK:
            self._open(slot.port)
        if result.status in (SETTLES_A_PORT if is_port else ANSWERS):
            self.settled |= self._slots.bit(slot)
        else:
            gap = (result.started or "", result.status)
            if not isinstance(self.gaps, dict):
                self.gaps = {}
            last = max(gap, self.gaps.get(slot, gap))
            self.gaps[self._slots.questions.one(slot)] = self._slots.gaps.one(last)

    def _claim(self, evidence: Sequence[Evidence]) -> None:
        if not evidence:
            return
        if not isinstance(self._claims, dict):
            self._claims = {}
        gather(self._claims, evidence, self.share)
        if len(self._claims) > 2 * MAX_CLAIMS:
            self._claims, self.crowded = strongest(self._claims), True

    def _add_port(self, text: str) -> None:
        if text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65536:
            self._open(int(text))

    def _open(self, port: int) -> None:
        if port not in self.open_ports:
            self.open_ports = self._slots.numbers.one(self.open_ports | {port})

    def _seen(self, at: str) -> None:
        if at:
            at = self._slots.times.one(at)
            self.first_seen = min(self.first_seen or at, at)
            self.last_seen = max(self.last_seen, at)


def mac_of(record: Host | ProbeResult) -> str:
    """The hardware address a line of evidence is about; empty when it does not say."""
    if isinstance(record, Host):
        return record.mac or ""
    return min((o.value for o in record.observations if o.field == MAC_FIELD), default="")


def claim_key(item: Evidence) -> ClaimKey:
    """What makes two claims one."""
    return item.rule, item.attribute, item.asserted


def strongest(claims: dict[ClaimKey, Evidence]) -> dict[ClaimKey, Evidence]:
    """As many as are kept; who made it and what it is before details."""
    if len(claims) <= MAX_CLAIMS:
        return claims
    order = sorted(claims, key=lambda key: (*_rank(claims[key]), key))
    return {key: claims[key] for key in order[:MAX_CLAIMS]}


def _rank(item: Evidence) -> tuple[bool, bool, int]:
    return item.family != ADDRESS_BLOCK, item.attribute not in TELLING, -item.strength


def gather(
    claims: dict[ClaimKey, Evidence],
    evidence: Iterable[Evidence],
    share: Callable[[ClaimKey], ClaimKey],
) -> None:
    """Keep each claim once, with the observation of the lowest port; `share` saves room."""
    for item in evidence:
        key = claim_key(item)
        known = claims.get(key)
        if known is None or _place(item) < _place(known):
            claims[share(key)] = item


def _place(item: Evidence) -> tuple[int, str, str]:
    return item.port or 0, item.probe, item.value


def _with_name(known: Mapping[str, str], name: str, at: str) -> Mapping[str, str]:
    name = name[:MAX_NAME]
    names = {**known, name: max(at, known.get(name, at))}
    return {kept: names[kept] for kept in first_names(names)}


def first_names(names: Iterable[str]) -> list[str]:
    """As many as are kept: the first by alphabet, so that it does not matter which came first."""
    return sorted(set(names))[:MAX_NAMES]
