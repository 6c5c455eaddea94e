"""Runs a scan: hosts stream in and each is probed as soon as it is seen.

Discovery sources and a fixed number of workers share one TaskGroup; a worker visits one host at a
time (`visit.py`). What is learnt goes to a `Listener` in the order it is learnt.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from ipaddress import ip_address

from scanner.collect.api import Discovery, SegmentNet, Unseen
from scanner.collect.link import is_link_local, routed
from scanner.collect.net import HostLink, Paces
from scanner.collect.visit import Listener, Plan, Visit, now, where
from scanner.model import Host, IPAddress, Observation, ProbeResult, ProbeStatus, Sighting

ONLY_IPV6 = "known only by an IPv6 link-local address, of which nothing is asked"


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
        self._users: dict[str, list[str]] = {}
        self._link_local: defaultdict[str, list[Sighting]] = defaultdict(list)
        self._routed = routed(segment.interfaces, plan.target)
        self._introduced = asyncio.Event()
        self._queue: asyncio.Queue[Sighting | None] = asyncio.Queue()

    async def run(self) -> None:
        """Return when every source has ended and every host seen has been visited."""
        workers = self._plan.target.limits.hosts_at_once
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._work())
            self._recall()
            sources = [group.create_task(self._discover(d)) for d in self._discoveries]
            await _settled(sources, self._plan.target.limits.listen)
            self._introduced.set()
            await _settled(sources)
            self._place_link_local()
            for _ in range(workers):
                self._queue.put_nowait(None)

    def _recall(self) -> None:
        """Hosts and announcements of an interrupted run, as if just seen."""
        for result in self._plan.answered.values():
            if result.port is None:
                self._heard.setdefault(result.ip, []).extend(result.observations)
        target = self._plan.target
        for host in (h for h in self._known if target.contains(ip_address(h.ip))):
            self._hosts[host.ip] = host
            self._note_mac(host)
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
        address = ip_address(sighting.ip)
        if self._plan.target.contains(address):
            if self._take(sighting):
                self._queue.put_nowait(sighting)
        elif address.is_link_local and self._is_ours(address):
            self._link_local[sighting.ip].append(sighting)

    def _is_ours(self, address: IPAddress) -> bool:
        return is_link_local(address, self._segment.interfaces, self._plan.target)

    def _take(self, sighting: Sighting) -> bool:
        """Note and record what is new. True when the host was not known."""
        known = self._hosts.get(sighting.ip)
        host = _merge(known, sighting)
        if host != known:
            self._hosts[sighting.ip] = host
            self._listener.record(host)
        self._note_said(sighting)
        if not (known and known.mac):
            self._note_mac(host)
        return known is None

    def _place_link_local(self) -> None:
        """Whose an IPv6 link-local address is, its hardware address tells.

        One that is nobody's is a host of its own, unless the kernel only remembers it.
        """
        for ip, sightings in self._link_local.items():
            said = Observation("ipv6.address", ip)
            told = [
                replace(s, observations=tuple(dict.fromkeys((said, *s.observations))))
                for s in sightings
            ]
            users = {user for s in sightings for user in self._users.get(s.mac or "", ())}
            is_there = any(s.rtt is not None or s.observations for s in sightings)
            for host in sorted(users) or ([ip] if is_there else ()):
                for sighting in told:
                    self._take(replace(sighting, ip=host))
            if is_there and not users:
                self._leave_unasked(ip)

    def _leave_unasked(self, ip: str) -> None:
        """A host nothing is asked of still has one result for each question of the plan."""
        for port in self._plan.target.ports:
            if (ip, "tcp", port.number) not in self._plan.answered:
                status = ProbeStatus.OUT_OF_SCOPE
                result = ProbeResult(ip, "tcp", status, port.number, ONLY_IPV6, started=now())
                self._listener.record(result)
        self._listener.probed(ip)

    def _see_mac(self, sighting: Sighting) -> None:
        """What is said of a hardware address holds for all who use it, seen before or later."""
        self._about.setdefault(sighting.mac or "", []).append(sighting)
        for ip in self._users.get(sighting.mac or "", ()):
            self._note_said(replace(sighting, ip=ip))

    def _note_mac(self, host: Host) -> None:
        """The host uses its hardware address from now on."""
        if host.mac:
            self._users.setdefault(host.mac, []).append(host.ip)
            for about in self._about.get(host.mac, ()):
                self._note_said(replace(about, ip=host.ip))

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
            await self._paces.room.enter()
            link = HostLink(sighting.ip, target, self._paces, sighting.rtt)
            heard = self._heard.setdefault(sighting.ip, [])
            address = ip_address(sighting.ip)
            visit = Visit(
                self._plan,
                partial(self._hosts.__getitem__, sighting.ip),
                heard,
                link,
                self._listener,
                self._introduced,
                routed=any(address in network for network in self._routed),
            )
            await visit.run()
            self._listener.probed(sighting.ip)


async def _settled(sources: Sequence[asyncio.Task[None]], seconds: float | None = None) -> None:
    """Until all sources are over, or for that long."""
    if sources:
        await asyncio.wait(sources, timeout=seconds)


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
