"""The network of the segment: multicast, the neighbour table, first touches, worker children.

Together with `net.py` the only code that opens sockets or starts processes. Linux; elsewhere what
needs its tables raises `NotSupported`.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import sys
import time
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from ipaddress import IPv4Interface, IPv4Network, ip_address, ip_network
from pathlib import Path
from typing import cast

import scanner
from scanner.collect.api import Interface
from scanner.collect.link import attached, broadcast, is_link_local, link_local
from scanner.collect.net import Pace, Room
from scanner.collect.never_send import refuse
from scanner.collect.scope import remaining
from scanner.collect.wire import netlink
from scanner.collect.wire.netlink import Dump, Link
from scanner.errors import CamcensusError
from scanner.model import Credential, IPAddress, Target

DISCARD = 9
"""RFC 863: a service on this port throws away what it gets, and hardly any host runs one."""
TOUCH_SECONDS = 1.5
"""Patience for one touch: the kernel repeats a lost SYN after one second."""
WORKER_SECONDS = 60.0
"""Life of a worker whose job names no `seconds`."""
MAX_LINE = 256 * 1024
"""Bytes of one line of a worker."""
DATAGRAMS = 32
"""Datagrams taken from one sender in one listening window: an honest device sends about ten."""
WAITING = 4 * 1024 * 1024
"""Bytes of datagrams that may wait to be looked at; more is lost."""


ANY = "0.0.0.0"  # noqa: S104 - no group; bound to only for a listening window
_Letter = tuple[socket.socket, bytes, tuple[str, int]]
"""A datagram: through which socket, what, and to which address and port."""


class NotSupported(CamcensusError):
    """This operating system does not offer what was asked for."""


def interfaces() -> tuple[Interface, ...]:
    """Each IPv4 address of each usable interface; `mac` is empty where ARP is not spoken."""
    usable = {link.index: link for link in links() if link.usable}
    return tuple(
        Interface(
            name=usable[a.index].name,
            address=a.address,
            network=str(IPv4Interface(f"{a.address}/{a.prefix}").network),
            mac=usable[a.index].mac,
            multicast=bool(usable[a.index].flags & netlink.IFF_MULTICAST),
        )
        for a in netlink.addresses(_dump(Dump.ADDRESSES))
        if a.index in usable
    )


def links() -> tuple[Link, ...]:
    """The network interfaces of this machine, whatever their state."""
    return tuple(netlink.links(_dump(Dump.LINKS)))


def neighbours() -> dict[str, str]:
    """The kernel's resolved IPv4 neighbours: address → MAC."""
    try:
        return {n.address: n.mac for n in netlink.neighbours(_dump(Dump.NEIGHBOURS))}
    except OSError:
        return arp_table(Path("/proc/net/arp").read_text(encoding="ascii"))


def neighbours_in_use() -> int:
    """Places of the kernel's IPv4 neighbour table that cannot be had; 0 where it is not told."""
    try:
        return netlink.neighbours_in_use(_dump(Dump.NEIGHBOURS))
    except (OSError, NotSupported):
        return 0


def arp_table(table: str) -> dict[str, str]:
    """Complete entries of the text form of the neighbour table, where netlink is closed to us."""
    rows = (row.split() for row in table.splitlines()[1:])
    return {row[0]: row[3].lower() for row in rows if int(row[2], 16) & 0x2}


def raw_permitted() -> bool:
    """True when this process may open a raw packet socket; nothing is sent or received."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except (AttributeError, OSError):
        return False
    return True


def _dump(what: Dump) -> bytes:
    if not sys.platform.startswith("linux"):
        raise NotSupported(f"interfaces and neighbours cannot be read on {sys.platform} yet")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.setblocking(False)  # a dump is in the socket as soon as it was asked for
        return netlink.dump(what, sock.send, lambda: sock.recv(65536))


class Segment:
    """`SegmentNet` on this machine. `pace` bounds every packet, `probe_pace` the multicasts."""

    def __init__(
        self,
        target: Target,
        pace: Pace,
        probe_pace: Pace,
        *,
        attached: Sequence[Interface],
        raw: bool,
        credentials: Sequence[Credential] = (),
        room: Room | None = None,
    ) -> None:
        self.target, self.interfaces, self.raw = target, attached, raw
        self._room = room or Room()
        self.credentials = credentials
        self._pace, self._probe_pace = pace, probe_pace

    async def neighbours(self) -> Mapping[str, str]:
        """See `SegmentNet.neighbours`."""
        return await asyncio.to_thread(neighbours)

    async def nudge(self, addresses: Sequence[str]) -> None:
        """See `SegmentNet.nudge`.

        One empty datagram to the discard port each: the kernel has to resolve the address before
        it can send, and a host that is there has nothing to read or to log. TTL 1 keeps it on the
        link.
        """
        _guard("udp", DISCARD, b"")
        on_link = [IPv4Network(i.network) for i in self.interfaces if i.mac]
        with _udp() as sock:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
            for text in addresses:
                address = ip_address(text)
                if self.target.contains(address) and any(address in n for n in on_link):
                    await self._room.enter()
                    await self._pace.take()
                    with contextlib.suppress(OSError):  # the table tells who is there, not this
                        sock.sendto(b"", (text, DISCARD))

    async def touch(self, address: str, port: int) -> float | None:
        """See `SegmentNet.touch`."""
        target = ip_address(address)
        if not self.target.contains(target):
            return None
        _guard("tcp", port, b"")
        await self._pace.take()
        family = socket.AF_INET if target.version == 4 else socket.AF_INET6
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.setblocking(False)
            started = time.monotonic()
            try:
                async with asyncio.timeout(TOUCH_SECONDS):
                    await asyncio.get_running_loop().sock_connect(sock, (address, port))
            except ConnectionRefusedError:
                pass
            except OSError:
                return None
            return time.monotonic() - started

    async def multicast(
        self,
        group: str | None,
        port: int,
        payloads: Sequence[bytes],
        *,
        seconds: float,
        broadcasts: Sequence[bytes] = (),
    ) -> AsyncGenerator[tuple[IPAddress, bytes], None]:
        """See `SegmentNet.multicast`; `seconds` count from the last payload on."""
        for payload in (*payloads, *broadcasts):
            _guard("udp", port, payload)
        inbox = _Inbox(self._is_in_scope)
        is_v6 = group is not None and ":" in group
        every = (link_local if is_v6 else attached)(self.interfaces, self.target)
        links = [i for i in every if i.multicast]
        if not links:
            return
        speaker = _speaker_v6 if is_v6 else _speaker
        with contextlib.ExitStack() as stack:
            speakers = [stack.enter_context(speaker(i)) for i in links]
            ears = _ears(group, port, links, everything=bool(broadcasts))
            for sock in (*speakers, *map(stack.enter_context, ears)):
                stack.enter_context(inbox.reading(sock))
            to_group = [(s, group) for s in speakers if group]
            pairs = zip(speakers, links, strict=True)
            to_all = [(s, to) for s, i in pairs if (to := broadcast(i, self.target))]
            rounds = [[(s, p, (to, port)) for s, to in to_group] for p in payloads]
            rounds += [[(s, p, (to, port)) for s, to in to_all] for p in broadcasts]
            telling = asyncio.create_task(self._tell(rounds, seconds))
            telling.add_done_callback(lambda _: inbox.close())
            stack.callback(telling.cancel)
            while item := await inbox.next():
                yield item
            await telling

    async def worker(
        self, name: str, job: Mapping[str, object]
    ) -> AsyncGenerator[Mapping[str, object], None]:
        """See `SegmentNet.worker`."""
        self._check_addresses(job)
        seconds = float(str(job.get("seconds", WORKER_SECONDS)))
        process = await _start(name)
        timer = asyncio.get_running_loop().call_later(seconds, _kill, process)
        lent = self._spare(float(str(job.get("rate", 0))))
        self._pace.per_second -= lent
        try:
            await _ask(process, job)
            async for line in _lines(process, name):
                yield line
            if await process.wait():
                late = asyncio.get_running_loop().time() >= timer.when()
                raise await _failure(process, name, seconds if late else None)
        finally:
            self._pace.per_second += lent
            timer.cancel()
            await _end(process)

    def _spare(self, rate: float) -> float:
        """How much of the run's pace a worker that sends at that rate can be given."""
        return max(0.0, min(rate, self._pace.per_second - 1.0))

    async def _tell(self, rounds: Sequence[Sequence[_Letter]], seconds: float) -> None:
        """Send everything everywhere, then wait. It is an error when nothing at all went out."""
        sent = 0
        error: OSError | None = None
        for letters in rounds:
            await self._probe_pace.take()
            for sock, payload, address in letters:
                await self._pace.take()
                try:
                    sent += sock.sendto(payload, address)
                except OSError as problem:
                    error = problem
        if error and not sent:
            raise error
        await asyncio.sleep(seconds)

    def _is_in_scope(self, sender: IPAddress) -> bool:
        is_neighbour = is_link_local(sender, self.interfaces, self.target)
        return is_neighbour or self.target.contains(sender)

    def _check_addresses(self, job: Mapping[str, object]) -> None:
        """Refuse a job that names a network outside the scope."""
        named = job.get("addresses", ())
        allowed = remaining(self.target)
        for network in map(ip_network, named if isinstance(named, list | tuple) else ()):
            if not any(network[0] in n and network[-1] in n for n in allowed):
                raise PermissionError(f"{network} is out of scope")


class _Inbox:
    """Datagrams of senders in scope, in the order they came and within bounds."""

    def __init__(self, is_in_scope: Callable[[IPAddress], bool]) -> None:
        self._is_in_scope = is_in_scope
        self._queue: asyncio.Queue[tuple[IPAddress, bytes] | None] = asyncio.Queue()
        self._waiting = 0
        self._taken: Counter[IPAddress] = Counter()

    @contextlib.contextmanager
    def reading(self, sock: socket.socket) -> Iterator[None]:
        """Take what arrives on the socket until the block ends."""
        loop = asyncio.get_running_loop()
        loop.add_reader(sock, self._read, sock)
        try:
            yield
        finally:
            loop.remove_reader(sock)

    async def next(self) -> tuple[IPAddress, bytes] | None:
        """The next datagram, None after the last."""
        item = await self._queue.get()
        self._waiting -= len(item[1]) if item else 0
        return item

    def close(self) -> None:
        """Nothing more will come."""
        self._queue.put_nowait(None)

    def _read(self, sock: socket.socket) -> None:
        """Empty the socket, but only so far that others have their turn."""
        with contextlib.suppress(OSError):
            for _ in range(DATAGRAMS):
                data, address = sock.recvfrom(65536)
                self._note(_sender(*address), data)

    def _note(self, sender: IPAddress, data: bytes) -> None:
        if not self._is_in_scope(sender):
            return
        self._taken[sender] += 1
        if self._taken[sender] <= DATAGRAMS and self._waiting + len(data) <= WAITING:
            self._waiting += len(data)
            self._queue.put_nowait((sender, data))


def _sender(host: str, _port: int, _flow: int = 0, index: int = 0) -> IPAddress:
    """The address of a socket's peer, with its zone where it has one."""
    return ip_address(f"{host}%{socket.if_indextoname(index)}" if index else host)


def _guard(transport: str, port: int, payload: bytes) -> None:
    if reason := refuse(transport, port, payload):
        raise PermissionError(f"never sent to {transport} port {port}: {reason}")


def _udp(family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    return sock


def _membership(group: str, interface: Interface) -> bytes:
    """`struct ip_mreqn`: the group, and the interface by address and by index."""
    index = socket.if_nametoindex(interface.name)
    return struct.pack("=4s4si", *map(socket.inet_aton, (group, interface.address)), index)


def _speaker(interface: Interface) -> socket.socket:
    """A socket that sends to all on the interface's link, and not beyond it."""
    sock = _udp()
    way_out = _membership(ANY, interface)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, way_out)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.bind((interface.address, 0))
    return sock


def _speaker_v6(interface: Interface) -> socket.socket:
    """A socket that sends to IPv6 groups through the interface, not beyond its link, not to us."""
    sock = _udp(socket.AF_INET6)
    index = socket.if_nametoindex(interface.name)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    return sock


def _ear_v6(group: str, port: int, interface: Interface) -> socket.socket | None:
    """A socket that hears the group on the interface; None when another program keeps the port."""
    index = socket.if_nametoindex(interface.name)
    membership = socket.inet_pton(socket.AF_INET6, group) + struct.pack("=I", index)
    sock = _udp(socket.AF_INET6)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((group, port, 0, index))
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, membership)
    except OSError:
        sock.close()
        return None
    return sock


def _ears(
    group: str | None, port: int, links: Sequence[Interface], *, everything: bool
) -> list[socket.socket]:
    """A socket that hears the group on all the links, or everything that comes to the port.

    None when another program keeps the port.
    """
    if group and ":" in group:
        return [ear for i in links if (ear := _ear_v6(group, port, i))]
    sock = _udp()
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((ANY if everything or not group else group, port))
        once = {i.name: i for i in links}.values()
        for membership in [_membership(group, i) for i in once] if group else ():
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    except OSError:
        sock.close()
        return []
    return [sock]


async def _start(name: str) -> Process:
    """Start `scanner.workers.<name>` with this interpreter, in a process group of its own.

    It runs in the folder that holds the package, so that nothing in the operator's working
    directory can be imported by a privileged child.
    """
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"scanner.workers.{name}"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        limit=MAX_LINE,
        cwd=Path(scanner.__file__).parents[1],
        start_new_session=True,
    )


async def _ask(process: Process, job: Mapping[str, object]) -> None:
    """Hand over the job. Standard input stays open: its end tells the child to stop."""
    stdin = cast(StreamWriter, process.stdin)
    with contextlib.suppress(ConnectionError):  # a child that is gone shows in its status
        stdin.write(json.dumps(job).encode() + b"\n")
        await stdin.drain()


async def _lines(process: Process, name: str) -> AsyncIterator[Mapping[str, object]]:
    """The child's lines. An `error` line becomes PermissionError or ChildProcessError."""
    stdout = cast(StreamReader, process.stdout)
    while data := await _line(stdout, name):
        line = json.loads(data)
        if error := line.get("error"):
            kind = PermissionError if error == "not-permitted" else ChildProcessError
            raise kind(f"worker {name}: {line.get('reason')}")
        yield line


async def _line(stdout: StreamReader, name: str) -> bytes:
    try:
        data = await stdout.readline()
    except ValueError:
        raise ChildProcessError(f"worker {name}: a line beyond {MAX_LINE} bytes") from None
    return data if data.endswith(b"\n") else b""  # a torn line is that of a child that was killed


async def _failure(process: Process, name: str, expired: float | None) -> OSError:
    """What to tell of a child that did not end well: its deadline or its last words."""
    if expired is not None:
        return TimeoutError(f"worker {name} was stopped after {expired:g} s")
    said = (await cast(StreamReader, process.stderr).read()).decode("utf-8", "backslashreplace")
    last = said.strip().rpartition("\n")[2][-200:]
    return ChildProcessError(f"worker {name} ended with status {process.returncode}: {last}")


def _kill(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


async def _end(process: Process) -> None:
    """Leave no child and no open pipe behind."""
    _kill(process)
    await process.communicate()
