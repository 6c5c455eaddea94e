"""ONVIF device service: calls of the access class PRE_AUTH (ONVIF Core 5.9), replies read.

What is asked with a login is built by the `onvif` worker; the login is put into it here.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from scanner.collect.wire import markup

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
SERVICE_PATH = "/onvif/device_service"
READS = ("GetDeviceInformation", "GetNetworkInterfaces")
"""The calls of the access class READ_SYSTEM that are made with a login, in their order."""
FEW_TRIES = 2
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_LEFT = re.compile(r"still have (\d{1,9}) attempt", re.IGNORECASE)
_REFUSED = re.compile(r"not ?authori[sz]ed|failedauthentication|unauthori[sz]ed", re.IGNORECASE)
_BODY = b":Body>"

_ARGUMENTS = {
    "GetSystemDateAndTime": "",
    "GetServices": "<IncludeCapability>false</IncludeCapability>",
    "GetCapabilities": "<Category>All</Category>",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a SOAP answer says about the device."""

    is_soap: bool = False
    service_paths: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    fault: str = ""


def body(operation: str) -> bytes:
    """SOAP 1.2 body of a call that needs no login, on one line: some firmware refuses more."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
        f'<{operation} xmlns="{DEVICE}">{_ARGUMENTS[operation]}</{operation}>'
        "</s:Body></s:Envelope>"
    ).encode("ascii")


def content_type(operation: str) -> str:
    """Media type with the action parameter of SOAP 1.2."""
    return f'application/soap+xml; charset=utf-8; action="{DEVICE}/{operation}"'


def read(data: bytes) -> Reply:
    """Service paths, every namespace named or declared, and the text of a fault. Never raises."""
    found = markup.elements(data)
    if not found or found[0].name != "Envelope":
        return Reply()
    named = [e.text for e in found if e.name == "Namespace" and e.text]
    paths = [path for e in found if e.name == "XAddr" and (path := _path(e.text))]
    return Reply(
        is_soap=True,
        service_paths=tuple(dict.fromkeys(paths)),
        namespaces=tuple(dict.fromkeys((*named, *markup.namespaces(data)))),
        fault=_fault([(e.name, e.text) for e in found]),
    )


def _fault(pairs: list[tuple[str, str]]) -> str:
    if not any(name == "Fault" for name, _ in pairs):
        return ""
    return next((t for name, t in pairs if name in ("Text", "faultstring") and t), "")


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def with_token(message: bytes, user: str, password: str, nonce: bytes, created: datetime) -> bytes:
    """The message with a UsernameToken header: digest of the password, never the password.

    Web Services Security UsernameToken Profile 1.1.1 section 3.1; `created` is the device's time.
    """
    at = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    hashed = sha1(nonce + at.encode() + password.encode(), usedforsecurity=False).digest()
    header = (
        f'<s:Header xmlns:s="http://www.w3.org/2003/05/soap-envelope"><w:Security'
        f' xmlns:w="{_WSSE}-wssecurity-secext-1.0.xsd" s:mustUnderstand="1"><w:UsernameToken>'
        f"<w:Username>{escape(user)}</w:Username>"
        f'<w:Password Type="{_WSSE}-username-token-profile-1.0#PasswordDigest">'
        f"{b64encode(hashed).decode()}</w:Password>"
        f'<w:Nonce EncodingType="{_WSSE}-soap-message-security-1.0#Base64Binary">'
        f"{b64encode(nonce).decode()}</w:Nonce>"
        f'<u:Created xmlns:u="{_WSSE}-wssecurity-utility-1.0.xsd">{at}</u:Created>'
        "</w:UsernameToken></w:Security></s:Header>"
    ).encode("ascii")
    at_body = message.rindex(b"<", 0, message.index(_BODY))
    return message[:at_body] + header + message[at_body:]


def clock(data: bytes) -> datetime | None:
    """UTC of a GetSystemDateAndTimeResponse; None when it tells none. Never raises."""
    found = markup.elements(data)
    start = next((n for n, e in enumerate(found) if e.name == "UTCDateTime"), len(found))
    told: dict[str, str] = {}
    for element in found[start:]:
        told.setdefault(element.name, element.text)
    texts = [told.get(n, "") for n in ("Year", "Month", "Day", "Hour", "Minute", "Second")]
    if not all(t.isascii() and t.isdecimal() and len(t) <= 4 for t in texts):
        return None
    try:
        return datetime(*map(int, texts), tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def wants_login(data: bytes) -> bool:
    """True for a SOAP fault that refuses for want of a login, or for a wrong one. No raise."""
    found = markup.elements(data)
    is_fault = any(e.name == "Fault" for e in found)
    return is_fault and any(_REFUSED.search(e.text) for e in found)


def why_not(fault: str) -> str:
    """Why a device whose fault reads like this must not be logged in to; empty when it may be."""
    if "locked" in fault.lower():
        return "the device says it is locked"
    left = _LEFT.search(fault)
    if left and int(left[1]) <= FEW_TRIES:
        return f"the device says that {int(left[1])} tries are left before it locks"
    return ""
