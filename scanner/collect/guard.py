"""The last look at what one conversation sends, with the operator's leave or without."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scanner.collect.logins.permit import Permit
from scanner.collect.never_send import refuse


def never(port: int, request: bytes, transport: str = "tcp") -> str | None:
    """Why the bytes must not leave, None when they may. Nothing to send is always allowed."""
    reason = refuse(transport, port, request) if request else None
    return f"never sent: {reason}" if reason else None


@dataclass(frozen=True, slots=True)
class Guard:
    """What may leave to one port. With a permit that is what the permit is for, and no more."""

    port: int
    tls: bool
    permit: Permit | None

    def refuse(self, requests: Sequence[bytes]) -> str | None:
        """Why one of them must never leave."""
        return next((r for q in requests if (r := self._refuse(q))), None)

    def spend(self, requests: Sequence[bytes]) -> str | None:
        """They leave now, unless this says why not."""
        permit = self.permit
        return next((r for q in requests if permit and (r := permit.spend(q))), None)

    def follow(self, follow: Callable[[bytes], bytes | None] | None, reply: bytes) -> bytes | None:
        """The request that a reply leads to, when it may leave; it leaves now."""
        request = follow(reply) if follow else None
        if not request or self._refuse(request) or self.spend([request]):
            return None
        return request

    def _refuse(self, request: bytes) -> str | None:
        if self.permit is None or not request:
            return never(self.port, request)
        reason = self.permit.refuse(self.port, request, tls=self.tls)
        return f"never sent: {reason}" if reason else None
