"""Where the ONVIF device service of a host is, for the questions with a login and without."""

from dataclasses import dataclass

from scanner.collect import web
from scanner.collect.api import HostView
from scanner.collect.never_send import refuse
from scanner.collect.wire import http, onvif


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


def service_of(host: HostView) -> Service | None:
    """From the first address the host announced for itself, else on its web server."""
    addresses = (a for value in host.values("wsd.xaddr") for a in value.split())
    for where, path in filter(None, (web.announced(host, a) for a in addresses)):
        service = Service(where, path)
        if not refuse("tcp", where.port, service.call("GetServices")):
            return service
    ports = web.web_ports(host)
    return Service(web.origin(host, ports[0]), onvif.SERVICE_PATH) if ports else None
