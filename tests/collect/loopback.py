"""A small TCP server on a loopback address, with a journal: a real peer for net and engine."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import cast

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Journal:
    """What the peer saw: connections, how many were open at once, and every byte."""

    connections: int = 0
    open_now: int = 0
    most_at_once: int = 0
    received: bytearray = field(default_factory=bytearray)


@asynccontextmanager
async def serve(ip: str, behaviours: dict[int, Behaviour]) -> AsyncIterator[Journal]:
    """Serve each port on the address until the block ends."""
    journal = Journal()
    servers = [
        await asyncio.start_server(_wrap(behaviour, journal), ip, port)
        for port, behaviour in behaviours.items()
    ]
    try:
        yield journal
    finally:
        for server in servers:
            server.close()
        await asyncio.sleep(0.01)


def _wrap(behaviour: Behaviour, journal: Journal) -> Behaviour:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        journal.connections += 1
        journal.open_now += 1
        journal.most_at_once = max(journal.most_at_once, journal.open_now)
        try:
            await behaviour(_Spy(reader, journal), writer)  # type: ignore[arg-type]
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            journal.open_now -= 1
            writer.close()

    return handle


class _Spy:
    def __init__(self, reader: asyncio.StreamReader, journal: Journal) -> None:
        self._reader, self._journal = reader, journal

    async def read(self, size: int) -> bytes:
        data = await self._reader.read(size)
        self._journal.received += data
        return data


def answers(*replies: bytes) -> Behaviour:
    """One reply for each thing received, then the connection stays until the peer closes."""

    async def behaviour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            if not await reader.read(65536):
                return
            writer.write(reply)
            await writer.drain()
        while await reader.read(65536):
            pass

    return behaviour


async def says_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Accept, read, never answer."""
    while await reader.read(65536):
        pass


async def hangs_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Accept and close."""


async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send as much as the peer takes, at most 64 MiB."""
    for _ in range(1024):
        writer.write(b"x" * 65536)
        await writer.drain()


async def drips(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte every 50 ms, at most 10 s."""
    for _ in range(200):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


@asynccontextmanager
async def answer_datagrams(ip: str, port: int, reply: bytes) -> AsyncIterator[None]:
    """Answer every datagram to the address with the reply."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Answers(reply), (ip, port)
    )
    yield
    transport.close()


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, reply: bytes) -> None:
        self._reply = reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(self._reply, addr)


@contextmanager
def silent_ports(ip: str, ports: Sequence[int]) -> Iterator[None]:
    """Ports on which the kernel drops every SYN: their queue of one is full."""
    sockets = []
    for port in ports:
        listener, filler = socket.socket(), socket.socket()
        sockets += [listener, filler]
        listener.bind((ip, port))
        listener.listen(0)
        filler.connect((ip, port))
    yield
    for sock in sockets:
        sock.close()
