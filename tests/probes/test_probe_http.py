"""The http probe against real sockets: pages, redirects, and every way to misbehave."""

import hashlib

import pytest

from scanner.collect.api import Stage
from scanner.collect.probes.http import BODY_KEPT, PROBE
from scanner.model import ProbeStatus
from tests.probes.peers import (
    CLOSED_PORT,
    LoopbackNet,
    Peer,
    page,
    pairs,
    serving,
    targets,
    values,
    view,
)

OK = "HTTP/1.1 200 OK"
LOGIN = page(OK, "Server: App-webs/", body=b"<title>login</title>")
SCRIPT = (
    b'<script>window.location.href = "/doc/page/login.asp?_" + (new Date()).getTime();</script>'
)


def test_asks_every_web_port() -> None:
    host = view(80)
    assert (PROBE.name, PROBE.stage, list(PROBE.ports(host))) == ("http", Stage.PORT, [80])
    assert list(PROBE.ports(view(443, "https"))) == [443]
    assert list(PROBE.ports(view(554, "rtsp"))) == []


async def test_everything_a_page_says() -> None:
    body = b'<title>WEB &amp; SERVICE</title><link rel="icon" href="i/f.ico">'
    reply = page(
        "HTTP/1.1 401 Unauthorized", "Server: DNVRS-Webs", 'WWW-Authenticate: Digest realm="a"',
        'WWW-Authenticate: Basic realm="b"', "Set-Cookie: A=1", "Set-Cookie: B=2", body=body,
    )  # fmt: skip
    async with serving(Peer([reply])) as peer:
        outcome = await PROBE.run(LoopbackNet(), peer.port, view(peer.port))
    assert (outcome.status, outcome.reason) == (ProbeStatus.OK, None)
    assert pairs(outcome) == [
        ("http.status", "401"),
        (
            "http.header_order",
            "server,www-authenticate,www-authenticate,set-cookie,set-cookie,content-length",
        ),
        ("http.server", "DNVRS-Webs"),
        ("http.www_authenticate", 'Digest realm="a"'),
        ("http.www_authenticate", 'Basic realm="b"'),
        ("http.set_cookie", "A=1"),
        ("http.set_cookie", "B=2"),
        ("http.title", "WEB & SERVICE"),
        ("http.favicon.path", "/i/f.ico"),
        ("http.body", body.decode()),
    ]
    assert {o.raw_sha256 for o in outcome.observations} == {hashlib.sha256(reply).hexdigest()}


async def test_request_is_one_honest_get() -> None:
    async with serving(Peer([LOGIN])) as peer:
        await PROBE.run(LoopbackNet(), peer.port, view(peer.port))
    assert len(peer.received) == 1
    assert peer.received[0].startswith(b"GET / HTTP/1.1\r\nHost: 127.0.31.1:")
    assert b"\r\nUser-Agent: camcensus\r\n" in peer.received[0]


@pytest.mark.parametrize(
    "first",
    [
        page("HTTP/1.1 302 Found", "Location: /doc/page/login.asp?_"),
        page(OK, body=SCRIPT),
        page(OK, body=b'<meta http-equiv=refresh content="0;url=/doc/page/login.asp?_">'),
    ],
)
async def test_second_page_on_the_same_connection(first: bytes) -> None:
    net = LoopbackNet()
    async with serving(Peer([first, LOGIN], keep=True)) as peer:
        outcome = await PROBE.run(net, peer.port, view(peer.port))
    assert targets(peer) == [["/", "/doc/page/login.asp?_"]]
    assert net.connections == 1
    assert outcome.status is ProbeStatus.OK
    assert values(outcome, "http.title") == ["login"]
    assert len(values(outcome, "http.status")) == 2


@pytest.mark.parametrize(
    "first",
    [
        page("HTTP/1.1 302 Found", "Connection: close", "Location: /doc/page/login.asp?_"),
        page("HTTP/1.0 200 OK", body=SCRIPT),
        page("HTTP/1.1 302 Found", "Location: /doc/page/login.asp?_"),
    ],
)
async def test_second_page_on_a_second_connection(first: bytes) -> None:
    net = LoopbackNet()
    async with serving(Peer([first, LOGIN])) as peer:
        outcome = await PROBE.run(net, peer.port, view(peer.port))
    assert targets(peer)[-1] == ["/doc/page/login.asp?_"]
    assert net.connections == 2
    assert (outcome.status, values(outcome, "http.title")) == (ProbeStatus.OK, ["login"])


@pytest.mark.parametrize(
    "location",
    [
        "/",
        "https://127.0.31.1/",
        "http://192.0.2.1/",
        "http://127.0.31.1:1/",
        "/RPC2_Login",
        "/cgi-bin/magicBox.cgi?action=reboot",
        "/%52PC2",
        "",
    ],
)
async def test_redirects_that_are_not_followed(location: str) -> None:
    first = page("HTTP/1.1 302 Found", f"Location: {location}")
    async with serving(Peer([first, LOGIN], keep=True)) as peer:
        outcome = await PROBE.run(LoopbackNet(), peer.port, view(peer.port))
    assert targets(peer) == [["/"]]
    assert outcome.status is ProbeStatus.OK
    assert values(outcome, "http.location") == ([location] if location else [])


async def test_redirect_loop_ends_after_one_step() -> None:
    loop = page("HTTP/1.1 302 Found", "Location: /a")
    async with serving(Peer([loop, loop, loop, loop], keep=True)) as peer:
        outcome = await PROBE.run(LoopbackNet(), peer.port, view(peer.port))
    assert targets(peer) == [["/", "/a"]]
    assert outcome.status is ProbeStatus.OK


async def test_second_page_that_never_comes_is_said() -> None:
    first = page("HTTP/1.0 302 Found", "Location: /slow", "Server: Webs")
    net = LoopbackNet()
    async with serving(Peer([first, b"HTTP/1.1 200 OK\r\nServer: half", b""])) as peer:
        outcome = await PROBE.run(net, peer.port, view(peer.port))
    assert outcome.status is ProbeStatus.CLOSED_EARLY
    assert outcome.reason == "page it leads to: the answer breaks off"
    assert values(outcome, "http.server") == ["Webs", "half"]


async def test_over_tls() -> None:
    async with serving(Peer([LOGIN]), tls=True) as peer:
        outcome = await PROBE.run(LoopbackNet(), peer.port, view(peer.port, "https"))
    assert (outcome.status, values(outcome, "http.title")) == (ProbeStatus.OK, ["login"])


async def test_tls_port_that_speaks_no_tls() -> None:
    async with serving(Peer(greeting=b"220 not tls\r\n")) as peer:
        outcome = await PROBE.run(LoopbackNet(), peer.port, view(peer.port, "https"))
    assert outcome.status is ProbeStatus.TLS_ERROR
    assert outcome.observations == ()


async def test_refused() -> None:
    outcome = await PROBE.run(LoopbackNet(), CLOSED_PORT, view(CLOSED_PORT))
    assert (outcome.status, outcome.observations) == (ProbeStatus.REFUSED, ())


async def test_silent() -> None:
    async with serving(Peer(keep=True)) as peer:
        outcome = await PROBE.run(LoopbackNet(0.5), peer.port, view(peer.port))
    assert (outcome.status, outcome.observations) == (ProbeStatus.TIMEOUT, ())


@pytest.mark.parametrize("reset", [False, True])
async def test_hangs_up(reset: bool) -> None:
    async with serving(Peer(reset=reset)) as peer:
        outcome = await PROBE.run(LoopbackNet(), peer.port, view(peer.port))
    assert (outcome.status, outcome.observations) == (ProbeStatus.CLOSED_EARLY, ())
    assert outcome.reason


@pytest.mark.parametrize(
    ("reply", "reason", "field", "value"),
    [
        (b"SSH-2.0-dropbear\r\n", "the answer is not HTTP", "http.body", "SSH-2.0-dropbear\r\n"),
        (b"\x00\xff\x00", "the answer is not HTTP", "http.body", "\x00\\xff\x00"),
        (
            b"RTSP/1.0 400 Bad Request\r\nServer: Rtsp\r\n\r\n",
            "answered RTSP/1.0, not HTTP",
            "http.server",
            "Rtsp",
        ),
    ],
)
async def test_garbage_is_kept_and_named(reply: bytes, reason: str, field: str, value: str) -> None:
    async with serving(Peer([reply])) as peer:
        outcome = await PROBE.run(LoopbackNet(), peer.port, view(peer.port))
    assert (outcome.status, outcome.reason) == (ProbeStatus.PROTOCOL_ERROR, reason)
    assert values(outcome, field) == [value]


async def test_page_without_a_head_is_a_page() -> None:
    async with serving(Peer([b"<html><title>old</title></html>"])) as peer:
        outcome = await PROBE.run(LoopbackNet(), peer.port, view(peer.port))
    assert (outcome.status, values(outcome, "http.title")) == (ProbeStatus.OK, ["old"])
    assert values(outcome, "http.status") == []


async def test_slow_drip_keeps_what_came() -> None:
    async with serving(Peer([page(OK, "Server: Slow", body=b"x" * 500)], drip=True)) as peer:
        outcome = await PROBE.run(LoopbackNet(1.0), peer.port, view(peer.port))
    assert outcome.status is ProbeStatus.TIMEOUT
    assert values(outcome, "http.status") == ["200"]


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nServer: Big\r\n\r\n", b"HTTP/1.1 200 OK\r\nServer: Big\r\n"]
)
async def test_endless_answers_are_cut(head: bytes) -> None:
    peer = Peer([head], endless=b"X-Filler: 0123456789\r\n" * 512, keep=True)
    async with serving(peer):
        outcome = await PROBE.run(LoopbackNet(), peer.port, view(peer.port))
    assert outcome.status is ProbeStatus.OK
    assert values(outcome, "http.server") == ["Big"]
    assert all(len(value) <= BODY_KEPT for _, value in pairs(outcome))


async def test_body_shorter_than_announced_is_kept_and_said() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<title>half</title>"
    async with serving(Peer([reply])) as peer:
        outcome = await PROBE.run(LoopbackNet(), peer.port, view(peer.port))
    assert (outcome.status, outcome.reason) == (ProbeStatus.CLOSED_EARLY, "the answer breaks off")
    assert values(outcome, "http.title") == ["half"]
