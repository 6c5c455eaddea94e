"""WS-Discovery (SOAP over UDP 3702) as ONVIF uses it: Probe out; ProbeMatches, Hello, Fault in.

Elements are found by namespace, never by prefix. What a device writes is bounded in size and
number, and kept as text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from itertools import islice
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import iterparse

from scanner.collect.wire import address
from scanner.collect.wire.text import text

GROUP, GROUP_V6, PORT = "239.255.255.250", "ff02::c", 3702
TYPES = ("tds:Device", "dn:NetworkVideoTransmitter")
"""Asked for one at a time: both in one Probe, or none, loses devices."""
MAX_BYTES = 64 * 1024
MAX_ITEMS = 64
"""Endpoints of a message, scopes of an endpoint …: honest devices send about ten."""
MAX_TEXT = 1024
"""Characters kept of one value."""

_ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_ENVELOPES = (_ENVELOPE, "http://schemas.xmlsoap.org/soap/envelope/")
_ADDRESSINGS = (_ADDRESSING, "http://www.w3.org/2005/08/addressing")
_DISCOVERIES = (_DISCOVERY, "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01")
_ANNOUNCEMENTS = {f"{{{d}}}{name}" for d in _DISCOVERIES for name in ("ProbeMatch", "Hello")}
_FAULTS = {f"{{{e}}}Fault" for e in _ENVELOPES}
_PROBE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    f'<s:Envelope xmlns:s="{_ENVELOPE}" xmlns:a="{_ADDRESSING}" xmlns:d="{_DISCOVERY}"'
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl">'
    f'<s:Header><a:Action s:mustUnderstand="1">{_DISCOVERY}/Probe</a:Action>'
    "<a:MessageID>uuid:%s</a:MessageID>"
    '<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>'
    "<s:Body><d:Probe><d:Types>%s</d:Types></d:Probe></s:Body></s:Envelope>"
)
_MAC_SCOPE = re.compile(r"(?i)/mac(?:address)?/((?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2})$")
_TIME_UUID = re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[0-9a-f]{4}-([0-9a-f]{12})$")
_V6_HOST = re.compile(r"//\[([0-9A-Fa-f:]{2,64})")
_DECLARATION = re.compile(r"""\bxmlns(?::([\w.-]{1,64}))?=["']([^"'<>]{1,512})["']""")
_ELEMENT = re.compile(
    r"<(?:[\w.-]{1,64}:)?(Address|Types|Scopes|XAddrs)(?:\s[^<>]{0,1024})?>([^<]{0,16384})<"
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One ProbeMatch or Hello: endpoint reference, types, scopes and service addresses."""

    epr: str = ""
    types: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    xaddrs: tuple[str, ...] = ()

    @property
    def mac(self) -> str:
        """The hardware address it claims, in a `MAC/` scope or a version 1 UUID; else empty.

        A claim only: RFC 4122 §4.1.6 puts the maker's address there, a device may write any.
        """
        for scope in self.scopes:
            if found := _MAC_SCOPE.search(scope):
                return _colons(found[1])
        node = _TIME_UUID.search(self.epr)
        is_random = node and int(node[1][:2], 16) & 1
        return _colons(node[1]) if node and not is_random else ""


@dataclass(frozen=True, slots=True)
class Message:
    """What a device said; `namespaces` and `prefixes` in the order of their declaration."""

    endpoints: tuple[Endpoint, ...] = ()
    fault: str = ""
    namespaces: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Observation fields and their values, each pair once, empty values left out."""
        return tuple(dict.fromkeys(item for item in self._fields() if item[1]))

    def _fields(self) -> Iterator[tuple[str, str]]:
        for endpoint in self.endpoints:
            yield "wsd.epr", endpoint.epr
            yield "wsd.types", " ".join(endpoint.types)
            yield from (("wsd.scope", scope) for scope in endpoint.scopes)
            yield from (("wsd.xaddr", xaddr) for xaddr in endpoint.xaddrs)
            yield "wsd.mac", endpoint.mac
            hosts = (found[1] for x in endpoint.xaddrs if (found := _V6_HOST.search(x)))
            yield from (("mac.derived", address.derived(host)) for host in hosts)
        yield "wsd.fault", self.fault
        yield "wsd.namespaces", " ".join(self.namespaces)
        yield "wsd.prefixes", " ".join(self.prefixes)


def probe(kind: str, message_id: UUID) -> bytes:
    """A Probe for one of `TYPES`, on one line: some devices refuse line breaks."""
    return (_PROBE % (message_id, kind)).encode()


def fields(data: bytes) -> tuple[tuple[str, str], ...]:
    """The message's observation fields and values; empty when it is not WS-Discovery."""
    return message.fields() if (message := parse(data)) else ()


def parse(data: bytes) -> Message | None:
    """The message, or None when it is no ProbeMatches, Hello or Fault. Never raises."""
    data = data[:MAX_BYTES].strip(b"\0 \t\r\n")
    declared: list[tuple[str, str]] = []
    root = Element("nothing")
    try:
        for event, item in iterparse(BytesIO(data), ("start-ns", "end"), forbid_dtd=True):
            if event == "end":
                root = item
            else:
                declared.append(item)
    except (ParseError, ValueError, LookupError):
        return _scrape(text(data))
    endpoints = [_endpoint(e) for e in root.iter() if e.tag in _ANNOUNCEMENTS]
    faults = [" ".join(e.itertext()) for e in root.iter() if e.tag in _FAULTS]
    return _message(endpoints, " ".join(faults), declared)


def _scrape(page: str) -> Message | None:
    """What can be had of one announcement that is not well-formed XML, or that holds a DTD."""
    if not any(d in page for d in _DISCOVERIES) or not re.search(r"\bProbeMatch|\bHello\b", page):
        return None
    start = max(0, page.find("EndpointReference"))
    parts = dict(reversed(_ELEMENT.findall(page, start)))
    words = {name: _words(unescape(content)) for name, content in parts.items()}
    endpoint = Endpoint(
        " ".join(words.get("Address", ())),
        *(words.get(name, ()) for name in ("Types", "Scopes", "XAddrs")),
    )
    return _message([endpoint] if parts else [], "", _DECLARATION.findall(page))


def _message(
    endpoints: Sequence[Endpoint], fault: str, declared: Sequence[tuple[str, str]]
) -> Message | None:
    if not endpoints and not fault.strip():
        return None
    return Message(
        tuple(endpoints[:MAX_ITEMS]),
        " ".join(fault.split())[:MAX_TEXT],
        _kept(uri for _, uri in declared),
        _kept(prefix for prefix, _ in declared),
    )


def _endpoint(element: Element) -> Endpoint:
    return Endpoint(
        " ".join(_words(_text_at(element, _ADDRESSINGS, "EndpointReference", "Address"))),
        *(_words(_text_at(element, _DISCOVERIES, name)) for name in ("Types", "Scopes", "XAddrs")),
    )


def _text_at(element: Element, namespaces: Sequence[str], *path: str) -> str:
    """Text at the path below the element, in the first of the namespaces that has any."""
    paths = ("/".join(f"{{{space}}}{name}" for name in path) for space in namespaces)
    return next((found for p in paths if (found := element.findtext(p))), "")


def _words(value: str) -> tuple[str, ...]:
    return _kept(value.split())


def _kept(values: Iterable[str]) -> tuple[str, ...]:
    """The first few distinct values, each cut to a bounded length."""
    return tuple(islice(dict.fromkeys(v[:MAX_TEXT] for v in values if v), MAX_ITEMS))


def _colons(digits: str) -> str:
    plain = re.sub(r"[:-]", "", digits).lower()
    return ":".join(plain[i : i + 2] for i in range(0, 12, 2))
