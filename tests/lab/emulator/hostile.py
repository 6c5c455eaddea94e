"""Ports that try to hang, flood or break whoever asks."""

import zlib
from dataclasses import dataclass

from .connection import Connection
from .messages import read_request
from .payload import Values

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
_BLOCK = 64 * 1024
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Reset:
    """Answers with RST: at once, or when the first bytes arrive."""

    when: str = "accept"

    async def serve(self, connection: Connection, values: Values) -> None:
        """Slam the door."""
        if self.when == "request":
            await connection.receive(_PATIENCE)
        connection.reset()


@dataclass(frozen=True, slots=True)
class EndlessBody:
    """A page that never ends."""

    async def serve(self, connection: Connection, values: Values) -> None:
        """Send for as long as anybody reads."""
        if await read_request(connection, _PATIENCE):
            await connection.send(_OK + b"\r\n<html><title>Web</title>")
            while True:
                await connection.send(b"<p>more</p>\n" * (_BLOCK // 12))


@dataclass(frozen=True, slots=True)
class Drip:
    """An honest page at one byte per `interval` seconds."""

    interval: float = 1.0

    async def serve(self, connection: Connection, values: Values) -> None:
        """Send byte by byte until the peer leaves."""
        await read_request(connection, _PATIENCE)
        page = _OK + b"Content-Length: 4096\r\n\r\n" + b"slow " * 819 + b"."
        for position in range(len(page)):
            await connection.send(page[position : position + 1])
            if await connection.linger(self.interval):
                return


@dataclass(frozen=True, slots=True)
class HeaderFlood:
    """A head of `total` bytes; the page never comes."""

    total: int = 200_000_000

    async def serve(self, connection: Connection, values: Values) -> None:
        """Send header after header."""
        if await read_request(connection, _PATIENCE):
            await connection.send(_OK)
            block = b"".join(b"X-Filler-%04d: %b\r\n" % (i, b"h" * 240) for i in range(256))
            for _ in range(self.total // len(block) + 1):
                await connection.send(block)


@dataclass(frozen=True, slots=True)
class GzipBomb:
    """A small gzip body that unpacks to `unpacked` bytes of blanks."""

    unpacked: int = 2_000_000_000

    async def serve(self, connection: Connection, values: Values) -> None:
        """Send one compressed block over and over: deflate allows it after a full flush."""
        if await read_request(connection, _PATIENCE):
            packer = zlib.compressobj(9, zlib.DEFLATED, 31)
            block = b" " * 1_000_000
            start = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
            again = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
            await connection.send(_OK + b"Content-Encoding: gzip\r\n\r\n" + start)
            for _ in range(self.unpacked // len(block)):
                await connection.send(again)


@dataclass(frozen=True, slots=True)
class TlsStall:
    """Starts a TLS answer and never finishes it."""

    async def serve(self, connection: Connection, values: Values) -> None:
        """Promise a handshake record of 16 KiB (RFC 5246, 6.2.1), send eight bytes of it."""
        await connection.receive(_PATIENCE)
        await connection.send(bytes.fromhex("1603034000") + bytes.fromhex("0200000046030300"))
        await connection.linger(600.0)
