"""An observation → the beginning of a rule in YAML, with blanks for what only a person knows."""

import json
import re
from collections.abc import Iterable, Iterator

MAX_TEXT = 120
"""Characters of a value a pattern begins with; whoever writes the rule picks the telling part."""
MAX_REJECTS = 2
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")
_NUMBER = re.compile(r"[0-9]{4,}")
_SLUG = re.compile(r"[^a-z0-9]+")


def lines(
    field: str, family: str, value: str, others: Iterable[str], *, is_new: bool
) -> Iterator[str]:
    """The skeleton: a whole file for a field without rules, else an entry for its file."""
    text = value[:MAX_TEXT]
    path = f"rules/fingerprints/{field}.yml"
    yield f"# {'Save as' if is_new else 'Append to'} {path} in your data directory."
    yield "# Fill the blanks (''): who made it, and how you know. See docs/rules.md."
    if is_new:
        yield from (f"field: {field}", f"family: {family}", "rules:")
    pattern = _pattern(text, whole=text == value)
    rejects = _rejects(pattern, text, others)
    yield from (
        f"- id: {_id(field, text)}",
        f"  pattern: {scalar(pattern)}",
        "  asserts: {maker: ''}",
        "  strength: suggests",
        "  certainty: real",
        f"  examples: [{{text: {scalar(text)}}}]",
        f"  rejects: [{', '.join(map(scalar, rejects))}]",
        "  source: ''",
    )


def scalar(text: str) -> str:
    """A YAML scalar in printable ASCII."""
    if text.isascii() and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text)


def _pattern(text: str, *, whole: bool) -> str:
    """The text itself, but any number in place of a long one: it differs from unit to unit."""
    parts = _NUMBER.split(text)
    numbers = [f"[0-9]{{{len(n)}}}" for n in _NUMBER.findall(text)] + [""]
    escaped = [_SPECIAL.sub(r"\\\g<0>", part) for part in parts]
    body = "".join(part + number for part, number in zip(escaped, numbers, strict=True))
    return f"^{body}{'$' if whole else ''}"


def _rejects(pattern: str, text: str, others: Iterable[str]) -> list[str]:
    """What other devices say in this field, else the text with something before it."""
    expression = re.compile(pattern)
    found = [other[:MAX_TEXT] for other in others if not expression.search(other[:MAX_TEXT])]
    return list(dict.fromkeys(found))[:MAX_REJECTS] or [f"x{text}"]


def _id(field: str, text: str) -> str:
    slug = _SLUG.sub("-", text.lower()).strip("-")[:40].strip("-")
    return f"{field.replace('.', '-').replace('_', '-')}-{slug or 'new'}"
