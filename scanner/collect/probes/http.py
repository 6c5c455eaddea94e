"""What a web server says of itself: the root page and the page it sends a browser to."""

from collections.abc import Sequence

from scanner.collect import web
from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import html, http
from scanner.collect.wire.text import text
from scanner.model import Observation, ProbeStatus

BODY_KEPT = 16 * 1024
"""Bytes of a page that go into the evidence."""

_HEADERS = {
    "http.server": "server",
    "http.www_authenticate": "www-authenticate",
    "http.set_cookie": "set-cookie",
    "http.location": "location",
}


class HttpProbe:
    """`GET /` and at most one more page of the same server, on one connection if it stays."""

    name = "http"
    stage = Stage.PORT

    def ports(self, host: HostView) -> Sequence[int]:
        """Ports on which a web server is expected."""
        return host.ports("http", "https")

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """Ask for the root page, then for where it leads."""
        where = web.origin(host, port)
        talk = await net.converse(
            port,
            [http.get("/", where.authority, keep=True)],
            complete=http.is_complete,
            tls=where.tls,
            follow=lambda reply: _next(where, http.parse(reply), same_connection=True),
        )
        first, *more = [web.judge(talk, raw) for raw in talk.replies if raw] or [
            web.judge(talk, b"")
        ]
        if not more and first.status is ProbeStatus.OK:
            onward = await web.fetch(net, where, _next(where, first.response))
            more = [onward] if onward else []
        return _outcome(where, first, more)


def _next(where: web.Origin, page: http.Response, *, same_connection: bool = False) -> bytes | None:
    target = html.redirect(page, where.url)
    if target in (None, "/") or (same_connection and not page.keeps_alive):
        return None
    return where.get(target)


def _outcome(where: web.Origin, first: web.Answer, more: Sequence[web.Answer]) -> Outcome:
    seen = [o for answer in (first, *more) for o in _observe(where, answer)]
    failed = next((a for a in more if a.status is not ProbeStatus.OK), None)
    if failed is None or first.status is not ProbeStatus.OK:
        return Outcome(first.status, tuple(seen), first.reason)
    return Outcome(failed.status, tuple(seen), f"page it leads to: {failed.reason}")


def _observe(where: web.Origin, answer: web.Answer) -> tuple[Observation, ...]:
    page = answer.response
    return answer.observe(
        (
            ("http.status", "" if page.status is None else str(page.status)),
            ("http.header_order", page.header_order),
            *((field, value) for field, name in _HEADERS.items() for value in page.all(name)),
            ("http.title", html.title(page.body)),
            ("http.favicon.path", html.icon(page, where.url) or ""),
            ("http.body", text(page.body[:BODY_KEPT])),
        )
    )


PROBE: Probe = HttpProbe()
