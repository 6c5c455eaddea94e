"""What became of the devices between two runs. Not seen is never removed.

A device that the later run did not meet is gone only by a person's word or by a stated rule; else
it depends on whether that run asked its address and was complete.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from ipaddress import ip_address, ip_network

from scanner.model import (
    Change,
    Comparison,
    Decision,
    IPNetwork,
    KeptRun,
    Standing,
    State,
    Turn,
    Verdict,
)

WHERE = ("site", "ip", "place")
WHAT = ("maker", "model", "firmware", "serial", "product_class", "verdict", "lists")
JUDGED = frozenset({"verdict", "lists"})
ABSENT = frozenset({State.REMOVED, State.REPLACED})
UNSETTLED = frozenset({Verdict.UNDETERMINED, Verdict.REVIEW})


@dataclass(frozen=True, slots=True)
class Rule:
    """A device is gone when so many complete runs over so many days asked for it in vain."""

    runs: int = 3
    days: int = 14

    def __str__(self) -> str:
        return f"{self.runs} complete runs over {self.days} days"


@dataclass(frozen=True, slots=True)
class Background:
    """What else is known of devices: where they were last, what was decided, who missed them."""

    first_run: Mapping[int, str]
    """Device → start of the first run that met it."""
    latest: Mapping[int, tuple[str, str, str]]
    """Device → (site, address, start of the run) where it was met last."""
    decided: Mapping[int, Decision]
    missed: Sequence[tuple[str, frozenset[int]]] = ()
    """Start and devices of the complete runs of the later run's series until it, newest first."""


def compare(
    before: tuple[KeptRun, Sequence[Standing]],
    after: tuple[KeptRun, Sequence[Standing]],
    background: Background,
    rule: Rule,
    same: int = 0,
) -> Comparison:
    """Everything that differs; `same` counts devices left out of both sides since they do not."""
    pair = _Pair(before[0], after[0], background, rule)
    old = {s.device: s for s in before[1]}
    new = {s.device: s for s in after[1]}
    changes = [c for c in pair.changes(old, new) if c]
    changes.sort(key=lambda c: (list(Turn).index(c.turn), c.device))
    unchanged = (
        same + len(old.keys() & new.keys()) - sum(bool(c.before and c.after) for c in changes)
    )
    return Comparison(before[0], after[0], tuple(changes), unchanged, tuple(pair.notes()))


@dataclass(frozen=True, slots=True)
class _Pair:
    before: KeptRun
    after: KeptRun
    background: Background
    rule: Rule

    def changes(
        self, old: Mapping[int, Standing], new: Mapping[int, Standing]
    ) -> Iterator[Change | None]:
        for device in sorted(old.keys() | new.keys()):
            if device not in new:
                yield self._missing(old[device])
            elif device not in old:
                yield self._arrived(new[device])
            else:
                yield self._differing(old[device], new[device])

    def _differing(self, old: Standing, new: Standing) -> Change | None:
        where, what = _fields(old, new, WHERE), _fields(old, new, WHAT)
        if not where and not what:
            return None
        names = {name for name, *_ in what}
        made = Change(Turn.CHANGED, new.device, old, new, (*what, *where))
        if not what:
            return _as(made, Turn.MOVED)
        if _lost(what, new):
            return _as(
                made, Turn.LESS_KNOWN, "questions stayed open there: less is known, not less true"
            )
        if names <= JUDGED and (reason := self._lists_changed()):
            return _as(made, Turn.REJUDGED, reason)
        return made

    def _lists_changed(self) -> str:
        """What the verdicts rest on, where the two runs differ in it."""
        old, new = dict(self.before.editions), dict(self.after.editions)
        changed = [
            f"{each} {old.get(each, 'not used')} → {new.get(each, 'not used')}"
            for each in sorted(old.keys() | new.keys())
            if old.get(each) != new.get(each)
        ]
        if self.before.as_of != self.after.as_of:
            changed.append(f"lists as of {self.before.as_of} → {self.after.as_of}")
        return (
            f"the device said the same, the lists changed: {'; '.join(changed)}" if changed else ""
        )

    def _arrived(self, new: Standing) -> Change:
        made = Change(Turn.NEW, new.device, None, new)
        first = self.background.first_run.get(new.device, "")
        if first and first < self.before.started:
            return _as(made, Turn.BACK, f"first seen {first[:10]}, and not in the earlier run")
        if not covers(self.before, new.ip):
            return _as(made, Turn.FIRST_ASKED, "the earlier run did not ask this address")
        if self.before.complete is not True:
            return _as(made, Turn.FIRST_ASKED, "the earlier run was not complete")
        return made

    def _missing(self, old: Standing) -> Change:
        made = Change(Turn.NOT_SEEN, old.device, old, None)
        decided = self.background.decided.get(old.device)
        site, ip, seen = self.background.latest.get(old.device, ("", "", ""))
        if seen > self.before.started and (site, ip) != (old.site, old.ip):
            fields = (("site", old.site, site), ("ip", old.ip, ip))
            changed = tuple(f for f in fields if f[1] != f[2])
            text = f"met there by a run of {seen[:10]}"
            return Change(Turn.MOVED, old.device, old, None, changed, text)
        if decided and decided.state in ABSENT:
            text = f"{decided.state.value} by the word of {decided.who} on {decided.at[:10]}"
            return _as(made, Turn.GONE, text)
        if not covers(self.after, old.ip):
            return _as(made, Turn.NOT_ASKED, "the later run did not ask this address")
        if self.after.complete is not True:
            return _as(made, Turn.NOT_KNOWN, "the later run was not complete")
        if reason := self._missed(old.device):
            return _as(made, Turn.GONE, reason)
        return _as(made, Turn.NOT_SEEN, "asked and did not answer; that is not yet removed")

    def _missed(self, device: int) -> str:
        starts: list[str] = []
        for started, met in self.background.missed:
            if device in met:
                break
            starts.append(started)
        if len(starts) < max(self.rule.runs, 1):
            return ""
        days = (_moment(starts[0]) - _moment(starts[-1])).days
        if days < self.rule.days:
            return ""
        return (
            f"by the rule of {self.rule}: {len(starts)} complete runs since "
            f"{starts[-1][:10]} asked and did not meet it"
        )

    def notes(self) -> Iterator[str]:
        """What the reader has to know of the two runs themselves."""
        for which, run in (("earlier", self.before), ("later", self.after)):
            if run.complete is not True:
                yield f"The {which} run was not complete: what it did not see proves nothing."
        if set(self.before.scope) != set(self.after.scope):
            yield "The two runs asked different ranges; only what both asked is compared."


def covers(run: KeptRun, ip: str) -> bool:
    """True when the run asked the address."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return any(address in n for n in _networks(run.scope)) and not any(
        address in n for n in _networks(run.excluded)
    )


@cache
def _networks(texts: tuple[str, ...]) -> tuple[IPNetwork, ...]:
    found: list[IPNetwork] = []
    for text in texts:
        try:
            found.append(ip_network(text, strict=False))
        except ValueError:
            continue
    return tuple(found)


def _fields(old: Standing, new: Standing, names: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (name, _text(getattr(old, name)), _text(getattr(new, name)))
        for name in names
        if getattr(old, name) != getattr(new, name)
    )


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _lost(fields: Iterable[tuple[str, str, str]], new: Standing) -> bool:
    """True when questions stayed open and nothing but knowledge went."""
    return new.has_gaps and all(
        after in ("", "unknown") or (name == "verdict" and new.verdict in UNSETTLED)
        for name, _, after in fields
    )


def _as(change: Change, turn: Turn, note: str = "") -> Change:
    return Change(turn, change.device, change.before, change.after, change.fields, note)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
