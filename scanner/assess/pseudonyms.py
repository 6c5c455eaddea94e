"""Made-up values in place of real ones: the same for the same, of the same form, keyed.

Without the key nobody can try out which serial number or address gave a pseudonym.
"""

import hashlib
import hmac
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

DIGITS, LOW_HEX, HIGH_HEX = "0123456789", "abcdef", "ABCDEF"
LOW, HIGH = "ghijklmnopqrstuvwxyz", "GHIJKLMNOPQRSTUVWXYZ"
ALPHABETS = {c: letters for letters in (DIGITS, LOW_HEX, HIGH_HEX, LOW, HIGH) for c in letters}
SHARED_SPACE = int(IPv4Address("100.64.0.0"))
"""RFC 6598: 22 bits of addresses that are nobody's own."""
DOCUMENTATION = int(IPv6Address("2001:db8::"))
"""RFC 3849."""


class Pseudonyms:
    """Every method answers the same for the same text, as long as the key is the same."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._addresses: dict[IPv4Address, IPv4Address] = {}
        self._taken: set[IPv4Address] = set()

    def digest(self, kind: str, text: str) -> bytes:
        """32 bytes that only the holder of the key can make again."""
        return hmac.new(self._key, f"{kind}\0{text}".encode(), hashlib.sha256).digest()

    def name(self, text: str) -> str:
        """In place of what a person called something; letter case does not count."""
        return f"name-{self.digest('name', text.casefold()).hex()[:10]}"

    def avoid(self, address: IPv4Address) -> None:
        """A real address, which no pseudonym may be."""
        self._taken.add(address)

    def ipv4(self, address: IPv4Address) -> IPv4Address:
        """An address of the shared space, another one for each."""
        if address not in self._addresses:
            place = int.from_bytes(self.digest("ipv4", str(address))[:4], "big")
            while (made := IPv4Address(SHARED_SPACE + place % (1 << 22))) in self._taken:
                place += 1
            self._taken.add(made)
            self._addresses[address] = made
        return self._addresses[address]

    def ipv6(self, address: IPv6Address) -> IPv6Address:
        """An address of the documentation prefix."""
        made = int.from_bytes(self.digest("ipv6", str(address))[:12], "big")
        return IPv6Address(DOCUMENTATION + made)

    def mac(self, digits: str, kept: int) -> str:
        """Twelve hex digits, the first `kept` of them as they are."""
        return digits[:kept] + self.scrambled(digits[kept:], digits)

    def scrambled(self, text: str, seed: str = "") -> str:
        """Each digit and letter replaced by another of its kind, the rest kept."""
        return "".join(
            self.other(char, f"{seed or text}\0{place}") for place, char in enumerate(text)
        )

    def other(self, char: str, seed: str) -> str:
        """Another character of the same kind: digit, hex letter or later letter, either case."""
        letters = ALPHABETS.get(char)
        if letters is None:
            return char
        step = 1 + self.digest("character", seed)[0] % (len(letters) - 1)
        return letters[(letters.index(char) + step) % len(letters)]

    def fitting(self, text: str, start: int, fits: Callable[[str], bool]) -> str:
        """As many characters after `start` replaced as leave a text that still fits."""
        made = text
        for place in range(start, len(text)):
            tried = made[:place] + self.other(text[place], f"{text}\0{place}") + made[place + 1 :]
            made = tried if tried != made and fits(tried) else made
        return made
