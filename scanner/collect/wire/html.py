"""The few things a page of a device says about where to look: title, icon, redirect."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote, urljoin, urlsplit

from scanner.collect.wire.http import Response
from scanner.collect.wire.text import text

TITLE_CAP = 1024
"""Bytes looked at for a title."""
SMALL_PAGE = 4096
"""Bytes of a page that only sends the browser elsewhere by script."""
TARGET_CAP = 1024

_ATTRIBUTE = re.compile(r"""([a-z-]{1,32})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_REFRESH = re.compile(r"""\burl\s*=\s*["']?([^"'\s]+)""", re.IGNORECASE)
_SCRIPT = re.compile(r"""\blocation(?:\.href)?\s{0,8}=\s{0,8}["']([^"']{1,1024})["']""")


def title(body: bytes) -> str:
    """Text of the first title element, entities resolved and white space folded."""
    lower = body.lower()
    start = lower.find(b"<title")
    opened = lower.find(b">", start) + 1
    if start == -1 or opened == 0:
        return ""
    end = lower.find(b"</title", opened)
    raw = body[opened : end if end != -1 else None][:TITLE_CAP]
    return " ".join(unescape(text(raw)).split())


def icon(page: Response, url: str) -> str | None:
    """Path of the page's own icon link on the server of `url`; None when it names none there."""
    for tag in _tags(page.body, "link"):
        if "icon" in tag.get("rel", "").lower().split():
            return within(tag.get("href", ""), url)
    return None


def redirect(page: Response, url: str) -> str | None:
    """Path on the server of `url` to which the reply sends a browser; None when it does not.

    Location of a 3xx, else a meta refresh, else a script in a small page.
    """
    if page.status is not None and 300 <= page.status < 400:
        return within(page.first("location"), url)
    for tag in _tags(page.body, "meta"):
        refresh = _REFRESH.search(tag.get("content", "")[:TARGET_CAP])
        if tag.get("http-equiv", "").lower() == "refresh" and refresh:
            return within(refresh[1], url)
    script = _SCRIPT.search(text(page.body)) if len(page.body) <= SMALL_PAGE else None
    return within(script[1], url) if script else None


def within(reference: str, url: str) -> str | None:
    """`reference` resolved against `url`, as a request target; None when it leaves the server."""
    if not reference or len(reference) > TARGET_CAP:
        return None
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, unescape(reference)))
        leaves = (there.scheme, there.hostname, _port(there.scheme, there.port)) != (
            here.scheme,
            here.hostname,
            _port(here.scheme, here.port),
        )
    except ValueError:
        return None
    if leaves or there.username is not None:
        return None
    query = f"?{quote(there.query, safe=_SAFE)}" if there.query else ""
    return (quote(there.path, safe=_SAFE) or "/") + query


_SAFE = "!$%&'()*+,-./:;=?@_~"


def _port(scheme: str, port: int | None) -> int | None:
    return port or {"http": 80, "https": 443}.get(scheme)


def _tags(body: bytes, name: str) -> Iterator[dict[str, str]]:
    """Attributes of each such start tag, lower-case names, entities resolved."""
    pattern = re.compile(rb"<" + name.encode() + rb"\b([^<>]{0,2048})>", re.IGNORECASE)
    for match in pattern.finditer(body):
        found = _ATTRIBUTE.finditer(text(match[1]))
        yield {m[1].lower(): m[2] or m[3] or m[4] or "" for m in found}
