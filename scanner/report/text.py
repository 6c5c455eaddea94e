"""Hostile text made harmless to look at: what a device says may not act on whoever reads it."""

import re

_UNSEEN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
"""Controls, format characters such as direction overrides, fillers, lone surrogates, and the two
non-characters that XML 1.0 forbids."""
_STACKED = "(?<=[\u0300-\u036f][\u0300-\u036f])[\u0300-\u036f]"
"""A third accent on one letter: piled up, accents cover the lines above and below."""
_HARMFUL = re.compile(f"[{_UNSEEN}]|{_STACKED}")
_NAMED = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    r"""The text with every character that acts or hides written out, as `\x1b` or `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return _HARMFUL.sub(_written_out, text)


def excerpt(text: str, limit: int) -> str:
    """`visible` text of at most `limit` characters; when cut, it says how long the text was."""
    shown = visible(text if len(text) <= limit else text[:limit])
    if len(text) <= limit and len(shown) <= limit:
        return shown
    return f"{shown[:limit]}… ({len(text):,} characters in all)"


def _written_out(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
