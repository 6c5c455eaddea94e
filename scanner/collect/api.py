"""What the engine, the probes, the discovery sources and the imports promise one another.

A probe is one file in `probes/`: it says on which ports of a host it has something to ask, asks
through the `HostNet` it is handed, and returns an `Outcome`. It opens no socket, starts no task,
keeps no state, sets no deadline and never decides who made the device.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from scanner.model import (
    Credential,
    Host,
    IPAddress,
    Observation,
    ProbeResult,
    ProbeStatus,
    Sighting,
    Target,
)

READ_CAP = 64 * 1024
"""Bytes kept of one answer: enough for every page and document the rules look at."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What came back on one connection. `replies[i]` answers `requests[i]`; it may be partial.

    `status` is OK when every reply asked for arrived or the peer ended the exchange properly;
    otherwise it says how it ended, and the replies hold what was read until then.
    `certificate` is the peer's DER certificate when TLS was spoken.
    """

    status: ProbeStatus
    replies: tuple[bytes, ...] = ()
    reason: str | None = None
    certificate: bytes | None = None


class HostNet(Protocol):
    """The network as one probe may use it: one host, one connection at a time, all limits kept."""

    async def converse(
        self,
        port: int,
        requests: Sequence[bytes],
        *,
        complete: Callable[[bytes], bool],
        tls: bool = False,
        cap: int = READ_CAP,
        seconds: float | None = None,
        follow: Callable[[bytes], bytes | None] | None = None,
    ) -> Conversation:
        """Open (or take over the connection that found the port open), send the first request,
        read until `complete(reply)`, end of stream, `cap` bytes or `seconds` (default: the
        exchange timeout), then the next request on the same connection while the peer keeps it.

        An empty request sends nothing and only listens. Never raises for what a peer does.
        After the last request, `follow(its reply)` may name one more, sent the same way.
        """

    async def datagrams(
        self,
        port: int,
        payloads: Sequence[bytes],
        *,
        seconds: float,
        cap: int = READ_CAP,
        group: str = "",
    ) -> Conversation:
        """Send the UDP payloads to the host, return every datagram it sent back in time.

        With an IPv4 `group` they go to that group on the host's link instead (TTL 1).
        """


class Stage(Enum):
    """When a probe runs: on an open port at once, or when all ports of the host are known."""

    PORT = 1
    HOST = 2


@dataclass(frozen=True, slots=True)
class HostView:
    """What is known of a host when a probe is planned."""

    ip: str
    mac: str | None = None
    services: Mapping[int, str] = field(default_factory=dict)
    """Open TCP port → service word of the port table (`http`, `https`, `rtsp`, …)."""
    camera_like: bool = False
    observations: tuple[Observation, ...] = ()
    results: tuple[ProbeResult, ...] = ()
    """What the probes of this host ended with so far, port by port."""
    routed: bool = False
    """It lies on none of our links, so that no multicast reaches it."""

    def spoke(self, probe: str) -> tuple[ProbeResult, ...]:
        """The results of a probe that ended OK: the ports that really speak its protocol."""
        return tuple(r for r in self.results if r.probe == probe and r.status is ProbeStatus.OK)

    def values(self, name: str) -> tuple[str, ...]:
        """All values observed for a field so far, in order."""
        return tuple(o.value for o in self.observations if o.field == name)

    def ports(self, *services: str) -> tuple[int, ...]:
        """Open ports on which one of the services is expected, in number order."""
        return tuple(sorted(p for p, s in self.services.items() if s in services))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a probe ended and what it saw; partial observations beside a failure are kept."""

    status: ProbeStatus
    observations: tuple[Observation, ...] = ()
    reason: str | None = None


class Probe(Protocol):
    """One protocol asked of one host."""

    name: str
    stage: Stage

    def ports(self, host: HostView) -> Sequence[int]:
        """The ports it has something to ask on, given what is known; empty means not planned."""

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """Ask once on one port."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface of this machine with one of its IPv4 networks."""

    name: str
    address: str
    network: str
    mac: str = ""
    multicast: bool = True


class SegmentNet(Protocol):
    """The network as a discovery source may use it: multicast, tables and the l2 worker."""

    interfaces: Sequence[Interface]
    target: Target
    raw: bool
    """The ARP sweep takes part in this scan, so nobody else has to wake the links."""
    credentials: Sequence[Credential]
    """What the operator supplied. It is used for exactly what it was supplied for."""

    def multicast(
        self,
        group: str | None,
        port: int,
        payloads: Sequence[bytes],
        *,
        seconds: float,
        broadcasts: Sequence[bytes] = (),
    ) -> AsyncIterator[tuple[IPAddress, bytes]]:
        """Send each payload (TTL 1) to the group on every interface in scope, and each of
        `broadcasts` to all on every link that is wholly in scope; yield (sender, datagram).

        What is said to the group is heard too; with broadcasts, also what is said to the port
        itself. Only senders in scope are yielded; those of an IPv6 group with their zone.
        Datagrams are capped at 64 KiB by UDP itself.
        """

    def worker(self, name: str, job: Mapping[str, object]) -> AsyncIterator[Mapping[str, object]]:
        """Run `scanner.workers.<name>` with one JSON job; yield its JSON lines as they come.

        The job's `seconds` is the child's life. Raises PermissionError, TimeoutError or
        ChildProcessError for a child that says it may not, takes too long, or fails.
        """

    async def neighbours(self) -> Mapping[str, str]:
        """The kernel's neighbour table: address → MAC, resolved entries only."""

    async def nudge(self, addresses: Sequence[str]) -> None:
        """Make the kernel resolve on-link addresses, at the scan's pace, without a raw socket."""

    async def touch(self, address: str, port: int) -> float | None:
        """Seconds until a TCP port answered in any way (open or refused), None when silent."""


class Unseen(Exception):
    """Part of what a source looks for stayed unseen: what, why, and what would help."""


class Discovery(Protocol):
    """One way to learn who is there."""

    name: str

    def sightings(self, net: SegmentNet) -> AsyncIterator[Sighting]:
        """Sightings as they come; ends by itself.

        Raises PermissionError when not permitted, and `Unseen`, after all it did see, for the rest.
        """


@dataclass(frozen=True, slots=True)
class Origin:
    """What a file says of its own making, as settings of the run. Only before anything else."""

    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OddLine:
    """A line, or what begins there, that could not be used: its number from 1, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reader of the report has to know of the file; `partial` when not all was used."""

    text: str
    partial: bool = False


Imported = Host | ProbeResult | Origin | OddLine | Remark


class ImportFile(Protocol):
    """A file of another tool, as an import may read it."""

    def lines(self) -> Iterator[str]:
        """Its text lines without line ends, each of bounded length; odd bytes become `\\xNN`."""

    def worker(self, name: str) -> AsyncIterator[Mapping[str, object]]:
        """What `scanner.workers.<name>` says to its job `read` of this file, as it comes."""


class Import(Protocol):
    """Files of one format → ordinary evidence. Whatever is in them is text, and never raises."""

    @property
    def name(self) -> str:
        """The name of the format on the command line."""

    @property
    def about(self) -> str:
        """What the file is, for a list of formats; without a full stop."""

    def records(self, file: ImportFile) -> AsyncIterator[Imported]:
        """Evidence as it is read; ends by itself. OSError when the file cannot be read."""
