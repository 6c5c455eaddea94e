"""HTTP/1 with embedded servers: requests built (RFC 9112), odd replies read. RTSP and ICY too."""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.collect.wire.text import text

USER_AGENT = "camcensus"
BODY_CAP = 256 * 1024
"""Bytes a compressed body may unfold to: a bomb ends here."""
HEADERS_CAP = 256
CHUNKS_CAP = 2048
INTERIM_CAP = 4

_STATUS_LINE = re.compile(
    rb"(HTTP|RTSP|ICY)(?:/(\d{1,3}(?:\.\d{1,3})?)|(?=[ \t]+-?\d))(?:[ \t]+(-?\d{1,9}))?[ \t]*",
    re.IGNORECASE,
)
_NO_COLON = re.compile(rb"([A-Za-z][\w-]*)[ \t]+(.*)", re.DOTALL)
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})(?:[ \t;][^\r\n]{0,256})?\r?\n")
_REALM = re.compile(r'\brealm\s*=\s*(?:"((?:[^"\\]|\\.)*)|([^\s,"]+))', re.IGNORECASE | re.DOTALL)
_BLANKS = (b"\n\r\n", b"\n\n", b"\n\r\r\n")
_NO_BODY = (204, 304)


@dataclass(frozen=True, slots=True)
class Response:
    """A reply as far as it can be read. `protocol` is empty for a bare body (HTTP/0.9).

    Headers keep their order and spelling; `flags` names what was odd, in a fixed vocabulary.
    """

    protocol: str
    status: int | None
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    flags: tuple[str, ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Values of every header of that name, in order."""
        return tuple(v for n, v in self.headers if n.lower() == name)

    def first(self, name: str) -> str:
        """Value of the first header of that name, empty when there is none."""
        return next(iter(self.all(name)), "")

    @property
    def header_order(self) -> str:
        """Lower-case header names as sent, joined by commas."""
        return ",".join(n.lower() for n, _ in self.headers)

    @property
    def realm(self) -> str:
        """Realm of the first challenge that names one (RFC 9110 section 11.5), else empty."""
        return next((r for v in self.all("www-authenticate") if (r := realm(v))), "")

    @property
    def keeps_alive(self) -> bool:
        """True when the server says, or HTTP/1.1 implies, that the connection stays."""
        word = self.first("connection").lower()
        return "keep-alive" in word or (self.protocol == "HTTP/1.1" and "close" not in word)


def authority(ip: str, port: int, default: int = 80) -> str:
    """`ip:port` as the Host header wants it: IPv6 in brackets, the default port left out."""
    host = f"[{ip.partition('%')[0]}]" if ":" in ip else ip
    return host if port == default else f"{host}:{port}"


def get(target: str, host: str, *, keep: bool = False) -> bytes:
    """A GET of a path on `host` (see `authority`); `keep` asks for the connection to stay."""
    return _request("GET", target, host, keep=keep)


def post(target: str, host: str, body: bytes, content_type: str, *, keep: bool = False) -> bytes:
    """A POST of a body."""
    extra = (f"Content-Type: {content_type}", f"Content-Length: {len(body)}")
    return _request("POST", target, host, extra, keep=keep) + body


def authorised(request: bytes, authorization: str) -> bytes:
    """The request with credentials (RFC 9110 section 11.6.2)."""
    line, _, rest = request.partition(b"\r\n")
    return b"\r\n".join((line, b"Authorization: " + authorization.encode("ascii"), rest))


def _request(
    method: str, target: str, host: str, extra: Iterable[str] = (), *, keep: bool
) -> bytes:
    lines = (
        f"{method} {target} HTTP/1.1",
        f"Host: {host}",
        f"User-Agent: {USER_AGENT}",
        "Accept: */*",
        "Accept-Encoding: identity",
        *extra,
        f"Connection: {'keep-alive' if keep else 'close'}",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def realm(challenge: str) -> str:
    """Realm of one WWW-Authenticate value, unescaped; empty when it names none."""
    match = _REALM.search(challenge)
    if match is None:
        return ""
    return re.sub(r"\\(.)", r"\1", match[1] or match[2] or "", flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Head:
    protocol: str
    status: int | None
    reason: str
    headers: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]
    body_at: int | None
    """Offset of the body, None while the head is unfinished."""


@dataclass(frozen=True, slots=True)
class _Framing:
    chunked: bool = False
    length: int | None = None
    flags: tuple[str, ...] = ()


def parse(data: bytes) -> Response:
    """Read whatever a server sent. Never raises; linear in the length of `data`."""
    head = _final_head(data)
    if head is None:
        return Response("", None, "", (), data, ("no-status-line",) if data else ("empty",))
    raw = b"" if head.body_at is None else data[head.body_at :]
    framing = _framing(head)
    body, flags = _unchunk(raw) if framing.chunked else _cut(raw, framing.length)
    body, more = _decompress(body, head)
    return Response(
        head.protocol, head.status, head.reason, head.headers, body,
        (*head.flags, *framing.flags, *flags, *more),
    )  # fmt: skip


def is_complete(data: bytes) -> bool:
    """True when nothing more has to be read: the announced body is there, or none is due."""
    head = _final_head(data)
    if head is None or head.body_at is None or _is_interim(head):
        return False
    if head.status in _NO_BODY:
        return True
    framing = _framing(head)
    if framing.chunked:
        ends = data[-8:].rstrip(b"\r\n").endswith(b"0")
        return ends and "unfinished-chunks" not in _unchunk(data[head.body_at :])[1]
    if framing.length is not None:
        return len(data) - head.body_at >= framing.length
    return head.protocol.startswith("RTSP") or data[-64:].rstrip().lower().endswith(b"</html>")


def _final_head(data: bytes) -> _Head | None:
    """The head of the reply proper: interim ones (1xx) are stepped over."""
    start, head = 0, None
    for _ in range(INTERIM_CAP):
        head = _head(data, start) or head
        if head is None or head.body_at is None or not _is_interim(head):
            break
        if not data[head.body_at :].strip():
            break
        start = head.body_at
    return head


def _is_interim(head: _Head) -> bool:
    return head.status is not None and 100 <= head.status < 200 and head.status != 101


def _head(data: bytes, start: int) -> _Head | None:
    start += len(data) - start - len(data[start:].lstrip(b"\r\n \t"))
    match = _STATUS_LINE.match(data, start)
    if match is None:
        return None
    bare_cr = _ends_lines_with_cr(data, start)
    end, body_at = _blank_line(data, start, bare_cr=bare_cr)
    line, *lines = _lines(data[match.end() : end], bare_cr=bare_cr)
    headers, flags = _headers(lines)
    version = f"/{match[2].decode()}" if match[2] else ""
    return _Head(
        protocol=match[1].decode().upper() + version,
        status=int(match[3]) if match[3] else None,
        reason=text(line.strip()),
        headers=headers,
        flags=flags if body_at is not None else (*flags, "unfinished-head"),
        body_at=body_at,
    )


def _ends_lines_with_cr(data: bytes, start: int) -> bool:
    cr, lf = data.find(b"\r", start), data.find(b"\n", start)
    return cr != -1 and (lf == -1 or data[cr:lf].strip(b"\r") != b"")


def _blank_line(data: bytes, start: int, *, bare_cr: bool) -> tuple[int, int | None]:
    """Where the head ends and where the body starts."""
    blanks = (*_BLANKS, b"\r\r") if bare_cr else _BLANKS
    found = [(at, at + len(b)) for b in blanks if (at := data.find(b, start)) != -1]
    return min(found, default=(len(data), None))


def _lines(head: bytes, *, bare_cr: bool) -> list[bytes]:
    if bare_cr:
        return re.split(rb"\r\n?|\n", head, maxsplit=HEADERS_CAP + 1)
    return [line.rstrip(b"\r") for line in head.split(b"\n", HEADERS_CAP + 1)]


def _headers(lines: list[bytes]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    headers: list[tuple[str, str]] = []
    flags = dict.fromkeys(["many-headers"] if len(lines) > HEADERS_CAP else [])
    for line in lines[:HEADERS_CAP]:
        if line[:1] in (b" ", b"\t") and headers:  # obs-fold, RFC 9112 section 5.2
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {text(line.strip())}".strip())
            continue
        raw_name, colon, value_bytes = line.partition(b":")
        if not colon:
            flags["missing-colon"] = None
            match = _NO_COLON.fullmatch(line)
            raw_name, value_bytes = match.groups() if match else (line, b"")
        if name := text(raw_name.strip(b" \t\r\0")):
            headers.append((name, text(value_bytes.strip(b" \t\r\0"))))
    return tuple(headers), tuple(flags)


def _framing(head: _Head) -> _Framing:
    chunked = any("chunked" in v.lower() for v in _values(head, "transfer-encoding"))
    lengths = {n.strip() for v in _values(head, "content-length") for n in v.split(",")}
    flags = ("length-and-chunked",) if chunked and lengths else ()
    if chunked or not lengths:
        return _Framing(chunked, None, flags)
    if len(lengths) > 1:
        return _Framing(flags=("conflicting-lengths",))
    length = lengths.pop()
    if not re.fullmatch(r"[0-9]{1,18}", length):
        return _Framing(flags=("bad-length",))
    return _Framing(length=int(length))


def _values(head: _Head, name: str) -> list[str]:
    return [v for n, v in head.headers if n.lower() == name]


def _cut(body: bytes, length: int | None) -> tuple[bytes, tuple[str, ...]]:
    if length is None:
        return body, ()
    return body[:length], ("short-body",) if len(body) < length else ()


def _unchunk(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Body of the chunked coding (RFC 9112 section 7.1) as far as it is well formed."""
    body, at = bytearray(), 0
    for _ in range(CHUNKS_CAP):
        match = _CHUNK.match(data, at)
        if match is None:
            rest = data[at : at + 10].strip(b"0123456789abcdefABCDEF \t\r\n;")
            return (bytes(body) or data, ("bad-chunk",)) if rest else _unfinished(body)
        size = int(match[1], 16)
        if size == 0:
            return bytes(body), ()
        body += data[match.end() : match.end() + size]
        at = match.end() + size
        if at > len(data):
            return _unfinished(body)
        at += 2 if data[at : at + 2] == b"\r\n" else data[at : at + 1] == b"\n"
    return bytes(body), ("many-chunks",)


def _unfinished(body: bytearray) -> tuple[bytes, tuple[str, ...]]:
    return bytes(body), ("unfinished-chunks",)


def _decompress(body: bytes, head: _Head) -> tuple[bytes, tuple[str, ...]]:
    """The body unfolded, although `identity` was asked for, up to `BODY_CAP` bytes."""
    codings = " ".join(_values(head, "content-encoding")).lower()
    if not body or not ("gzip" in codings or "deflate" in codings):
        return body, ()
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # gzip or zlib by its head, then raw
        unfold = zlib.decompressobj(window)
        try:
            plain = unfold.decompress(body, BODY_CAP)
        except zlib.error:
            continue
        return plain, ("compressed",) if unfold.eof else ("compressed", "short-body")
    return body, ("bad-compression",)
