"""Visits to devices of a running lab, made by `visitor.py` on the scanner's machine."""

import base64
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.lab.client import Lab

PROGRAM = Path(__file__).with_name("visitor.py")
PROBE = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    b' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    b' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
    b' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
    b"<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
    b"<a:MessageID>uuid:6c1e7a42-0000-4000-8000-00000000c0de</a:MessageID>"
    b"<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body>"
    b"<d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>"
)
GROUP = "239.255.255.250"


@dataclass(frozen=True, slots=True)
class Task:
    """One conversation: where, what to send, how long and how much to read."""

    ip: str
    port: int
    send: bytes = b""
    kind: str = "tcp"
    tls: bool = False
    seconds: float = 2.0
    limit: int = 100_000
    """Leave when at least so many bytes have come."""
    keep: int = 100_000
    """Bytes of these to look at."""


@dataclass(frozen=True, slots=True)
class Visit:
    """How a conversation went. `data` is the first reply; `error` the kind of OSError."""

    error: str | None
    replies: tuple[tuple[str, bytes], ...]
    certificate: bytes
    version: str
    size: int
    """Bytes read, of which `data` may be the beginning."""

    @property
    def data(self) -> bytes:
        """What came back first."""
        return self.replies[0][1] if self.replies else b""


def visit(lab: Lab, *tasks: Task, user: str | None = None) -> list[Visit]:
    """Do the tasks in order from the scanner's machine."""
    items = [
        {
            "kind": task.kind,
            "ip": task.ip,
            "port": task.port,
            "send": base64.b64encode(task.send).decode(),
            "tls": task.tls,
            "seconds": task.seconds,
            "limit": task.limit,
            "keep": task.keep,
        }
        for task in tasks
    ]
    done = lab.run([sys.executable, str(PROGRAM)], user=user, stdin=json.dumps(items))
    assert done.returncode == 0, done.stderr
    return [_visit(item) for item in json.loads(done.stdout)]


def get(lab: Lab, device: str, port: int = 80, path: str = "/", tls: bool = False) -> Task:
    """An HTTP GET to a device of the lab."""
    ip = lab.devices[device].ip
    request = f"GET {path} HTTP/1.1\r\nHost: {ip}\r\nConnection: close\r\n\r\n"
    return Task(ip, port, request.encode(), tls=tls)


def rtsp(lab: Lab, device: str, method: str, port: int = 554) -> Task:
    """An RTSP request to a device of the lab."""
    ip = lab.devices[device].ip
    request = f"{method} rtsp://{ip}:{port}/ RTSP/1.0\r\nCSeq: 7\r\n\r\n"
    return Task(ip, port, request.encode(), limit=1)


def probe(lab: Lab, device: str) -> Task:
    """A WS-Discovery probe to a device of the lab, until its first answer."""
    return Task(lab.devices[device].ip, 3702, PROBE, kind="udp", limit=1)


def _visit(item: dict[str, object]) -> Visit:
    replies = item["replies"]
    assert isinstance(replies, list)
    return Visit(
        error=None if item["error"] is None else str(item["error"]),
        replies=tuple((peer, base64.b64decode(data)) for peer, data in replies),
        certificate=base64.b64decode(str(item["certificate"])),
        version=str(item.get("version", "")),
        size=int(str(item.get("size", 0))),
    )
