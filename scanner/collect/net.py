"""The network of one host: scope, pace, budgets, byte caps and the never-send guard.

Together with `segment.py` (multicast, tables, workers) the only code that opens sockets.
"""

import asyncio
import errno
import os
import socket
import ssl
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address, ip_network
from typing import TypeVar

from scanner.collect.api import READ_CAP, Conversation
from scanner.collect.guard import Guard, never
from scanner.collect.logins.permit import Permit
from scanner.collect.wire import llmnr, netbios
from scanner.errors import UsageError
from scanner.model import IPNetwork, Limits, ProbeStatus, Target

_T = TypeVar("_T")
CHUNK = 16 * 1024
NAME_PORTS = frozenset({netbios.PORT, llmnr.PORT})
SUBNET = {4: 24, 6: 64}
DATAGRAMS = 16
"""Datagrams kept of one host's answer: a device that sends more is flooding."""
LOGIN_CONNECTIONS = 12
"""Connections more to a host that the operator supplied a login for: a device that closes after
each reply costs two for each read."""
LOOK = 1.0
"""Seconds between two looks at the neighbour table: who was let in is in it by then."""


class Pace:
    """A token bucket: at most `per_second` tokens a second, 0 for no limit, small bursts."""

    def __init__(self, per_second: float, burst: float = 32.0) -> None:
        self.per_second = per_second
        self._burst = burst
        self._next = 0.0

    async def take(self, tokens: float = 1.0) -> None:
        """Wait until the tokens may be spent."""
        if self.per_second <= 0:
            return
        now = time.monotonic()
        self._next = max(self._next, now - self._burst / self.per_second)
        self._next += tokens / self.per_second
        if self._next > now:
            await asyncio.sleep(self._next - now)


class Room:
    """Lets in no more hosts than the kernel can keep as neighbours at the same time.

    What its table does not take is lost without a word: every port there seems to be silent.
    `in_use` counts the entries that cannot be dropped yet.
    """

    def __init__(self, entries: int = sys.maxsize, in_use: Callable[[], int] = lambda: 0) -> None:
        self._entries, self._in_use = entries, in_use
        self._left = entries // 2
        self._door = asyncio.Lock()

    async def enter(self) -> None:
        """Wait until the table takes one more, but never for good: then one host a look."""
        async with self._door:
            while self._left <= 0:
                await asyncio.sleep(LOOK)
                self._left = max(1, self._entries - await asyncio.to_thread(self._in_use))
            self._left -= 1


@dataclass(frozen=True, slots=True)
class Paces:
    """The brakes of a run: every packet, discovery protocols, names of computers, new hosts.

    `discovery` is for what all hosts of a link hear; single hosts are asked at the same pace in
    each subnet, for which a /24 or an IPv6 /64 stands.
    """

    packets: Pace
    discovery: Pace
    names: Pace = field(default_factory=lambda: Pace(0))
    room: Room = field(default_factory=Room)
    _subnets: dict[IPNetwork, Pace] = field(default_factory=dict)

    @classmethod
    def of(cls, limits: Limits) -> "Paces":
        """The brakes that the limits set."""
        discovery = Pace(limits.discovery_per_second, burst=1)
        return cls(Pace(limits.packets_per_second), discovery, Pace(limits.names_per_second, 1))

    def unicast(self, ip: str, port: int) -> Pace:
        """That of datagrams to the host's port."""
        if port in NAME_PORTS:
            return self.names
        address = ip_address(ip.partition("%")[0])
        subnet = ip_network((address, SUBNET[address.version]), strict=False)
        return self._subnets.setdefault(subnet, Pace(self.discovery.per_second, burst=1))


@cache
def _tls_context() -> ssl.SSLContext:
    """Speaks to anything old: identification reads a certificate, it does not trust one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


class _Plain:
    """A connected TCP socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self.sock, data)

    async def receive(self, size: int) -> bytes:
        return await self._loop.sock_recv(self.sock, size)


class _Tls:
    """TLS over a `_Plain` through memory buffers, so that every read stays ours to bound."""

    def __init__(self, plain: _Plain) -> None:
        self._plain = plain
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = _tls_context().wrap_bio(self._in, self._out)

    async def handshake(self) -> bytes | None:
        """Finish the handshake; the peer's certificate as DER."""
        await self._pump(self._tls.do_handshake)
        return self._tls.getpeercert(binary_form=True)

    async def send(self, data: bytes) -> None:
        self._tls.write(data)
        await self._flush()

    async def receive(self, size: int) -> bytes:
        try:
            return await self._pump(lambda: self._tls.read(size))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def _pump(self, step: Callable[[], _T]) -> _T:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._plain.receive(CHUNK)
                self._in.write(data) if data else self._in.write_eof()
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        if data := self._out.read():
            await self._plain.send(data)


_Opened = tuple[socket.socket | None, ProbeStatus, str | None]


class HostLink:
    """`HostNet` for one address: never two connections at once, never more than the budget."""

    def __init__(self, ip: str, target: Target, paces: Paces, rtt: float | None = None) -> None:
        self.ip = ip
        self.connections = 0
        self.camera_like = False
        self.permit: Permit | None = None
        self._target = target
        self._limits: Limits = target.limits
        self._paces = paces
        self._rtt = rtt
        self._parked: tuple[int, socket.socket] | None = None
        self._free_at = 0.0
        self._silent = 0
        self._kept_waiting = 0

    @property
    def budget(self) -> int:
        """Connections this host may cost in total."""
        limits = self._limits
        usual = limits.connections_per_camera if self.camera_like else limits.connections_per_host
        return usual + (LOGIN_CONNECTIONS if self.permit else 0)

    async def touch(self, port: int, seconds: float | None = None) -> Conversation:
        """Is the port open? An open connection is kept for the next question on that port."""
        sock, status, reason = await self._connect(port, seconds or self._patience())
        if sock is not None:
            self._parked = (port, sock)
        return Conversation(status, reason=reason)

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
        """See `HostNet.converse`. While there is a `permit`, only what it is for may leave."""
        guard = Guard(port, tls, self.permit)
        sock, status, reason = await self._open(port, requests, guard)
        if sock is None:
            return Conversation(status, reason=reason)
        talk = _Talk(requests, complete, cap, lambda reply: guard.follow(follow, reply))
        try:
            async with asyncio.timeout(seconds or self._exchange_patience()):
                await talk.run(_Plain(sock), tls=tls)
            return talk.conversation(ProbeStatus.OK)
        except TimeoutError:
            self._kept_waiting += 1
            return talk.conversation(ProbeStatus.TIMEOUT, "no complete answer in time")
        except ssl.SSLError as error:
            return talk.conversation(ProbeStatus.TLS_ERROR, error.reason or "handshake failed")
        except OSError as error:
            return talk.conversation(*_failure(error))
        finally:
            self._release(sock)

    async def datagrams(
        self,
        port: int,
        payloads: Sequence[bytes],
        *,
        seconds: float,
        cap: int = READ_CAP,
        group: str = "",
    ) -> Conversation:
        """See `HostNet.datagrams`."""
        if reason := self._out_of_scope():
            return Conversation(ProbeStatus.OUT_OF_SCOPE, reason=reason)
        if reason := next((r for p in payloads if (r := never(port, p, "udp"))), None):
            return Conversation(ProbeStatus.NOT_PERMITTED, reason=reason)
        replies: list[bytes] = []
        with self._socket(socket.SOCK_DGRAM) as sock:
            try:
                to = _aim(sock, self.ip, port, group)
                async with asyncio.timeout(None) as deadline:
                    for payload in payloads:
                        await self._rest()
                        _hear(sock)
                        await self._paces.unicast(self.ip, port).take()
                        await self._paces.packets.take()
                        sock.sendto(payload, to) if group else sock.send(payload)
                        self._free_at = time.monotonic() + self._limits.gap
                    deadline.reschedule(asyncio.get_running_loop().time() + seconds)
                    await self._gather(sock, replies, cap)
            except TimeoutError:
                pass
            except OSError as error:
                status, reason = _failure(error)
                return Conversation(status, tuple(replies), reason)
        if replies:
            return Conversation(ProbeStatus.OK, tuple(replies))
        return Conversation(ProbeStatus.TIMEOUT, reason="no answer")

    def close(self) -> None:
        """Give up a connection kept by `touch`."""
        if self._parked:
            self._release(self._parked[1])
            self._parked = None

    async def _gather(self, sock: socket.socket, replies: list[bytes], cap: int) -> None:
        """Only what the host itself sent; a socket that asks a group hears others too."""
        loop = asyncio.get_running_loop()
        while len(replies) < DATAGRAMS:
            data, sender = await loop.sock_recvfrom(sock, 65536)
            if ":" in self.ip or sender[0] == self.ip:
                replies.append(data[:cap])

    async def _open(self, port: int, requests: Sequence[bytes], guard: Guard) -> _Opened:
        if reason := guard.refuse(requests):
            return None, ProbeStatus.NOT_PERMITTED, reason
        sock, status, reason = await self._take(port)
        if sock is not None and (spent := guard.spend(requests)):
            self._release(sock)
            return None, ProbeStatus.SKIPPED, spent
        return sock, status, reason

    async def _take(self, port: int) -> _Opened:
        if self._parked and self._parked[0] == port:
            sock = self._parked[1]
            self._parked = None
            return sock, ProbeStatus.OK, None
        return await self._connect(port, self._limits.exchange_timeout / 2)

    async def _connect(self, port: int, seconds: float) -> _Opened:
        self.close()
        if reason := self._out_of_scope():
            return None, ProbeStatus.OUT_OF_SCOPE, reason
        if self.connections >= self.budget:
            return None, ProbeStatus.SKIPPED, f"connection budget of {self.budget} used up"
        await self._paces.packets.take()
        await self._rest()
        sock = self._socket(socket.SOCK_STREAM)
        started = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                await asyncio.get_running_loop().sock_connect(sock, (self.ip, port))
        except BaseException as error:
            sock.close()
            if not isinstance(error, OSError):  # TimeoutError is an OSError
                raise
            return None, *self._note(error, started)
        self._heard(started)
        self.connections += 1
        return sock, ProbeStatus.OK, None

    async def _rest(self) -> None:
        """Wait until the host may be asked again."""
        await asyncio.sleep(max(0.0, self._free_at - time.monotonic()))

    def _note(self, error: OSError, started: float) -> tuple[ProbeStatus, str]:
        status, reason = _failure(error)
        if status is ProbeStatus.REFUSED:
            self._heard(started)
            self._free_at = time.monotonic() + self._limits.gap
        elif status is ProbeStatus.TIMEOUT:
            self._silent += 1
        return status, reason

    def _heard(self, started: float) -> None:
        took = time.monotonic() - started
        self._rtt = took if self._rtt is None else max(took, 0.8 * self._rtt)
        self._silent = 0

    def _patience(self) -> float:
        """Seconds to wait for a SYN's answer: from what this host showed, shorter once silent."""
        if self._rtt is not None:
            return min(2.0, 0.15 + (6 if self._silent < 2 else 2) * self._rtt)
        return 1.0 if self._silent < 2 else 0.3

    def _exchange_patience(self) -> float:
        """Seconds for one exchange: a host that let us wait twice is waited for less."""
        return self._limits.exchange_timeout / max(1, self._kept_waiting)

    def _out_of_scope(self) -> str | None:
        return None if self._target.contains(ip_address(self.ip)) else "address is out of scope"

    def _socket(self, kind: socket.SocketKind) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.ip else socket.AF_INET
        sock = socket.socket(family, kind)
        sock.setblocking(False)
        return sock

    def _release(self, sock: socket.socket) -> None:
        sock.close()
        self._free_at = time.monotonic() + self._limits.gap


def _aim(sock: socket.socket, ip: str, port: int, group: str) -> tuple[str, int]:
    """Make the socket one that talks to the host, or to the group on the host's own link."""
    if not group:
        sock.connect((ip, port))
        return ip, port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as finder:
        finder.setblocking(False)
        finder.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
        finder.connect((ip, port))  # sends nothing; an error when the host is on no link of ours
        own = finder.getsockname()[0]
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    sock.bind((own, 0))
    return group, port


def _hear(sock: socket.socket) -> None:
    """Raise what came back to earlier datagrams: who refuses one is not sent another."""
    if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(number, os.strerror(number))


class _Talk:
    """Requests and their replies on one connection; keeps what was read when it is cut short."""

    def __init__(
        self,
        requests: Sequence[bytes],
        complete: Callable[[bytes], bool],
        cap: int,
        follow: Callable[[bytes], bytes | None],
    ) -> None:
        self._requests, self._complete, self._cap, self._follow = requests, complete, cap, follow
        self._replies: list[bytearray] = []
        self._certificate: bytes | None = None

    async def run(self, plain: _Plain, *, tls: bool) -> None:
        stream: _Plain | _Tls = plain
        if tls:
            stream = _Tls(plain)
            self._certificate = await stream.handshake()
        alive = True
        for request in self._requests:
            alive = alive and await self._exchange(stream, request)
        if alive and self._replies and (extra := self._follow(bytes(self._replies[-1]))):
            await self._exchange(stream, extra)

    async def _exchange(self, stream: _Plain | _Tls, request: bytes) -> bool:
        """True when the reply is complete and the connection can be asked again."""
        reply = bytearray()
        self._replies.append(reply)
        if request:
            await stream.send(request)
        return await self._read(stream, reply)

    async def _read(self, stream: _Plain | _Tls, reply: bytearray) -> bool:
        while len(reply) < self._cap:
            data = await stream.receive(min(CHUNK, self._cap - len(reply)))
            if not data:
                return False
            reply += data
            if self._complete(bytes(reply)):
                return True
        return False

    def conversation(self, status: ProbeStatus, reason: str | None = None) -> Conversation:
        unanswered = any(self._requests) and not (self._replies and self._replies[0])
        if status is ProbeStatus.OK and unanswered:
            status, reason = ProbeStatus.CLOSED_EARLY, "closed without an answer"
        return Conversation(
            status, tuple(bytes(r) for r in self._replies), reason, self._certificate
        )


def resolve(name: str) -> tuple[str, ...]:
    """A host name's addresses by the machine's own resolver. UsageError when it has none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(f"target {name!r} does not resolve: {error.strerror}") from error
    return tuple(sorted({str(entry[4][0]) for entry in found}))


_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}


def _failure(error: OSError) -> tuple[ProbeStatus, str]:
    """How an operating system error reads as a probe's end."""
    match error:
        case TimeoutError():
            return ProbeStatus.TIMEOUT, "no answer"
        case ConnectionRefusedError():
            return ProbeStatus.REFUSED, "refused"
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return ProbeStatus.CLOSED_EARLY, "connection reset"
        case PermissionError():
            return ProbeStatus.NOT_PERMITTED, "this machine does not permit it"
    if error.errno in _UNREACHABLE:
        return ProbeStatus.UNREACHABLE, "no route or no neighbour"
    return ProbeStatus.UNREACHABLE, error.strerror or type(error).__name__
