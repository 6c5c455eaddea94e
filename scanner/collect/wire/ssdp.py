"""SSDP (UPnP Device Architecture 1.1, UDP 1900): searches, and what devices announce or answer."""

from collections.abc import Iterator

from scanner.collect.wire import http

GROUP, PORT = "239.255.255.250", 1900
MAX_BYTES = 8 * 1024
"""Honest announcements have about 500."""
MAX_TEXT = 1024
"""Characters kept of one value."""
ALL, ROOT = "ssdp:all", "upnp:rootdevice"
"""Search targets: everything a device has, some ten answers each; or one answer a device."""
MX = 2
"""Seconds over which the answers of all devices are to be spread."""

_NOTIFY = b"NOTIFY "
_FIELDS = {
    "ssdp.server": ("server",),
    "ssdp.st": ("st", "nt"),
    "ssdp.usn": ("usn",),
    "ssdp.location": ("location",),
}


def search(target: str) -> bytes:
    """An M-SEARCH of the group for a search target."""
    lines = (
        "M-SEARCH * HTTP/1.1",
        f"HOST: {GROUP}:{PORT}",
        'MAN: "ssdp:discover"',
        f"MX: {MX}",
        f"ST: {target}",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def fields(data: bytes) -> tuple[tuple[str, str], ...]:
    """`ssdp.…` of a NOTIFY or of an answer to a search; empty for anything else. Never raises.

    A notification type is the search type of the answer that would say the same.
    """
    data = data[:MAX_BYTES].lstrip(b"\r\n \t")
    if data[: len(_NOTIFY)].upper() == _NOTIFY:
        data = b"HTTP/1.1 200 \r\n" + data.partition(b"\n")[2]
    message = http.parse(data)
    is_ssdp = message.protocol.startswith("HTTP/") and message.status == 200
    return tuple(_fields(message)) if is_ssdp and message.first("usn") else ()


def _fields(message: http.Response) -> Iterator[tuple[str, str]]:
    for name, headers in _FIELDS.items():
        value = next((v for h in headers if (v := message.first(h))), "")
        if value:
            yield name, value[:MAX_TEXT]
