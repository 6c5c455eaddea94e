"""Whose row might this be? Suggestions with the way they were found; none of them decides.

The one thing a machine may settle is that an entry is still there: the same list, the same name
letter for letter after normalisation, no contradicting country (`is_same`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from rapidfuzz import fuzz, process

from scanner.updates.api import Row
from scanner.updates.names import core, is_chinese, normalised

SIMILAR = 85.0
"""Score (0 to 100) of joined distinctive words from which a person is asked."""
SHORTEST = 5
"""Letters below which likeness says nothing: ZTE and STE."""
LONGEST_RUN = 4
CHINA = frozenset({"CN", "HK", "MO"})


class How(IntEnum):
    """The way a name led to a maker, surest first."""

    SAME_NAME = 0
    ALIAS = 1
    WORDS = 2
    SIMILAR = 3


@dataclass(frozen=True, slots=True)
class Party:
    """A maker to look for and every name it is known by."""

    vendor: str
    country: str
    names: tuple[str, ...]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A maker the row may be about."""

    vendor: str
    how: How
    score: float
    """Likeness of the distinctive words, 0 to 100: shown, never decisive."""
    via: str
    """The name of the maker that led here."""
    name: str
    """The name in the row that led here."""
    country_differs: bool


def country_differs(country: str, countries: Sequence[str]) -> bool:
    """Do the row's countries contradict the maker's? Unknown ones do not."""
    own = CHINA if country in CHINA else {country}
    return bool(country and countries) and own.isdisjoint(countries)


def is_same(name: str, country: str, row: Row) -> bool:
    """Is the row the entry held under this name, beyond doubt? A row's aliases never settle it."""
    known = normalised(name)
    same = bool(known) and normalised(row.name) == known
    return same and not country_differs(country, row.countries)


@dataclass(frozen=True, slots=True)
class _Known:
    party: Party
    name: str
    words: tuple[str, ...]
    alias: bool


class Matcher:
    """Finds makers by name, many rows against the same makers."""

    def __init__(self, parties: Iterable[Party]) -> None:
        self._whole: dict[str, list[_Known]] = defaultdict(list)
        self._runs: dict[str, list[_Known]] = defaultdict(list)
        self._chinese: list[_Known] = []
        for known in (k for party in parties for k in _known(party)):
            self._whole[normalised(known.name)].append(known)
            self._runs["".join(known.words)].append(known)
            if is_chinese(known.name):
                self._chinese.append(known)
        self._fuzzy = [joined for joined in self._runs if len(joined) >= SHORTEST]

    def suggestions(self, row: Row) -> tuple[Suggestion, ...]:
        """At most one for each maker, surest first."""
        best: dict[str, Suggestion] = {}
        for name in (row.name, *row.aliases, *([row.parent] if row.parent else [])):
            for known, how, score in self._found(name):
                made = _suggestion(known, how, score, name, row)
                held = best.get(made.vendor)
                if held is None or _rank(made) < _rank(held):
                    best[made.vendor] = made
        return tuple(sorted(best.values(), key=_rank))

    def _found(self, name: str) -> Iterator[tuple[_Known, How, float]]:
        words = core(name)
        joined = "".join(words)
        if not joined:
            return
        for known in self._whole.get(normalised(name), ()):
            yield known, How.ALIAS if known.alias else How.SAME_NAME, 100.0
        for run in _runs(words):
            for known in self._runs.get(run, ()):
                yield known, How.WORDS, fuzz.ratio(joined, run)
        yield from self._within(joined)
        if len(joined) >= SHORTEST:
            found = process.extract(
                joined, self._fuzzy, scorer=fuzz.ratio, score_cutoff=SIMILAR, limit=None
            )
            for key, score, _ in found:
                for known in self._runs[key]:
                    yield known, How.SIMILAR, score

    def _within(self, joined: str) -> Iterator[tuple[_Known, How, float]]:
        """Chinese has no blanks between words: a known name may stand inside another."""
        if is_chinese(joined):
            for known in self._chinese:
                own = "".join(known.words)
                if own in joined or (len(joined) > 2 and joined in own):
                    yield known, How.WORDS, fuzz.ratio(joined, own)


def _known(party: Party) -> Iterator[_Known]:
    for alias, names in ((False, party.names), (True, party.aliases)):
        for name in names:
            if words := core(name):
                yield _Known(party, name, words, alias)


def _runs(words: Sequence[str]) -> set[str]:
    """Every run of neighbouring words, joined: `sense time group` holds `sensetime`."""
    count = len(words)
    runs = {
        "".join(words[i : i + n]) for n in range(1, LONGEST_RUN + 1) for i in range(count - n + 1)
    }
    return runs | {"".join(words)}


def _suggestion(known: _Known, how: How, score: float, name: str, row: Row) -> Suggestion:
    party = known.party
    differs = country_differs(party.country, row.countries)
    return Suggestion(party.vendor, how, score, known.name, name, differs)


def _rank(each: Suggestion) -> tuple[bool, int, float, str]:
    return each.country_differs, each.how, -each.score, each.vendor
