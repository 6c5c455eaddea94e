"""The collecting half wired: options → target → sources and probes → evidence file."""

import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from scanner import __version__, evidence
from scanner.collect import ports, scope, sources
from scanner.collect.api import Discovery, Interface
from scanner.collect.engine import Engine
from scanner.collect.logins import logins
from scanner.collect.logins.logins import Logins
from scanner.collect.machine import Machine
from scanner.collect.net import Paces, resolve
from scanner.collect.segment import Segment
from scanner.collect.sources import PASSIVE
from scanner.collect.subnets import Means, subnets
from scanner.collect.visit import Key, Listener, Plan, now
from scanner.errors import EvidenceError, UsageError
from scanner.model import (
    Attempt,
    Channel,
    Credential,
    Host,
    IPNetwork,
    Knowledge,
    Limits,
    ProbeResult,
    ProbeStatus,
    Record,
    RunEnd,
    RunInfo,
    Target,
)

TOOL = f"camcensus {__version__}"
NOBODY = (
    "No host but this machine answered anything. That is more often a cable, a VLAN or a blocked "
    "port than an empty network."
)
UNHEARD = "No host was heard. Listen longer, or where more passes by, such as a mirror port."
NOWHERE = "0.0.0.0"  # noqa: S104 - no address at all
UNANSWERED = frozenset(
    {ProbeStatus.TIMEOUT, ProbeStatus.SKIPPED, ProbeStatus.BUG, ProbeStatus.NOT_PERMITTED}
)
"""Ends that are worth asking again when an interrupted run is resumed."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator asked of a scan, as typed. No targets mean the attached networks."""

    targets: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    ports: str = ""
    limits: Limits = field(default_factory=Limits)
    allow_public: bool = False
    arp: bool = True
    layer2_discovery: bool = False
    interface: str = ""
    resume: Path | None = None
    sensor: str = ""
    credentials: Path | None = None
    passive: float | None = None
    """Seconds to listen without sending anything; None for a scan that asks."""
    without: frozenset[str] = frozenset()
    """Names of sources and protocols the operator switched off."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an interrupted run left behind."""

    run: RunInfo | None = None
    hosts: tuple[Host, ...] = ()
    answered: dict[Key, ProbeResult] = field(default_factory=dict)
    attempts: tuple[Attempt, ...] = ()
    channels: tuple[Channel, ...] = ()


def earlier_run(path: Path | None) -> Earlier:
    """What an evidence file already answers; damaged lines are simply not answers.

    How a login ended that was tried is an answer, whatever it was: it is not tried again.
    """
    run: RunInfo | None = None
    hosts: dict[str, Host] = {}
    answered: dict[Key, ProbeResult] = {}
    attempts: list[Attempt] = []
    channels: list[Channel] = []
    for record in evidence.read(path) if path else ():
        match record:
            case RunInfo():
                run = record
            case Host():
                hosts[record.ip] = record
            case Attempt():
                attempts.append(record)
            case Channel():
                channels.append(record)
            case ProbeResult() if record.status not in UNANSWERED or _is_tried(record, attempts):
                key = record.ip, record.probe, record.port
                answered[key] = _joined(answered.get(key), record)
    return Earlier(run, tuple(hosts.values()), answered, tuple(attempts), tuple(channels))


def _is_tried(result: ProbeResult, attempts: Sequence[Attempt]) -> bool:
    return result.probe == logins.NAME and any(a.ip == result.ip for a in attempts)


def _joined(earlier: ProbeResult | None, later: ProbeResult) -> ProbeResult:
    """What a host announced comes in pieces; the answer to a question is one."""
    if earlier is None or later.port is not None:
        return later
    return replace(earlier, observations=(*earlier.observations, *later.observations))


def on_interface(here: Machine, name: str, *, listening: bool = False) -> Machine:
    """The machine as if it had the named interface only; UsageError when it has not.

    To listen, one without an address will do, such as that of a mirror port.
    """
    if not name:
        return here
    bare = [k for k in here.links if listening and k.name == name and k.usable and k.mac]
    unnumbered = tuple(Interface(k.name, NOWHERE, f"{NOWHERE}/32", k.mac) for k in bare)
    chosen = tuple(i for i in here.interfaces if i.name == name) or unnumbered
    if not chosen:
        names = ", ".join(sorted({i.name for i in here.interfaces})) or "none"
        raise UsageError(f"--interface {name!r}: no usable interface of that name; usable: {names}")
    return replace(here, interfaces=chosen)


def plan_target(options: Options, knowledge: Knowledge, here: Machine, earlier: Earlier) -> Target:
    """The scope and ports of a scan, checked. UsageError says what to change."""
    limit = options.limits.max_hosts
    _check_passive(options, earlier)
    typed = options.targets or (earlier.run.scope if earlier.run else ())
    networks = _networks(typed, limit) if typed else here.networks
    target = Target(
        scope.collapse(networks),
        scope.collapse(_networks(options.excluded, 2**128)),
        ports.choose(options.ports, knowledge.ports),
        options.limits,
    )
    if options.passive:
        listening = replace(options.limits, listen=options.passive, hosts_at_once=0)
        target = replace(target, ports=(), limits=listening)
    return scope.check(target, allow_public=options.allow_public)


def _check_passive(options: Options, earlier: Earlier) -> None:
    """A resumed run goes on as it began, and whoever only listens looks up no name."""
    only_listened = earlier.run is not None and is_passive(earlier.run)
    if only_listened and not options.passive:
        raise UsageError(
            f"--resume {options.resume}: that run only listened; add --passive S to listen on, "
            "or scan without --resume"
        )
    if earlier.run and options.passive and not only_listened:
        raise UsageError(
            f"--resume {options.resume}: that run asked the hosts; go on without --passive"
        )
    if options.passive and options.without:
        raise UsageError("--without: --passive sends nothing that could be switched off")
    names = [t for t in (*options.targets, *options.excluded) if scope.is_name(t)]
    if options.passive and names:
        raise UsageError(
            f"target {names[0]!r}: --passive sends nothing, so no name is looked up; "
            "write the address"
        )


def is_passive(run: RunInfo) -> bool:
    """True when the run only listened."""
    return any(name == PASSIVE for name, _ in run.settings)


def _networks(texts: Sequence[str], limit: int) -> list[IPNetwork]:
    addresses = [a for t in texts for a in (resolve(t) if scope.is_name(t) else (t,))]
    return [n for a in addresses for n in scope.parse(a, limit=limit)]


class Scan:
    """One run of the collecting half, used once."""

    def __init__(
        self,
        options: Options,
        target: Target,
        here: Machine,
        earlier: Earlier,
        credentials: Sequence[Credential] = (),
    ) -> None:
        self._options, self._target, self._here = options, target, here
        self._earlier, self._credentials = earlier, credentials
        self.run = self._describe()

    async def collect(
        self,
        path: Path,
        watcher: Listener,
        is_camera_mac: Callable[[str], bool],
        vendors_of: Callable[[str], Collection[str]],
    ) -> None:
        """Run to the end. Whatever ends it early, the evidence stays usable and can be resumed."""
        recorder = Recorder(path, watcher)
        complete = False
        try:
            recorder.begin(self.run, self._earlier)
            paces = replace(Paces.of(self._target.limits), room=self._here.room)
            segment = self._segment(paces)
            plan = Plan(
                self._target,
                sources.probes(self._options.without),
                is_camera_mac,
                Logins(
                    self._credentials,
                    vendors_of,
                    segment.worker,
                    recorder.record,
                    now,
                    self._earlier.attempts,
                ),
                self._earlier.answered,
            )
            await Engine(
                plan,
                self._sources(),
                segment,
                recorder,
                paces,
                self._earlier.hosts,
            ).run()
            complete = True
        except BaseExceptionGroup as group:
            raise _first(group) from group
        finally:
            own = {i.address for i in self._here.interfaces}
            recorder.end(complete=complete, own=own, nobody=self._nobody)

    def _segment(self, paces: Paces) -> Segment:
        return Segment(
            self._target,
            paces.packets,
            paces.discovery,
            raw=self._arp,
            attached=self._here.interfaces,
            credentials=self._credentials,
            room=paces.room,
        )

    @property
    def _nobody(self) -> str:
        return UNHEARD if self._options.passive else NOBODY

    @property
    def _arp(self) -> bool:
        wanted = self._options.arp and "arp" not in self._options.without
        return (wanted or bool(self._options.passive)) and self._here.raw

    @property
    def _without(self) -> tuple[tuple[str, str], ...]:
        names = ",".join(sorted(self._options.without))
        return ((sources.WITHOUT, names),) if names else ()

    def _sources(self) -> tuple[Discovery, ...]:
        """Every source wanted, but one only of the two ways to make on-link addresses answer."""
        found = sources.discoveries()
        if self._options.passive:
            return tuple(d for d in found if d.name == PASSIVE)
        unused = {PASSIVE, "neighbours" if self._arp else "arp", *self._options.without}
        if not self._options.layer2_discovery:
            unused.add("sadp-l2")
        return tuple(d for d in found if d.name not in unused)

    def _limitations(self) -> tuple[str, ...]:
        if self._options.passive:
            return self._here.lost_listening(self._options.passive)
        return (*self._by_choice(), *self._here.lost_in(self._target))

    @property
    def _means(self) -> Means:
        agents = any(credential.agents for credential in self._credentials)
        options = self._options
        return Means(self._arp, options.without, agents, listening=bool(options.passive))

    def _by_choice(self) -> Iterator[str]:
        if self._here.raw and not self._options.arp:
            yield "No ARP sweep: switched off by --no-arp."
        if self._options.without:
            yield f"Not used: {', '.join(sorted(self._options.without))}: {sources.BY_CHOICE}."

    def _describe(self) -> RunInfo:
        limits, earlier = self._target.limits, self._earlier.run
        return RunInfo(
            run=earlier.run if earlier else str(uuid.uuid4()),
            tool=TOOL,
            started=earlier.started if earlier else now(),
            sensor=self._options.sensor,
            scope=tuple(str(n) for n in self._target.networks),
            excluded=tuple(str(n) for n in self._target.excluded),
            settings=(
                ("connections_per_camera", str(limits.connections_per_camera)),
                ("connections_per_host", str(limits.connections_per_host)),
                ("host_timeout", f"{limits.host_timeout:g}"),
                ("max_rate", f"{limits.packets_per_second:g}"),
                *(((PASSIVE, f"{self._options.passive:g}"),) if self._options.passive else ()),
                ("ports", ",".join(str(p.number) for p in self._target.ports)),
                *self._without,
            ),
            limitations=self._limitations(),
            subnets=tuple(subnets(self._target, self._here, self._means)),
        )


class Recorder(Listener):
    """Writes everything to the evidence file before anybody else hears of it."""

    def __init__(self, path: Path, watcher: Listener) -> None:
        self._writer, self._watcher = evidence.Writer(path), watcher
        self._ips: set[str] = set()
        self._results = 0
        self._limitations: list[str] = []

    def begin(self, run: RunInfo, earlier: Earlier) -> None:
        """The run line and what an interrupted part of the run already knows."""
        known: tuple[Record, ...] = (
            run,
            *earlier.hosts,
            *earlier.attempts,
            *earlier.channels,
            *earlier.answered.values(),
        )
        for record in known:
            self.record(record)
        self._writer.publish()

    def record(self, record: Record) -> None:
        self._writer.write(record)
        if isinstance(record, Host):
            self._ips.add(record.ip)
        self._results += isinstance(record, ProbeResult)
        self._watcher.record(record)

    def probed(self, ip: str) -> None:
        self._watcher.probed(ip)

    def limitation(self, text: str) -> None:
        self._limitations.append(text)
        self._watcher.limitation(text)

    def end(self, *, complete: bool, own: Collection[str], nobody: str = NOBODY) -> None:
        """The last line; a disk that takes no more has already been told. Silence is a gap."""
        if complete and self._ips.issubset(own):
            self.limitation(nobody)
            complete = False
        with suppress(EvidenceError):
            limitations = tuple(self._limitations)
            self.record(RunEnd(now(), len(self._ips), self._results, complete, limitations))
        self._writer.close()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first real error of a group: what a person should read."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
