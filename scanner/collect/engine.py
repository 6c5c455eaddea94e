"""Runs a scan: hosts stream in and each is probed as soon as it is seen.

Discovery sources and a fixed number of workers share one TaskGroup; a worker visits one host at a
time (`visit.py`). What is learnt goes to a `Listener` in the order it is learnt.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address

from scanner.collect.api import Discovery, SegmentNet, Unseen
from scanner.collect.net import HostLink, Paces
from scanner.collect.visit import Listener, Plan, Visit, now, where
from scanner.model import Host, Observation, ProbeResult, ProbeStatus, Sighting


class Engine:
    """One scan, used once: `await Engine(plan, discoveries, segment, listener).run()`."""

    def __init__(
        self,
        plan: Plan,
        discoveries: Sequence[Discovery],
        segment: SegmentNet,
        listener: Listener,
        paces: Paces,
        known: Sequence[Host] = (),
    ) -> None:
        self._plan, self._segment, self._listener = plan, segment, listener
        self._discoveries, self._known, self._paces = discoveries, known, paces
        self._hosts: dict[str, Host] = {}
        self._heard: dict[str, list[Observation]] = {}
        self._about: dict[str, list[Sighting]] = {}
        self._queue: asyncio.Queue[Sighting | None] = asyncio.Queue()

    async def run(self) -> None:
        """Return when every source has ended and every host seen has been visited."""
        workers = self._plan.target.limits.hosts_at_once
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._work())
            self._recall()
            sources = [group.create_task(self._discover(d)) for d in self._discoveries]
            if sources:
                await asyncio.wait(sources)
            for _ in range(workers):
                self._queue.put_nowait(None)

    def _recall(self) -> None:
        """Hosts and announcements of an interrupted run, as if just seen."""
        for result in self._plan.answered.values():
            if result.port is None:
                self._heard.setdefault(result.ip, []).extend(result.observations)
        for host in self._known:
            self._hosts[host.ip] = host
            self._queue.put_nowait(Sighting(host.ip, "", host.mac))

    async def _discover(self, discovery: Discovery) -> None:
        try:
            async for sighting in discovery.sightings(self._segment):
                self._see(sighting)
        except PermissionError as error:
            self._listener.limitation(f"{discovery.name}: not permitted ({error})")
        except Unseen as error:
            self._listener.limitation(f"{discovery.name}: {error}")
        except Exception as error:  # noqa: BLE001 - a broken source must not end the scan
            self._listener.limitation(f"{discovery.name}: failed ({where(error)})")

    def _see(self, sighting: Sighting) -> None:
        if not sighting.ip:
            self._see_mac(sighting)
            return
        if not self._plan.target.contains(ip_address(sighting.ip)):
            return
        known = self._hosts.get(sighting.ip)
        host = _merge(known, sighting)
        if host != known:
            self._hosts[sighting.ip] = host
            self._listener.record(host)
        self._note_said(sighting)
        if host.mac and not (known and known.mac):
            for about in self._about.get(host.mac, ()):
                self._note_said(replace(about, ip=host.ip))
        if known is None:
            self._queue.put_nowait(sighting)

    def _see_mac(self, sighting: Sighting) -> None:
        """What is said of a hardware address holds for all who use it, seen before or later."""
        self._about.setdefault(sighting.mac or "", []).append(sighting)
        for host in [h for h in self._hosts.values() if h.mac == sighting.mac]:
            self._note_said(replace(sighting, ip=host.ip))

    def _note_said(self, sighting: Sighting) -> None:
        heard = self._heard.setdefault(sighting.ip, [])
        new = tuple(o for o in sighting.observations if o not in heard)
        if new:
            heard.extend(new)
            self._listener.record(
                ProbeResult(
                    sighting.ip,
                    sighting.source,
                    ProbeStatus.OK,
                    started=now(),
                    observations=new,
                )
            )

    async def _work(self) -> None:
        target = self._plan.target
        while (sighting := await self._queue.get()) is not None:
            link = HostLink(sighting.ip, target, self._paces, sighting.rtt)
            heard = self._heard.setdefault(sighting.ip, [])
            await Visit(self._plan, self._hosts[sighting.ip], heard, link, self._listener).run()
            self._listener.probed(sighting.ip)


def _merge(known: Host | None, sighting: Sighting) -> Host:
    if known is None:
        return Host(sighting.ip, sighting.mac, (sighting.source,), now(), sighting.hostname)
    new_source = () if sighting.source in known.seen_by else (sighting.source,)
    return replace(
        known,
        mac=known.mac or sighting.mac,
        hostname=known.hostname or sighting.hostname,
        seen_by=(*known.seen_by, *new_source),
    )
