"""XML of devices: ISAPI, ONVIF and the tolerant reader under both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import isapi, markup, onvif

USER_CHECK = b"""<?xml version="1.0" encoding="UTF-8"?>
<userCheck version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">
<statusValue>401</statusValue><isActivated>true</isActivated><lockStatus>unlock</lockStatus>
<retryLoginTime>5</retryLoginTime></userCheck>"""
DEVICE_INFO = b"""<?xml version="1.0" encoding="UTF-8"?>
<DeviceInfo version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
<deviceName>IP CAMERA</deviceName><model>DS-2CD0000-I</model><manufacturer></manufacturer>
<serialNumber>DS-2CD0000-I20200101AAWR000000001</serialNumber></DeviceInfo>"""
SERVICES = b"""<?xml version="1.0" encoding="UTF-8"?>
<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"
 xmlns:tds="http://www.onvif.org/ver10/device/wsdl"
 xmlns:onvifext="http://www.onvifext.com/onvif/ext/ver10/wsdl"><env:Body><tds:GetServicesResponse>
<tds:Service><tds:Namespace>http://www.onvif.org/ver10/device/wsdl</tds:Namespace>
<tds:XAddr>http://192.0.2.10/onvif/device_service</tds:XAddr></tds:Service>
<tds:Service><tds:Namespace>http://www.onvif.org/ver10/media/wsdl</tds:Namespace>
<tds:XAddr>
 http://192.0.2.10/onvif/Media</tds:XAddr></tds:Service>
</tds:GetServicesResponse></env:Body></env:Envelope>"""
FAULT = b"""<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault>
<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="en">Sender not Authorized
</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"""
BOMB = b"""<!DOCTYPE a [<!ENTITY x "aaaaaaaaaa"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]>
<DeviceInfo><model>&y;</model></DeviceInfo>"""


def test_user_check() -> None:
    assert isapi.read(USER_CHECK) == (
        ("namespace", "http://www.isapi.org/ver20/XMLSchema"),
        ("statusvalue", "401"),
        ("isactivated", "true"),
        ("lockstatus", "unlock"),
        ("retrylogintime", "5"),
    )


def test_device_info_without_empty_elements() -> None:
    assert isapi.read(DEVICE_INFO) == (
        ("namespace", "http://www.hikvision.com/ver20/XMLSchema"),
        ("devicename", "IP CAMERA"),
        ("model", "DS-2CD0000-I"),
        ("serialnumber", "DS-2CD0000-I20200101AAWR000000001"),
    )


def test_device_info_cut_short_still_gives_what_is_there() -> None:
    found = dict(isapi.read(DEVICE_INFO[:-30]))
    assert found["model"] == "DS-2CD0000-I"
    assert found["namespace"] == "http://www.hikvision.com/ver20/XMLSchema"


@pytest.mark.parametrize(
    "body", [b"", b"<html><title>x</title></html>", SERVICES, b"Unauthorized", BOMB]
)
def test_other_documents_are_not_isapi(body: bytes) -> None:
    assert isapi.read(body) == ()


def test_services() -> None:
    reply = onvif.read(SERVICES)
    assert reply.is_soap
    assert reply.service_paths == ("/onvif/device_service", "/onvif/Media")
    assert reply.namespaces == (
        "http://www.onvif.org/ver10/device/wsdl",
        "http://www.onvif.org/ver10/media/wsdl",
        "http://www.w3.org/2003/05/soap-envelope",
        "http://www.onvifext.com/onvif/ext/ver10/wsdl",
    )
    assert reply.fault == ""


def test_fault() -> None:
    reply = onvif.read(FAULT)
    assert (reply.is_soap, reply.fault) == (True, "Sender not Authorized")
    assert reply.service_paths == ()


@pytest.mark.parametrize("body", [b"", b"<html>401</html>", DEVICE_INFO, BOMB])
def test_not_soap(body: bytes) -> None:
    assert onvif.read(body) == onvif.Reply()


@pytest.mark.parametrize("operation", ["GetSystemDateAndTime", "GetServices", "GetCapabilities"])
def test_calls_are_well_formed_on_one_line_and_name_their_action(operation: str) -> None:
    sent = onvif.body(operation)
    assert b"\n" not in sent
    assert [e.name for e in markup.elements(sent)][:3] == ["Envelope", "Body", operation]
    assert onvif.content_type(operation).endswith(f'/device/wsdl/{operation}"')


def test_broken_address_is_left_out() -> None:
    assert onvif.read(b"<Envelope><XAddr>http://[x</XAddr></Envelope>").service_paths == ()


def test_document_type_is_refused_whole() -> None:
    assert markup.elements(BOMB) == ()


def test_broken_markup_is_salvaged() -> None:
    found = markup.elements(
        b'<a:DeviceInfo xmlns:a="n"><model>X&Y</model><br><serial>7</a:DeviceInfo>'
    )
    assert [(e.name, e.text) for e in found] == [
        ("DeviceInfo", ""), ("model", "X&Y"), ("br", ""), ("serial", "7"),
    ]  # fmt: skip


def test_unknown_encoding_is_salvaged() -> None:
    found = markup.elements(b'<?xml version="1.0" encoding="x-none"?><a><b>1</b></a>')
    assert [e.text for e in found] == ["", "1"]


@pytest.mark.parametrize("data", [b"<a>" * 20000, b"<a" * 30000, b"<" * 65536, b"<a " * 20000])
def test_deep_and_endless_documents_are_bounded(data: bytes) -> None:
    assert len(markup.elements(data)) <= markup.ELEMENTS_CAP


def test_deep_but_closed_document_is_bounded() -> None:
    assert len(markup.elements(b"<a>" * 9000 + b"</a>" * 9000)) == markup.ELEMENTS_CAP


def test_namespaces_are_bounded() -> None:
    data = b"".join(b' xmlns:n%d="urn:%d"' % (i, i) for i in range(500))
    assert len(markup.namespaces(data)) == markup.NAMESPACES_CAP


PIECES = st.sampled_from(
    [b"<DeviceInfo", b"<userCheck>", b"<Envelope>", b"<Fault>", b"<XAddr>", b"http://[", b"</",
     b">", b' xmlns="', b'"', b"<!DOCTYPE a>", b"&x;", b"<!--", b"<![CDATA[", b"<?xml", b"\0",
     b"\xff", b"model", b"<Text>", b"</DeviceInfo>", b"</Envelope>", b"<s:Body", b"=", b" "]
)  # fmt: skip


@given(st.binary(max_size=1024) | st.lists(PIECES, max_size=30).map(b"".join))
def test_anything_is_read(data: bytes) -> None:
    assert len(markup.elements(data)) <= len(data)
    assert len(markup.namespaces(data)) <= markup.NAMESPACES_CAP
    assert all(name == name.lower() and value for name, value in isapi.read(data))
    assert onvif.read(data).is_soap in (True, False)


@given(st.integers(0, len(SERVICES)), st.integers(0, len(DEVICE_INFO)))
def test_documents_cut_anywhere_are_read(services: int, info: int) -> None:
    assert set(onvif.read(SERVICES[:services]).service_paths) <= {
        "/onvif/device_service", "/onvif/Media",
    }  # fmt: skip
    assert set(isapi.read(DEVICE_INFO[:info])) <= set(isapi.read(DEVICE_INFO))
