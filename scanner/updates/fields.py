"""Pieces of text as list files write them: dates, citations, alternatives, countries."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime

DAY_FORMATS = ("%d %b %Y", "%d %B %Y", "%m/%d/%Y", "%b. %d, %Y", "%B %d, %Y", "%Y%m%d")
MAX_TEXT = 4000

_PAGE = re.compile(r"\b(\d{1,3})\s*F\.?\s?R\.?\s*(\d{1,6})\b")
_BRACKET = re.compile(r"^(?P<name>.+\S)\s*\((?P<short>[^()]+)\)$")
_AFFILIATE = re.compile(r"^(?P<parent>.+?)\.?\s+Affiliated Entit(?:y|ies):\s*(?P<name>.+)$")
_SUCCESSORS = re.compile(r"[;,]?\s*and any successor, sub-?unit,? or subsidiary thereof\.?$", re.I)
_COUNTRIES = {"CHINA": "CN", "HONG KONG": "HK", "MACAU": "MO", "MACAO": "MO", "TAIWAN": "TW"}


def day(text: str) -> date | None:
    """The day a text names; None for a month, a year or anything else."""
    text = text.strip()[:40]
    if not text:
        return None
    with suppress(ValueError):
        return date.fromisoformat(text[:10] if text[10:11] in {"T", " "} else text)
    for form in DAY_FORMATS:
        with suppress(ValueError):
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
    return None


def pages(text: str) -> tuple[str, ...]:
    """Federal Register pages in a text, as `84 FR 54002`, in order, once each."""
    return tuple(dict.fromkeys(f"{v} FR {p}" for v, p in _PAGE.findall(text[:MAX_TEXT])))


def alternatives(text: str) -> tuple[str, ...]:
    """Names joined by `; `; the last may begin with the `and` of a sentence."""
    if text.strip() in {"", "[]"}:
        return ()
    names = [piece.strip() for piece in text.split(";")]
    names[-1] = names[-1].removeprefix("and ").strip()
    return unique(names)


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts that are not blank, once each, in order."""
    return tuple(dict.fromkeys(t.strip() for t in texts if t.strip()))


def without_successors(name: str) -> tuple[str, bool]:
    """The name without `and any successor, sub-unit, or subsidiary thereof`; had it that?"""
    short = _SUCCESSORS.sub("", name).strip()
    return short, short != name.strip()


def with_short_form(name: str) -> tuple[str, ...]:
    """The name, and its parts when it ends in a shorter form in brackets."""
    found = _BRACKET.match(name[:MAX_TEXT].strip())
    if not found or len(found["short"]) >= len(found["name"]):
        return (name,)
    return (name, found["name"], found["short"].strip())


def affiliate(name: str) -> tuple[str, str]:
    """`Parent. Affiliated Entity: Name` → (name, parent); any other name → (name, ``)."""
    found = _AFFILIATE.match(name[:MAX_TEXT])
    return (found["name"].strip(), found["parent"].strip()) if found else (name, "")


def country(text: str) -> str:
    """ISO code of a code or of the few names that matter here; other names as given."""
    text = text.strip().rstrip(".").upper()
    if re.fullmatch(r"[A-Z]{2}", text):
        return text
    if "TAIWAN" in text:
        return "TW"
    named = (code for name, code in _COUNTRIES.items() if text.startswith(name))
    return next(named, "CN" if text.endswith("REPUBLIC OF CHINA") else text[:80])
