"""RTSP/1.0 (RFC 2326): the two requests that need no login, and where their replies end."""

from typing import Literal

from scanner.collect.wire import http


def request(method: Literal["OPTIONS", "DESCRIBE"], ip: str, port: int, cseq: int) -> bytes:
    """One request about the server's root."""
    accept = ("Accept: application/sdp",) if method == "DESCRIBE" else ()
    lines = (
        f"{method} rtsp://{http.authority(ip, port, 554)}/ RTSP/1.0",
        f"CSeq: {cseq}",
        f"User-Agent: {http.USER_AGENT}",
        *accept,
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def parse(data: bytes) -> http.Response:
    """Read a reply; `protocol` tells whether it was RTSP. Never raises."""
    return http.parse(data)


def is_complete(data: bytes) -> bool:
    """True when the reply is whole, or when its first bytes show that it is not RTSP."""
    begin = data.lstrip(b"\r\n \t")[:5].upper()
    if begin and begin != b"RTSP/"[: len(begin)] and begin != b"HTTP/"[: len(begin)]:
        return True
    return http.is_complete(data)
