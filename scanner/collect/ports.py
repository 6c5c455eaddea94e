"""Which TCP ports to try: the operator's own list, or the table's default set."""

import re
from collections.abc import Iterable

from scanner.errors import UsageError
from scanner.model import Port

SERVICES = ("http", "https", "tls", "rtsp", "greeting", "silent")
UNKNOWN_SERVICE = "silent"
"""A port nobody knows hears nothing: a printer prints what it is sent."""

_ITEM = re.compile(r"^(\d{1,5})(?:-(\d{1,5}))?(?:/([a-z]+))?$")


def choose(text: str, table: Iterable[Port]) -> tuple[Port, ...]:
    """`80,443,8000-8010,8888/http` → ports in number order; empty text means the default set."""
    known = {port.number: port for port in table}
    if not text:
        return tuple(known[n] for n in sorted(known) if known[n].default)
    chosen: dict[int, Port] = {}
    for item in text.split(","):
        for number, service in _expand(item.strip(), text):
            usual = known.get(number, Port(number, UNKNOWN_SERVICE, "named by the operator"))
            chosen[number] = Port(number, service, usual.why) if service else usual
    return tuple(chosen[number] for number in sorted(chosen))


def _expand(item: str, text: str) -> Iterable[tuple[int, str | None]]:
    match = _ITEM.match(item)
    if match is None:
        raise UsageError(f"-p {text!r}: {item!r} is not a port, a range (8000-8010) or 8888/http")
    first, last, service = match.groups()
    low, high = int(first), int(last or first)
    if not 1 <= low <= high <= 65535:
        raise UsageError(f"-p {text!r}: {item!r} does not run upwards within 1-65535")
    if service is not None and service not in SERVICES:
        raise UsageError(f"-p {text!r}: service of {item!r} is not one of {', '.join(SERVICES)}")
    return ((number, service) for number in range(low, high + 1))
