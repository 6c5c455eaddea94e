"""Hikvision SADP by unicast: for hosts that multicast does not reach, or that did not hear it."""

from collections.abc import Sequence
from uuid import uuid4

from scanner.collect import introductions
from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import sadp

SDK_PORT = 8000


class SadpProbe:
    """Sends one host the two inquiries that multicast sends to all."""

    name = "sadp"
    stage = Stage.HOST

    def ports(self, host: HostView) -> Sequence[int]:
        """Planned for what could be a Hikvision device and has named no maker's protocol yet."""
        promising = host.camera_like or SDK_PORT in host.services
        planned = bool(host.services) and promising and not introductions.is_introduced(host)
        return (sadp.PORT,) if planned else ()

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """An answer to another asker is an answer too."""
        return await introductions.ask(
            net,
            port,
            sadp.inquiries(uuid4()),
            sadp.fields,
            seconds=introductions.UNICAST_SECONDS,
            protocol="SADP",
        )


PROBE: Probe = SadpProbe()
