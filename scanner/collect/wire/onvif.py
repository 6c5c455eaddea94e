"""ONVIF device service: calls of the access class PRE_AUTH (ONVIF Core 5.9), replies read."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from scanner.collect.wire import markup

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
SERVICE_PATH = "/onvif/device_service"

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
