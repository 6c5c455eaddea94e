"""Everything asked of one host, one thing after the other: ports, then what is behind them.

Each planned (host, probe, port) gets exactly one result. The deadlines and the one
`except Exception` of a scan are here.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from scanner.collect import introductions
from scanner.collect.api import HostView, Outcome, Probe, Stage
from scanner.collect.logins import logins
from scanner.collect.logins.logins import Logins
from scanner.collect.net import HostLink
from scanner.model import (
    Host,
    Observation,
    Port,
    ProbeResult,
    ProbeStatus,
    Record,
    Target,
    utc_text,
)

CANARIES = (60177, 61789, 63211, 64997)
"""Unassigned ports: who accepts two of them accepts everything."""
SUSPICIOUS = 5
"""Who accepts the first so many ports is asked for canaries again: an answer may have been late."""
PROBE_LIMIT = 20.0
"""Seconds one probe may take whatever it does; every exchange inside it is shorter."""
RETRIES = 3
"""Silent ports asked once more, so that one lost packet is not read as a filter."""
RETRY_PATIENCE = 0.5
CAMERA_PORTS = frozenset({554, 8554, 34567, 37777, 37778})
CAMERA_FIELDS = ("wsd.", *introductions.VENDOR_FIELDS)
"""Who says one of these speaks a discovery protocol of cameras."""

Key = tuple[str, str, int | None]
"""(ip, probe, port): what a plan counts."""


class Listener:
    """Receives everything a scan learns, in order. This one ignores it."""

    def record(self, record: Record) -> None:
        """A host was seen (again, by one more source), or a planned (host, probe, port) ended."""

    def probed(self, ip: str) -> None:
        """Nothing more will be asked of the host."""

    def limitation(self, text: str) -> None:
        """Something this scan cannot see, and why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask of every host."""

    target: Target
    probes: Sequence[Probe]
    is_camera_mac: Callable[[str], bool] = lambda _mac: False
    logins: Logins | None = None
    answered: Mapping[Key, ProbeResult] = field(default_factory=dict)
    """Results of an earlier, interrupted run; they are not asked for again."""


def now() -> str:
    """The present time as evidence writes it."""
    return utc_text(datetime.now(UTC))


def where(error: BaseException) -> str:
    """An exception as one line: its type, its text and the line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


class Visit:
    """One host from the first touch to the last question."""

    def __init__(
        self,
        plan: Plan,
        host: Callable[[], Host],
        heard: Sequence[Observation],
        link: HostLink,
        listener: Listener,
        introduced: asyncio.Event,
        *,
        routed: bool = False,
    ) -> None:
        self._plan, self._host, self._heard = plan, host(), heard
        self._learnt = host
        self._link, self._listener, self._introduced = link, listener, introduced
        self._routed = routed
        self._deadline = time.monotonic() + plan.target.limits.host_timeout
        self._services: dict[int, str] = {}
        self._results: list[ProbeResult] = []
        mac = self._host.mac
        self._camera_mac = mac is not None and plan.is_camera_mac(mac)

    async def run(self) -> None:
        """Ask everything; every plan ends in a result, whatever the host does."""
        self._link.camera_like = self._camera_mac
        try:
            if await self._is_believable():
                await self._hear_out()
                await self._ask(Stage.HOST)
                await self._log_in()
        finally:
            self._link.close()

    async def _hear_out(self) -> None:
        """What a host says of itself to all decides what is still asked of it alone."""
        begin = time.monotonic()
        await self._introduced.wait()
        self._deadline += time.monotonic() - begin

    async def _is_believable(self) -> bool:
        """Scan the ports; False when the host accepts every port."""
        ports = self._plan.target.ports
        wanted = {p.number for p in ports}
        canaries = [c for c in CANARIES if c not in wanted]
        if await self._accepts(canaries[:2]):
            self._disbelieve(ports)
            return False
        silent = [p for p in ports[:SUSPICIOUS] if not await self._port(p)]
        if len(self._services) == SUSPICIOUS and await self._accepts(canaries[2:], RETRY_PATIENCE):
            self._disbelieve(ports[SUSPICIOUS:])
            return False
        silent += [p for p in ports[SUSPICIOUS:] if not await self._port(p)]
        await self._ask_again(silent)
        return True

    async def _accepts(self, canaries: Sequence[int], seconds: float | None = None) -> bool:
        for port in canaries:
            touch = partial(self._touch, port, seconds)
            outcome = await self._attempt("canary", port, touch)
            self._link.close()
            if outcome.status is not ProbeStatus.OK:
                return False
        return bool(canaries)

    def _disbelieve(self, rest: Sequence[Port]) -> None:
        seen = Outcome(ProbeStatus.OK, (Observation("tcp.accepts_all", "yes"),))
        self._emit("ports", None, seen)
        skipped = Outcome(ProbeStatus.SKIPPED, reason="the host accepts every port")
        for port in rest:
            self._emit("tcp", port.number, skipped)

    async def _ask_again(self, silent: Sequence[Port]) -> None:
        again, rest = silent[:RETRIES], silent[RETRIES:]
        for port in again:
            await self._port(port, last_try=True)
        for port in rest:
            self._emit("tcp", port.number, Outcome(ProbeStatus.TIMEOUT, reason="no answer"))

    async def _port(self, port: Port, *, last_try: bool = False) -> bool:
        """Touch a port and, when it is open, ask what is behind it. False when it was silent."""
        seconds = RETRY_PATIENCE if last_try else None
        quiet = None if last_try else ProbeStatus.TIMEOUT
        outcome = await self._attempt(
            "tcp", port.number, lambda: self._touch(port.number, seconds), unless=quiet
        )
        if outcome.status is ProbeStatus.OK:
            self._services[port.number] = port.service
            self._link.camera_like = self._view().camera_like
            await self._ask(Stage.PORT, port.number)
        return outcome.status is not ProbeStatus.TIMEOUT

    async def _touch(self, port: int, seconds: float | None = None) -> Outcome:
        answer = await self._link.touch(port, seconds)
        is_open = answer.status is ProbeStatus.OK and port not in CANARIES
        opened = (Observation("tcp.open", str(port)),) if is_open else ()
        return Outcome(answer.status, opened, answer.reason)

    async def _ask(self, stage: Stage, only: int | None = None) -> None:
        for probe in self._plan.probes:
            if probe.stage is not stage:
                continue
            for port in probe.ports(self._view()):
                if only in (None, port):
                    await self._attempt(probe.name, port, self._question(probe, port))

    async def _log_in(self) -> None:
        """With the operator's credentials, when everything that needs none is known."""
        self._host = self._learnt()  # its hardware address may have come late
        due, view = self._plan.logins, self._view()
        port = due.planned(view) if due else None
        if due and port is not None:
            await self._attempt(logins.NAME, port, lambda: due.run(self._link, view))

    def _question(self, probe: Probe, port: int) -> Callable[[], Awaitable[Outcome]]:
        view = self._view()
        return lambda: probe.run(self._link, port, view)

    def _view(self) -> HostView:
        said = (o for r in self._results for o in r.observations)
        observations = (*self._heard, *said)
        camera_like = (
            self._camera_mac
            or not CAMERA_PORTS.isdisjoint(self._services)
            or any(o.field.startswith(CAMERA_FIELDS) for o in observations)
        )
        return HostView(
            self._host.ip,
            self._host.mac,
            dict(self._services),
            camera_like,
            observations,
            tuple(self._results),
            self._routed,
        )

    async def _attempt(
        self,
        probe: str,
        port: int,
        ask: Callable[[], Awaitable[Outcome]],
        unless: ProbeStatus | None = None,
    ) -> Outcome:
        """Ask once and emit the result, unless it ended as `unless` (it will be asked again)."""
        earlier = self._plan.answered.get((self._host.ip, probe, port))
        if earlier is not None:
            self._results.append(earlier)
            return Outcome(earlier.status, earlier.observations, earlier.reason)
        started, begin = now(), time.monotonic()
        outcome = await self._guarded(ask)
        if outcome.status is not unless:
            self._emit(probe, port, outcome, started, time.monotonic() - begin)
        return outcome

    async def _guarded(self, ask: Callable[[], Awaitable[Outcome]]) -> Outcome:
        if time.monotonic() > self._deadline:
            limit = self._plan.target.limits.host_timeout
            return Outcome(ProbeStatus.SKIPPED, reason=f"time limit of {limit:g} s for one host")
        try:
            async with asyncio.timeout(PROBE_LIMIT):
                return await ask()
        except TimeoutError:
            return Outcome(ProbeStatus.TIMEOUT, reason=f"stopped after {PROBE_LIMIT:g} s")
        except Exception as error:  # noqa: BLE001 - a probe's crash is a result, the scan goes on
            return Outcome(ProbeStatus.BUG, reason=where(error))

    def _emit(
        self,
        probe: str,
        port: int | None,
        outcome: Outcome,
        started: str | None = None,
        seconds: float | None = None,
    ) -> None:
        result = ProbeResult(
            self._host.ip,
            probe,
            outcome.status,
            port,
            outcome.reason,
            started or now(),
            None if seconds is None else round(seconds, 3),
            outcome.observations,
        )
        self._results.append(result)
        self._listener.record(result)
