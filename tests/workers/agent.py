"""An SNMP v2c agent on loopback whose answers a test can bend, and BER to bend them with."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from scanner.collect.wire import snmp

Oid = tuple[int, ...]
Reply = Callable[["Request"], list[bytes]]
END_OF_VIEW = b"\x82\x00"
NO_SUCH_OBJECT = b"\x80\x00"


@dataclass(frozen=True)
class Request:
    """What was asked: PDU tag, id, object ids, and of GetBulk the repetitions."""

    packet: bytes
    tag: int
    number: bytes
    oids: list[Oid]
    repetitions: int


@dataclass
class Agent:
    """Where it listens, and every packet it got."""

    port: int
    packets: list[bytes] = field(default_factory=list)

    @property
    def tags(self) -> list[int]:
        """The PDU tag of each packet."""
        return [request(packet).tag for packet in self.packets]


@contextmanager
def agent(reply: Reply) -> Iterator[Agent]:
    """Answers each request with the datagrams `reply` makes of it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.05)
        running, stop = Agent(sock.getsockname()[1]), threading.Event()

        def serve() -> None:
            while not stop.is_set():
                with suppress(TimeoutError, ConnectionError):
                    packet, peer = sock.recvfrom(65536)
                    running.packets.append(packet)
                    for data in reply(request(packet)):
                        sock.sendto(data, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield running
        finally:
            stop.set()
            thread.join()


def honest(table: Mapping[Oid, bytes]) -> Reply:
    """An agent that has these values, as encoded elements."""

    def reply(asked: Request) -> list[bytes]:
        if asked.tag == snmp.GET:
            pairs = [(oid, table.get(oid, NO_SUCH_OBJECT)) for oid in asked.oids]
        else:
            later = [oid for oid in sorted(table) if oid > asked.oids[0]]
            pairs = [(oid, table[oid]) for oid in later[: asked.repetitions]]
            if len(pairs) < asked.repetitions:
                pairs.append((pairs[-1][0] if pairs else asked.oids[0], END_OF_VIEW))
        return [response(asked, pairs)]

    return reply


def response(
    asked: Request, pairs: list[tuple[Oid, bytes]], *, status: int = 0, number: bytes | None = None
) -> bytes:
    """A response with these variable bindings."""
    bindings = tlv(0x30, *(tlv(0x30, oid(name), value) for name, value in pairs))
    content = (tlv(2, number or asked.number), tlv(2, bytes([status])), tlv(2, b"\0"), bindings)
    community = (snmp.elements(asked.packet) or [])[0][1]
    return tlv(0x30, community[: community.index(0xA0 | asked.tag & 0xF)], tlv(0xA2, *content))


def request(packet: bytes) -> Request:
    """A request taken apart."""
    (_, message), *_ = snmp.elements(packet) or []
    tag, content = (snmp.elements(message) or [])[2]
    (_, number), _, (_, repetitions), (_, bindings) = snmp.elements(content) or []
    names = [(snmp.elements(binding) or [])[0][1] for _, binding in snmp.elements(bindings) or []]
    return Request(packet, tag, number, list(map(_oid, names)), int.from_bytes(repetitions, "big"))


def tlv(tag: int, *parts: bytes) -> bytes:
    """An element of definite length."""
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def integer(value: int) -> bytes:
    """An INTEGER."""
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    """An OCTET STRING."""
    return tlv(4, value)


def oid(nodes: Oid) -> bytes:
    """An OBJECT IDENTIFIER."""
    first = bytes([nodes[0] * 40 + nodes[1]])
    return tlv(6, first, *(_base128(node) for node in nodes[2:]))


def _base128(node: int) -> bytes:
    digits = [node & 0x7F]
    while node := node >> 7:
        digits.append(node & 0x7F | 0x80)
    return bytes(reversed(digits))


def _oid(data: bytes) -> Oid:
    nodes, value = [*divmod(data[0], 40)], 0
    for byte in data[1:]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            nodes.append(value)
            value = 0
    return tuple(nodes)
