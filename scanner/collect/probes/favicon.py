"""The icon of a host's web page, as the hashes under which icons are known."""

from collections.abc import Sequence

from scanner.collect import web
from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import favicon
from scanner.model import ProbeStatus

ICON_CAP = 256 * 1024
"""Bytes read of an icon; hashes of a part would be worthless."""
DEFAULT = "/favicon.ico"


class FaviconProbe:
    """One icon a host: the one its page names, else the customary one."""

    name = "favicon"
    stage = Stage.HOST

    def ports(self, host: HostView) -> Sequence[int]:
        """The one web server to ask."""
        return web.web_ports(host)

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """Fetch the icon and hash it when it is one and whole."""
        where = web.origin(host, port)
        request = where.get(_path(host, port)) or where.get(DEFAULT)
        answer = await web.fetch(net, where, request, ICON_CAP)
        if answer is None:
            return Outcome(ProbeStatus.NOT_PERMITTED, reason="nothing may be sent to this port")
        icon = answer.response.body
        is_page = icon.lstrip()[:1] == b"<"
        if answer.status is not ProbeStatus.OK or answer.response.status != 200 or is_page:
            return answer.outcome()
        if len(answer.raw) >= ICON_CAP:
            return Outcome(ProbeStatus.PROTOCOL_ERROR, reason=f"icon above {ICON_CAP} bytes")
        hashes = (
            ("http.favicon.mmh3", favicon.mmh3_text(icon)),
            ("http.favicon.md5", favicon.md5_text(icon)),
        )
        return answer.outcome(hashes if icon else ())


def _path(host: HostView, port: int) -> str:
    """The icon named by the last page seen on the port."""
    named = [
        o.value
        for result in host.spoke("http")
        if result.port == port
        for o in result.observations
        if o.field == "http.favicon.path"
    ]
    return named[-1] if named else DEFAULT


PROBE: Probe = FaviconProbe()
