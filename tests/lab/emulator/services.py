"""What can listen on a TCP port. A device names one with `service:` and gives its options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from . import hostile
from .connection import Connection
from .messages import Messages
from .payload import Payload, Values


class Service(Protocol):
    """One behaviour of a listening port."""

    async def serve(self, connection: Connection, values: Values) -> None:
        """Hold one conversation; returning closes it."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """Speaks first, then listens until the peer leaves."""

    banner: Payload
    hold: float = 30.0

    async def serve(self, connection: Connection, values: Values) -> None:
        """Send the banner and wait."""
        await connection.send(self.banner.render(values))
        await connection.linger(self.hold)


@dataclass(frozen=True, slots=True)
class Silent:
    """Accepts, never says a word."""

    hold: float = 600.0

    async def serve(self, connection: Connection, values: Values) -> None:
        """Wait for the peer to give up."""
        await connection.linger(self.hold)


@dataclass(frozen=True, slots=True)
class Filtered(Silent):
    """Every packet vanishes: nothing listens, and `lan` swallows the kernel's refusal."""


def _greeting(banner: object, hold: float = 30.0) -> Greeting:
    return Greeting(Payload.parse(banner), hold)


SERVICES: Mapping[str, Callable[..., Any]] = {
    "http": Messages.http,
    "rtsp": Messages.rtsp,
    "greeting": _greeting,
    "silent": Silent,
    "filtered": Filtered,
    "reset": hostile.Reset,
    "endless-body": hostile.EndlessBody,
    "drip": hostile.Drip,
    "header-flood": hostile.HeaderFlood,
    "gzip-bomb": hostile.GzipBomb,
    "tls-stall": hostile.TlsStall,
}
