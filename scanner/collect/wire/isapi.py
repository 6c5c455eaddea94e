"""Hikvision ISAPI: the challenge, `userCheck`, `DeviceInfo`, the cameras behind a recorder."""

from collections.abc import Iterator, Sequence

from scanner.collect.wire import channels, markup
from scanner.collect.wire.channels import CHANNELS_CAP, Slot
from scanner.collect.wire.text import is_private

DEVICE_INFO = "/ISAPI/System/deviceInfo"
CHANNELS = "/ISAPI/ContentMgmt/InputProxy/channels"
CHANNELS_STATUS = "/ISAPI/ContentMgmt/InputProxy/channels/status"
FEW_TRIES = 2
_ROOTS = frozenset({"deviceinfo", "usercheck", "responsestatus"})
_OF_A_CAMERA = ("model", "serialnumber", "firmwareversion", "proxyprotocol")
"""All that is kept of a channel besides name, address and state; logins are never among them."""

Pairs = Sequence[tuple[str, str]]
Fields = dict[str, str]


def read(body: bytes) -> tuple[tuple[str, str], ...]:
    """(lower-case element name, text) of an ISAPI document, its `namespace` first; else empty."""
    found = markup.elements(body)
    if not found or found[0].name.lower() not in _ROOTS:
        return ()
    root, *rest = found
    declared = root.namespace or next(iter(markup.namespaces(body)), "")
    pairs = ((e.name.lower(), e.text) for e in rest if e.text)
    told = tuple((name, text) for name, text in pairs if not is_private(name, text))
    return (*((("namespace", declared),) if declared else ()), *told)


def why_not(told: Pairs) -> str:
    """Why a device that says this of itself must not be logged in to; empty when it may be."""
    said = dict(told)
    if said.get("lockstatus", "").lower() == "lock":
        return f"the device says it is locked (for {said.get('unlocktime', 'unknown')[:8]} s)"
    if said.get("isactivated", "").lower() == "false":
        return "the device says it is not activated, so it has no login"
    left = said.get("retrylogintime", "")
    if left.isascii() and left.isdecimal() and int(left[:9]) <= FEW_TRIES:
        return f"the device says that {int(left[:9])} tries are left before it locks"
    return ""


def is_list(body: bytes, name: str) -> bool:
    """True for an ISAPI document with that root, such as `InputProxyChannelList`."""
    return next((e.name for e in markup.elements(body)), "") == name


def slots(listed: bytes, status: bytes = b"") -> tuple[Slot, ...]:
    """The channels of an `InputProxyChannelList`; the children count, not its `size`. No raise."""
    online = dict(_states(status))
    found: dict[int, Slot] = {}
    for fields in _children(listed, "InputProxyChannel"):
        known = channels.number(fields.get("id", ""))
        if known is not None:
            found.setdefault(known, _slot(known, fields, online.get(known)))
    return tuple(found.values())


def _slot(known: int, fields: Fields, online: bool | None) -> Slot:
    address = channels.address(fields.get("ipaddress", "") or fields.get("ipv6address", ""))
    told = tuple((f"isapi.{n}", v) for n in _OF_A_CAMERA if (v := fields.get(n, "")))
    is_empty = not address and not fields.get("model") and not fields.get("hostname")
    state = {True: "online", False: "offline", None: "unknown"}[online]
    name = fields.get("name", "")
    return Slot(
        known,
        "empty" if is_empty and not online else state,
        address,
        fields.get("connmode", "").lower() == "plugplay",
        (*((("channel.name", name),) if name else ()), *told),
    )


def _states(status: bytes) -> Iterator[tuple[int, bool]]:
    for fields in _children(status, "InputProxyChannelStatus"):
        known = channels.number(fields.get("id", ""))
        if known is not None and fields.get("online"):
            yield known, fields["online"].lower() == "true"


def _children(body: bytes, name: str) -> Iterator[Fields]:
    """Texts of each such element by lower-case name; the first of a name counts."""
    fields: Fields | None = None
    count = 0
    for element in markup.elements(body, cap=64 * CHANNELS_CAP) if body else ():
        if element.name == name:
            if fields is not None:
                yield fields
            fields, count = {}, count + 1
        elif fields is not None and element.text:
            fields.setdefault(element.name.lower(), element.text)
        if count > CHANNELS_CAP:
            return
    if fields is not None:
        yield fields
