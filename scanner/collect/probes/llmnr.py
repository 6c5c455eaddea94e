"""LLMNR: the name of a silent host that may be a computer, asked of the link as computers do."""

import secrets
from collections.abc import Sequence

from scanner.collect import introductions
from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import llmnr

SECONDS = 0.5
"""Responders wait at most a tenth of a second (RFC 4795 section 2.7)."""


class LlmnrProbe:
    """Asks for the name of a host of which nothing else is known."""

    name = "llmnr"
    stage = Stage.HOST

    def ports(self, host: HostView) -> Sequence[int]:
        """Planned for silent hosts on our own links: it does not go beyond."""
        near = host.mac is not None and not host.routed and ":" not in host.ip
        return (llmnr.PORT,) if near and introductions.may_be_a_computer(host) else ()

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """One datagram to the group; silence is the usual answer."""
        return await introductions.ask(
            net,
            port,
            [llmnr.question(secrets.randbits(16), host.ip)],
            lambda data: llmnr.fields(data, host.ip),
            seconds=SECONDS,
            protocol="LLMNR",
            group=llmnr.GROUP,
        )


PROBE: Probe = LlmnrProbe()
