"""Replies of odd embedded servers: each oddity once as bytes, then anything at all."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import http

PAGE = b"HTTP/1.1 200 OK\r\nServer: App-webs/\r\nContent-Length: 5\r\n\r\nhello"


def reply(*lines: bytes, body: bytes = b"", end: bytes = b"\r\n") -> bytes:
    return end.join((*lines, b"", b"")) + body


def test_plain_reply() -> None:
    page = http.parse(PAGE)
    assert (page.protocol, page.status, page.reason) == ("HTTP/1.1", 200, "OK")
    assert page.headers == (("Server", "App-webs/"), ("Content-Length", "5"))
    assert (page.body, page.flags) == (b"hello", ())
    assert page.header_order == "server,content-length"


@pytest.mark.parametrize(
    ("data", "status", "server", "flag"),
    [
        (reply(b"HTTP/1.1 200 OK", b"Server App-webs/"), 200, "App-webs/", "missing-colon"),
        (reply(b"HTTP/1.1 200 OK", b"Server : DNVRS-Webs"), 200, "DNVRS-Webs", None),
        (reply(b"HTTP/1.1 200 OK", b"Server:web\0server"), 200, "web\0server", None),
        (reply(b"HTTP/1.1 200 OK", b"Server: Webs", end=b"\r"), 200, "Webs", None),
        (reply(b"HTTP/1.1 200 OK", b"Server: Webs", end=b"\n"), 200, "Webs", None),
        (reply(b"HTTP/1.1 200 OK", b"Server: Webs", end=b"\r\r\n"), 200, "Webs", None),
        (b"HTTP/1.1 200 OK\nServer: Webs\r\nX: y\n\r\n", 200, "Webs", None),
        (b"HTTP/1.1 200 OK\r\nServer: two\r\n  lines\r\n\r\n", 200, "two lines", None),
        (b"\r\n\r\nHTTP/1.0 200 OK\r\nServer: late\r\n\r\n", 200, "late", None),
        (reply(b"RTSP/1.0 400 Bad Request", b"Server: Rtsp"), 400, "Rtsp", None),
        (reply(b"ICY 200 OK", b"Server: cast"), 200, "cast", None),
        (reply(b"HTTP/1.1 -1 Unknown", b"Server: s"), -1, "s", None),
        (reply(b"HTTP/1.1 200OK", b"Server: s"), 200, "s", None),
        (reply(b"HTTP/1.1", b"Server: s"), None, "s", None),
        (reply(b"HTTP 404 Not Found", b"Server: s"), 404, "s", None),
        (reply(b"http/1.1 200 ok", b"SERVER: s"), 200, "s", None),
        (b"HTTP/1.1 200 OK\r\nServer: cut", 200, "cut", "unfinished-head"),
        (reply(b"HTTP/1.1 200 OK", b"Server: s", b"Content-Length: -5"), 200, "s", "bad-length"),
        (
            reply(b"HTTP/1.1 200 OK", b"Server: s", b"Content-Length: 5", b"Content-Length: 6"),
            200,
            "s",
            "conflicting-lengths",
        ),
        (
            reply(b"HTTP/1.1 200 OK", b"Server: s", b"Content-Length: 99999999999999"),
            200,
            "s",
            "short-body",
        ),
        (
            b"HTTP/1.1 100 Continue\r\n\r\n" + reply(b"HTTP/1.1 200 OK", b"Server: s"),
            200,
            "s",
            None,
        ),
        (reply(b"HTTP/1.1 200 OK", b"Server: s", *[b"X: y"] * 300), 200, "s", "many-headers"),
    ],
)
def test_status_and_server_are_found_in_spite_of(
    data: bytes, status: int | None, server: str, flag: str | None
) -> None:
    page = http.parse(data)
    assert (page.status, page.first("server")) == (status, server)
    assert page.flags == ((flag,) if flag else ())


@pytest.mark.parametrize("data", [b"<html><title>bare</title>", b"SSH-2.0-x\r\n", b"HTTPS only"])
def test_bare_body(data: bytes) -> None:
    page = http.parse(data)
    assert (page.protocol, page.status, page.headers, page.body) == ("", None, (), data)
    assert page.flags == ("no-status-line",)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("coded", "body", "flags"),
    [
        (b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", b"abcde", ()),
        (b"3\nabc\n0\n\n", b"abc", ()),
        (b"5\r\nabc", b"abc", ("unfinished-chunks",)),
        (b"3\r\nabc\r\n2", b"abc", ("unfinished-chunks",)),
        (b"3\r\nabc\r\nzz\r\n", b"abc", ("bad-chunk",)),
        (b"<html>not chunked</html>", b"<html>not chunked</html>", ("bad-chunk",)),
        (b"-3\r\nabc", b"-3\r\nabc", ("bad-chunk",)),
        (b"1\r\na\r\n" * 3000, b"a" * http.CHUNKS_CAP, ("many-chunks",)),
    ],
)
def test_chunks(coded: bytes, body: bytes, flags: tuple[str, ...]) -> None:
    page = http.parse(CHUNKED + coded)
    assert (page.body, page.flags) == (body, flags)


def test_chunks_win_over_a_length() -> None:
    data = reply(
        b"HTTP/1.1 200 OK", b"Content-Length: 999", b"Transfer-Encoding: chunked",
        body=b"2\r\nok\r\n0\r\n\r\n",
    )  # fmt: skip
    page = http.parse(data)
    assert (page.body, page.flags) == (b"ok", ("length-and-chunked",))
    assert http.is_complete(data)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        (b"gzip", gzip.compress(b"page", mtime=0)),
        (b"deflate", zlib.compress(b"page")),
        (b"deflate", zlib.compress(b"page", wbits=-15)),
    ],
)
def test_compression_nobody_asked_for(coding: bytes, packed: bytes) -> None:
    data = reply(b"HTTP/1.1 200 OK", b"Content-Encoding: " + coding, body=packed)
    assert http.parse(data).body == b"page"
    assert http.parse(data[:-1]).flags == ("compressed", "short-body")


def test_gzip_bomb_ends_at_the_cap() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    page = http.parse(reply(b"HTTP/1.1 200 OK", b"Content-Encoding: gzip", body=bomb))
    assert len(page.body) == http.BODY_CAP
    assert "short-body" in page.flags


def test_bad_gzip_stays_as_it_is() -> None:
    page = http.parse(reply(b"HTTP/1.1 200 OK", b"Content-Encoding: gzip", body=b"no gzip"))
    assert (page.body, page.flags) == (b"no gzip", ("bad-compression",))


def test_every_challenge_is_kept_and_the_first_realm_found() -> None:
    page = http.parse(
        reply(
            b"HTTP/1.1 401 Unauthorized",
            b"WWW-Authenticate: Negotiate",
            b'WWW-Authenticate: Digest qop="auth", realm="IP Camera(C0001)", nonce="0"',
            b'WWW-Authenticate: Basic realm="other"',
        )
    )
    assert len(page.all("www-authenticate")) == 3
    assert page.realm == "IP Camera(C0001)"


@pytest.mark.parametrize(
    ("challenge", "realm"),
    [
        ('Digest realm="a \\"b\\" c"', 'a "b" c'),
        ("Basic realm=plain, x=y", "plain"),
        ('Basic REALM = "spaced"', "spaced"),
        ('Basic realm="never closed', "never closed"),
        ('Basic realm=""', ""),
        ("Bearer", ""),
    ],
)
def test_realm(challenge: str, realm: str) -> None:
    assert http.realm(challenge) == realm


@pytest.mark.parametrize(
    ("lines", "keeps"),
    [
        ((b"HTTP/1.1 200 OK",), True),
        ((b"HTTP/1.1 200 OK", b"Connection: Close"), False),
        ((b"HTTP/1.0 200 OK",), False),
        ((b"HTTP/1.0 200 OK", b"Connection: keep-alive"), True),
    ],
)
def test_who_keeps_the_connection(lines: tuple[bytes, ...], keeps: bool) -> None:
    assert http.parse(reply(*lines)).keeps_alive is keeps


@pytest.mark.parametrize(
    "data",
    [
        reply(b"HTTP/1.1 304 Not Modified"),
        reply(b"HTTP/1.1 204 No Content"),
        reply(b"HTTP/1.0 200 OK", body=b"<html></HTML>\r\n"),
        reply(b"RTSP/1.0 200 OK", b"CSeq: 1"),
        PAGE,
    ],
)
def test_complete(data: bytes) -> None:
    assert http.is_complete(data)
    assert not any(http.is_complete(data[:k]) for k in range(len(data) - 2))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>bare",
        reply(b"HTTP/1.1 100 Continue"),
        reply(b"HTTP/1.1 200 OK"),
        reply(b"HTTP/1.1 200 OK", b"Content-Length: 5, 6", body=b"123456"),
        CHUNKED + b"5\r\nxx0\r\n",
    ],
)
def test_not_complete(data: bytes) -> None:
    assert not http.is_complete(data)


def test_request_is_honest_and_never_logs_in() -> None:
    sent = http.get("/a?b", http.authority("192.0.2.1", 8080), keep=True)
    assert sent == (
        b"GET /a?b HTTP/1.1\r\nHost: 192.0.2.1:8080\r\nUser-Agent: camcensus\r\nAccept: */*\r\n"
        b"Accept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n"
    )
    assert b"Connection: close\r\n" in http.get("/", "192.0.2.1")
    posted = http.post("/x", "192.0.2.1", b"body", "text/plain")
    assert posted.endswith(b"\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody")


def test_authority() -> None:
    assert http.authority("192.0.2.1", 80) == "192.0.2.1"
    assert http.authority("fe80::1%eth0", 8080) == "[fe80::1]:8080"
    assert http.authority("2001:db8::1", 443, 443) == "[2001:db8::1]"


HOSTILE = [
    b"\r" * 65536,
    b"\n" * 65536,
    b" " * 65536,
    b"HTTP/1.1 200 OK\r" + b"\r \n" * 20000,
    b"HTTP/1.1 200 OK\n" + b"a\n" * 32000,
    b"HTTP/1.1 200 OK\n" + b" x\n" * 20000,
    b"HTTP/1.1 100 x\n\n" * 4000,
    b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n" + b"\n" * 60000,
    b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n" + b"f" * 60000,
    b"HTTP/1.1 200 OK\nWWW-Authenticate: " + b"realm" * 12000 + b"\n\n",
    b'HTTP/1.1 200 OK\nWWW-Authenticate: realm="' + b'\\"' * 30000 + b"\n\n",
]


@pytest.mark.parametrize("data", HOSTILE)
def test_hostile_shapes_are_read_and_stay_small(data: bytes) -> None:
    page = http.parse(data)
    http.is_complete(data)
    assert len(page.headers) <= http.HEADERS_CAP
    assert len(page.body) <= len(data)
    assert len(page.realm) <= len(data)


PIECES = st.sampled_from(
    [b"HTTP/1.1 200 OK", b"RTSP/1.0 1", b"\r\n", b"\n", b"\r", b":", b" ", b"\0", b"gzip", b"-1",
     b"Content-Length:", b"Transfer-Encoding: chunked", b"Content-Encoding: gzip", b"5", b"a\r\n",
     b"HTTP/1.1 100 x\r\n\r\n", b"</html>", b"0\r\n\r\n", b'WWW-Authenticate: x realm="', b"\xff"]
)  # fmt: skip


@given(st.binary(max_size=2048) | st.lists(PIECES, max_size=40).map(b"".join))
def test_anything_is_read_and_nothing_is_invented(data: bytes) -> None:
    page = http.parse(data)
    if "compressed" not in page.flags:
        assert len(page.body) <= len(data)
        assert page.body in data or "chunked" in page.first("transfer-encoding").lower()
    assert len(page.headers) <= http.HEADERS_CAP
    assert isinstance(http.is_complete(data), bool)
    assert isinstance(page.realm + page.header_order, str)
    assert page.keeps_alive in (True, False)


@given(st.text(max_size=200))
def test_any_challenge(challenge: str) -> None:
    assert len(http.realm(challenge)) <= len(challenge)


@given(st.binary(max_size=300), st.lists(st.integers(1, 50), max_size=8), st.booleans())
def test_whole_replies_round_trip_and_parts_are_not_complete(
    body: bytes, cuts: list[int], chunked: bool
) -> None:
    head, coded = b"Content-Length: %d" % len(body), body
    if chunked:
        head, coded, rest = b"Transfer-Encoding: chunked", b"", body
        for size in (*cuts, len(body)):
            part, rest = rest[:size], rest[size:]
            coded += b"%x\r\n%s\r\n" % (len(part), part) if part else b""
        coded += b"0\r\n"
    data = reply(b"HTTP/1.1 200 OK", head, body=coded)
    assert http.parse(data).body == body
    assert http.is_complete(data)
    assert not any(http.is_complete(data[:k]) for k in range(len(data) - 1))
