"""What never leaves, whoever asks: the last look at every payload before it is sent.

Fails closed: only the few known shapes of request pass; everything else is refused with a reason.
The lists are written out here and not taken from the codecs: the guard trusts nobody it guards.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

MUTE_PORTS = frozenset({8000, 9000, 34567, 35000, 37777, 37778, *range(9100, 9108)})
"""TCP ports that hear a connect and nothing else: vendor SDKs, and printers that print all."""

HTTP_REQUEST = re.compile(
    rb"([A-Z]{1,20}) ([!-~]+) HTTP/1\.[01]\r\n((?:[!-9;-~]+:[ -~]*\r\n)+)\r\n"
)
_RTSP = re.compile(
    rb"([A-Z_]{1,20}) rtsp://[0-9A-Za-z.:\[\]-]+(?:/[!-?A-~]*)? RTSP/1\.0\r\n"
    rb"((?:[!-9;-~]+:[ -~]*\r\n)+)\r\n"
)
HTTP_HEADERS = frozenset({
    b"host", b"user-agent", b"accept", b"accept-encoding", b"connection", b"content-type",
    b"content-length",
})  # fmt: skip
_RTSP_HEADERS = frozenset({b"cseq", b"user-agent", b"accept"})
_PATHS = (
    "/rpc2", "/cpapi2", "/outsidecmd", "/web_caps", "/system/configurationfile",
    "/onvif-http/snapshot", "/sdk/weblanguage", "/security/sessionlogin",
)  # fmt: skip
_WORDS = ("setconfig", "reboot", "factory", "snapshot")
_LOGIN_KEYS = frozenset({
    "auth", "user", "username", "usr", "account", "password", "passwd", "pass", "pwd",
    "loginuse", "loginpas",
})  # fmt: skip
_PRE_AUTH = frozenset({
    "GetWsdlUrl", "GetServices", "GetServiceCapabilities", "GetCapabilities", "GetHostname",
    "GetSystemDateAndTime", "GetEndpointReference",
})  # fmt: skip
ONVIF_DEVICE = "{http://www.onvif.org/ver10/device/wsdl}"
_SOAP = (
    "{http://www.w3.org/2003/05/soap-envelope}",
    "{http://schemas.xmlsoap.org/soap/envelope/}",
)
_WSD_PROBE = "{http://schemas.xmlsoap.org/ws/2005/04/discovery}Probe"

_SADP = re.compile(
    rb'<\?xml version="1\.0" encoding="utf-8"\?><Probe><Uuid>[0-9A-Fa-f-]{36}</Uuid>'
    rb"<Types>inquiry(?:_v32)?</Types></Probe>"
)
_DHIP = re.compile(
    rb'\{ ?"method" ?: ?"DHDiscover\.search" ?, ?"params" ?: ?'
    rb'\{ ?"mac" ?: ?"[0-9A-Fa-f:]{0,17}" ?, ?"uni" ?: ?[01] ?\} ?\}\n?'
)
_M_SEARCH = re.compile(
    rb"M-SEARCH \* HTTP/1\.1\r\n(?:(?:HOST|MAN|MX|ST|USER-AGENT):[ -~]{1,128}\r\n){3,6}\r\n",
    re.IGNORECASE,
)
_DAHUA_5050 = b"\xa3\x01\x00\x01" + bytes(12) + b"\x02\x00\x00\x00" + bytes(12)
_NODE_STATUS = bytes(2) + b"\0\1" + bytes(6) + b"\x20CK" + b"A" * 30 + b"\0\0\x21\0\1"
"""A NetBIOS node status request for `*` (RFC 1002 section 4.2.17), behind its transaction id."""
_NAME_OF_ADDRESS = re.compile(
    rb"..\x00\x00\x00\x01\x00{6}(?:\x01[0-9]|\x02[0-9]{2}|\x03[0-9]{3}){4}"
    rb"\x07in-addr\x04arpa\x00\x00\x0c\x00\x01",
    re.DOTALL,
)
"""An LLMNR question for the name of an IPv4 address (RFC 4795 section 2.1)."""
_SNMP_READS = (0xA0, 0xA1, 0xA5)
"""PDU tags of GetRequest, GetNextRequest and GetBulkRequest (RFC 3416 section 3)."""


def refuse(transport: str, port: int, payload: bytes) -> str | None:
    """Why the payload must not be sent, or None when it may.

    `transport` is `tcp` (TLS or not: the plain bytes), `udp`, or `ethernet` with the EtherType
    as `port` and the frame's payload.
    """
    if transport not in _JUDGES:
        return f"transport {transport!r} is not known"
    return _JUDGES[transport](port, payload) if payload else None


def _tcp(port: int, payload: bytes) -> str | None:
    if port in MUTE_PORTS:
        return f"nothing is ever sent to TCP port {port}"
    if request := _RTSP.fullmatch(payload):
        return _rtsp(request[1], request[2])
    if request := HTTP_REQUEST.match(payload):
        method, target, headers = request.groups()
        return _http(method, target, headers, payload[request.end() :])
    return "not a plain HTTP or RTSP request"


def _rtsp(method: bytes, lines: bytes) -> str | None:
    if method not in (b"OPTIONS", b"DESCRIBE"):
        return f"RTSP method {method.decode()}"
    return headers_of(lines, _RTSP_HEADERS)[1]


def _http(method: bytes, target: bytes, lines: bytes, body: bytes) -> str | None:
    if method not in (b"GET", b"POST"):
        return f"HTTP method {method.decode()}"
    headers, reason = headers_of(lines, HTTP_HEADERS)
    if reason := reason or target_fault(target):
        return reason
    if method == b"POST":
        return _post(headers, body)
    return "a GET with a body" if body or b"content-length" in headers else None


def headers_of(lines: bytes, allowed: frozenset[bytes]) -> tuple[dict[bytes, bytes], str | None]:
    found: dict[bytes, bytes] = {}
    for line in lines.splitlines():
        name, _, value = line.partition(b":")
        name = name.lower()
        if name not in allowed or name in found:
            return found, f"header {name.decode('ascii', 'replace')}"
        found[name] = value.strip()
    return found, None


def target_fault(target: bytes) -> str | None:
    """Judge a request target by what a lenient server could make of it."""
    plain = _decoded(target)
    if not target.startswith(b"/") or plain is None:
        return "the target is not a plain path"
    views = (plain, _normal(plain), _normal(plain.partition("?")[0]))
    if bad := next((p for p in _PATHS if any(p in view for view in views)), None):
        return f"path {bad}"
    if bad := next((w for w in _WORDS if w in plain), None):
        return f"{bad} in the target"
    return _parameters(plain)


def _decoded(target: bytes) -> str | None:
    """Lower case with every layer of percent-encoding off; None when that never ends or is odd."""
    for _ in range(4):
        decoded = unquote_to_bytes(target)
        if decoded == target:
            break
        target = decoded
    else:
        return None
    if b"%" in target or not target.isascii() or not target.decode().isprintable():
        return None
    return target.decode().lower()


def _normal(path: str) -> str:
    """One slash between segments, no dot segments, no parameters."""
    segments: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        segment = part.partition(";")[0].strip()
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return "/" + "/".join(segments)


def _parameters(target: str) -> str | None:
    parts = re.split("[?&;]", target.replace("+", " "))[1:]
    pairs = [tuple(side.strip() for side in part.split("=", 1)) for part in parts]
    if login := next((pair[0] for pair in pairs if pair[0] in _LOGIN_KEYS), None):
        return f"parameter {login} would be a login"
    actions = [pair[-1] for pair in pairs if pair[0] == "action"]
    if bad := next((a for a in actions if not a.startswith("get")), None):
        return f"action {bad}"
    return "magicBox.cgi without an action" if "magicbox.cgi" in target and not actions else None


def _post(headers: dict[bytes, bytes], body: bytes) -> str | None:
    if headers.get(b"content-length") != str(len(body)).encode():
        return "Content-Length is not the length of the body"
    envelope = envelope_of(body)
    if envelope is None or len(envelope) != 1:
        return "a POST that is not a SOAP call without a header"
    name = operation_of(envelope[0])
    if not name.startswith(ONVIF_DEVICE) or name.removeprefix(ONVIF_DEVICE) not in _PRE_AUTH:
        return f"ONVIF call {name.rpartition('}')[2]}"
    return None


def envelope_of(data: bytes) -> Element | None:
    """The SOAP envelope when every reader would see the same one: ASCII, no DTD, no comments."""
    if not data.isascii() or b"<!" in data or b"<?" in data[1:]:
        return None
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, ValueError, LookupError):
        return None
    return root if root.tag in [f"{s}Envelope" for s in _SOAP] else None


def operation_of(body: Element) -> str:
    """The one call in a SOAP Body, empty when it is no Body or holds another number of calls."""
    is_body = body.tag in [f"{s}Body" for s in _SOAP]
    return str(body[0].tag) if is_body and len(body) == 1 else ""


def _udp(port: int, payload: bytes) -> str | None:
    judge = _UDP.get(port)
    return judge(payload) if judge else f"no question of ours goes to UDP port {port}"


def _wsd(payload: bytes) -> str | None:
    envelope = envelope_of(payload)
    if envelope is None or len(envelope) not in (1, 2) or operation_of(envelope[-1]) != _WSD_PROBE:
        return "not a WS-Discovery Probe"
    return None


def _sadp(payload: bytes) -> str | None:
    return None if _SADP.fullmatch(payload) else "not a SADP inquiry"


def _dhip(payload: bytes) -> str | None:
    head, body = payload[:32], payload[32:]
    size = len(body).to_bytes(4, "little")
    is_search = head == b"\x20\0\0\0DHIP" + bytes(8) + (size + bytes(4)) * 2
    return None if is_search and _DHIP.fullmatch(body) else "not a DHDiscover.search"


def _legacy(payload: bytes) -> str | None:
    return None if payload == _DAHUA_5050 else "not the 5050 search"


def _ssdp(payload: bytes) -> str | None:
    return None if _M_SEARCH.fullmatch(payload) else "not an M-SEARCH"


def _netbios(payload: bytes) -> str | None:
    return None if payload[2:] == _NODE_STATUS else "not a NetBIOS node status request"


def _llmnr(payload: bytes) -> str | None:
    return None if _NAME_OF_ADDRESS.fullmatch(payload) else "not an LLMNR question for a name"


def _mdns(payload: bytes) -> str | None:
    is_query = len(payload) > 12 and not payload[2] & 0xF8 and payload[8:10] == b"\0\0"
    return None if is_query else "not an mDNS query"


def _snmp(payload: bytes) -> str | None:
    message = _ber(payload, 0x30)
    version = _ber(message[0], 0x02) if message and not message[1] else None
    community = _ber(version[1], 0x04) if version and version[0] in (b"\0", b"\1") else None
    if not community or community[1][:1] not in [bytes([tag]) for tag in _SNMP_READS]:
        return "not an SNMP v1 or v2c read"
    pdu = _ber(community[1], community[1][0])
    return "bytes after the SNMP request" if pdu is None or pdu[1] else None


def _ber(data: bytes, tag: int) -> tuple[bytes, bytes] | None:
    """(value, rest) of a leading BER element of definite length with that tag (X.690 8.1)."""
    if len(data) < 2 or data[0] != tag:
        return None
    size, start = data[1], 2
    if size & 0x80:
        start = 2 + (size & 0x7F)
        size = int.from_bytes(data[2:start], "big")
        if not 2 < start <= 6:
            return None
    return (data[start : start + size], data[start + size :]) if start + size <= len(data) else None


def _ethernet(ethertype: int, payload: bytes) -> str | None:
    is_inquiry = ethertype == 0x8033 and payload[:1] == b"\x21" and payload[10:12] == b"\x03\x00"
    return None if is_inquiry else "not a layer-2 SADP inquiry"


_UDP: dict[int, Callable[[bytes], str | None]] = {
    137: _netbios,
    161: _snmp,
    1900: _ssdp,
    3702: _wsd,
    5050: _legacy,
    5353: _mdns,
    5355: _llmnr,
    37020: _sadp,
    37810: _dhip,
}
_JUDGES: dict[str, Callable[[int, bytes], str | None]] = {
    "tcp": _tcp,
    "udp": _udp,
    "ethernet": _ethernet,
}
