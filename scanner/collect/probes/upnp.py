"""UPnP device description: fetched from the host that announced it, and from nobody else."""

from collections.abc import Sequence

from scanner.collect import web
from scanner.collect.api import READ_CAP, HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import http, upnp
from scanner.model import ProbeStatus

SECONDS = 3.0


class UpnpProbe:
    """One GET of the LOCATION that SSDP told; a redirect is not followed."""

    name = "upnp"
    stage = Stage.HOST

    def ports(self, host: HostView) -> Sequence[int]:
        """The port of the description, when the host itself serves it."""
        found = _description(host)
        return (found[0].port,) if found else ()

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """Anything but a description is an error."""
        found = _description(host)
        if found is None:
            return Outcome(ProbeStatus.NOT_PERMITTED, reason="no description of this host is known")
        where, request = found
        talk = await net.converse(
            where.port,
            [request],
            complete=http.is_complete,
            tls=where.tls,
            cap=READ_CAP,
            seconds=SECONDS,
        )
        answer = web.judge(talk, talk.replies[0] if talk.replies else b"")
        said = upnp.fields(answer.response.body)
        if answer.status is ProbeStatus.OK and not said:
            return Outcome(ProbeStatus.PROTOCOL_ERROR, reason="the answer is no UPnP description")
        return answer.outcome(said)


def _description(host: HostView) -> tuple[web.Origin, bytes] | None:
    """The first announced LOCATION that may be asked for, as server and request."""
    for address in host.values("ssdp.location"):
        if (place := web.announced(host, address)) and (request := place[0].get(place[1])):
            return place[0], request
    return None


PROBE: Probe = UpnpProbe()
