"""What a stream server says before any login: OPTIONS, then DESCRIBE of its root."""

import hashlib
from collections.abc import Sequence

from scanner.collect.api import Conversation, HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import rtsp
from scanner.collect.wire.http import Response
from scanner.model import Observation, ProbeStatus

_FIELDS = {
    "rtsp.server": "server",
    "rtsp.www_authenticate": "www-authenticate",
    "rtsp.public": "public",
}


class RtspProbe:
    """One connection; DESCRIBE only when OPTIONS brought no challenge."""

    name = "rtsp"
    stage = Stage.PORT

    def ports(self, host: HostView) -> Sequence[int]:
        """Ports on which a stream server is expected."""
        return host.ports("rtsp")

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """Ask for the methods, then for the challenge."""

        def describe(reply: bytes) -> bytes | None:
            options = rtsp.parse(reply)
            unasked = options.protocol.startswith("RTSP") and not options.all("www-authenticate")
            return rtsp.request("DESCRIBE", host.ip, port, 2) if unasked else None

        talk = await net.converse(
            port,
            [rtsp.request("OPTIONS", host.ip, port, 1)],
            complete=rtsp.is_complete,
            follow=describe,
        )
        return _outcome(talk)


def _outcome(talk: Conversation) -> Outcome:
    replies = [(raw, rtsp.parse(raw)) for raw in talk.replies if raw]
    spoken = [(raw, r) for raw, r in replies if r.protocol.startswith("RTSP")]
    if talk.status is ProbeStatus.OK and not replies:
        return Outcome(ProbeStatus.CLOSED_EARLY, reason="closed without an answer")
    if talk.status is ProbeStatus.OK and not spoken:
        said = replies[0][1].protocol or "something else"
        return Outcome(ProbeStatus.PROTOCOL_ERROR, reason=f"answered {said}, not RTSP")
    return Outcome(talk.status, _observe(spoken), talk.reason)


def _observe(replies: Sequence[tuple[bytes, Response]]) -> tuple[Observation, ...]:
    """Every value once, from the reply that said it first."""
    seen: dict[tuple[str, str], Observation] = {}
    for raw, response in replies:
        digest = hashlib.sha256(raw).hexdigest()
        for field, name in _FIELDS.items():
            for value in filter(None, response.all(name)):
                seen.setdefault((field, value), Observation(field, value, digest))
    return tuple(seen.values())


PROBE: Probe = RtspProbe()
