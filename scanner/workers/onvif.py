"""Builds ONVIF calls and reads their answers. `python -m scanner.workers.onvif`; sends nothing.

Round onvif-zeep's WSDL files and zeep as a codec: the device's answer comes in as bytes that
somebody else fetched and capped. onvif-zeep itself is never imported: it would take over logging,
subscribe to the device and follow addresses that the device names. No login comes near this
program.
"""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

from lxml import etree
from zeep import Client, Settings
from zeep.exceptions import Error

from scanner.workers.stdio import Job, Line, serve

WSDL = "devicemgmt.wsdl"
BINDING = "{http://www.onvif.org/ver10/device/wsdl}DeviceBinding"
CALLS = frozenset({"GetDeviceInformation", "GetNetworkInterfaces"})
MAX_REPLY = 256 * 1024
MAX_TEXT = 512
MAX_INTERFACES = 16
FIELDS = {
    "Manufacturer": "onvif.manufacturer",
    "Model": "onvif.model",
    "FirmwareVersion": "onvif.firmware",
    "SerialNumber": "onvif.serial",
    "HardwareId": "onvif.hardware",
}
_ODD = (
    Error, etree.LxmlError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
)  # fmt: skip
"""What zeep and lxml raise for answers of the wrong form or with the wrong content."""


class _Offline:
    """A transport of zeep that reads the WSDL files beside each other and sends nothing."""

    def load(self, url: str) -> bytes:
        """The file's bytes. OSError for what is no file here."""
        if "://" in url:
            raise OSError(f"{url} is not on this machine")
        return Path(url).read_bytes()


class _Reply:
    """An answer as zeep expects it of its own transport."""

    status_code = 200
    encoding = "utf-8"

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.headers = {"Content-Type": "application/soap+xml"}


class Codec:
    """The device service by its WSDL: calls to bytes, bytes to values."""

    def __init__(self) -> None:
        settings = Settings(
            strict=False,
            forbid_dtd=True,
            forbid_entities=True,
            forbid_external=True,
            xml_huge_tree=False,
        )
        self._client = Client(str(_wsdl()), transport=_Offline(), settings=settings)
        self._service = self._client.create_service(BINDING, "http://device.invalid/")

    def build(self, call: str) -> str:
        """The envelope of a call without a header."""
        message = self._client.create_message(self._service, call)
        return str(etree.tostring(message, encoding="ascii", xml_declaration=False), "ascii")

    def read(self, call: str, content: bytes) -> Any:
        """The answer's values as zeep's objects."""
        binding = self._service._binding
        return binding.process_reply(self._client, binding.get(call), _Reply(content))


def build(job: Job) -> Iterator[list[Line]]:
    """`calls` → `{"call": …, "message": …}` each."""
    calls = job.get("calls")
    if not isinstance(calls, list) or not CALLS.issuperset(calls):
        raise ValueError(f"'calls' has to be a list of {' and '.join(sorted(CALLS))}")
    codec = Codec()
    yield [{"call": call, "message": codec.build(call)} for call in calls]


def read(job: Job) -> Iterator[list[Line]]:
    """`replies`, base64 by call → `{"field": …, "value": …}` each, or `{"trouble": …}`."""
    replies = job.get("replies")
    if not isinstance(replies, dict) or not CALLS.issuperset(replies):
        raise ValueError(f"'replies' has to name {' or '.join(sorted(CALLS))}")
    codec = Codec()
    for call, coded in replies.items():
        yield list(_lines(codec, call, str(coded)))


def _lines(codec: Codec, call: str, coded: str) -> Iterator[Line]:
    try:
        content = b64decode(coded, validate=True)[:MAX_REPLY]
        found = codec.read(call, content)
        pairs = list(_device(found) if call == "GetDeviceInformation" else _interfaces(found))
    except (*_ODD, binascii.Error) as error:
        yield {"trouble": f"{call}: an answer that cannot be read ({type(error).__name__})"}
        return
    if not pairs:
        yield {"trouble": f"{call}: the answer tells nothing"}
    for name, value in pairs:
        if text := " ".join(str(value).split())[:MAX_TEXT]:
            yield {"field": name, "value": text}


def _device(found: Any) -> Iterator[tuple[str, object]]:
    for name, field in FIELDS.items():
        if (value := getattr(found, name, None)) is not None:
            yield field, value


def _interfaces(found: Any) -> Iterator[tuple[str, object]]:
    """Hardware addresses: a second one is a network the scanner may not see."""
    for interface in list(found or ())[:MAX_INTERFACES]:
        address = getattr(getattr(interface, "Info", None), "HwAddress", None)
        if address:
            yield "mac.address", str(address).strip().lower().replace("-", ":")


def _wsdl() -> Path:
    """onvif-zeep's copy: it lies outside any package, where its installer put it."""
    try:
        listed = files("onvif-zeep") or []
    except PackageNotFoundError:
        listed = []
    found = next((Path(str(f.locate())) for f in listed if f.name == WSDL), None)
    if found is None or not found.is_file():
        raise OSError(f"{WSDL} of onvif-zeep is not installed")
    return found


if __name__ == "__main__":
    serve({"build": build, "read": read})
