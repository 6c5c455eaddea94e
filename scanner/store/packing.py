"""Evidence apart: what each host said, which lasts from run to run, and the clock, which does not.

The clock holds times, durations, nonces and cookies, so that nothing is lost; records come back
as they were, host by host. Pure: no database here.
"""

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from scanner import evidence
from scanner.evidence import Damage
from scanner.model import (
    Attempt,
    Channel,
    Host,
    Observation,
    ProbeResult,
    ProbeStatus,
    Record,
    RunEnd,
    RunInfo,
    utc_text,
)
from scanner.store.parts import dense

HOLE = "\x00"
_PASSING = {
    "www_authenticate": re.compile(r'\b(?:nonce|opaque)="?([^",\s]+)'),
    "set_cookie": re.compile(r"^[^=;]*=([^;]+)"),
}
"""Last word of a field → what in its value is made anew for every connection."""

About = Host | ProbeResult | Attempt | Channel
"""Records about one address."""
HostKey = tuple[int, str]
"""(number of the run line the host follows, address)."""


@dataclass(frozen=True, slots=True)
class Packed:
    """An evidence file apart: answers by host, in the order the clock expects them."""

    said: Mapping[HostKey, bytes]
    clock: bytes


def pack(records: Iterable[Record | Damage]) -> Packed:
    """What hosts said and when, apart. Damaged lines are remembered by number and reason."""
    heads: list[dict[str, Any]] = [{"run": None, "ends": []}]
    damaged: list[tuple[int, str]] = []
    hosts: dict[HostKey, list[About]] = {}
    for record in records:
        match record:
            case RunInfo():
                heads.append({"run": evidence.dump(record), "ends": []})
            case RunEnd():
                heads[-1]["ends"].append(evidence.dump(record))
            case Host() | ProbeResult() | Attempt() | Channel():
                hosts.setdefault((len(heads) - 1, record.ip), []).append(record)
            case _:
                damaged.append((record.line, record.reason))
    times = _Times()
    said = {key: dense([times.split(r) for r in hosts[key]]) for key in sorted(hosts)}
    clock = {"heads": heads, "damaged": damaged, **times.columns}
    return Packed(said, zlib.compress(dense(clock), 9))


def unpack(said: Iterable[tuple[HostKey, bytes]], clock: bytes) -> Iterator[Record | Damage]:
    """The records again; `said` in the order in which `pack` gave it."""
    kept = json.loads(zlib.decompress(clock))
    times = _Times(kept)
    by_head = {head: list(each) for head, each in groupby(said, key=lambda item: item[0][0])}
    for number, head in enumerate(kept["heads"]):
        if head["run"] is not None:
            yield from evidence.load([head["run"]])
        for (_, ip), answers in by_head.get(number, ()):
            for item in json.loads(answers):
                yield times.join(ip, item)
        yield from evidence.load(head["ends"])
    yield from (Damage(line, reason) for line, reason in kept["damaged"])


class _Times:
    """Columns of the clock, filled when records come apart and emptied when they are joined."""

    def __init__(self, kept: Mapping[str, list[Any]] | None = None) -> None:
        self.columns: dict[str, list[Any]] = {"at": [], "seconds": [], "passing": []}
        self._before = self._taken = self._passing = 0
        if kept:
            self.columns = {name: kept[name] for name in self.columns}

    def split(self, record: About) -> list[Any]:
        """The lasting part of a record; the rest goes into the columns."""
        if isinstance(record, Host):
            self._note(record.at, None)
            return [record.mac, record.hostname, *record.seen_by]
        if not isinstance(record, ProbeResult):
            self._note(record.at, None)
            return [json.loads(evidence.dump(replace(record, at="")))]
        self._note(record.started, record.seconds)
        said = [self._lasting(o) for o in record.observations]
        return [[record.probe, record.port, record.status.value, record.reason], *said]

    def join(self, ip: str, item: list[Any]) -> About:
        """The whole record again."""
        at, seconds = self._next()
        if isinstance(item[0], dict):
            return _reread(item[0] | {"at": at})
        if not isinstance(item[0], list):
            return Host(ip, item[0], tuple(item[2:]), at, item[1])
        probe, port, status, reason = item[0]
        said = tuple(self._whole(o) for o in item[1:])
        return ProbeResult(ip, probe, ProbeStatus(status), port, reason, at, seconds, said)

    def _note(self, at: str | None, seconds: float | None) -> None:
        """Times as differences in whole seconds, as text where they have another form."""
        moment = _moment(at)
        if moment is None:
            self.columns["at"].append(at)
        else:
            self.columns["at"].append(moment - self._before)
            self._before = moment
        self.columns["seconds"].append(seconds)

    def _next(self) -> tuple[str | None, float | None]:
        at, seconds = self.columns["at"][self._taken], self.columns["seconds"][self._taken]
        self._taken += 1
        if not isinstance(at, int):
            return at, seconds
        self._before += at
        return utc_text(datetime.fromtimestamp(self._before, UTC)), seconds

    def _lasting(self, seen: Observation) -> list[Any]:
        value, holes = self._hollow(seen)
        if holes:
            return [seen.field, value, seen.raw_sha256, holes]
        return [seen.field, value, *([seen.raw_sha256] if seen.raw_sha256 else [])]

    def _hollow(self, seen: Observation) -> tuple[str, int]:
        passing = _PASSING.get(seen.field.rpartition(".")[2])
        spans = [m.span(1) for m in passing.finditer(seen.value)] if passing else []
        if not spans or HOLE in seen.value:
            return seen.value, 0
        pieces, end = [], 0
        for start, stop in spans:
            pieces.append(seen.value[end:start])
            self.columns["passing"].append(seen.value[start:stop])
            end = stop
        return HOLE.join([*pieces, seen.value[end:]]), len(spans)

    def _whole(self, item: list[Any]) -> Observation:
        field, value, sha, holes = (*item, None, None)[:4]
        if not holes:
            return Observation(field, value, sha)
        first, *rest = value.split(HOLE)
        fill = self.columns["passing"][self._passing : self._passing + holes]
        self._passing += holes
        whole = first + "".join(f + r for f, r in zip(fill, rest, strict=True))
        return Observation(field, whole, sha)


def _reread(item: Mapping[str, Any]) -> About:
    """An attempt or a channel as its line of evidence has it."""
    [record] = evidence.load([json.dumps(item)])
    if not isinstance(record, Attempt | Channel):
        raise ValueError(f"a kept line is {type(record).__name__}")
    return record


def _moment(at: str | None) -> int | None:
    """Seconds of a time in the usual form, None for any other text."""
    try:
        moment = datetime.strptime(at or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp()) if utc_text(moment) == at else None
