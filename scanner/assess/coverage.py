"""What the evidence says of its own completeness: counts, silent hosts, runs, damage."""

from bisect import insort
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import astuple
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TypeVar

from scanner.assess.dossier import RunKey
from scanner.model import Coverage, IPNetwork, ProbeResult, RunEnd, RunInfo

T = TypeVar("T", bound=Hashable)

NO_RUN = RunKey("", "", "")
MAX_DAMAGED = 1000
"""Damaged lines named one by one; the rest is counted."""

Beat = tuple[str, tuple[str, ...], tuple[str, ...], bool]
"""(sensor, scope, excluded, whether it only listened): a resumed or repeated run of the same beat
stands for the earlier."""


class Ledger:
    """Counts what streams by. Every record is counted once, whatever becomes of it."""

    def __init__(self) -> None:
        self.now = NO_RUN
        """The run whose lines are being read."""
        self._current: RunInfo | None = None
        self._runs: list[RunInfo] = []
        self._ends: list[RunEnd] = []
        self._beats: dict[Beat, dict[str, bool]] = {}
        self._statuses: Counter[str] = Counter()
        self._announced = self._damage_count = 0
        self._damaged: list[str] = []

    def begin(self, run: RunInfo) -> None:
        """A run line: what follows was seen by its sensor."""
        self.now, self._current = RunKey(run.started, run.run, run.sensor), run
        self._runs.append(run)
        if run.scope:
            self._beats.setdefault(_beat(run), {}).setdefault(run.started, False)

    def leave(self) -> None:
        """What follows is of no run."""
        self.now, self._current = NO_RUN, None

    def result(self, result: ProbeResult) -> None:
        """One question ended."""
        self._statuses[result.status.value] += 1

    def end(self, end: RunEnd) -> None:
        """An end line closes the latest run; one that was cut short stays open."""
        self._ends.append(end)
        self._announced = max(self._announced, end.results)
        run = self._current
        if end.complete and run and run.scope:
            self._beats[_beat(run)][run.started] = True

    def damage(self, text: str) -> None:
        """A line that could not be read."""
        self._damage_count += 1
        insort(self._damaged, text)
        del self._damaged[MAX_DAMAGED:]

    @property
    def complete(self) -> bool | None:
        """None when no run asked a scope, as in an import; a run without an end was cut short.

        Listening alone never sees everybody.
        """
        if not any(run.scope for run in self._runs):
            return None
        if self.only_listened:
            return False
        return not (self._open() or self._damage_count or self._missing)

    @property
    def finished(self) -> str:
        """When the last run ended, empty when no end line says so."""
        return max((e.finished for e in self._ends), default="")

    def cut_short(self, sensor: str) -> bool:
        """True when a run of the sensor began and did not end complete."""
        return any(open_sensor == sensor for open_sensor, *_ in self._open())

    @property
    def only_listened(self) -> bool:
        """True when runs listened to a scope and none asked it."""
        scoped = [run for run in self._runs if run.scope]
        return bool(scoped) and all(listened(run) for run in scoped)

    def overheard(self, sensor: str) -> bool:
        """True when a run of the sensor only listened."""
        return any(run.sensor == sensor and listened(run) for run in self._runs)

    @property
    def imported(self) -> bool:
        """True when a run asked no scope: what it holds was overheard or noted by other tools."""
        return any(not run.scope for run in self._runs)

    def run(self) -> RunInfo:
        """The runs as one: their ids together, the earliest start, all that any of them asked."""
        if len(self._runs) == 1:
            return self._runs[0]
        runs = sorted(self._runs, key=astuple)
        return RunInfo(
            run=" ".join(_each(r.run for r in runs)),
            tool=" ".join(_each(r.tool for r in runs)),
            started=min((r.started for r in runs), default=""),
            sensor=" ".join(_each(r.sensor for r in runs)),
            scope=_each(s for r in runs for s in r.scope),
            excluded=_each(s for r in runs for s in r.excluded),
            settings=_each(s for r in runs for s in r.settings),
            limitations=_each(s for r in runs for s in r.limitations),
            subnets=_each(s for r in runs for s in r.subnets),
        )

    def coverage(self, hosts: int, silent: tuple[str, ...]) -> Coverage:
        """The counts, with what the runs themselves said they could not see."""
        run = self.run()
        ends = (text for e in sorted(self._ends, key=astuple) for text in e.limitations)
        return Coverage(
            complete=self.complete,
            scope=run.scope,
            excluded=run.excluded,
            addresses=self._asked(),
            hosts=hosts,
            results=self._statuses.total(),
            by_status=tuple(sorted(self._statuses.items())),
            silent_hosts=silent,
            limitations=_each((*run.limitations, *ends)),
            damaged_lines=tuple(self._damaged),
        )

    def _asked(self) -> int | None:
        """Addresses of the runs that asked; None when there is no run at all."""
        asking = [run for run in self._runs if not listened(run)]
        inside = _each(text for run in asking for text in run.scope)
        outside = _each(text for run in asking for text in run.excluded)
        return addresses(inside, outside) if self._runs else None

    def issues(self) -> Iterable[str]:
        """What is wrong with the evidence itself, as sentences."""
        if not self._runs:
            yield "The evidence has no run line: what was asked, and whether all of it, is unknown."
        if self._open():
            yield "A run has no end line or says that it was cut short: the scan is not complete."
        if self._damage_count:
            yield f"{self._damage_count} damaged lines of the evidence were left out."
        if self._missing:
            yield (
                f"The evidence announces {self._announced} results and holds "
                f"{self._statuses.total()}: lines are missing."
            )

    def _open(self) -> list[Beat]:
        """Beats whose latest run has no end, or says that it was cut short."""
        return [beat for beat, ends in self._beats.items() if not ends[max(ends)]]

    @property
    def _missing(self) -> bool:
        return self._statuses.total() < self._announced


def addresses(scope: Iterable[str], excluded: Iterable[str]) -> int | None:
    """How many addresses the scope holds without the excluded ones; None when it cannot be read."""
    try:
        inside = [ip_network(text, strict=False) for text in scope]
        outside = [ip_network(text, strict=False) for text in excluded]
    except ValueError:
        return None
    return _covered([*inside, *outside]) - _covered(outside)


def _covered(networks: Sequence[IPNetwork]) -> int:
    four = collapse_addresses(n for n in networks if isinstance(n, IPv4Network))
    six = collapse_addresses(n for n in networks if isinstance(n, IPv6Network))
    return sum(n.num_addresses for n in four) + sum(n.num_addresses for n in six)


def listened(run: RunInfo) -> bool:
    """True when the run sent nothing."""
    return any(name == "passive" for name, _ in run.settings)


def _beat(run: RunInfo) -> Beat:
    return run.sensor, run.scope, run.excluded, listened(run)


def _each(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))
