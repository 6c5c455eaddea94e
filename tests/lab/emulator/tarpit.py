"""A host that completes every TCP handshake, written on raw frames: no port is ever closed.

The kernel of its namespace is kept from answering (`closed` rules of `lan`). Stateless but for
the journal: the numbers in each segment say all that an answer needs (RFC 9293).
"""

import asyncio
import socket
import struct

from .journal import Journal, TcpRecord
from .lan import Seat

_FIN, _SYN, _RST, _ACK = 0x01, 0x02, 0x04, 0x10
_WINDOW = 16
_MAX_FRAME = 2048
_MOST = 20_000


class Tarpit:
    """Answers on one cable until closed."""

    def __init__(self, wire: socket.socket, seat: Seat, journal: Journal) -> None:
        self._wire, self._seat, self._journal = wire, seat, journal
        self._ip = socket.inet_aton(seat.ip)
        self._talks: dict[tuple[bytes, int, int], TcpRecord] = {}
        wire.setblocking(False)
        asyncio.get_running_loop().add_reader(wire, self._readable)

    def close(self) -> None:
        """Stop, and write down what is still open."""
        asyncio.get_running_loop().remove_reader(self._wire)
        for record in self._talks.values():
            record.ended = "lab"
            record.write(self._journal)
        self._talks.clear()
        self._wire.close()

    def _readable(self) -> None:
        frame = self._wire.recv(_MAX_FRAME)
        ip = frame[14:]
        if frame[12:14] != b"\x08\x00" or ip[9:10] != b"\x06" or ip[16:20] != self._ip:
            return
        head = (ip[0] & 15) * 4
        segment = ip[head : int.from_bytes(ip[2:4], "big")]
        if len(segment) >= 20:
            self._segment(frame[6:12], ip[12:16], segment)

    def _segment(self, mac: bytes, peer: bytes, segment: bytes) -> None:
        source, port, sequence, acknowledged = struct.unpack("!HHLL", segment[:12])
        flags, data = segment[13], segment[(segment[12] >> 4) * 4 :]
        self._note((peer, source, port), flags, data)
        if flags & _RST:
            return
        if flags & _SYN:
            answer = (0x1000_0000 | source << 8 | port & 0xFF, sequence + 1, _SYN | _ACK)
        elif flags & _FIN:
            answer = (acknowledged, sequence + len(data) + 1, _FIN | _ACK)
        elif data:
            answer = (acknowledged, sequence + len(data), _ACK)
        else:
            return
        own = bytes.fromhex(self._seat.device.mac.replace(":", ""))
        reply = _segment_bytes(port, source, *answer)
        self._wire.send(mac + own + b"\x08\x00" + _packet(self._ip, peer, reply))

    def _note(self, key: tuple[bytes, int, int], flags: int, data: bytes) -> None:
        if flags & _SYN and len(self._talks) < _MOST:
            peer = f"{socket.inet_ntoa(key[0])}:{key[1]}"
            device = self._seat.device.name
            self._talks.setdefault(key, TcpRecord(device, self._seat.ip, key[2], peer))
        elif record := self._talks.get(key):
            record.add(data)
            if flags & (_FIN | _RST):
                record.ended = "peer"
                record.write(self._journal)
                del self._talks[key]


def _segment_bytes(source: int, target: int, sequence: int, acknowledged: int, flags: int) -> bytes:
    numbers = (sequence & 0xFFFF_FFFF, acknowledged & 0xFFFF_FFFF)
    return struct.pack("!HHLLBBHHH", source, target, *numbers, 5 << 4, flags, _WINDOW, 0, 0)


def _packet(source: bytes, target: bytes, segment: bytes) -> bytes:
    """IPv4 (RFC 791) around a TCP segment, both checksums filled in."""
    pseudo = source + target + struct.pack("!HH", 6, len(segment))
    segment = segment[:16] + _checksum(pseudo + segment) + segment[18:]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, 64, 6, 0)
    head += source + target
    return head[:10] + _checksum(head) + head[12:] + segment


def _checksum(data: bytes) -> bytes:
    """RFC 1071 over an even number of bytes."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)
