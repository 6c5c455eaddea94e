"""Evidence without what tells one device, person or place from another; fingerprints stay.

Two passes over the records: `learn` all of them, then `scrub` each. What is learnt of one record
(its serial number, its name) is replaced wherever it appears, in whatever record.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, ip_address

from scanner.assess.matcher import Matcher
from scanner.assess.pseudonyms import Pseudonyms
from scanner.assess.traces import (
    EMAIL,
    FINGERPRINT_OF_ONE,
    GRAMMAR,
    HARDWARE,
    HEX,
    IPV4,
    IPV6,
    LOGIN,
    MAC,
    MODEL_FIELDS,
    NAME_FIELDS,
    NAMED_BY,
    PLAIN,
    SERIAL_FIELDS,
    TAIL,
    UUID,
    is_a_name,
    is_nobodys,
    outside,
)
from scanner.identity import is_local, mac_digits
from scanner.model import (
    AddressBlock,
    Attempt,
    Channel,
    Evidence,
    FingerprintRule,
    Host,
    Observation,
    ProbeResult,
    ProbeStatus,
    Record,
    RunInfo,
)

SHARED = "100.64.0.0/10"
"""In place of a run's scope: where the pseudonyms of addresses lie."""
GRAM = 5
"""Characters by which learnt texts are found; shorter ones are replaced in their field only."""


class Scrubber:
    """Rules and blocks say what has to stay; the pseudonyms what comes in place of the rest."""

    def __init__(
        self,
        rules: Sequence[FingerprintRule],
        blocks: Sequence[AddressBlock],
        pseudonyms: Pseudonyms,
    ) -> None:
        self._matcher = Matcher(rules, blocks)
        self._made = pseudonyms
        self._patterns: dict[str, list[re.Pattern[str]]] = {}
        words = []
        for rule in rules:
            self._patterns.setdefault(rule.field, []).append(re.compile(rule.pattern))
            words += [example.text.casefold() for example in rule.examples]
        words += {block.organisation.casefold() for block in blocks}
        self._vocabulary = "\n".join(words)
        self._models: set[str] = set()
        self._learnt: dict[str, str] = {}
        self._grams: dict[str, list[str]] = {}

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything learnt that must not remain, in lower case."""
        return tuple(self._learnt)

    def learn(self, record: Record) -> None:
        """Note what tells this record's device from others."""
        if isinstance(record, RunInfo):
            self._name(record.sensor)
        if isinstance(record, Host):
            self._address(record.ip)
            self._name(record.hostname or "")
            self._mac(record.mac or "")
        if isinstance(record, Channel):
            self._address(record.address)
        if isinstance(record, ProbeResult | Channel):
            self._address(record.ip)
            for seen in record.observations:
                self._learn_from(seen)

    def scrub(self, record: Record) -> Record:
        """The record without it. Settings and scope of the run are left out."""
        match record:
            case RunInfo():
                return replace(
                    record, run=self._made.digest("run", record.run).hex()[:32],
                    sensor=record.sensor and self._made.name(record.sensor),
                    scope=record.scope and (SHARED,), excluded=(), settings=(), subnets=(),
                    limitations=tuple(map(self.text, record.limitations)),
                )  # fmt: skip
            case Host():
                name = record.hostname
                return replace(
                    record, ip=self.text(record.ip), mac=record.mac and self.text(record.mac),
                    hostname=name and self._made.name(name),
                )  # fmt: skip
            case ProbeResult():
                return replace(
                    record, ip=self.text(record.ip),
                    reason=record.reason and self.text(record.reason),
                    observations=tuple(map(self.observation, record.observations)),
                )  # fmt: skip
            case Attempt():
                return replace(
                    record, ip=self.text(record.ip), device=self.text(record.device), entry="entry"
                )
            case Channel():
                return replace(
                    record, ip=self.text(record.ip), address=self.text(record.address),
                    observations=tuple(map(self.observation, record.observations)),
                )  # fmt: skip
            case _:
                return replace(record, limitations=tuple(map(self.text, record.limitations)))

    def text(self, text: str) -> str:
        """Any text without learnt values, addresses, UUIDs and mail addresses."""
        text = UUID.sub(lambda m: self._uuid(m.group()), text)
        text = self._without_learnt(text)
        text = MAC.sub(lambda m: self._same_form(m.group()), text)
        text = IPV6.sub(lambda m: self._ip(m.group()), text)
        text = IPV4.sub(lambda m: self._ip(m.group()), text)
        return EMAIL.sub(lambda m: f"{self._made.name(m.group())}@example.org", text)

    def left(self, text: str) -> str:
        """A learnt value that a text still holds; empty when there is none."""
        plain = text.casefold()
        for place in range(len(plain) - GRAM + 1):
            if found := self._learnt_at(plain, place):
                return found
        return ""

    def _learnt_at(self, plain: str, place: int) -> str:
        """The longest learnt value that begins here; a model that is also a name is none."""
        here = self._grams.get(plain[place : place + GRAM], ())
        found = (t for t in here if plain.startswith(t, place) and t not in self._models)
        return max(found, key=len, default="")

    def observation(self, seen: Observation) -> Observation:
        """A hash of the raw bytes would let anybody confirm a guess: it goes."""
        value = seen.value
        if seen.field in FINGERPRINT_OF_ONE:
            return Observation(seen.field, self._made.digest(seen.field, value).hex())
        if seen.field in SERIAL_FIELDS:
            value = self._serial(seen.field, value, value) or value
        for start, end in reversed(self._names_in(seen.field, value)):
            value = value[:start] + self._made.name(value[start:end]) + value[end:]
        tries = (self.text(TAIL.sub(lambda m: self._tail(m.group()), value)),
                 self._without_learnt(value))  # fmt: skip
        made = next((t for t in tries if self._alike(seen.field, seen.value, t)), tries[0])
        return Observation(seen.field, made)

    def _names_in(self, field: str, value: str) -> list[tuple[int, int]]:
        """Where in the value somebody's own words are: not where a rule finds its mark."""
        spans = [(0, len(value))] if field in NAME_FIELDS else [
            match.span("name") for named, pattern in NAMED_BY if named == field
            for match in pattern.finditer(value)
        ]  # fmt: skip
        marks = [m.span() for p in self._patterns.get(field, ()) if (m := p.search(value))]
        parts = [part for span in spans for part in outside(span, marks)]
        return [
            (a, b) for a, b in parts if is_a_name(value[a:b]) and self._is_free(field, value, a, b)
        ]

    def _is_free(self, field: str, value: str, start: int, end: int) -> bool:
        """True when no rule needs this part, as one that looks ahead may, and no model is it."""
        word = value[start:end].casefold()
        if word in self._models or (field.startswith("tls.") and word in self._vocabulary):
            return False
        renamed = value[:start] + self._made.name(value[start:end]) + value[end:]
        return self._alike(field, value, renamed)

    def _tail(self, text: str) -> str:
        head = "DS-" if text.startswith("DS-") else ""
        return head + self._made.scrambled(text[len(head) :])

    def _learn_from(self, seen: Observation) -> None:
        if seen.field == "mac.address":
            self._mac(seen.value)
        for found in MAC.finditer(seen.value):
            if len(found.group()) != PLAIN or self._matcher.block(found.group()):
                self._mac(found.group())
        hardware = HARDWARE.match(seen.value) if seen.field == "wsd.scope" else None
        if hardware or seen.field in MODEL_FIELDS:
            self._models.add((hardware["model"] if hardware else seen.value).casefold())
        if seen.field in SERIAL_FIELDS:
            self._serial(seen.field, seen.value, seen.value)
        for found in LOGIN.finditer(seen.value):
            self._serial(seen.field, seen.value, found.group())
        for claim in self._claims(seen.field, seen.value):
            if claim.attribute == "serial" and claim.asserted in seen.value:
                self._serial(seen.field, seen.value, claim.asserted)
        for start, end in self._names_in(seen.field, seen.value):
            self._name(seen.value[start:end])

    def _claims(self, field: str, value: str) -> tuple[Evidence, ...]:
        result = ProbeResult("", "", ProbeStatus.OK, observations=(Observation(field, value),))
        return self._matcher.evidence(result)

    def _alike(self, field: str, one: str, other: str) -> bool:
        """True when the rules conclude the same of both texts, serial numbers aside."""
        first, second = (
            {(c.rule, c.attribute, c.attribute == "serial" or c.asserted) for c in claims}
            for claims in (self._claims(field, one), self._claims(field, other))
        )
        return first == second

    def _serial(self, field: str, value: str, serial: str) -> str:
        """Learn a serial number: of its characters as many are replaced as its rules allow."""
        known = self._learnt.get(serial.casefold())
        if known is not None:
            return known
        start = match.end() if (match := GRAMMAR.match(serial)) else 0
        made = self._made.fitting(
            serial, start, lambda tried: self._alike(field, value, value.replace(serial, tried))
        )
        if made != serial:
            self._remember(serial, made)
        return made

    def _name(self, name: str) -> None:
        """Learn a name, unless rules know it as a word of many devices."""
        if len(name) >= GRAM and name.casefold() not in self._vocabulary:
            self._remember(name, self._made.name(name))

    def _mac(self, text: str) -> None:
        if digits := mac_digits(text.replace("%3A", ":").replace("%3a", ":")):
            self._remember(digits, self._new_mac(digits))

    def _new_mac(self, digits: str) -> str:
        block = self._matcher.block(digits)
        kept = block.bits // 4 if block else 2 if is_local(digits) else 6
        return self._made.mac(digits, kept)

    def _same_form(self, text: str) -> str:
        """The pseudonym of a MAC, spelled as it was; twelve digits that are none stay."""
        digits = mac_digits(re.sub("%3[aA]", ":", text))
        if digits is None or (len(text) == PLAIN and digits not in self._learnt):
            return text
        made = iter(self._new_mac(digits))
        upper = text != text.lower()
        spelled = re.sub(f"%3[aA]|{HEX}", lambda m: m.group() if len(m.group()) > 1 else
                         next(made), text)  # fmt: skip
        return spelled.upper() if upper else spelled

    def _uuid(self, text: str) -> str:
        """Version and variant stay, and the block of a MAC at the end."""
        digits = mac_digits(text[24:])
        known = digits in self._learnt or (digits is not None and self._matcher.block(digits))
        last = self._new_mac(digits) if digits and known else self._made.scrambled(text[24:], text)
        head = self._made.scrambled(text[:14], text) + text[14:20]
        made = f"{head}{self._made.scrambled(text[20:23], text)}-{last}"
        return made if text == text.lower() else made.upper()

    def _address(self, text: str) -> None:
        try:
            address = ip_address(text)
        except ValueError:
            return
        if isinstance(address, IPv4Address):
            self._made.avoid(address)

    def _ip(self, text: str) -> str:
        try:
            address = ip_address(text)
        except ValueError:
            return text
        if is_nobodys(address):
            return text
        made = self._made.ipv4(address) if address.version == 4 else self._made.ipv6(address)
        return str(made)

    def _remember(self, text: str, made: str) -> None:
        plain = text.casefold()
        if len(plain) >= GRAM and plain not in self._learnt:
            self._learnt[plain] = made
            self._grams.setdefault(plain[:GRAM], []).append(plain)

    def _without_learnt(self, text: str) -> str:
        """The text with each learnt value replaced, the longest first."""
        return "".join(self._pieces(text, text.casefold()))

    def _pieces(self, text: str, plain: str) -> Iterator[str]:
        if len(plain) != len(text):  # some letters fold to two: then letter case counts
            plain = text
        place = kept = 0
        while place <= len(plain) - GRAM:
            if found := self._learnt_at(plain, place):
                made = self._learnt[found]
                is_upper = text[place : place + len(found)].isupper()
                yield text[kept:place]
                yield made.upper() if is_upper else made
                place = kept = place + len(found)
            else:
                place += 1
        yield text[kept:]
