"""Hikvision ISAPI with a login: the device, and the cameras behind it when it is a recorder."""

from scanner.collect import web
from scanner.collect.api import HostView
from scanner.collect.logins.session import Ended, Session
from scanner.collect.logins.told import LIST_CAP, Told
from scanner.collect.wire import isapi
from scanner.model import ProbeStatus


def is_spoken(host: HostView) -> bool:
    """True when the host answered as ISAPI does, or has a realm there and speaks SADP."""
    fields = {o.field for o in host.observations}
    own = any(f.startswith("isapi.") and f != "isapi.realm" for f in fields)
    return own or ("isapi.realm" in fields and any(f.startswith("sadp.") for f in fields))


def why_not(answer: web.Answer) -> str:
    """What `userCheck` says against a login."""
    return isapi.why_not(isapi.read(answer.response.body))


async def read(session: Session, host: HostView) -> Told:
    """`deviceInfo`, then the list of a recorder and the states of its channels."""
    answer = await session.get(isapi.DEVICE_INFO)
    fields = isapi.read(answer.response.body)
    if answer.response.status != 200 or not fields:
        code = answer.response.status
        raise Ended(ProbeStatus.PROTOCOL_ERROR, f"deviceInfo: not ISAPI (status {code})")
    device = Told(answer.observe((f"isapi.{name}", value) for name, value in fields))
    return await _behind(session, device) if _is_recorder(dict(fields), host) else device


async def _behind(session: Session, device: Told) -> Told:
    try:
        listed = await session.get(isapi.CHANNELS, LIST_CAP)
        if not isapi.is_list(listed.response.body, "InputProxyChannelList"):
            missed = (f"InputProxy/channels: status {listed.response.status}",)
            return Told(device.observations, missed=missed)
        states = await session.get(isapi.CHANNELS_STATUS, LIST_CAP)
    except Ended as end:
        return Told(device.observations, missed=(f"InputProxy: {end.reason}",))
    slots = isapi.slots(listed.response.body, states.response.body)
    return Told(device.observations, slots)


def _is_recorder(fields: dict[str, str], host: HostView) -> bool:
    digital = [int(v) for v in host.values("sadp.digitalchannelnum") if v.isdecimal()]
    return "vr" in fields.get("devicetype", "").lower() or max(digital, default=0) > 1
