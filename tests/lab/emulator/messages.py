"""HTTP and RTSP devices: routes as data, headers sent exactly as written."""

import secrets
import time
import uuid
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any

from .connection import Connection
from .login import Login
from .payload import EMPTY, Payload, Values, fill_in

MAX_REQUEST = 256 * 1024
DYNAMIC = frozenset({
    "nonce", "date", "rtsp_date", "cseq", "length", "new_uuid", "peer", "tries_left",
})  # fmt: skip
"""Placeholders that get a value with each reply."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as far as a route looks at it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        """The peer asked for the connection to end after the reply."""
        return self.headers.get("connection", "").lower() == "close"


async def read_request(connection: Connection, seconds: float) -> Request | None:
    """The next request; None when the peer left, took too long or sent something else."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = await connection.receive(seconds)
        data += more
        if not more or len(data) > MAX_REQUEST:
            return None
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        return None
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    size = headers.get("content-length", "0")
    wanted = min(int(size), MAX_REQUEST) if size.isdigit() else 0
    while len(body) < wanted and (more := await connection.receive(seconds)):
        body += more
    connection.give_back(body[wanted:])
    return Request(words[0], words[1], headers, body[:wanted])


@dataclass(frozen=True, slots=True)
class Route:
    """A reply and the requests it answers. `path` may hold `*`; `containing` looks at the body."""

    path: str = "*"
    method: str = ""
    containing: str = ""
    status: int = 200
    reason: str = ""
    headers: tuple[str, ...] = ()
    body: Payload = EMPTY
    sized: bool = True
    """Without a Content-Length the end of the connection ends the body."""
    raw: Payload | None = None
    """The whole reply, byte for byte, instead of status, headers and body."""

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Route":
        """From data; unknown keys are a TypeError that names them."""
        item = dict(data)
        item["headers"] = tuple(item.get("headers", ()))
        for key in ("body", "raw"):
            if key in item:
                item[key] = Payload.parse(item[key])
        return cls(**item)

    def answers(self, request: Request) -> bool:
        """True when this reply is the one for the request."""
        path = request.target.partition("?")[0]
        return (
            self.method in ("", request.method)
            and any(fnmatchcase(text, self.path) for text in (request.target, path))
            and self.containing.encode() in request.body
        )

    def render(self, version: str, values: Values) -> bytes:
        """The reply with its head."""
        if self.raw is not None:
            return self.raw.render(values)
        body = self.body.render(values)
        lines = [f"{version} {self.status} {self.reason or HTTPStatus(self.status).phrase}"]
        lines += self.headers
        told = any(line.lower().startswith("content-length:") for line in lines)
        if self.sized and not told and (body or version.startswith("HTTP")):
            lines.append("Content-Length: ${length}")
        head = "\r\n".join(lines) + "\r\n\r\n"
        return fill_in(head, {**values, "length": str(len(body))}).encode() + body


@dataclass(frozen=True, slots=True)
class Messages:
    """A server of routes: the first that answers is sent; none closes the connection."""

    routes: tuple[Route, ...]
    version: str
    close: bool = False
    """The device ends the connection after each reply."""
    idle: float = 30.0
    """Seconds it waits for a request."""
    logins: tuple[Login, ...] = ()
    """Doors before some of the routes."""

    @classmethod
    def http(
        cls, routes: list[dict[str, Any]], logins: Sequence[dict[str, Any]] = (), **options: Any
    ) -> "Messages":
        """HTTP/1.1."""
        doors = tuple(map(_login, logins))
        return cls(tuple(map(Route.parse, routes)), "HTTP/1.1", logins=doors, **options)

    @classmethod
    def rtsp(cls, routes: list[dict[str, Any]], **options: Any) -> "Messages":
        """RTSP/1.0 (RFC 2326)."""
        return cls(tuple(map(Route.parse, routes)), "RTSP/1.0", **options)

    async def serve(self, connection: Connection, values: Values) -> None:
        """Answer requests until one side has had enough."""
        while request := await read_request(connection, self.idle):
            dynamic = per_reply(connection.record.peer, request.headers.get("cseq", ""))
            route = self._route(request, values, dynamic)
            if route is None:
                return
            reply = route.render(self.version, ChainMap(dynamic, dict(values)))
            if request.method == "HEAD":
                reply = reply.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            await connection.send(reply)
            if self.close or request.closes or not route.sized or route.raw:
                return

    def _route(self, request: Request, values: Values, dynamic: dict[str, str]) -> Route | None:
        """The reply to the request, or what stops it at a door."""
        for door in self.logins:
            if door.guards(request):
                stop: Route | None = door.stops(request, values)
                dynamic["tries_left"] = str(door.left(values))
                door.remember(dynamic["nonce"])
                if stop:
                    return stop
        return next((r for r in self.routes if r.answers(request)), None)


def _login(data: Mapping[str, Any]) -> Login:
    """From data; both replies are routes."""
    replies = {key: Route.parse(data[key]) for key in ("challenge", "locked")}
    return Login(**{**data, **replies})


def per_reply(peer: str, cseq: str = "") -> dict[str, str]:
    """Fresh values for one reply."""
    now = time.gmtime()
    return {
        "nonce": secrets.token_hex(16),
        "date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", now),
        "rtsp_date": time.strftime("%a, %b %d %Y %H:%M:%S GMT", now),
        "cseq": cseq,
        "new_uuid": str(uuid.uuid4()),
        "peer": peer.rpartition(":")[0],
        "tries_left": "",
    }
