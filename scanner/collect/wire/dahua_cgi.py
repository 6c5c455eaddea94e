"""Dahua CGI: the `key=value` lines of an answer."""

import re

from scanner.collect.wire.text import text

SYSTEM_INFO = "/cgi-bin/magicBox.cgi?action=getSystemInfo"
LINES_CAP = 256
_LINE = re.compile(rb"([A-Za-z][\w.:\[\]-]{0,127})=([^\r\n]*)")
_SECRET = re.compile(r"password|username|streamurl", re.IGNORECASE)


def read(body: bytes) -> tuple[tuple[str, str], ...]:
    """(lower-case key, value); nothing when a line is of another form. Secrets are dropped."""
    lines = [line.strip() for line in body.split(b"\n", LINES_CAP)[:LINES_CAP]]
    matches = [_LINE.fullmatch(line) for line in lines if line]
    pairs = [(text(m[1]).lower(), text(m[2]).strip()) for m in matches if m]
    if len(pairs) < len(matches):
        return ()
    return tuple((key, value) for key, value in pairs if value and not _SECRET.search(key))
