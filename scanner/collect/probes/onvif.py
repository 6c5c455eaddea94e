"""ONVIF device service, asked without a login: does it speak, and which services has it."""

from collections.abc import Sequence

from scanner.collect import web
from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.device_service import Service, service_of
from scanner.collect.wire import http, onvif
from scanner.model import Observation, ProbeStatus


class OnvifProbe:
    """GetSystemDateAndTime, then GetServices if that was answered in SOAP."""

    name = "onvif"
    stage = Stage.HOST

    def ports(self, host: HostView) -> Sequence[int]:
        """One port of a host that looks like a camera or announced itself as one."""
        announced = any(o.field.startswith("wsd.") for o in host.observations)
        service = service_of(host) if host.camera_like or announced else None
        return (service.where.port,) if service else ()

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """Two calls, on one connection if it stays."""
        service = service_of(host) or Service(web.origin(host, port), onvif.SERVICE_PATH)
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


PROBE: Probe = OnvifProbe()
