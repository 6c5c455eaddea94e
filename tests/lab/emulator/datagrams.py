"""UDP devices: which groups they join, which request gets which answer, and to whom."""

import asyncio
import re
import socket
import struct
from collections import ChainMap
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from .journal import Journal, UdpRecord
from .messages import per_reply
from .payload import Payload, Values

IP_PKTINFO = 8
_LARGEST = 65_535


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply: `match` is a regular expression over the request, its named groups fill `reply`.

    `to` is `asker` or `group` (the first group joined). `after` is seconds between the `copies`.
    """

    match: re.Pattern[str]
    reply: Payload
    to: str = "asker"
    after: float = 0.0
    copies: int = 1

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Answer":
        """From data; the expression sees the bytes as Latin-1, `.` matches line ends too."""
        item = dict(data)
        item["match"] = re.compile(item["match"], re.DOTALL)
        item["reply"] = Payload.parse(item["reply"])
        return cls(**item)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the device says unasked, from this port, to an address and port."""

    to: str
    port: int
    says: Payload

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Announcement":
        """From data; the keys are those of the class."""
        return cls(**{**data, "says": Payload.parse(data["says"])})


@dataclass(frozen=True, slots=True)
class Datagrams:
    """A UDP port as data."""

    answers: tuple[Answer, ...] = ()
    groups: tuple[str, ...] = ()
    announces: tuple[Announcement, ...] = ()

    @classmethod
    def parse(
        cls,
        answers: Sequence[dict[str, Any]] = (),
        groups: Sequence[str] = (),
        announces: Sequence[dict[str, Any]] = (),
    ) -> "Datagrams":
        """From data; the keys are the parameters of this function."""
        unasked = tuple(map(Announcement.parse, announces))
        return cls(tuple(map(Answer.parse, answers)), tuple(groups), unasked)


class UdpPort:
    """A bound socket that plays `Datagrams`."""

    def __init__(
        self,
        sock: socket.socket,
        script: Datagrams,
        record: tuple[str, str, int],
        values: Values,
        journal: Journal,
    ) -> None:
        self._sock, self._script, self._values, self._journal = sock, script, values, journal
        self._device, self._ip, self._port = record
        self._tasks: set[asyncio.Task[None]] = set()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        asyncio.get_running_loop().add_reader(sock, self._readable)

    def announce(self) -> None:
        """Say everything there is to say unasked, and join the groups again."""
        for said in self._script.announces:
            payload = said.says.render({**self._values, **per_reply("")})
            with suppress(OSError):
                self._sock.sendto(payload, (said.to, said.port))
        for group in self._script.groups:
            membership = socket.inet_aton(group) + socket.inet_aton(self._ip)
            for change in (socket.IP_DROP_MEMBERSHIP, socket.IP_ADD_MEMBERSHIP):
                self._sock.setsockopt(socket.IPPROTO_IP, change, membership)

    def close(self) -> None:
        """Stop answering."""
        asyncio.get_running_loop().remove_reader(self._sock)
        for task in self._tasks:
            task.cancel()
        self._sock.close()

    def _readable(self) -> None:
        try:
            data, extra, _, peer = self._sock.recvmsg(_LARGEST, 64)
        except OSError:
            return  # an ICMP error about an earlier reply
        destination = _destination(extra)
        record = UdpRecord(
            self._device, self._ip, self._port, f"{peer[0]}:{peer[1]}",
            str(destination), destination.is_multicast, data,
        )  # fmt: skip
        text = data.decode("latin-1")
        for answer in self._script.answers:
            if match := answer.match.search(text):
                values = {**self._values, **per_reply(record.peer), **match.groupdict("")}
                reply = answer.reply.render(ChainMap(values))
                record.write(self._journal, len(reply) * answer.copies)
                self._start(answer, reply, peer)
                return
        record.write(self._journal, 0)

    def _start(self, answer: Answer, reply: bytes, peer: tuple[str, int]) -> None:
        address = (self._script.groups[0], self._port) if answer.to == "group" else peer
        task = asyncio.get_running_loop().create_task(self._reply(answer, reply, address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reply(self, answer: Answer, reply: bytes, address: tuple[str, int]) -> None:
        for _ in range(answer.copies):
            await asyncio.sleep(answer.after)
            try:
                self._sock.sendto(reply, address)
            except OSError:
                return  # the asker cannot be reached: a real device would not care either


def _destination(extra: list[tuple[int, int, bytes]]) -> IPv4Address:
    for level, kind, data in extra:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            return IPv4Address(struct.unpack("=I4s4s", data[:12])[2])
    return IPv4Address(0)
