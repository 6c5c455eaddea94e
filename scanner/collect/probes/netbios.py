"""NetBIOS node status: a host that is silent to TCP may be a computer behind its own firewall."""

import secrets
from collections.abc import Sequence

from scanner.collect import introductions
from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import netbios

SECONDS = 0.5
"""A computer on the network answers at once; thousands of silent hosts are asked in vain."""


class NetbiosProbe:
    """Asks for the names of a host of which nothing else is known."""

    name = "netbios"
    stage = Stage.HOST

    def ports(self, host: HostView) -> Sequence[int]:
        """Planned where it can rule something out."""
        return (netbios.PORT,) if introductions.may_be_a_computer(host) else ()

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """One datagram; silence is the usual answer."""
        return await introductions.ask(
            net,
            port,
            [netbios.question(secrets.randbits(16))],
            netbios.fields,
            seconds=SECONDS,
            protocol="NetBIOS",
        )


PROBE: Probe = NetbiosProbe()
