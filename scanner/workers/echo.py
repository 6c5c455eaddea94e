"""ICMP echo (RFC 792, RFC 4443): who answers beyond our links. A job of the l2 worker.

Sends nothing but echo requests. Where the system permits the unprivileged kind of ICMP socket
(`net.ipv4.ping_group_range` on Linux) that is used, else a raw one.
"""

import os
import select
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from scanner.workers.stdio import Job, Line

PASSES = 2
"""One echo and one repeat to the silent: a router often loses the first while it asks by ARP."""
TICK = 0.01
"""Seconds' worth of requests sent together."""
DRAIN = 1024
"""Datagrams read in a row, so that a flood cannot keep the sending from its turn."""
_HEADER = struct.Struct("!BBHHH")
_REQUEST, _REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
_PROTOCOL = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}

Address = IPv4Address | IPv6Address


def ping(job: Job) -> Iterator[list[Line]]:
    """`addresses` (networks), `rate` a second, `wait` in seconds → a line for each that answers."""
    wanted = job.get("addresses")
    if not isinstance(wanted, list) or not wanted:
        raise ValueError("'addresses' has to be a list of networks")
    addresses = [address for text in wanted for address in ip_network(text)]
    rate, wait = (_number(job, key, 1, 10_000) for key in ("rate", "wait"))
    echo = Echo(addresses)
    try:
        yield from echo.run(max(rate, 0.1), wait)
    finally:
        echo.close()


class Echo:
    """Asks every address, then again those that stayed silent."""

    def __init__(self, wanted: Sequence[Address]) -> None:
        self._wanted = wanted
        self._token, self._id = os.urandom(8), int.from_bytes(os.urandom(2), "big")
        self._sockets = {version: _socket(version) for version in {a.version for a in wanted}}
        self._sent_at: dict[Address, float] = {}
        self._answered: set[Address] = set()
        self._sent = 0
        self._error: OSError | None = None

    def close(self) -> None:
        """Nothing more will be asked."""
        for sock in self._sockets.values():
            sock.close()

    def run(self, rate: float, wait: float) -> Iterator[list[Line]]:
        """Answers as they come. It is an error when nothing at all could be sent."""
        silent = list(self._wanted)
        for number in range(PASSES):
            yield from self._ask(silent, rate, number)
            yield from self._listen(time.monotonic() + wait)
            silent = [address for address in silent if address not in self._answered]
        if self._error and not self._sent:
            raise self._error
        yield [{"done": True, "sent": self._sent, "replies": len(self._answered)}]

    def _ask(self, silent: Sequence[Address], rate: float, number: int) -> Iterator[list[Line]]:
        size, due = max(1, int(rate * TICK)), time.monotonic()
        for start in range(0, len(silent), size):
            yield from self._listen(due)
            chunk = silent[start : start + size]
            for address in chunk:
                self._send(address, number)
            due = max(due, time.monotonic() - TICK) + len(chunk) / rate

    def _send(self, address: Address, number: int) -> None:
        packet = request(address, self._id, number, self._payload(address))
        self._sent_at[address] = time.monotonic()
        try:
            self._sockets[address.version].sendto(packet, (str(address), 0))
            self._sent += 1
        except OSError as error:  # no route, or an address for all: it counts as silent
            self._error = error

    def _payload(self, address: Address) -> bytes:
        """What only an answer of this address to this run can hold."""
        return self._token + address.packed

    def _listen(self, until: float) -> Iterator[list[Line]]:
        while True:
            left = max(0.0, until - time.monotonic())
            ready, _, _ = select.select(list(self._sockets.values()), [], [], left)
            if fresh := [line for sock in ready for line in self._drain(sock)]:
                yield fresh
            if time.monotonic() >= until:
                return

    def _drain(self, sock: socket.socket) -> Iterator[Line]:
        with suppress(BlockingIOError, ConnectionError):
            for _ in range(DRAIN):
                data, sender = sock.recvfrom(2048)
                address = ip_address(sender[0].partition("%")[0])
                if address in self._answered or address not in self._sent_at:
                    continue
                if reply(_inner(sock, data), address.version) == self._payload(address):
                    self._answered.add(address)
                    rtt = time.monotonic() - self._sent_at[address]
                    yield {"ip": str(address), "rtt": round(rtt, 6)}


def request(address: Address, number: int, sequence: int, payload: bytes) -> bytes:
    """An echo request; the checksum of ICMPv6 is the kernel's work."""
    kind = _REQUEST[address.version]
    plain = _HEADER.pack(kind, 0, 0, number, sequence) + payload
    check = checksum(plain) if address.version == 4 else 0
    return _HEADER.pack(kind, 0, check, number, sequence) + payload


def reply(message: bytes, version: int) -> bytes | None:
    """The payload of an echo reply, None for any other message."""
    if len(message) < _HEADER.size or message[:2] != bytes((_REPLY[version], 0)):
        return None
    return message[_HEADER.size :]


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(padded[i : i + 2], "big") for i in range(0, len(padded), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _socket(version: int) -> socket.socket:
    """An ICMP socket of either kind. Raises PermissionError when neither is permitted."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        with suppress(PermissionError):
            sock = socket.socket(_FAMILY[version], kind, _PROTOCOL[version])
            sock.setblocking(False)
            return sock
    raise PermissionError(
        "ICMP echo needs CAP_NET_RAW, or a group within net.ipv4.ping_group_range"
    )


def _inner(sock: socket.socket, data: bytes) -> bytes:
    """The ICMP message: a raw IPv4 socket also shows the IP header."""
    is_raw = sock.type == socket.SOCK_RAW and sock.family == socket.AF_INET
    return data[(data[0] & 0x0F) * 4 :] if is_raw and data else data


def _number(job: Job, key: str, default: float, most: float) -> float:
    value = job.get(key, default)
    if not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{key!r} has to be a number from 0 to {most:g}")
    return value
