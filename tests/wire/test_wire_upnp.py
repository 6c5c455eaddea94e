"""The UPnP description: what the root device says, in odd documents too, and any bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import upnp

DEVICE = (
    b"<deviceType>urn:schemas-upnp-org:device:EmbeddedNetDevice:1</deviceType>"
    b"<friendlyName> SWANN 192.0.2.8 </friendlyName><manufacturer>SWANN</manufacturer>"
    b"<modelName>SWANN DVR8-1550</modelName><modelNumber></modelNumber>"
    b"<serialNumber>0000000001</serialNumber><UDN>uuid:1</UDN>"
)
EMBEDDED = (
    b"<deviceList><device><deviceType>urn:schemas-upnp-org:device:Other:1</deviceType>"
    b"<manufacturer>Somebody</manufacturer><modelNumber>7</modelNumber></device></deviceList>"
)
PAGE = (
    b'<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>'
    + DEVICE
    + b"</device></root>"
)
SAID = {
    "upnp.devicetype": "urn:schemas-upnp-org:device:EmbeddedNetDevice:1",
    "upnp.friendlyname": "SWANN 192.0.2.8",
    "upnp.manufacturer": "SWANN",
    "upnp.modelname": "SWANN DVR8-1550",
    "upnp.serialnumber": "0000000001",
}


def test_the_device_describes_itself() -> None:
    assert dict(upnp.fields(PAGE)) == SAID


def test_embedded_devices_do_not_speak_for_the_root() -> None:
    assert dict(upnp.fields(PAGE.replace(b"</device>", EMBEDDED + b"</device>"))) == SAID


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace(b"</device></root>", b""),
        PAGE.replace(b"<UDN>", b"<UDN>&"),
        PAGE.replace(b"<device>", b"<u:device>").replace(b"</device>", b"</u:device>"),
        b"\n\n" + PAGE + b"\0\0",
    ],
    ids=["torn", "stray-ampersand", "undeclared-prefix", "padded"],
)
def test_documents_that_are_not_well_formed_are_read(page: bytes) -> None:
    assert dict(upnp.fields(page)).items() >= SAID.items()


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<html><head><title>404</title></head></html>",
        b"<manufacturer>HIKVISION</manufacturer>",
        b'<!DOCTYPE r [<!ENTITY a "b">]>' + PAGE.partition(b"?>")[2],
    ],
    ids=["nothing", "page", "no-device", "dtd"],
)
def test_what_is_no_description_says_nothing(page: bytes) -> None:
    assert upnp.fields(page) == ()


def test_values_are_bounded() -> None:
    long = PAGE.replace(b"DVR8", b"x" * 60_000)
    assert len(dict(upnp.fields(long))["upnp.modelname"]) == upnp.MAX_TEXT


@given(st.binary(max_size=300), st.integers(0, len(PAGE)), st.integers(0, 40))
def test_any_damage_is_read_without_raising(junk: bytes, at: int, gone: int) -> None:
    for data in (junk, PAGE[:at] + junk + PAGE[at + gone :]):
        for name, value in upnp.fields(data):
            assert name.startswith("upnp.")
            assert 0 < len(value) <= upnp.MAX_TEXT
