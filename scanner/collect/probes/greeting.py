"""What a service says by itself when somebody connects. Not one byte is sent."""

import hashlib
import re
from collections.abc import Sequence

from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import telnet
from scanner.collect.wire.text import text
from scanner.model import Observation, ProbeStatus

LISTEN = 1.5
"""Seconds. A service that greets does so at once; slow telnet daemons need about one."""
KEPT = 1024
"""Bytes of a greeting that go into the evidence."""

_FIELDS = {21: "ftp.banner", 22: "ssh.banner", 23: "telnet.banner"}
_WHOLE = {
    21: re.compile(rb"(?:^|\n)\d{3} [^\n]*\n$"),  # RFC 959 section 4.2: last line of a reply
    22: re.compile(rb"^[^\n]*\n"),
    23: re.compile(rb"(?:login|username|password): *$", re.IGNORECASE),
}


class GreetingProbe:
    """Connect, listen, hang up; a port that stays silent has answered the question."""

    name = "greeting"
    stage = Stage.PORT

    def ports(self, host: HostView) -> Sequence[int]:
        """Ports that speak first, and ports to which nothing may be sent."""
        return host.ports("greeting", "silent")

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """Listen once."""
        whole = _WHOLE.get(port)
        talk = await net.converse(
            port,
            [b""],
            complete=lambda data: whole is not None and whole.search(data) is not None,
            cap=KEPT,
            seconds=LISTEN,
        )
        heard = b"".join(talk.replies)
        plain = telnet.plain(heard) if port == 23 else heard
        value = text(plain.rstrip(b"\r\n"))
        digest = hashlib.sha256(heard).hexdigest()
        seen = (Observation(_FIELDS.get(port, "tcp.banner"), value, digest),) if value else ()
        if talk.status is ProbeStatus.TIMEOUT or seen:
            return Outcome(ProbeStatus.OK, seen)
        return Outcome(talk.status, seen, talk.reason)


PROBE: Probe = GreetingProbe()
