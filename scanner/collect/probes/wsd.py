"""WS-Discovery by unicast: for hosts that multicast does not reach, or that did not hear it."""

from collections.abc import Sequence
from uuid import uuid4

from scanner.collect import introductions
from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import wsd

SECONDS = 1.5
"""A device may wait half a second before it answers (APP_MAX_DELAY of WS-Discovery)."""


class WsdProbe:
    """Sends one host the two Probes that multicast sends to all."""

    name = "wsd"
    stage = Stage.HOST

    def ports(self, host: HostView) -> Sequence[int]:
        """Planned for what could be a camera and has not introduced itself yet.

        No multicast reaches a routed network: there it is every host.
        """
        promising = host.camera_like or bool(host.ports("http", "https", "rtsp"))
        wanted = host.routed or (bool(host.services) and promising)
        return (wsd.PORT,) if wanted and not host.values("wsd.epr") else ()

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """A fault is an answer too."""
        probes = [wsd.probe(kind, uuid4()) for kind in wsd.TYPES]
        return await introductions.ask(
            net, port, probes, wsd.fields, seconds=SECONDS, protocol="WS-Discovery"
        )


PROBE: Probe = WsdProbe()
