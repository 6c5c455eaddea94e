"""ONVIF device service, asked without a login: does it speak, and which services has it."""

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.collect import web
from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.never_send import refuse
from scanner.collect.wire import http, onvif
from scanner.model import Observation, ProbeStatus


@dataclass(frozen=True, slots=True)
class Service:
    """Where the device service is."""

    where: web.Origin
    path: str

    def call(self, operation: str, *, keep: bool = False) -> bytes:
        """The HTTP request of one call."""
        kind = onvif.content_type(operation)
        body = onvif.body(operation)
        return http.post(self.path, self.where.authority, body, kind, keep=keep)


class OnvifProbe:
    """GetSystemDateAndTime, then GetServices if that was answered in SOAP."""

    name = "onvif"
    stage = Stage.HOST

    def ports(self, host: HostView) -> Sequence[int]:
        """One port of a host that looks like a camera or announced itself as one."""
        announced = any(o.field.startswith("wsd.") for o in host.observations)
        service = _service(host) if host.camera_like or announced else None
        return (service.where.port,) if service else ()

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """Two calls, on one connection if it stays."""
        service = _service(host) or Service(web.origin(host, port), onvif.SERVICE_PATH)
        talk = await net.converse(
            port,
            [service.call("GetSystemDateAndTime", keep=True)],
            complete=http.is_complete,
            tls=service.where.tls,
            follow=lambda reply: _second(service, http.parse(reply), same_connection=True),
        )
        answers = [web.judge(talk, raw) for raw in talk.replies if raw] or [web.judge(talk, b"")]
        if len(answers) == 1 and answers[0].status is ProbeStatus.OK:
            more = await web.fetch(net, service.where, _second(service, answers[0].response))
            answers += [more] if more else []
        return _outcome(answers)


def _second(
    service: Service, page: http.Response, *, same_connection: bool = False
) -> bytes | None:
    if not onvif.read(page.body).is_soap or (same_connection and not page.keeps_alive):
        return None
    return service.call("GetServices")


def _outcome(answers: Sequence[web.Answer]) -> Outcome:
    seen: dict[tuple[str, str], Observation] = {}
    for answer in answers:
        for observation in answer.observe(_pairs(answer.response.body)):
            seen.setdefault((observation.field, observation.value), observation)
    return Outcome(answers[-1].status, tuple(seen.values()), answers[-1].reason)


def _pairs(body: bytes) -> tuple[tuple[str, str], ...]:
    reply = onvif.read(body)
    return (
        *(("onvif.service_path", path) for path in reply.service_paths),
        *(("onvif.namespace", namespace) for namespace in reply.namespaces),
        ("onvif.fault", reply.fault),
    )


def _service(host: HostView) -> Service | None:
    """From the first address the host announced for itself, else on its web server."""
    addresses = (a for value in host.values("wsd.xaddr") for a in value.split())
    for where, path in filter(None, (web.announced(host, a) for a in addresses)):
        service = Service(where, path)
        if not refuse("tcp", where.port, service.call("GetServices")):
            return service
    ports = web.web_ports(host)
    return Service(web.origin(host, ports[0]), onvif.SERVICE_PATH) if ports else None


PROBE: Probe = OnvifProbe()
