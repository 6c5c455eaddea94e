"""One accepted TCP connection as a service sees it: read, write, wait, reset; all recorded."""

import asyncio
import socket
import struct
from typing import cast

from .journal import KEPT, TcpRecord

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connection(asyncio.Protocol):
    """Everything that arrives is recorded at once, whether or not a service asks for it."""

    def __init__(self, record: TcpRecord) -> None:
        self.record = record
        self.gone = False
        self._transport: asyncio.Transport | None = None
        self._inbox = bytearray()
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self.record.add(data)
        if len(self._inbox) < KEPT:
            self._inbox += data
        self._news.set()

    def eof_received(self) -> bool:
        """Called by asyncio. A peer that only stopped sending may still read the answer."""
        self._peer_left()
        return not self.record.tls

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio. An error means that the peer reset it."""
        if exc is not None:
            self.record.ended = "peer"
        self._peer_left()
        self._lost.set()
        self._writable.set()

    def _peer_left(self) -> None:
        if self._transport and not self._transport.is_closing():
            self.record.ended = "peer"
        self.gone = True
        self._news.set()

    def pause_writing(self) -> None:
        """Called by asyncio."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Called by asyncio."""
        self._writable.set()

    async def receive(self, seconds: float) -> bytes:
        """What has arrived since the last call; empty when the peer left or time is up."""
        if not self._inbox and not self.gone:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), seconds)
            except TimeoutError:
                return b""
        data = bytes(self._inbox)
        self._inbox.clear()
        return data

    def give_back(self, data: bytes) -> None:
        """What was received but belongs to the next request."""
        self._inbox[:0] = data

    async def send(self, data: bytes) -> None:
        """Write, waiting while the peer does not read. ConnectionError when it is not there."""
        if self._transport is None or self._lost.is_set():
            raise ConnectionResetError
        self._transport.write(data)
        self.record.sent_bytes += len(data)
        await asyncio.sleep(0)  # a peer that reads fast must not keep the others waiting
        await self._writable.wait()

    async def linger(self, seconds: float) -> bool:
        """Do nothing for a while; True when the peer left meanwhile."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not self.gone and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await self.receive(left)
        return self.gone

    def reset(self) -> None:
        """End with RST instead of FIN."""
        if self._transport is None:
            return
        sock: socket.socket = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    async def close(self, seconds: float = 5.0) -> None:
        """End with FIN once everything is delivered, or drop the rest after a while."""
        if self._transport is None:
            return
        self._transport.close()
        try:
            await asyncio.wait_for(self._lost.wait(), seconds)
        except TimeoutError:
            self._transport.abort()
