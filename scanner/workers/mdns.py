"""Multicast DNS: asks a link who offers which service. `python -m scanner.workers.mdns`.

This file uses zeroconf, which is LGPL-2.1-or-later. It is a child program because zeroconf opens
its own sockets, on the one port all responders share, and plans its own questions: here both end
with the process, at the deadline its parent sets.

Nothing is registered, and no question of others is let through to zeroconf: it never answers
anybody. What is answered is handed on as it came; the parent reads it.
"""

import asyncio
import contextlib
import re
import socket
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from zeroconf import DNSQuestionType, Error, IPVersion, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from scanner.workers.stdio import Job, Line, serve

META = "_services._dns-sd._udp.local."
"""Asks for the types of service there are (RFC 6763 section 9)."""
TYPE = re.compile(r"(?i)_(?=[0-9-]*[a-z])[a-z0-9]{1,63}(-[a-z0-9]{1,63}){0,8}\._(tcp|udp)\.local\.")
MAX_TYPES, MAX_INSTANCES = 64, 1024
PACKETS = 40
"""Questions sent to each link in all; zeroconf repeats each after one second."""
DATAGRAMS, WAITING = 32, 4 * 1024 * 1024
"""Answers taken from one sender; bytes of all answers. Honest devices send about ten."""
ROUND = 0.9
"""Seconds between looks at what there is to ask about."""


class Asker(Zeroconf):
    """Sends questions only, and only so many."""

    def __init__(self, interfaces: Sequence[str]) -> None:
        self._left = PACKETS
        super().__init__(interfaces=list(interfaces), ip_version=IPVersion.V4Only)

    def async_send(self, out: Any, *args: Any, **kwargs: Any) -> None:
        """See `Zeroconf.async_send`."""
        count = len(out.packets())
        if out.is_query() and count <= self._left:
            self._left -= count
            super().async_send(out, *args, **kwargs)


class Heard:
    """The different answers of senders in some networks, within bounds."""

    def __init__(self, networks: Sequence[IPv4Network]) -> None:
        self._networks = networks
        self._answers: dict[tuple[str, bytes], None] = {}
        self._taken: Counter[str] = Counter()
        self._size = 0

    def take(self, sender: str, data: bytes) -> bool:
        """False for a question, a stranger or one datagram too many."""
        is_answer = len(data) > 2 and data[2] & 0x80
        if not is_answer or not any(IPv4Address(sender) in n for n in self._networks):
            return False
        if (sender, data) in self._answers:
            return True
        if self._taken[sender] >= DATAGRAMS or self._size + len(data) > WAITING:
            return False
        self._taken[sender] += 1
        self._size += len(data)
        self._answers[sender, data] = None
        return True

    def lines(self) -> list[Line]:
        """One line an answer, in the order they came."""
        return [{"ip": sender, "data": data.hex()} for sender, data in self._answers]


class Filter(asyncio.DatagramProtocol):
    """Stands before zeroconf's own listener on one socket."""

    def __init__(self, listener: Any, heard: Heard) -> None:
        self._listener, self._heard = listener, heard

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Pass on answers only."""
        if self._heard.take(addr[0], data):
            self._listener.datagram_received(data, addr)


class Curiosity:
    """Browses types, the types these lead to, and what instances left out."""

    def __init__(self, asker: Asker, types: Iterable[str]) -> None:
        self._asker = asker
        self._types = dict.fromkeys((META, *types))
        self._instances: dict[tuple[str, str], None] = {}

    async def follow(self) -> None:
        """Ask on until cancelled."""
        types = instances = 0
        async with asyncio.TaskGroup() as group:
            while True:
                self._browse(list(self._types)[types:])
                types = len(self._types)
                await asyncio.sleep(ROUND)
                for kind, name in list(self._instances)[instances:]:
                    group.create_task(self._complete(kind, name))
                instances = len(self._instances)

    def _browse(self, types: list[str]) -> None:
        if types:
            AsyncServiceBrowser(
                self._asker, types, handlers=[self._note], question_type=DNSQuestionType.QM
            )

    def _note(self, *, service_type: str, name: str, **_: object) -> None:
        if service_type != META:
            if len(self._instances) < MAX_INSTANCES:
                self._instances[service_type, name] = None
        elif TYPE.fullmatch(name) and len(self._types) < MAX_TYPES:
            self._types[name] = None

    async def _complete(self, kind: str, name: str) -> None:
        """Ask for the address and text of an instance, unless they came along with its name."""
        with contextlib.suppress(Error):  # a name that is none
            info = AsyncServiceInfo(kind, name)
            await info.async_request(self._asker, ROUND * 1000, DNSQuestionType.QM)


def browse(job: Job) -> Iterator[list[Line]]:
    """`interfaces` (own IPv4 addresses), `addresses` (networks whose senders count), `types`
    (such as `_http._tcp`) and `listen` (seconds) → one line an answer, when the time is over."""
    own = [str(IPv4Address(text)) for text in _texts(job, "interfaces")]
    networks = [IPv4Network(text) for text in _texts(job, "addresses")]
    types = [f"{text}.local." for text in _texts(job, "types")]
    if odd := next((t for t in types if not TYPE.fullmatch(t)), None):
        raise ValueError(f"'types': {odd!r} is not a service type")
    listen = job.get("listen")
    if not isinstance(listen, int | float) or not 0 < listen <= 60:
        raise ValueError("'listen' has to be a number above 0, up to 60")
    heard = Heard(networks)
    asyncio.run(_browse(own, types, heard, listen))
    yield [*heard.lines(), {"done": True}]


async def _browse(own: Sequence[str], types: Sequence[str], heard: Heard, seconds: float) -> None:
    asker = Asker(own)
    try:
        await asker.async_wait_for_start()
        for reader in asker.engine.readers:
            listener = reader.transport.get_protocol()
            reader.transport.set_protocol(Filter(listener, heard))
        for sender in asker.engine.senders:
            sender.sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        async with asyncio.timeout(seconds):
            await Curiosity(asker, types).follow()
    except TimeoutError:
        pass
    finally:
        await AsyncZeroconf(zc=asker).async_close()


def _texts(job: Job, key: str) -> list[str]:
    value = job.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise ValueError(f"{key!r} has to be a list of texts")
    return value


if __name__ == "__main__":
    serve({"browse": browse})
