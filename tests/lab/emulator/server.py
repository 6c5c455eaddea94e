"""Serves all devices from one event loop."""

import asyncio
import socket
import ssl
from contextlib import closing

from .announcer import Announcer
from .connection import Connection
from .datagrams import UdpPort
from .device import TcpPort
from .journal import Journal, TcpRecord
from .lan import Lan, Seat
from .payload import Values
from .services import Silent
from .tarpit import Tarpit

_HANDSHAKE = 60.0
_QUIET = 0.05
_WELL_KNOWN = (*range(1, 1025), 8000, 8080, 8081, 8443, 8554, 9000, 34567, 37777, 37778, 49152)


class Server:
    """Opens every device's ports and keeps the journal."""

    def __init__(self, lan: Lan, journal: Journal, announce: float = 0) -> None:
        self._lan, self._journal, self._announce = lan, journal, announce
        self._acceptors: list[asyncio.Task[None]] = []
        self._talks: set[asyncio.Task[None]] = set()
        self._ports: list[UdpPort | Tarpit] = []

    def open(self) -> None:
        """Start to listen; must run in the event loop."""
        for seat in self._lan.seats:
            values = seat.device.values_at(seat.ip, self._lan.network)
            for number, port in seat.device.open_ports():
                self._open_tcp(seat, number, port, values)
            for number, script in seat.device.udp.items():
                if sock := self._lan.udp(seat, number, script.groups):
                    where = (seat.device.name, seat.ip, number)
                    self._ports.append(UdpPort(sock, script, where, values, self._journal))
            if seat.device.accepts_all:
                self._open_all(seat, values)
        if self._announce:
            announcing = self._announcing(self._announce)
            self._acceptors.append(asyncio.get_running_loop().create_task(announcing))

    async def _announcing(self, seconds: float) -> None:
        """All devices speak unasked, again and again."""
        with closing(Announcer(self._lan, [p for p in self._ports if isinstance(p, UdpPort)])) as a:
            while True:
                a.announce()
                await asyncio.sleep(seconds)

    def _open_tcp(self, seat: Seat, number: int, port: TcpPort, values: Values) -> None:
        port.context()  # made now, so that the first handshake need not wait for it
        if sock := self._lan.tcp(seat, number):
            accepting = self._accept(sock, seat, port, values)
            self._acceptors.append(asyncio.get_running_loop().create_task(accepting))

    def _open_all(self, seat: Seat, values: Values) -> None:
        if wire := self._lan.wire(seat):
            self._ports.append(Tarpit(wire, seat, self._journal))
            return
        note = f"{seat.device.name} accepts on {len(_WELL_KNOWN)} ports, not on all"
        self._lan.notes[note] = None
        for number in _WELL_KNOWN:
            self._open_tcp(seat, number, TcpPort(Silent()), values)

    async def _accept(self, sock: socket.socket, seat: Seat, port: TcpPort, values: Values) -> None:
        loop = asyncio.get_running_loop()
        number = sock.getsockname()[1]
        with sock:
            while True:
                peer, address = await loop.sock_accept(sock)
                name = f"{address[0]}:{address[1]}"
                record = TcpRecord(seat.device.name, seat.ip, number, name, bool(port.certificate))
                talk = loop.create_task(self._talk(peer, record, port, values))
                self._talks.add(talk)
                talk.add_done_callback(self._talks.discard)

    async def _talk(
        self, peer: socket.socket, record: TcpRecord, port: TcpPort, values: Values
    ) -> None:
        connection = Connection(record)
        try:
            if await _connected(connection, peer, port.context()):
                await port.service.serve(connection, values)
                await connection.close()
        except ConnectionError:
            record.ended = "peer"
        except asyncio.CancelledError:
            record.ended = "lab"
            connection.reset()
        finally:
            peer.close()
            record.write(self._journal)

    async def settle(self, seconds: float) -> None:
        """Wait until the devices have noticed that a scanner left, at most so long."""
        await asyncio.sleep(_QUIET)
        if self._talks:
            await asyncio.wait(self._talks, timeout=seconds)

    async def close(self) -> None:
        """End all conversations, writing each one down."""
        for task in (*self._acceptors, *self._talks):
            task.cancel()
        await asyncio.gather(*self._acceptors, *self._talks, return_exceptions=True)
        for port in self._ports:
            port.close()


async def _connected(
    connection: Connection, peer: socket.socket, context: ssl.SSLContext | None
) -> bool:
    """Attach the socket, with TLS if there is a context; False when the handshake failed."""
    patience = _HANDSHAKE if context else None
    try:
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: connection, peer, ssl=context, ssl_handshake_timeout=patience
        )
    except (ssl.SSLError, OSError):
        connection.record.ended = "tls"
        return False
    return True
