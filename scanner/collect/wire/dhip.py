"""Dahua DHIP discovery (JSON behind a binary header, UDP 37810): search out; notifyDevInfo in.

Numbers are kept as written. What a device writes is bounded in size, number and depth.
"""

import json
import re
import struct
from collections.abc import Iterator
from itertools import islice

from scanner.collect.wire.text import is_private

GROUP, PORT = "239.255.255.251", 37810
MAX_FIELDS = 128
"""Honest devices send about forty."""
MAX_TEXT = 1024
"""Characters kept of one value."""
MAX_DEPTH = 3
STARTS = 4
"""Places at which the JSON may begin: a header may hold the byte of a brace."""

_SEARCH = b'{ "method" : "DHDiscover.search", "params" : { "mac" : "", "uni" : 1 } }\n'
_HEADER = struct.Struct("<I4s8xIIII")
_START = re.compile(r'\{\s{0,64}"')
_RAW = re.compile("[\udc80-\udcff]")
_NAME = re.compile(r"[a-z0-9_]{1,64}")
_JSON = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)


def search() -> bytes:
    """The search of the vendor's ConfigTool: the only form that every device answers."""
    size = len(_SEARCH)
    return _HEADER.pack(_HEADER.size, b"DHIP", size, 0, size, 0) + _SEARCH


def fields(data: bytes) -> tuple[tuple[str, str], ...]:
    """`dhip.<key>` and its value, the first of each; empty for anything else. Never raises.

    The header is not looked at: its length varies, and the lengths in it are not exact.
    """
    found: dict[str, str] = {}
    for name, value in islice(_said(_decoded(data)), MAX_FIELDS):
        found.setdefault(name, value)
    return tuple(found.items())


def _said(message: object) -> Iterator[tuple[str, str]]:
    match message:
        case {"params": {"deviceInfo": dict() as device}, **rest}:
            yield from _flat("dhip.mac", rest.get("mac"))
            yield from _flat("dhip", device)


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Scalars under their dotted name; names no field can have and empty values are left out."""
    if isinstance(value, dict):
        inner = ((key.lower(), item) for key, item in value.items())
        for key, item in inner if name.count(".") < MAX_DEPTH else ():
            if _NAME.fullmatch(key):
                yield from _flat(f"{name}.{key}", item)
    elif isinstance(value, bool):
        yield name, str(value).lower()
    elif isinstance(value, str) and value and not is_private(name.rpartition(".")[2], value):
        yield name, value.encode("utf-8", "backslashreplace").decode()[:MAX_TEXT]


def _decoded(data: bytes) -> object:
    r"""The first JSON object in the datagram; bytes that are not UTF-8 become `\xNN` in it."""
    page = data.decode("utf-8", "surrogateescape")
    page = _RAW.sub(lambda odd: f"\\\\x{ord(odd[0]) - 0xDC00:02x}", page)
    for start in islice(_START.finditer(page), STARTS):
        try:
            return _JSON.raw_decode(page, start.start())[0]
        except (ValueError, RecursionError):
            continue
    return None
