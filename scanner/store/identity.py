"""Which of a run's findings is which device that was known before. Pure: what is known is given.

Serial numbers decide first, then universal hardware addresses, then the address a device was last
seen at. What several findings of one run share decides nothing.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scanner.model import Finding

SERIAL, MAC = "serial", "mac"
MIN_SERIAL = 8
"""Letters and digits. Shorter ones are too often the same in two factories."""
MAX_SERIAL = 64
LOCAL = 0x02
"""Bit of the first octet of a hardware address that somebody made up (IEEE 802)."""


@dataclass(frozen=True, slots=True)
class Key:
    """A serial number or hardware address; `source` is the field that gave it."""

    kind: str
    value: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a finding has to be known by. `place` is (site, address)."""

    keys: frozenset[Key]
    place: tuple[str, str]
    maker: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A device of the store: its keys, where it was last, who made it."""

    device: int
    keys: frozenset[Key]
    place: tuple[str, str]
    maker: str = ""


def seen(finding: Finding) -> Seen:
    """What the finding can be known by."""
    serials = {(e.asserted, e.field) for e in finding.evidence if e.attribute == SERIAL}
    if finding.serial and finding.serial not in {text for text, _ in serials}:
        serials.add((finding.serial, ""))
    keys = {Key(SERIAL, plain, source) for text, source in serials if (plain := _plain(text))}
    if finding.mac and is_universal(finding.mac):
        keys.add(Key(MAC, finding.mac))
    maker = finding.maker.value if finding.maker else ""
    return Seen(frozenset(keys), (finding.site, finding.ip), maker)


def _plain(serial: str) -> str:
    """The serial number without spaces, dashes and case; empty when it can belong to many."""
    plain = re.sub(r"[^0-9A-Z]", "", serial.upper())
    counts_up = plain in "01234567890123456789"
    return (
        ""
        if not MIN_SERIAL <= len(plain) <= MAX_SERIAL or len(set(plain)) == 1 or counts_up
        else plain
    )


def is_universal(mac: str) -> bool:
    """True for an address of an interface, false for one made up and for groups."""
    first, *_ = mac.split(":")
    return re.fullmatch("[0-9a-f]{2}", first) is not None and not int(first, 16) & (LOCAL | 1)


def resolve(findings: Sequence[Seen], known: Sequence[Known]) -> list[int | None]:
    """For each finding the device it is, None for one that was never seen. No device twice.

    `known` has the latest seen first: only the last device of an address may still be there.
    """
    return _Resolution(findings, known).decided


@dataclass(slots=True)
class _Resolution:
    findings: Sequence[Seen]
    known: Sequence[Known]
    decided: list[int | None] = field(init=False)

    def __post_init__(self) -> None:
        self.decided = [None] * len(self.findings)
        shared = ambiguous(self.findings)
        named = [
            {(k.kind, k.value) for k in f.keys if (k.kind, k.value) not in shared}
            for f in self.findings
        ]
        for kind, agrees in ((SERIAL, _always), (MAC, _same_serials)):
            by_key = _by_key(self.known, kind)
            self._assign([[d for n in names for d in by_key.get(n, ())] for names in named], agrees)
        by_place: dict[tuple[str, str], list[Known]] = {}
        for device in self.known:
            by_place.setdefault(device.place, [device])
        self._assign([by_place.get(f.place, []) for f in self.findings], _nothing_against)

    def _assign(
        self, candidates: Sequence[Sequence[Known]], agrees: Callable[[Seen, Known], bool]
    ) -> None:
        taken = {device for device in self.decided if device is not None}
        for number, found in enumerate(self.findings):
            if self.decided[number] is not None:
                continue
            for device in candidates[number]:
                if device.device not in taken and agrees(found, device):
                    self.decided[number] = device.device
                    taken.add(device.device)
                    break


def ambiguous(findings: Iterable[Seen]) -> set[tuple[str, str]]:
    """(kind, value) of keys that several findings of a run share."""
    counted = Counter(name for f in findings for name in {(k.kind, k.value) for k in f.keys})
    return {name for name, count in counted.items() if count > 1}


def _by_key(known: Iterable[Known], kind: str) -> Mapping[tuple[str, str], list[Known]]:
    found: defaultdict[tuple[str, str], list[Known]] = defaultdict(list)
    for device in known:
        for key in device.keys:
            if key.kind == kind:
                found[key.kind, key.value].append(device)
    return found


def _always(_found: Seen, _device: Known) -> bool:
    return True


def _same_serials(found: Seen, device: Known) -> bool:
    """False when a field that gave a serial number before gives another one now."""
    before, now = _serials(device.keys), _serials(found.keys)
    return not any(now[source].isdisjoint(before[source]) for source in now.keys() & before.keys())


def _serials(keys: Iterable[Key]) -> Mapping[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key in keys:
        if key.kind == SERIAL:
            found[key.source].add(key.value)
    return found


def _nothing_against(found: Seen, device: Known) -> bool:
    """An address alone says little: a key of a kind both have, or another maker, outweighs it."""
    kinds = {k.kind for k in found.keys} & {k.kind for k in device.keys}
    makers = {found.maker, device.maker} - {""}
    return not kinds and len(makers) < 2
