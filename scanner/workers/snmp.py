"""Reads tables of one SNMP agent. `python -m scanner.workers.snmp`; the login comes on stdin.

Round puresnmp (with its encryption plugin, puresnmp-crypto): it builds and reads messages. The
socket, the pace, the patience and the guard are here: only GetRequest, GetNextRequest and
GetBulkRequest leave, one at a time, and only what answers them comes in.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from ipaddress import ip_network
from typing import Any

from puresnmp import V2C, V3, Client
from puresnmp import ObjectIdentifier as Oid
from puresnmp.credentials import Auth, Credentials, Priv
from puresnmp.exc import ErrorResponse, SnmpError
from puresnmp.pdu import PDU, BulkGetRequest, GetNextRequest, GetRequest
from puresnmp.transport import Endpoint
from x690.exc import X690Error
from x690.types import Integer, OctetString

from scanner.collect.wire import snmp
from scanner.workers.stdio import Job, Line, serve

REPETITIONS = 20
"""Rows a GetBulkRequest asks for."""
TRIES = 2
MAX_VALUE = 255
"""Bytes kept of one octet string: all that a DisplayString (RFC 2579) may have."""
AUTH = {"md5": "md5", "sha": "sha1"}
READS = (GetRequest, GetNextRequest, BulkGetRequest)
REFUSALS = {
    "Unknown user-name": "the agent does not know the user",
    "Wrong message digest": "the agent does not accept the auth_key",
    "Unsupported security level": "the agent does not offer this auth and priv to the user",
    "Not in time window": "the clocks do not agree (not in the agent's time window)",
    "Unable to decrypt": "the agent does not accept the priv_key",
}
_ODD = (
    SnmpError, X690Error, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
    RuntimeError,
)  # fmt: skip
"""What puresnmp raises for answers of the right form with the wrong content."""


class Refused(Exception):
    """The agent cannot be read any further: why, in words that tell nothing of the login."""


class Exchange:
    """puresnmp's way to the network: a request goes out, is repeated once, its answer comes in."""

    def __init__(self, rate: float, patience: float) -> None:
        self._gap, self._patience = 1 / rate if rate else 0.0, patience
        self._next, self._silence = 0.0, "no answer (a wrong login gets none either)"
        self.requests = 0

    async def __call__(
        self,
        endpoint: Endpoint,
        packet: bytes,
        timeout: int = 0,  # noqa: ASYNC109 - the name is puresnmp's
        loop: object = None,
        retries: int = 0,
    ) -> bytes:
        """The reply to the packet. Raises PermissionError for a packet that is no read.

        The last three are puresnmp's; patience and tries are this program's own.
        """
        message = snmp.parse(packet)
        if message is None or not snmp.is_read(message):
            raise PermissionError("only reads leave this program")
        for _ in range(TRIES):
            await asyncio.sleep(self._next - time.monotonic())
            self._next = time.monotonic() + self._gap
            self.requests += 1
            try:
                async with asyncio.timeout(self._patience):
                    reply = await _ask(endpoint, packet)
            except TimeoutError:
                continue
            if (said := snmp.parse(reply)) and said.pdu != snmp.REPORT:
                self._silence = "it stopped answering"
            return reply
        raise TimeoutError(self._silence)


async def _ask(endpoint: Endpoint, packet: bytes) -> bytes:
    """A connected socket for each request: a late answer to an earlier one finds no taker."""
    loop = asyncio.get_running_loop()
    family = socket.AF_INET if endpoint.ip.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((str(endpoint.ip), endpoint.port))
        await loop.sock_sendall(sock, packet)
        while True:
            reply = await loop.sock_recv(sock, 65536)
            if snmp.answers(packet, reply):
                return reply
            await asyncio.sleep(0)  # a flood of junk must not keep the timeout from its turn


class Reader(Client):
    """puresnmp's client without its writing half; encrypted requests are judged here."""

    async def _send(self, pdu: PDU, request_id: int) -> PDU:
        if type(pdu) not in READS:
            raise PermissionError("only reads leave this program")
        return await super()._send(pdu, request_id)


def read(job: Job) -> Iterator[list[Line]]:
    """`addresses` (one), `login`, `get`, `walk` (object ids), `rows`, `rate`, `patience` → lines.

    `{"get": oid, "value": …}`, then `{"walk": oid, "rows": [[index, value], …]}`; a value is a
    number, an object id, or octets in hex. `{"trouble": …}` says what could not be read.
    """
    with asyncio.Runner() as runner:
        lines = _lines(job)
        while (batch := runner.run(_next(lines))) is not None:
            yield batch


async def _next(lines: AsyncIterator[list[Line]]) -> list[Line] | None:
    return await anext(lines, None)


async def _lines(job: Job) -> AsyncIterator[list[Line]]:
    exchange = Exchange(_number(job, "rate", 50), _number(job, "patience", 2))
    reader = Reader(
        _agent(job), _credentials(job.get("login")), int(_number(job, "port", 161)), exchange
    )
    scalars, columns = _oids(job, "get"), _oids(job, "walk")
    most = int(_number(job, "rows", 65_536))
    try:
        yield await _get(reader, scalars)
        for oid in columns:
            async for batch in _walk(reader, oid, most):
                yield batch
    except Refused as error:
        yield [{"trouble": str(error)}]
    yield [{"done": True, "requests": exchange.requests}]


async def _get(reader: Reader, oids: Sequence[str]) -> list[Line]:
    """The scalars the agent has, asked for in one request."""
    try:
        values = await reader.multiget([Oid(oid) for oid in oids])
        shown = [_shown(value) for value in values]
    except (*_ODD, OSError) as error:
        raise _refusal(error) from None
    pairs = zip(oids, shown, strict=True)
    return [{"get": oid, "value": value} for oid, value in pairs if value is not None]


async def _walk(reader: Reader, root: str, most: int) -> AsyncIterator[list[Line]]:
    """One column, batch by batch, for as long as its object ids increase."""
    top, last, count = _nodes(root), _nodes(root), 0
    while count < most:
        try:
            answer = await reader.bulkget([], [Oid(".".join(map(str, last)))], REPETITIONS)
            pairs = [(_nodes(oid.value), _shown(value)) for oid, value in answer.listing.items()]
        except ErrorResponse as error:
            yield [{"trouble": f"{root}: refused with error status {error.error_status}"}]
            return
        except (*_ODD, OSError) as error:
            raise _refusal(error) from None
        inside = [(oid, value) for oid, value in pairs if oid[: len(top)] == top]
        for oid, _ in inside:
            if oid <= last:
                yield [{"trouble": f"{root}: the object ids do not increase"}]
                return
            last = oid
        count += len(inside)
        rows = [[".".join(map(str, o[len(top) :])), v] for o, v in inside if v is not None]
        if rows:
            yield [{"walk": root, "rows": rows}]
        if len(inside) < len(pairs) or not pairs:
            return
    yield [{"trouble": f"{root}: more than {most} rows, the rest was not read"}]


def _refusal(error: Exception) -> Refused:
    if isinstance(error, PermissionError):
        raise error
    if isinstance(error, TimeoutError):
        return Refused(str(error))
    if isinstance(error, ConnectionRefusedError):
        return Refused("the SNMP port is closed")
    if isinstance(error, OSError):
        return Refused(str(error.strerror))
    if isinstance(error, ErrorResponse):
        return Refused(f"refused with error status {error.error_status}")
    known = (text for sign, text in REFUSALS.items() if sign in str(error))
    return Refused(next(known, f"an answer that cannot be read ({type(error).__name__})"))


def _shown(value: Any) -> int | str | None:
    """A value as a line carries it; None for what is absent or of a type no table here has."""
    match value:
        case Integer() if -(2**63) <= int(value.value) < 2**64:
            return int(value.value)
        case Oid():
            return str(value.value)
        case OctetString():
            return bytes(value.value)[:MAX_VALUE].hex()
        case _:
            return None


def _nodes(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))


def _agent(job: Job) -> str:
    match job.get("addresses"):
        case [str(address)] if (network := ip_network(address)).num_addresses == 1:
            return str(network.network_address)
    raise ValueError("'addresses' has to be a list of one address")


def _credentials(login: object) -> Credentials:
    match login:
        case {"community": str(community)}:
            return V2C(community)
        case {"user": str(user), "auth": str(auth), "priv": str(priv)}:
            return V3(
                user, _protected(login, Auth, AUTH.get(auth, "")), _protected(login, Priv, priv)
            )
    raise ValueError("'login' has to be a community, or a user with auth and priv")


def _protected(login: Any, kind: Any, method: str) -> Any:
    key = login.get(f"{kind.__name__.lower()}_key")
    return kind(str(key).encode(), method) if method else None


def _oids(job: Job, key: str) -> list[str]:
    value = job.get(key, [])
    if not isinstance(value, list) or not all(isinstance(oid, str) for oid in value):
        raise ValueError(f"{key!r} has to be a list of object ids")
    return value


def _number(job: Job, key: str, default: float) -> float:
    value = job.get(key, default)
    if not isinstance(value, int | float) or not 0 <= value <= 10_000_000:
        raise ValueError(f"{key!r} has to be a number from 0 to 10000000")
    return value


if __name__ == "__main__":
    serve({"read": read})
