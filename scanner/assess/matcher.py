"""Observations and address blocks → evidence. Every text is hostile: cut, searched, cut again."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from scanner.assess.needle import Needle, folded
from scanner.assess.shared import Shared
from scanner.assess.vendors import Vendors
from scanner.identity import is_local, mac_digits
from scanner.model import AddressBlock, Evidence, FingerprintRule, ProbeResult, Strength

MAX_INPUT = 16 * 1024
"""Characters of a value that the patterns may see."""
MAX_SHOWN = 200
"""Characters of a value kept as evidence, the matching part among them."""
MAX_ASSERTED = 128
"""Characters of a captured model, firmware or serial."""
REMEMBERED = 50_000
"""Answers kept for texts met before; most devices of one kind say the same."""
SHORT = 512
"""Longer texts are not remembered: pages differ and would fill the memory."""
BLOCK_SIZES = (36, 28, 24)
MAC_FIELD = "mac.address"
ADDRESS_BLOCK = "address-block"
NOTHING: tuple[Evidence, ...] = ()

Pattern = tuple[FingerprintRule, re.Pattern[str], Needle]


class Matcher:
    """The rules, compiled once a field when first needed, and the registered address blocks."""

    def __init__(
        self,
        rules: Iterable[FingerprintRule],
        blocks: Iterable[AddressBlock],
        vendors: Vendors | None = None,
    ) -> None:
        self._vendors = vendors or Vendors()
        self._rules: dict[str, list[FingerprintRule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.field, []).append(rule)
        self._patterns: dict[str, tuple[Pattern, ...]] = {}
        self._blocks = {b.prefix: b for b in blocks if len(b.prefix) * 4 == b.bits}
        self.keys: Shared[tuple[str, str, str]] = Shared()
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._search)

    def evidence(self, result: ProbeResult) -> tuple[Evidence, ...]:
        """What the rules conclude from everything the result observed, in the order observed."""
        found: list[Evidence] = []
        for seen in result.observations:
            if seen.field == MAC_FIELD:
                found += self.address(seen.value, result.probe)
            elif seen.field in self._rules:
                search = self._remembered if len(seen.value) <= SHORT else self._search
                found += search(seen.field, seen.value, result.probe, result.port)
        return tuple(found)

    def address(self, mac: str, probe: str = "") -> tuple[Evidence, ...]:
        """What the registered block of an address suggests: whose network chip it is.

        The block of one who sells units built by others tells the label, not the maker.
        """
        block = self.block(mac)
        if block is None or block.vendor is None:
            return NOTHING
        registered = f"{block.prefix}/{block.bits} is registered to {block.organisation}"
        return (
            Evidence(
                rule="oui",
                family=ADDRESS_BLOCK,
                strength=Strength.SUGGESTS,
                field=MAC_FIELD,
                value=mac[:MAX_SHOWN],
                probe=probe,
                source=registered,
                attribute="brand" if self._vendors.may_not_build(block.vendor) else "maker",
                asserted=block.vendor,
            ),
        )

    def block(self, mac: str) -> AddressBlock | None:
        """The longest registered prefix; none for addresses that software made up."""
        digits = mac_digits(mac)
        if digits is None or is_local(mac):
            return None
        prefixes = (digits[: bits // 4] for bits in BLOCK_SIZES)
        return next((self._blocks[p] for p in prefixes if p in self._blocks), None)

    def _search(self, field: str, value: str, probe: str, port: int | None) -> tuple[Evidence, ...]:
        text = value[:MAX_INPUT]
        plain = folded(text)
        found: list[Evidence] = []
        for rule, pattern, needle in self._compiled(field):
            if needle.literal not in (plain if needle.fold else text):
                continue
            match = pattern.search(text)
            if match:
                shown = excerpt(text, *match.span())
                found += (
                    Evidence(
                        rule.id, rule.family, rule.strength, rule.field, shown, probe, port,
                        rule.source, attribute, asserted,
                    )
                    for attribute, asserted in _asserted(rule, match.groupdict())
                )  # fmt: skip
        return tuple(found)

    def _compiled(self, field: str) -> tuple[Pattern, ...]:
        if field not in self._patterns:
            self._patterns[field] = tuple(map(_pattern, self._rules[field]))
        return self._patterns[field]


def _pattern(rule: FingerprintRule) -> Pattern:
    compiled = re.compile(rule.pattern)
    return rule, compiled, Needle.of(compiled)


def _asserted(rule: FingerprintRule, groups: Mapping[str, str | None]) -> Iterable[tuple[str, str]]:
    for attribute, value in rule.asserts:
        text = groups.get(value[1:]) if value.startswith("$") else value
        cleaned = " ".join((text or "").split())[:MAX_ASSERTED]
        if cleaned:
            yield attribute, cleaned


def excerpt(text: str, start: int, end: int) -> str:
    """At most `MAX_SHOWN` characters around a match, `…` where something is left out."""
    room = MAX_SHOWN - 2
    if len(text) <= MAX_SHOWN:
        return text
    first = max(0, min(start - (room - min(end - start, room)) // 2, len(text) - room))
    last = first + room
    return f"{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}"
