"""A stream of frames → only what is new in it, within bounds. For captures and for listening.

A device that repeats itself a thousand times is understood once, so most frames cost a look-up.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import replace

from scanner.collect.wire.frames import Heard, Link, Message, pick, read

MAX_HOSTS = 65_536
"""Addresses kept; a flood of made-up ones ends here."""
MAX_MESSAGES = 256
"""Different messages of one protocol read from one host: honest devices have about ten."""
MAX_FIELDS = 1024
"""Different values kept of one host."""
MAX_WAITING = 4096
"""DHCP clients without an address whose words are kept until it is known."""
MAX_NEWS = 400_000
"""Different messages and values in all; they are remembered by 8-byte hashes."""


class Notebook:
    """What was said so far, and by whom."""

    def __init__(self) -> None:
        self.last: dict[str, float] = {}
        """Address → seconds at which it was last heard."""
        self.full = False
        """True when a host or message was left out because there are too many in all."""
        self._known: set[int] = set()
        self._messages: Counter[tuple[str, str]] = Counter()
        self._fields: Counter[str] = Counter()
        self._homes: dict[str, str] = {}
        """Hardware address → the IPv4 address it used last."""
        self._waiting: dict[str, Heard] = {}
        """Hardware address → what a DHCP client said before its address was known."""

    def note(self, frame: bytes, when: float, link: int = Link.ETHERNET) -> Iterator[Heard]:
        """What the frame says that was not said before. `when` is in seconds."""
        message = pick(frame, link)
        if message is None:
            return
        if message.ip in self.last:
            self.last[message.ip] = when
        if self._is_worth_reading(message) and (heard := read(message)):
            for complete in self._with_address(heard):
                if news := self._news(complete, when):
                    yield news

    def rest(self, when: float) -> Iterator[Heard]:
        """Clients that asked for an address and were never seen to use one: what they asked for."""
        for heard in self._waiting.values():
            if heard.wanted and (news := self._news(replace(heard, ip=heard.wanted), when)):
                yield news
        self._waiting.clear()

    def _is_worth_reading(self, message: Message) -> bool:
        who = (message.protocol, message.ip or message.mac)
        is_new = self._messages[who] < MAX_MESSAGES and self._is_new(message)
        if is_new:
            self._messages[who] += 1
        return is_new

    def _with_address(self, heard: Heard) -> Iterator[Heard]:
        """What is said, under an address; also what the same hardware said before it had one."""
        if not heard.ip:
            home = self._homes.get(heard.mac, "")
            if home:
                yield replace(heard, ip=home)
            elif heard.mac in self._waiting or len(self._waiting) < MAX_WAITING:
                self._waiting[heard.mac] = heard
            return
        yield heard
        if heard.mac and ":" not in heard.ip:
            if heard.mac in self._homes or len(self._homes) < MAX_HOSTS:
                self._homes[heard.mac] = heard.ip
            if earlier := self._waiting.pop(heard.mac, None):
                yield replace(earlier, ip=heard.ip)

    def _news(self, heard: Heard, when: float) -> Heard | None:
        if heard.ip not in self.last and len(self.last) >= MAX_HOSTS:
            self.full = True
            return None
        self.last[heard.ip] = when
        fields = tuple(f for f in heard.fields if self._is_new_field(heard.ip, f))
        is_met = not self._is_new((heard.ip, heard.mac, heard.hostname, heard.protocol))
        return None if is_met and not fields else replace(heard, fields=fields)

    def _is_new_field(self, ip: str, field: tuple[str, str]) -> bool:
        is_new = self._fields[ip] < MAX_FIELDS and self._is_new((ip, field))
        if is_new:
            self._fields[ip] += 1
        return is_new

    def _is_new(self, what: Hashable) -> bool:
        """True once, and never once the book is full."""
        if hash(what) in self._known:
            return False
        if len(self._known) >= MAX_NEWS:
            self.full = True
            return False
        self._known.add(hash(what))
        return True
