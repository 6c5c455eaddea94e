"""A real peer on a loopback address, and the network of one host as a probe is handed it."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanner.collect.api import READ_CAP, Conversation, HostView, Outcome
from scanner.collect.never_send import MUTE_PORTS, refuse
from scanner.model import Observation, ProbeResult, ProbeStatus

IP = "127.0.31.1"
CLOSED_PORT = 9
"""Nothing in a test listens here."""


@dataclass
class Peer:
    """One server: how it answers, and what each connection sent."""

    replies: list[bytes] = field(default_factory=list)
    greeting: bytes = b""
    keep: bool = False
    """The connection stays after a reply, and when there is no reply left."""
    endless: bytes = b""
    drip: bool = False
    reset: bool = False
    port: int = 0
    received: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        self.received.append(b"")
        try:
            await self._say(writer, self.greeting)
            while self.keep or not self.greeting:
                await self._listen(reader)
                await self._answer(writer)
                if not self.keep:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort() if self.reset else writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        _, _, length = head.partition(b"Content-Length: ")
        body = await reader.readexactly(int(length.partition(b"\r\n")[0] or 0))
        self.received[-1] += head + body

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        if self.replies:
            await self._say(writer, self.replies.pop(0))
        while self.endless:
            await self._say(writer, self.endless)

    async def _say(self, writer: asyncio.StreamWriter, reply: bytes) -> None:
        size = 1 if self.drip else max(1, len(reply))
        for at in range(0, len(reply), size):
            writer.write(reply[at : at + size])
            await writer.drain()
            await asyncio.sleep(0.02 if self.drip else 0)


@asynccontextmanager
async def serving(peer: Peer, *, tls: bool = False) -> AsyncIterator[Peer]:
    """The peer on a free port that HTTP may be sent to."""
    context = _identity() if tls else None
    server = await asyncio.start_server(peer.serve, IP, 0, ssl=context)
    peer.port = server.sockets[0].getsockname()[1]
    assert peer.port not in MUTE_PORTS
    try:
        yield peer
    finally:
        server.close()
        await asyncio.sleep(0.01)


@dataclass
class LoopbackNet:
    """`HostNet` on plain asyncio streams, with one deadline and the never-send guard."""

    patience: float = 10.0
    at: dict[int, int] = field(default_factory=dict)
    """Ports of the host that are really served elsewhere, as low ones need privilege."""
    connections: int = 0

    async def converse(
        self,
        port: int,
        requests: Sequence[bytes],
        *,
        complete: Callable[[bytes], bool],
        tls: bool = False,
        cap: int = READ_CAP,
        seconds: float | None = None,
        follow: Callable[[bytes], bytes | None] | None = None,
    ) -> Conversation:
        """See `HostNet.converse`."""
        talk = _Talk(port, complete, cap)
        context = _trusting() if tls else None
        status, reason = ProbeStatus.OK, None
        try:
            async with asyncio.timeout(min(self.patience, seconds or self.patience)):
                await talk.open(self.at.get(port, port), context)
                self.connections += 1
                await talk.run(requests, follow)
        except TimeoutError:
            status, reason = ProbeStatus.TIMEOUT, "no complete answer in time"
        except ssl.SSLError as error:
            status, reason = ProbeStatus.TLS_ERROR, str(error.reason)
        except ConnectionRefusedError:
            status, reason = ProbeStatus.REFUSED, "refused"
        except ConnectionError:
            status, reason = ProbeStatus.CLOSED_EARLY, "connection reset"
        finally:
            talk.close()
        return Conversation(status, tuple(talk.replies), reason, talk.certificate)

    async def datagrams(
        self,
        port: int,
        payloads: Sequence[bytes],
        *,
        seconds: float,
        cap: int = READ_CAP,
        group: str = "",
    ) -> Conversation:
        """No probe tested with this sends datagrams."""
        raise AssertionError(port, payloads, seconds, cap)


class _Talk:
    def __init__(self, port: int, complete: Callable[[bytes], bool], cap: int) -> None:
        self._port, self._complete, self._cap = port, complete, cap
        self._writer: asyncio.StreamWriter | None = None
        self.replies: list[bytes] = []
        self.certificate: bytes | None = None

    async def open(self, port: int, context: ssl.SSLContext | None) -> None:
        self._reader, self._writer = await asyncio.open_connection(IP, port, ssl=context)
        if session := self._writer.get_extra_info("ssl_object"):
            self.certificate = session.getpeercert(binary_form=True)

    async def run(
        self, requests: Sequence[bytes], follow: Callable[[bytes], bytes | None] | None
    ) -> None:
        kept = True
        for request in requests:
            kept = kept and await self._ask(request)
        if kept and follow and (extra := follow(self.replies[-1])):
            await self._ask(extra)

    async def _ask(self, request: bytes) -> bool:
        assert self._writer is not None
        assert refuse("tcp", self._port, request) is None, request
        self._writer.write(request)
        self.replies.append(b"")
        while len(self.replies[-1]) < self._cap:
            data = await self._reader.read(min(4096, self._cap - len(self.replies[-1])))
            self.replies[-1] += data
            if not data:
                return False
            if self._complete(self.replies[-1]):
                return True
        return False

    def close(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()


@cache
def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@cache
def _identity() -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    words = ((NameOID.COUNTRY_NAME, "CN"), (NameOID.COMMON_NAME, "camera.example"))
    name = x509.Name([x509.NameAttribute(oid, word) for oid, word in words])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "identity.pem"
        path.write_bytes(key.private_bytes(pem, *plain) + certificate.public_bytes(pem))
        context.load_cert_chain(path)
    return context


def view(
    port: int, service: str = "http", *, spoke: bool = False, page: Sequence[tuple[str, str]] = ()
) -> HostView:
    """A host with one open port; `spoke` when the http probe read `page` there."""
    observations = tuple(Observation(f, v) for f, v in page)
    result = ProbeResult(IP, "http", ProbeStatus.OK, port, observations=observations)
    results = (result,) if spoke else ()
    return HostView(IP, services={port: service}, observations=observations, results=results)


def pairs(outcome: Outcome) -> list[tuple[str, str]]:
    """(field, value) of every observation, in order."""
    return [(o.field, o.value) for o in outcome.observations]


def values(outcome: Outcome, name: str) -> list[str]:
    """Values of one field."""
    return [value for field_, value in pairs(outcome) if field_ == name]


def page(*lines: str, body: bytes = b"", length: bool = True) -> bytes:
    """A reply: status line, header lines, body with its length unless told otherwise."""
    measured = (f"Content-Length: {len(body)}",) if length else ()
    return "\r\n".join((*lines, *measured, "", "")).encode() + body


def targets(peer: Peer) -> list[list[str]]:
    """Request targets by connection."""
    return [
        [line.split()[1].decode() for line in sent.split(b"\r\n") if line.endswith(b"/1.1")]
        for sent in peer.received
    ]
