"""What the probes that speak HTTP share: which port to ask, one fetch, how an answer is judged."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from scanner.collect.api import READ_CAP, Conversation, HostNet, HostView, Outcome
from scanner.collect.never_send import refuse
from scanner.collect.wire import http
from scanner.model import Observation, ProbeResult, ProbeStatus


@dataclass(frozen=True, slots=True)
class Origin:
    """A scheme, an address and a port of one host."""

    ip: str
    port: int
    tls: bool

    @property
    def url(self) -> str:
        """The root page, as the base references are resolved against."""
        return f"{'https' if self.tls else 'http'}://{self.authority}/"

    @property
    def authority(self) -> str:
        """Value of the Host header."""
        return http.authority(self.ip, self.port, 443 if self.tls else 80)

    def get(self, target: str, *, keep: bool = False) -> bytes | None:
        """A GET of the target; None when it is on the never-send list, whoever named it."""
        request = http.get(target, self.authority, keep=keep)
        return None if refuse("tcp", self.port, request) else request


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply, read and judged. `raw` keeps what the digest of its observations is taken of."""

    raw: bytes
    response: http.Response
    status: ProbeStatus
    reason: str | None = None

    def observe(self, pairs: Iterable[tuple[str, str]]) -> tuple[Observation, ...]:
        """(field, value) pairs as observations that name this reply; empty values are dropped."""
        digest = hashlib.sha256(self.raw).hexdigest()
        return tuple(Observation(field, value, digest) for field, value in pairs if value)

    def outcome(self, pairs: Iterable[tuple[str, str]] = ()) -> Outcome:
        """How the probe ended, with what it saw."""
        return Outcome(self.status, self.observe(pairs), self.reason)


def origin(host: HostView, port: int) -> Origin:
    """The web server on a port, by what the port table says of it."""
    return Origin(host.ip, port, host.services.get(port) == "https")


def announced(host: HostView, address: str) -> tuple[Origin, str] | None:
    """Server and request target of a URL the host announced; None when it leads anywhere else.

    Also None when nothing may be sent to the port, or when the target is not plain text.
    """
    try:
        url = urlsplit(address)
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        is_here = ip_address(url.hostname or "") == ip_address(host.ip)
    except (ValueError, KeyError):
        return None
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    plain = target.isascii() and target.isprintable() and " " not in target
    if not is_here or not plain or host.services.get(port) == "silent":
        return None
    return Origin(host.ip, port, url.scheme == "https"), target


def web_ports(host: HostView) -> tuple[int, ...]:
    """At most one port: the best of those that really spoke HTTP.

    Plain before TLS, but a plain port that only sends everybody to TLS comes last.
    """
    spoke = [r for r in host.spoke("http") if r.port is not None]
    best = min(spoke, key=lambda r: _rank(host, r), default=None)
    return (best.port,) if best is not None and best.port is not None else ()


def _rank(host: HostView, result: ProbeResult) -> tuple[bool, bool, int]:
    port = result.port or 0
    tls = origin(host, port).tls
    sent_away = not tls and any(
        o.field == "http.location" and o.value.lower().startswith("https:")
        for o in result.observations
    )
    return sent_away, tls, port


async def fetch(
    net: HostNet, where: Origin, request: bytes | None, cap: int = READ_CAP
) -> Answer | None:
    """The answer to one request on a connection of its own; None when there is none to send."""
    if request is None:
        return None
    talk = await net.converse(
        where.port, [request], complete=http.is_complete, tls=where.tls, cap=cap
    )
    return judge(talk, talk.replies[0] if talk.replies else b"", cap)


def judge(talk: Conversation, raw: bytes, cap: int = READ_CAP) -> Answer:
    """Read one reply of a conversation and say how it went."""
    response = http.parse(raw)
    if talk.status not in (ProbeStatus.OK, ProbeStatus.CLOSED_EARLY) or not raw:
        ended = ProbeStatus.CLOSED_EARLY if talk.status is ProbeStatus.OK else talk.status
        return Answer(raw, response, ended, talk.reason or "closed without an answer")
    if reason := _not_http(response):
        return Answer(raw, response, ProbeStatus.PROTOCOL_ERROR, reason)
    if _broke_off(response) and len(raw) < cap:
        return Answer(raw, response, ProbeStatus.CLOSED_EARLY, "the answer breaks off")
    return Answer(raw, response, ProbeStatus.OK)


def _not_http(response: http.Response) -> str | None:
    if response.protocol.startswith("HTTP"):
        return None
    if response.protocol:
        return f"answered {response.protocol}, not HTTP"
    is_page = response.body.lstrip()[:1] == b"<"  # HTTP/0.9: the body and nothing else
    return None if is_page else "the answer is not HTTP"


def _broke_off(response: http.Response) -> bool:
    return not {"short-body", "unfinished-chunks", "unfinished-head"}.isdisjoint(response.flags)
