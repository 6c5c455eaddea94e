"""What must never leave: every entry of the list, every disguise, and what may pass."""

import json
import struct
from string import ascii_letters

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.never_send import MUTE_PORTS, refuse
from scanner.collect.wire import dahua_cgi, http, isapi, onvif, rtsp

HOST = "192.0.2.10"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSD = "http://schemas.xmlsoap.org/ws/2005/04/discovery"


def get(target: str) -> bytes:
    return http.get(target, HOST)


def soap(inner: str, header: str = "") -> bytes:
    return f'<s:Envelope xmlns:s="{SOAP}">{header}<s:Body>{inner}</s:Body></s:Envelope>'.encode()


def call(operation: str, header: str = "") -> bytes:
    return soap(f'<{operation} xmlns="{onvif.DEVICE}"/>', header)


def post(body: bytes, target: str = "/onvif/device_service") -> bytes:
    return http.post(target, HOST, body, "application/soap+xml")


def dhip(body: bytes) -> bytes:
    size = struct.pack("<II", len(body), 0)
    return b"\x20\0\0\0DHIP" + bytes(8) + size + size + body


def sadp(types: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><Probe>'
        f"<Uuid>00000000-0000-4000-8000-000000000000</Uuid><Types>{types}</Types></Probe>"
    ).encode()


def snmp(tag: int, version: int = 1, community: bytes = b"site", after: bytes = b"") -> bytes:
    pdu = bytes.fromhex("020101020100020100300b300906052b060102010500")
    pdu = bytes([tag, len(pdu)]) + pdu + after
    inner = bytes([2, 1, version, 4, len(community)]) + community + pdu
    return bytes([0x30, len(inner)]) + inner


SEARCH = b'{ "method" : "DHDiscover.search", "params" : { "mac" : "", "uni" : 1 } }\n'
LEGACY = bytes.fromhex("a3010001" + "00" * 12 + "02000000" + "00" * 12)
M_SEARCH = (
    b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 2\r\n'
    b"ST: ssdp:all\r\n\r\n"
)
MDNS = bytes(4) + b"\0\1" + bytes(6) + b"\5_rtsp\4_tcp\5local\0\0\x0c\0\1"
NAME_OF_ADDRESS = (
    b"\x12\x34\0\0\0\1" + bytes(6) + b"\x0212\x010\x0277\x0210\x07in-addr\x04arpa\0\0\x0c\0\1"
)
NODE_STATUS = b"\x12\x34" + bytes.fromhex("0000 0001 0000 0000 0000 20 434b") + b"A" * 30
NODE_STATUS += bytes.fromhex("00 0021 0001")

ALLOWED = [
    ("tcp", 80, get("/")),
    ("tcp", 80, get("/doc/page/login.asp?_1700000000")),
    ("tcp", 443, get("/favicon.ico")),
    ("tcp", 80, get(isapi.DEVICE_INFO)),
    ("tcp", 80, get(dahua_cgi.SYSTEM_INFO)),
    ("tcp", 80, get("/cgi-bin/configManager.cgi?action=getConfig&name=RemoteDevice")),
    ("tcp", 80, post(onvif.body("GetSystemDateAndTime"))),
    ("tcp", 8080, post(onvif.body("GetServices"))),
    ("tcp", 80, post(onvif.body("GetCapabilities"))),
    ("tcp", 554, rtsp.request("OPTIONS", HOST, 554, 1)),
    ("tcp", 8554, rtsp.request("DESCRIBE", "2001:db8::1", 8554, 2)),
    ("tcp", 37777, b""),
    ("udp", 9, b""),
    ("udp", 37020, sadp("inquiry")),
    ("udp", 37020, sadp("inquiry_v32")),
    ("udp", 37810, dhip(SEARCH)),
    ("udp", 37810, dhip(b'{"method":"DHDiscover.search","params":{"mac":"","uni":0}}')),
    ("udp", 5050, LEGACY),
    ("udp", 3702, soap(f'<Probe xmlns="{WSD}"/>', "<s:Header/>")),
    ("udp", 1900, M_SEARCH),
    ("udp", 5353, MDNS),
    ("udp", 137, NODE_STATUS),
    ("udp", 5355, NAME_OF_ADDRESS),
    ("udp", 161, snmp(0xA0)),
    ("udp", 161, snmp(0xA5)),
    ("ethernet", 0x8033, bytes.fromhex("210201420000000006040300") + bytes(54)),
]


@pytest.mark.parametrize(("transport", "port", "payload"), ALLOWED)
def test_what_the_scanner_asks_may_leave(transport: str, port: int, payload: bytes) -> None:
    assert refuse(transport, port, payload) is None


FORBIDDEN_TARGETS = [
    "/RPC2",
    "/RPC2_Login",
    "/RPC2_Loadfile/x",
    "/cpapi2_Login",
    "/OutsideCmd",
    "/web_caps/webCapsConfig",
    "/System/configurationFile",
    "/onvif-http/snapshot",
    "/SDK/webLanguage",
    "/ISAPI/Security/sessionLogin/capabilities",
    "/cgi-bin/magicBox.cgi?action=reboot",
    "/cgi-bin/magicBox.cgi?action=setSystemInfo",
    "/cgi-bin/magicBox.cgi?action=resetSystem",
    "/cgi-bin/magicBox.cgi",
    "/cgi-bin/configManager.cgi?action=setConfig&General.MachineName=x",
    "/cgi-bin/configManager.cgi?action=getConfig&action=setConfig",
    "/cgi-bin/factoryReset.cgi",
    "/ISAPI/System/reboot",
    "/ISAPI/System/factoryReset?mode=full",
    "/cgi-bin/snapshot.cgi",
    "/Security/users?auth=YWRtaW46MTEK",
    "/login.htm?username=a&password=b",
]


@pytest.mark.parametrize("target", FORBIDDEN_TARGETS)
def test_forbidden_targets(target: str) -> None:
    assert refuse("tcp", 80, get(target))
    assert refuse("tcp", 80, post(call("GetServices"), target))


@pytest.mark.parametrize(
    "target",
    [
        "/%52PC2_Login",
        "/%2552PC2_Login",
        "//RPC2_Login",
        "/./rpc2_login",
        "/x/../RPC2",
        "/x/%2e%2e/RPC2",
        "/%3F/../RPC2",
        "/\\RPC2",
        "/x/..;/RPC2",
        "/web%5Fcaps/x",
        "/web_caps/..",
        "/SDK//webLanguage",
        "/SDK/./webLanguage",
        "/SDK/;x/webLanguage",
        "/onvif-http;x=1/snapshot",
        "/cgi-bin/magicBox.cgi?%61ction=reboot",
        "/cgi-bin/magicBox.cgi?action=%72eboot",
        "/cgi-bin/magicBox.cgi?x=1&ACTION=Reboot",
        "/cgi-bin/magicBox.cgi?x=1;action=setIt",
        "/cgi-bin/magicBox.cgi?+action+=setIt",
        "/cgi-bin/magicBox.cgi%3Faction=setIt",
        "/cgi-bin/magicBox.cgi;action=setIt?action=getSystemInfo",
        "/x?%61uth=x",
        "/%c0%ae%c0%ae/RPC2",
        "/%u0052PC2",
        "/100%",
        "/%252525252552PC2",
        "http://192.0.2.10/RPC2",
        "http://192.0.2.10/",
        "*",
    ],
)
def test_disguised_targets(target: str) -> None:
    assert refuse("tcp", 80, get(target))


@st.composite
def disguised(draw: st.DrawFn) -> str:
    """A forbidden target after changes that a lenient server takes back."""
    target = draw(st.sampled_from(FORBIDDEN_TARGETS))
    path, mark, query = target.partition("?")
    path = path.replace("/", draw(st.sampled_from(["/", "//", "/./", "/x/../", "/;a=b/"])))
    letters = []
    for letter in path + mark + query:
        style = draw(st.sampled_from("psuu")) if letter in ascii_letters else "p"
        plain = letter.swapcase() if style == "s" else letter
        layers = draw(st.integers(1, 3))
        coded = "%" + "25" * (layers - 1) + f"{ord(letter):02x}"
        letters.append(coded if style == "u" else plain)
    return "".join(letters)


@given(disguised())
def test_no_disguise_of_a_forbidden_target_passes(target: str) -> None:
    assert refuse("tcp", 80, get(target)), target


@pytest.mark.parametrize(
    "header",
    [
        "Authorization: Basic eDp5",
        "authorization: Digest x",
        "AUTHORIZATION : x",
        "Proxy-Authorization: x",
        "Cookie: WebSession=1",
        "X-HTTP-Method-Override: PUT",
        "Transfer-Encoding: chunked",
        "X: y\r\n Authorization: x",
        "X: y\nAuthorization: x",
        "X: y\rAuthorization: x",
        "Host: again",
        "Content-Length: 5",
    ],
)
def test_headers_that_never_leave(header: str) -> None:
    request = get("/").replace(b"Accept: */*", header.encode())
    assert refuse("tcp", 80, request)


@given(st.text(max_size=40), st.sampled_from(["Authorization", "Cookie"]), st.data())
def test_no_login_header_passes_in_any_spelling(value: str, name: str, data: st.DataObject) -> None:
    spelled = "".join(data.draw(st.sampled_from([c.lower(), c.upper()])) for c in name)
    gap = data.draw(st.sampled_from([":", ": ", " :", ":\t", ":\r\n "]))
    line = f"{spelled}{gap}{value}\r\nAccept: */*".encode()
    assert refuse("tcp", 80, get("/").replace(b"Accept: */*", line))


@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "Get"]
)
def test_methods(method: str) -> None:
    assert refuse("tcp", 80, get("/").replace(b"GET", method.encode()))


@pytest.mark.parametrize(
    "payload",
    [
        b" " + get("/"),
        b"\r\n" + get("/"),
        get("/") + get("/"),
        get("/") + b"x",
        get("/").replace(b"GET / ", b"GET /\t"),
        get("/").replace(b" HTTP/1.1", b""),
        get("/").replace(b"HTTP/1.1", b"HTTP/2.0"),
        get("/").replace(b"\r\n", b"\n"),
        get("/")[:-2],
        b"GET / HTTP/1.1\r\n" + b"Accept: x\r\n" * 5000,
        b"GET / HTTP/1.1\r\n" + b"Accept: x\r\n" * 5000 + b"\0",
        b"\x16\x03\x01\x02\x00\x01",
        b"hello",
    ],
)
def test_what_is_not_a_plain_request(payload: bytes) -> None:
    assert refuse("tcp", 80, payload)


@pytest.mark.parametrize(
    "method", ["SETUP", "PLAY", "ANNOUNCE", "RECORD", "TEARDOWN", "SET_PARAMETER", "options"]
)
def test_rtsp_methods(method: str) -> None:
    request = rtsp.request("OPTIONS", HOST, 554, 1)
    assert refuse("tcp", 554, request.replace(b"OPTIONS", method.encode()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"CSeq: 1", b"CSeq: 1\r\nAuthorization: Basic eDp5"),
        (b"rtsp://192", b"rtsp://admin:x@192"),
        (b"rtsp://192.0.2.10", b"/192.0.2.10"),
        (b"OPTIONS", b" OPTIONS"),
        (b"\r\n\r\n", b"\r\n\r\nSETUP x RTSP/1.0\r\n\r\n"),
    ],
)
def test_rtsp_disguises(old: bytes, new: bytes) -> None:
    request = rtsp.request("OPTIONS", HOST, 554, 1)
    assert refuse("tcp", 554, request.replace(old, new, 1))


@pytest.mark.parametrize(
    "operation",
    [
        "GetUsers", "SetUser", "CreateUsers", "DeleteUsers", "SystemReboot", "GetSystemLog",
        "SetSystemFactoryDefault", "SetNetworkInterfaces", "GetDeviceInformation", "GetScopes",
        "GetSystemBackup", "getservices", "Get", "",
    ],
)  # fmt: skip
def test_onvif_calls(operation: str) -> None:
    body = call(operation) if operation else soap("")
    assert refuse("tcp", 80, post(body))


@pytest.mark.parametrize(
    "body",
    [
        call("GetServices", "<s:Header/>"),
        soap(f'<GetServices xmlns="{onvif.DEVICE}"/><SystemReboot xmlns="{onvif.DEVICE}"/>'),
        soap('<GetServices xmlns="http://www.onvif.org/ver10/media/wsdl"/>'),
        soap("<GetServices/>"),
        call("GetServices").replace(b"s:Body", b"s:Bodi"),
        call("GetServices").replace(SOAP.encode(), b"urn:other"),
        b"<!DOCTYPE a>" + call("GetServices"),
        call("GetServices").replace(b"<s:Body>", b"<s:Body><!-- -->"),
        call("GetServices").replace(b"<s:Body>", b"<s:Body><?x y?>"),
        call("GetServices") + b"<x/>",
        call("GetServices").decode().encode("utf-16"),
        b"<?xml version='1.0' encoding='utf-16'?>" + call("GetServices"),
        call("GetServices").replace(b"GetServices", "GetServices\u00e9".encode()),
        b"action=reboot",
        b"",
    ],
)
def test_onvif_disguises(body: bytes) -> None:
    assert refuse("tcp", 80, post(body))


def test_body_and_length_must_agree() -> None:
    request = post(call("GetServices"))
    assert refuse("tcp", 80, request + b"x")
    assert refuse("tcp", 80, request[:-1])
    assert refuse("tcp", 80, request.replace(b"Content-Length: ", b"Content-Length: +"))


@pytest.mark.parametrize("port", sorted(MUTE_PORTS))
def test_mute_ports_hear_nothing(port: int) -> None:
    assert refuse("tcp", port, get("/"))
    assert refuse("tcp", port, b"\0")


def test_mute_ports_are_the_known_ones() -> None:
    assert {8000, 9000, 34567, 37777, *range(9100, 9108)} <= MUTE_PORTS


@pytest.mark.parametrize("start", ["a000", "a001", "a005", "a400", "a468", "f600", "a301"])
@pytest.mark.parametrize("port", [37777, 80, 5000])
def test_private_protocol_messages(start: str, port: int) -> None:
    message = bytes.fromhex(start) + bytes(30)
    assert refuse("tcp", port, message)
    assert refuse("udp", port, message)


@pytest.mark.parametrize(
    "types",
    [
        "activate", "update", "reboot", "restore", "setmailbox", "ezvizunbind", "resetpassword",
        "securitycode", "exchangecode", "getencryptstring", "getencryptstring_v31", "getcode",
        "getbindlist", "getqrcodes", "reset", "Inquiry", "inquiry ", "inquiry_v31", "",
        "inquiry</Types><Types>reboot",
    ],
)  # fmt: skip
def test_sadp_types(types: str) -> None:
    assert refuse("udp", 37020, sadp(types))


@pytest.mark.parametrize("payload", [sadp("inquiry") + b"\n", b" " + sadp("inquiry"), b"\0"])
def test_sadp_disguises(payload: bytes) -> None:
    assert refuse("udp", 37020, payload)


@pytest.mark.parametrize(
    "method",
    [
        "DHDiscover.setConfig", "deviceDiscovery.setConfig", "DevInit.account", "DevInit.access",
        "DevInit.leAction", "PasswdFind.getDescript", "Security.modifyPwdOutSession",
        "Security.getEncryptInfo", "global.login", "dhdiscover.search", "",
    ],
)  # fmt: skip
def test_dhip_methods(method: str) -> None:
    body = json.dumps({"method": method, "params": {"mac": "", "uni": 1}}).encode()
    assert refuse("udp", 37810, dhip(body))


@pytest.mark.parametrize(
    "payload",
    [
        SEARCH,
        dhip(SEARCH.replace(b"{ ", b'{ "method" : "DHDiscover.setConfig", ', 1)),
        dhip(SEARCH.replace(b'"uni"', b'"x" : 1, "uni"')),
        dhip(SEARCH) + b"x",
        dhip(SEARCH).replace(b"DHIP", b"PIHD"),
        b"\x21" + dhip(SEARCH)[1:],
    ],
)
def test_dhip_disguises(payload: bytes) -> None:
    assert refuse("udp", 37810, payload)


@pytest.mark.parametrize("tag", [0xA2, 0xA3, 0xA4, 0xA6, 0xA7, 0xA8, 0x30])
def test_snmp_writes_and_notices(tag: int) -> None:
    assert refuse("udp", 161, snmp(tag))


@pytest.mark.parametrize(
    "payload",
    [
        snmp(0xA0, version=3),
        snmp(0xA0) + snmp(0xA3),
        snmp(0xA0, after=snmp(0xA3)),
        snmp(0xA0)[:-1],
        b"\x30\x80" + snmp(0xA0)[2:],
        b"\x30\x84\xff\xff\xff\xff" + snmp(0xA0)[2:],
        b"\x30",
        b"\x30\x00",
    ],
)
def test_snmp_disguises(payload: bytes) -> None:
    assert refuse("udp", 161, payload)


@pytest.mark.parametrize(
    ("port", "payload"),
    [
        (5355, NAME_OF_ADDRESS + b"\0"),
        (5355, NAME_OF_ADDRESS[:2] + b"\x80" + NAME_OF_ADDRESS[3:]),
        (5355, NAME_OF_ADDRESS.replace(b"\x0c\0\1", b"\x01\0\1")),
        (5355, NAME_OF_ADDRESS.replace(b"in-addr", b"example")),
        (137, NODE_STATUS + b"\0"),
        (137, NODE_STATUS[:-1]),
        (137, NODE_STATUS.replace(b"\0\x21", b"\0\x20")),
        (137, NODE_STATUS.replace(b"CKAA", b"FEEF")),
        (137, NODE_STATUS[:2] + b"\x28\0" + NODE_STATUS[4:]),
        (137, NODE_STATUS[:2] + b"\x29\x10" + NODE_STATUS[4:]),
        (138, NODE_STATUS),
        (5050, LEGACY + b"\0"),
        (5050, b"\xa3\x02" + LEGACY[2:]),
        (1900, M_SEARCH.replace(b"M-SEARCH", b"NOTIFY")),
        (1900, M_SEARCH.replace(b"MX: 2", b"SOAPACTION: x")),
        (5353, b"\0\0\x84" + MDNS[3:]),
        (5353, b"\0\0\x28" + MDNS[3:]),
        (5353, MDNS[:8] + b"\0\1" + MDNS[10:]),
        (5353, MDNS[:12]),
        (3702, soap(f'<Bye xmlns="{WSD}"/>', "<s:Header/>")),
        (3702, soap(f'<Probe xmlns="{WSD}"/><Bye xmlns="{WSD}"/>', "<s:Header/>")),
        (3702, b"x"),
        (37778, b"x"),
        (69, b"x"),
        (80, b"x"),
    ],
)
def test_other_datagrams(port: int, payload: bytes) -> None:
    assert refuse("udp", port, payload)


@pytest.mark.parametrize("optype", [0, 1, 2, 4, 5, 6, 7])
def test_layer_two_operations(optype: int) -> None:
    frame = bytearray(bytes.fromhex("210201420000000006040300") + bytes(54))
    frame[10] = optype
    assert refuse("ethernet", 0x8033, bytes(frame))


def test_other_frames_and_transports() -> None:
    assert refuse("ethernet", 0x0800, b"x")
    assert refuse("sctp", 80, get("/"))
    assert refuse("", 80, b"")


@given(
    st.sampled_from(["tcp", "udp", "ethernet"]),
    st.sampled_from(
        [80, 137, 161, 554, 1900, 3702, 5050, 5353, 5355, 8000, 37020, 37777, 37810, 0x8033]
    ),
    st.binary(min_size=1, max_size=200),
)
def test_unknown_bytes_are_judged_without_a_crash(
    transport: str, port: int, payload: bytes
) -> None:
    assert isinstance(refuse(transport, port, payload), str | None)
    if transport == "tcp":
        assert refuse(transport, port, payload)


@given(st.sampled_from(ALLOWED), st.data())
def test_every_change_of_a_request_is_judged(
    allowed: tuple[str, int, bytes], data: st.DataObject
) -> None:
    transport, port, payload = allowed
    at = data.draw(st.integers(0, len(payload)))
    changed = payload[:at] + data.draw(st.binary(max_size=9)) + payload[at:]
    assert isinstance(refuse(transport, port, changed), str | None)


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789_-/.", max_size=60).map("/".__add__))
def test_ordinary_pages_may_be_asked_for(target: str) -> None:
    words = (
        "rpc2", "cpapi2", "outsidecmd", "web_caps", "configurationfile", "weblanguage",
        "sessionlogin", "setconfig", "reboot", "factory", "snapshot", "magicbox.cgi",
    )  # fmt: skip
    assert (refuse("tcp", 80, get(target)) is None) or any(w in target for w in words)
