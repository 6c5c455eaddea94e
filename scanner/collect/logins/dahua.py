"""Dahua CGI with a login: the device, and the cameras behind it when it is a recorder."""

import re

from scanner.collect import web
from scanner.collect.api import HostView
from scanner.collect.logins.session import Ended, Session
from scanner.collect.logins.told import LIST_CAP, Told
from scanner.collect.wire import dahua_cgi
from scanner.model import Observation, ProbeStatus

_RECORDER = re.compile(r"\b(?:DHI?-)?(?:NVR|XVR|HCVR|DVR|EVS|IVSS)", re.IGNORECASE)


def is_spoken(host: HostView) -> bool:
    """True when the CGI gave values, or a realm of the form that only this firmware has."""
    fields = {o.field for o in host.observations}
    own = any(f.startswith("dahua.") and f != "dahua.realm" for f in fields)
    return own or any(r.lower().startswith("login to ") for r in host.values("dahua.realm"))


def why_not(answer: web.Answer) -> str:
    """What a 403 says of a lock."""
    return dahua_cgi.why_not(answer.response.status, answer.response.body)


async def read(session: Session, host: HostView) -> Told:
    """`getSystemInfo` and what it leaves out, then both lists of a recorder."""
    answer = await session.get(dahua_cgi.SYSTEM_INFO)
    fields = dahua_cgi.read(answer.response.body)
    if answer.response.status != 200 or not fields:
        code = answer.response.status
        raise Ended(ProbeStatus.PROTOCOL_ERROR, f"getSystemInfo: not Dahua CGI (status {code})")
    seen = list(answer.observe((f"dahua.{name}", value) for name, value in fields))
    try:
        for target, key in dahua_cgi.DETAILS.items():
            seen += _detail(await session.get(target), key)
        if _is_recorder(seen, host):
            return await _behind(session, tuple(seen))
    except Ended as end:
        return Told(tuple(seen), missed=(end.reason,))
    return Told(tuple(seen))


def _detail(answer: web.Answer, key: str) -> tuple[Observation, ...]:
    """The one value of a small reply; an error page has none."""
    told = dahua_cgi.read(answer.response.body) if answer.response.status == 200 else ()
    return answer.observe((f"dahua.{name}", value) for name, value in told if name == key)


async def _behind(session: Session, seen: tuple[Observation, ...]) -> Told:
    """Either list is enough: old firmware has only the first, some hides it from users."""
    bodies = []
    for target in (dahua_cgi.REMOTE_DEVICES, dahua_cgi.CAMERAS):
        answer = await session.get(target, LIST_CAP)
        is_good = answer.response.status == 200 and dahua_cgi.is_list(answer.response.body)
        bodies.append(answer.response.body if is_good else b"")
    if not any(bodies):
        return Told(seen, missed=("RemoteDevice and getCameraAll: no list",))
    return Told(seen, dahua_cgi.slots(*bodies))


def _is_recorder(seen: list[Observation], host: HostView) -> bool:
    remote = [int(v) for v in host.values("dhip.remotevideoinputchannels") if v.isdecimal()]
    names = (o.value for o in seen if o.field in ("dahua.devicetype", "dahua.updateserial"))
    return max(remote, default=0) > 0 or any(_RECORDER.search(name) for name in names)
