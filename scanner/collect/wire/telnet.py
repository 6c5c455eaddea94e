"""Telnet (RFC 854): a greeting without the option negotiation around it."""

import re

_COMMAND = re.compile(
    rb"\xff(?:\xff|[\xfb-\xfe].?|\xfa(?:[^\xff]|\xff[^\xf0])*(?:\xff\xf0)?|[^\xfa-\xff]?)",
    re.DOTALL,
)


def plain(data: bytes) -> bytes:
    """The bytes meant for a person; an escaped 0xff stays. Never raises."""
    return _COMMAND.sub(lambda m: b"\xff" if m[0] == b"\xff\xff" else b"", data)
