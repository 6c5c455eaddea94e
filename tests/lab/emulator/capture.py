"""Every frame on the scanner's cable as a pcap file: proof beyond what devices can see."""

import asyncio
import socket
import struct
import time
from pathlib import Path

_BUFFER = 32 * 1024 * 1024
_SNAP = 65_535
_ETHERNET = 1
_SO_RCVBUFFORCE = 33


class Capture:
    """Writes frames (both directions) as they pass."""

    def __init__(self, wire: socket.socket, path: Path) -> None:
        self._wire = wire
        self._file = path.open("wb")
        self._file.write(struct.pack("=LHHlLLL", 0xA1B2C3D4, 2, 4, 0, 0, _SNAP, _ETHERNET))
        wire.setblocking(False)
        try:
            wire.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        except PermissionError:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        asyncio.get_running_loop().add_reader(wire, self.drain)

    def drain(self) -> None:
        """Write down everything that waits."""
        try:
            while True:
                frame = self._wire.recv(_SNAP)
                now = time.time_ns()
                stamp = (now // 1_000_000_000, now // 1000 % 1_000_000, len(frame), len(frame))
                self._file.write(struct.pack("=LLLL", *stamp) + frame)
        except BlockingIOError:
            self._file.flush()

    def close(self) -> None:
        """End the file."""
        asyncio.get_running_loop().remove_reader(self._wire)
        self.drain()
        self._file.close()
        self._wire.close()
