"""Hikvision SADP (XML over UDP 37020): inquiry out; ProbeMatch and Hello in.

What a device writes is bounded in size and number and kept as text, but for what could open it.
"""

import re
from collections.abc import Iterable
from uuid import UUID

from scanner.collect.wire import markup
from scanner.collect.wire.text import is_private

GROUP, PORT = "239.255.255.250", 37020
MAX_FIELDS = 128
"""Honest devices send about forty."""
MAX_TEXT = 1024
"""Characters kept of one value."""

_INQUIRIES = tuple(
    f'<?xml version="1.0" encoding="utf-8"?><Probe><Uuid>%s</Uuid><Types>{kind}</Types></Probe>'
    for kind in ("inquiry", "inquiry_v32")
)
_START = re.compile(rb"<(?:\?xml|probematch|hello)\b", re.IGNORECASE)
_ROOTS = frozenset({"probematch", "hello"})
_ANSWERED = frozenset({"", "inquiry", "inquiry_v32", "hello"})
_NAME = re.compile(r"[a-z0-9_]{1,64}")
_MISSPELT = {"flase": "false"}


def inquiries(uuid: UUID) -> tuple[bytes, ...]:
    """Both forms of the inquiry, all that is ever asked; on one line, as the vendor's tool does."""
    return tuple((inquiry % str(uuid).upper()).encode() for inquiry in _INQUIRIES)


def fields(data: bytes) -> tuple[tuple[str, str], ...]:
    """`sadp.<element>` and its text, the first of each; empty for anything else. Never raises.

    Bytes before the XML and damage in it are tolerated. Overheard answers to other requests than
    an inquiry are nobody's business.
    """
    start = _START.search(data)
    found = markup.elements(data[start.start() :]) if start else ()
    if not found or found[0].name.lower() not in _ROOTS:
        return ()
    texts = _texts(found[1:])
    if texts.get("types", "").lower() not in _ANSWERED:
        return ()
    return tuple((f"sadp.{name}", value) for name, value in texts.items())[:MAX_FIELDS]


def _texts(found: Iterable[markup.Element]) -> dict[str, str]:
    """First text of each element; without Uuid, which tells of the question only."""
    texts: dict[str, str] = {}
    for element in found:
        name, value = element.name.lower(), _MISSPELT.get(element.text, element.text)
        if value and _NAME.fullmatch(name) and name != "uuid" and not is_private(name, value):
            texts.setdefault(name, value[:MAX_TEXT])
    return texts
