"""Hikvision ISAPI, asked once without a login."""

from collections.abc import Sequence

from scanner.collect import web
from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import isapi
from scanner.model import ProbeStatus


class IsapiProbe:
    """`deviceInfo`: the realm of the refusal, or what a device gives freely."""

    name = "isapi"
    stage = Stage.HOST

    def ports(self, host: HostView) -> Sequence[int]:
        """The one web server to ask."""
        return web.web_ports(host)

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """Ask once; a refusal is an answer."""
        where = web.origin(host, port)
        answer = await web.fetch(net, where, where.get(isapi.DEVICE_INFO))
        if answer is None:
            return Outcome(ProbeStatus.NOT_PERMITTED, reason="nothing may be sent to this port")
        fields = isapi.read(answer.response.body)
        named = ((f"isapi.{name}", value) for name, value in fields)
        return answer.outcome((("isapi.realm", answer.response.realm), *named))


PROBE: Probe = IsapiProbe()
