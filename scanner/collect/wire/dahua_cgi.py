"""Dahua CGI: the `key=value` lines of an answer, and the cameras behind a recorder."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from scanner.collect.wire import channels
from scanner.collect.wire.channels import CHANNELS_CAP, Slot
from scanner.collect.wire.text import text

SYSTEM_INFO = "/cgi-bin/magicBox.cgi?action=getSystemInfo"
DETAILS = {
    "/cgi-bin/magicBox.cgi?action=getVendor": "vendor",
    "/cgi-bin/magicBox.cgi?action=getSoftwareVersion": "version",
}
"""Further reads and the one key each answers with."""
REMOTE_DEVICES = "/cgi-bin/configManager.cgi?action=getConfig&name=RemoteDevice"
CAMERAS = "/cgi-bin/LogicDeviceManager.cgi?action=getCameraAll"
LINES_CAP = 256
LIST_LINES_CAP = 64 * CHANNELS_CAP
LOCKED = 268632081
"""ErrorCode of a locked account."""

_LINE = re.compile(rb"([A-Za-z][\w.:\[\]-]{0,127})=([^\r\n]*)")
_SECRET = re.compile(r"password|username|streamurl", re.IGNORECASE)
_REMOTE = re.compile(
    r"(?:table\.)?RemoteDevice(?:\.uuid:System_CONFIG_NETCAMERA_INFO_(\d{1,4})|\[(\d{1,4})\])\.(.+)",
    re.IGNORECASE,
)
_CAMERA = re.compile(r"camera\[(\d{1,4})\]\.(?:DeviceInfo\.)?(.+)", re.IGNORECASE)
_OF_A_CAMERA = {
    "devicetype": "dahua.devicetype",
    "serialno": "dahua.serialnumber",
    "mac": "mac.address",
    "protocoltype": "dahua.protocoltype",
    "protocol": "dahua.protocoltype",
}
"""All that is kept of a channel besides name, address and state; logins are never among them.

`Vendor` is left out: it names the protocol the recorder speaks to the camera, as `ProtocolType`.
"""
_NAMES = ("name", "videoinputs[0].name")

Fields = dict[str, str]


def read(body: bytes) -> tuple[tuple[str, str], ...]:
    """(lower-case key, value); nothing when a line is of another form. Secrets are dropped."""
    lines = [line.strip() for line in body.split(b"\n", LINES_CAP)[:LINES_CAP]]
    matches = [_LINE.fullmatch(line) for line in lines if line]
    pairs = [(text(m[1]).lower(), text(m[2]).strip()) for m in matches if m]
    if len(pairs) < len(matches):
        return ()
    return tuple((key, value) for key, value in pairs if value and not _SECRET.search(key))


def why_not(status: int | None, body: bytes) -> str:
    """Why a device that answers this must not be logged in to; empty when it may be."""
    if status != 403:
        return ""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    seconds = said.get("RmLock") if isinstance(said, dict) else None
    is_locked = isinstance(said, dict) and said.get("ErrorCode") == LOCKED
    if is_locked or (isinstance(seconds, int) and seconds > 0):
        return f"the device says it is locked (for {str(seconds)[:8]} s)"
    return ""


def is_list(body: bytes) -> bool:
    """True for an answer of `REMOTE_DEVICES` or `CAMERAS`, an empty one included."""
    pairs = _pairs(body)
    first = next(pairs, None)
    return first is not None and bool(_REMOTE.fullmatch(first[0]) or _CAMERA.fullmatch(first[0]))


def slots(remote: bytes, cameras: bytes = b"") -> tuple[Slot, ...]:
    """The channels of both answers, each told by either. Never raises."""
    found: defaultdict[int, Fields] = defaultdict(dict)
    for number, fields in (*_cameras(cameras), *_remote(remote)):
        for key, value in fields.items():
            found[number].setdefault(key, value)
    return tuple(_slot(number, found[number]) for number in sorted(found)[:CHANNELS_CAP])


def _slot(number: int, fields: Mapping[str, str]) -> Slot:
    address = channels.address(fields.get("address", ""))
    is_on = fields.get("enable", "").lower() != "false"
    name = next((v for key in _NAMES if (v := fields.get(key, ""))), "")
    told = {field: fields[key] for key, field in _OF_A_CAMERA.items() if fields.get(key)}
    is_empty = not address or not is_on
    kept = () if is_empty else tuple(told.items())
    named = (("channel.name", name),) if name else ()
    return Slot(number, "empty" if is_empty else "unknown", address, False, (*named, *kept))


def _remote(body: bytes) -> Iterator[tuple[int, Fields]]:
    for key, value in _pairs(body):
        if match := _REMOTE.fullmatch(key):
            yield int(match[1] or match[2]) + 1, {match[3].lower(): value}


def _cameras(body: bytes) -> Iterator[tuple[int, Fields]]:
    """What each entry says under its channel; an entry of another type is no camera."""
    entries: defaultdict[str, Fields] = defaultdict(dict)
    for key, value in _pairs(body):
        if match := _CAMERA.fullmatch(key):
            entries[match[1]].setdefault(match[2].lower(), value)
    for fields in entries.values():
        known = channels.number(fields.get("uniquechannel", ""))
        if known is not None and fields.get("type", "Remote").lower() == "remote":
            yield known + 1, fields


def _pairs(body: bytes) -> Iterator[tuple[str, str]]:
    """Lines of the form, without those that could hold a login."""
    for line in body.split(b"\n", LIST_LINES_CAP)[:LIST_LINES_CAP]:
        match = _LINE.fullmatch(line.strip())
        if match and not _SECRET.search(key := text(match[1])):
            yield key, text(match[2]).strip()
