"""Dahua DHIP by unicast: for hosts that multicast does not reach, or that did not hear it."""

from collections.abc import Sequence

from scanner.collect import introductions
from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import dhip


class DhipProbe:
    """Sends one host the search that multicast sends to all."""

    name = "dhip"
    stage = Stage.HOST

    def ports(self, host: HostView) -> Sequence[int]:
        """Planned for what could be a camera and has named no maker's protocol yet."""
        planned = bool(host.services) and host.camera_like and not introductions.is_introduced(host)
        return (dhip.PORT,) if planned else ()

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """Ask once: each answer is far larger than the question."""
        return await introductions.ask(
            net,
            port,
            [dhip.search()],
            dhip.fields,
            seconds=introductions.UNICAST_SECONDS,
            protocol="DHIP",
        )


PROBE: Probe = DhipProbe()
