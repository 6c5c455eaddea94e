"""Titles, icons and redirects: what pages say, and what they may not make us do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import html
from scanner.collect.wire.http import Response

URL = "http://192.0.2.10:8080/"


def page(body: bytes, status: int = 200, location: str = "") -> Response:
    headers = (("Location", location),) if location else ()
    return Response("HTTP/1.1", status, "", headers, body)


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"<title>index</title>", "index"),
        (b"<TITLE id=x>\r\n WEB \t SERVICE\n</TITLE >", "WEB SERVICE"),
        (b"<title>a &amp; b &lt;c&gt;</title>", "a & b <c>"),
        (b"<title>never closed", "never closed"),
        (b"<title>\xe7\x99\xbb\xe5\xbd\x95</title>", "登录"),
        (b"<title>\xb5\xc7</title>", "\\xb5\\xc7"),
        (b"<title", ""),
        (b"no title", ""),
        (b"<title>&#" + b"9" * 5000 + b";</title>", "\ufffd"),
    ],
)
def test_title(body: bytes, title: str) -> None:
    assert html.title(body) == title


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/doc/page/login.asp", "/doc/page/login.asp"),
        ("http://192.0.2.10:8080/index.asp?a=b", "/index.asp?a=b"),
        ("doc/index.html#/portal/login", "/doc/index.html"),
        ("?x", "/?x"),
        ("//192.0.2.10:8080/x", "/x"),
        ("/a b\tc", "/a%20bc"),
        ("/login%20page", "/login%20page"),
        ("/\u767b", "/%E7%99%BB"),
        ("https://192.0.2.10:8080/", None),
        ("http://192.0.2.10/", None),
        ("http://192.0.2.11:8080/", None),
        ("http://camera.example:8080/", None),
        ("//198.51.100.1/x", None),
        ("http://user@192.0.2.10:8080/", None),
        ("http://[bad/", None),
        ("http://192.0.2.10:99999/", None),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("/" + "x" * 2000, None),
        ("", None),
    ],
)
def test_location_stays_on_the_server(location: str, target: str | None) -> None:
    assert html.redirect(page(b"", 302, location), URL) == target


def test_default_port_is_the_same_server() -> None:
    moved = page(b"", 301, "http://192.0.2.10:80/x")
    assert html.redirect(moved, "http://192.0.2.10/") == "/x"


@pytest.mark.parametrize(
    ("body", "target"),
    [
        (b'<meta http-equiv="refresh" content="0; url=/index.asp">', "/index.asp"),
        (b"<META HTTP-EQUIV=Refresh CONTENT=\"1;URL='/cgi/x'\">", "/cgi/x"),
        (b'<meta http-equiv="refresh" content="5">', None),
        (b'<meta name="x" content="0; url=/index.asp">', None),
        (
            b'<script>window.location.href = "/doc/page/login.asp?_" + (new Date()).getTime();',
            "/doc/page/login.asp?_",
        ),
        (b"<script>document.location='login.htm'</script>", "/login.htm"),
        (b'<script>top.location="http://198.51.100.1/"</script>', None),
        (b'<script>window.location="/x"</script>' + b" " * 5000, None),
        (b"<script>relocation = 'x'</script>", None),
    ],
)
def test_pages_that_send_elsewhere(body: bytes, target: str | None) -> None:
    assert html.redirect(page(body), URL) == target


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'<link rel="shortcut icon" href="/images/favicon.ico">', "/images/favicon.ico"),
        (b"<LINK HREF=a.png REL=ICON>", "/a.png"),
        (b'<link rel="stylesheet" href="x.css"><link href="i.ico" rel="icon"/>', "/i.ico"),
        (b'<link rel="icon" href="data:image/png;base64,AAAA">', None),
        (b'<link rel="icon" href="http://198.51.100.1/i.ico">', None),
        (b'<link rel="icon">', None),
        (b'<linkrel="icon" href="/x">', None),
        (b"", None),
    ],
)  # fmt: skip
def test_icon(body: bytes, path: str | None) -> None:
    assert html.icon(page(body), URL) == path


@pytest.mark.parametrize(
    "piece", [b"<title", b"<link ", b"<meta", b"location=", b'location="', b"url="]
)
def test_hostile_repetition_is_read(piece: bytes) -> None:
    body = (piece * 20000)[:65536]
    assert len(html.title(body)) <= html.TITLE_CAP
    assert html.icon(page(body), URL) is None
    assert html.redirect(page(body), URL) is None


PIECES = st.sampled_from(
    [b"<title>", b"</title>", b"<link rel=icon href=", b"<meta http-equiv=refresh content=", b">",
     b'"', b"'", b"0;url=", b"location", b"=", b"//", b"\\", b"http://192.0.2.10:8080", b"http:",
     b"@", b"[", b"%", b"..", b"/", b"&#", b"9", b"\xff", b"\n", b"?", b"#"]
)  # fmt: skip


@given(
    st.binary(max_size=1024) | st.lists(PIECES, max_size=30).map(b"".join),
    st.text(max_size=100),
    st.sampled_from([200, 302]),
)
def test_anything_gives_a_safe_target_or_none(body: bytes, location: str, status: int) -> None:
    answer = page(body, status, location)
    assert len(html.title(body)) <= 4 * html.TITLE_CAP
    for target in (html.icon(answer, URL), html.redirect(answer, URL)):
        if target is not None:
            assert target.startswith("/")
            assert target.isascii()
            assert target.isprintable()
            assert " " not in target


@given(st.text(max_size=200))
def test_any_reference(reference: str) -> None:
    target = html.within(reference, URL)
    assert target is None or (target.startswith("/") and "#" not in target)
