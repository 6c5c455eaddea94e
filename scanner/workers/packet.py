"""Ethernet frames in batches over an AF_PACKET socket (Linux), filtered in the kernel.

`sendmmsg` and `recvmmsg` come from the C library through ctypes; where it lacks them frames go
one by one, at about two thirds of the speed.
"""

import ctypes
import errno
import os
import select
import socket
import struct
import time
from collections.abc import Sequence

Instruction = tuple[int, int, int, int]
"""One instruction of a classic BPF program: code, jump if true, jump if false, operand."""
SLOT = 128
"""Bytes usually kept of a received frame: an ARP frame has 42, with padding 60."""
BATCH = 256
RECEIVE_BUFFER = 8 * 1024 * 1024

_SO_ATTACH_FILTER, _SO_RCVBUFFORCE = 26, 33
_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _PACKET_STATISTICS = 263, 1, 6
_PROMISCUOUS, _ALL_MULTICAST = 1, 2
_FULL = (errno.ENOBUFS, errno.EAGAIN)
_PATIENCE = 2000
"""Milliseconds to wait in all for a full transmit queue, per batch."""


class _Vector(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Message(ctypes.Structure):
    """`struct msghdr`."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Header(ctypes.Structure):
    """`struct mmsghdr`."""

    _fields_ = (("message", _Message), ("moved", ctypes.c_uint32))


class Batch:
    """Equal-sized frames behind one another in one buffer, patched in place."""

    def __init__(self, frame: bytes, count: int = BATCH) -> None:
        self.size, self.count = len(frame), count
        self.buffer = bytearray(frame * count)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.buffer))
        self._vectors = (_Vector * count)()
        self._memory = bytearray(ctypes.sizeof(_Header) * count)
        self.headers = (_Header * count).from_buffer(self._memory)
        first, step = ctypes.addressof(self._vectors), ctypes.sizeof(_Vector)
        for i in range(count):
            self._vectors[i] = _Vector(start + i * self.size, self.size)
            self.headers[i].message = _Message(None, 0, first + i * step, 1, None, 0, 0)

    def patch(self, offset: int, column: bytes) -> None:
        """Set the byte at `offset` of each of the first `len(column)` frames."""
        self.buffer[offset : len(column) * self.size : self.size] = column

    def lengths(self, count: int) -> list[int]:
        """How many bytes the kernel moved of each of the first `count` frames."""
        words = memoryview(self._memory).cast("I")
        stride = ctypes.sizeof(_Header) // words.itemsize
        return words[_Header.moved.offset // words.itemsize : count * stride : stride].tolist()


class PacketSocket:
    """Sends and receives Ethernet frames of one type on one interface; `slot` bytes are kept."""

    def __init__(
        self, interface: str, ethertype: int, program: Sequence[Instruction], slot: int = SLOT
    ) -> None:
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        except PermissionError:
            raise PermissionError(
                "raw packet sockets need CAP_NET_RAW, which this program was not given"
            ) from None
        _filter(self._socket, program)
        _widen(self._socket)
        self._socket.bind((interface, ethertype))
        self._inbox = Batch(bytes(slot))
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._batched = hasattr(self._libc, "sendmmsg") and hasattr(self._libc, "recvmmsg")

    def send(self, batch: Batch, count: int) -> None:
        """Send the first `count` frames, waiting while the transmit queue is full."""
        done = waited = 0
        while done < count:
            try:
                done += self._send(batch, done, count)
            except OSError as error:
                if error.errno not in _FULL or waited >= _PATIENCE:
                    raise
                waited += 1
                time.sleep(0.001)

    def receive(self) -> tuple[bytearray, list[int]]:
        """What has arrived and was not yet read: frames in slots of equal size, their lengths."""
        if not self._batched:
            return self._receive_singly()
        inbox, number = self._inbox, self._socket.fileno()
        count = self._libc.recvmmsg(number, inbox.headers, inbox.count, socket.MSG_DONTWAIT, None)
        if count < 0 and ctypes.get_errno() not in (errno.EAGAIN, errno.EINTR):
            raise _last_error()
        return inbox.buffer, inbox.lengths(max(count, 0))

    def wait(self, seconds: float) -> None:
        """Return when a frame has arrived, or after the time."""
        self._poll.poll(max(0.0, seconds * 1000))

    def fileno(self) -> int:
        """For `select`."""
        return self._socket.fileno()

    def take_in_everything(self, interface: str) -> None:
        """Keep frames for others and for groups nobody here joined, while the socket is open."""
        index = socket.if_nametoindex(interface)
        for kind in (_PROMISCUOUS, _ALL_MULTICAST):
            membership = struct.pack("=iHH8x", index, kind, 0)  # struct packet_mreq
            self._socket.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)

    def drops(self) -> int:
        """Frames the kernel could not keep since the last call."""
        counters = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        return int(struct.unpack("II", counters)[1])

    def close(self) -> None:
        """Close the socket; the kernel takes some 10 ms for it, so open one per job only."""
        self._socket.close()

    def _send(self, batch: Batch, start: int, stop: int) -> int:
        if not self._batched:
            frame = memoryview(batch.buffer)[start * batch.size : (start + 1) * batch.size]
            self._socket.send(frame)
            return 1
        first = ctypes.byref(batch.headers, start * ctypes.sizeof(_Header))
        sent = int(self._libc.sendmmsg(self._socket.fileno(), first, stop - start, 0))
        if sent < 0:
            raise _last_error()
        return sent

    def _receive_singly(self) -> tuple[bytearray, list[int]]:
        slots, size = memoryview(self._inbox.buffer), self._inbox.size
        lengths: list[int] = []
        try:
            while len(lengths) < self._inbox.count:
                slot = slots[len(lengths) * size : (len(lengths) + 1) * size]
                lengths.append(self._socket.recv_into(slot, size, socket.MSG_DONTWAIT))
        except BlockingIOError:
            pass
        return self._inbox.buffer, lengths


def _filter(sock: socket.socket, program: Sequence[Instruction]) -> None:
    """Attach the program, so that not one frame it refuses reaches the socket (`sock_fprog`)."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in program))
    fprog = struct.pack("HP", len(program), ctypes.addressof(code))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, fprog)


def _widen(sock: socket.socket) -> None:
    """A large receive buffer: beyond the system's limit where CAP_NET_ADMIN allows it."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def _last_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
