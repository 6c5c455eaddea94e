"""The WS-Discovery codec: what it sends, and that it reads anything without raising."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.never_send import refuse
from scanner.collect.wire import wsd

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
DECLARED = (
    f'xmlns:env="{SOAP}" xmlns:d="{DISCOVERY}" xmlns:wsadis="{ADDRESSING}"'
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"'
    ' xmlns:extwsd="http://www.onvifext.com/onvif/ext/ver10/wsdl"'
)
MATCH = f"""<?xml version="1.0" encoding="UTF-8"?>
<env:Envelope {DECLARED}><env:Header><wsadis:Action>{DISCOVERY}/ProbeMatches</wsadis:Action>
</env:Header><env:Body><d:ProbeMatches><d:ProbeMatch><wsadis:EndpointReference>
<wsadis:Address> urn:uuid:b1c20000-5000-11b3-8000-4419b600a0f1
</wsadis:Address></wsadis:EndpointReference><d:Types> dn:NetworkVideoTransmitter
 tds:Device </d:Types><d:Scopes>onvif://www.onvif.org/type/video_encoder
onvif://www.onvif.org/hardware/DS-2CD0000-TEST
 onvif://www.onvif.org/name/CAM%20&amp;%201</d:Scopes>
<d:XAddrs>http://192.0.2.99/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches>
</env:Body></env:Envelope>""".encode()
PLAIN_PREFIXES = MATCH.replace(b"env:", b"soap:").replace(b":env", b":soap")
FAULT = f"""<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value>
</s:Code><s:Reason><s:Text xml:lang="en">the xml
 format error</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>""".encode()


def fields(data: bytes) -> list[tuple[str, str]]:
    message = wsd.parse(data)
    return list(message.fields()) if message else []


def values(data: bytes, name: str) -> list[str]:
    return [value for field, value in fields(data) if field == name]


@pytest.mark.parametrize("kind", wsd.TYPES)
def test_probe_is_one_line_that_the_guard_lets_through(kind: str) -> None:
    probe = wsd.probe(kind, UUID(int=7))

    assert b"\n" not in probe
    assert f"<d:Types>{kind}</d:Types>".encode() in probe
    assert b"uuid:00000000-0000-0000-0000-000000000007" in probe
    assert refuse("udp", wsd.PORT, probe) is None
    assert wsd.parse(probe) is None


def test_a_match_is_read_whatever_its_white_space() -> None:
    assert fields(MATCH) == [
        ("wsd.epr", "urn:uuid:b1c20000-5000-11b3-8000-4419b600a0f1"),
        ("wsd.types", "dn:NetworkVideoTransmitter tds:Device"),
        ("wsd.scope", "onvif://www.onvif.org/type/video_encoder"),
        ("wsd.scope", "onvif://www.onvif.org/hardware/DS-2CD0000-TEST"),
        ("wsd.scope", "onvif://www.onvif.org/name/CAM%20&%201"),
        ("wsd.xaddr", "http://192.0.2.99/onvif/device_service"),
        ("wsd.mac", "44:19:b6:00:a0:f1"),
        (
            "wsd.namespaces",
            f"{SOAP} {DISCOVERY} {ADDRESSING} http://www.onvif.org/ver10/network/wsdl "
            "http://www.onvifext.com/onvif/ext/ver10/wsdl",
        ),
        ("wsd.prefixes", "env d wsadis dn extwsd"),
    ]


def test_prefixes_do_not_matter() -> None:
    renamed = PLAIN_PREFIXES
    assert [f for f in fields(renamed) if f[0] != "wsd.prefixes"] == [
        f for f in fields(MATCH) if f[0] != "wsd.prefixes"
    ]
    assert values(renamed, "wsd.prefixes") == ["soap d wsadis dn extwsd"]


def test_another_namespace_is_not_ws_discovery() -> None:
    assert wsd.parse(MATCH.replace(DISCOVERY.encode(), b"http://example.org/discovery")) is None


def test_hello_is_read_and_bye_is_not() -> None:
    inner = MATCH.replace(b"d:ProbeMatches>", b"d:List>")
    assert values(inner.replace(b"ProbeMatch>", b"Hello>"), "wsd.epr") == values(MATCH, "wsd.epr")
    assert wsd.parse(inner.replace(b"ProbeMatch>", b"Bye>")) is None


def test_a_fault_proves_ws_discovery_too() -> None:
    assert fields(FAULT) == [
        ("wsd.fault", "s:Sender the xml format error"),
        ("wsd.namespaces", SOAP),
        ("wsd.prefixes", "s"),
    ]


@pytest.mark.parametrize(
    ("scope", "epr", "mac"),
    [
        ("onvif://www.onvif.org/MAC/E4:30:22:00:00:0A", "", "e4:30:22:00:00:0a"),
        ("onvif://www.onvif.org/macaddress/e43022-00000a", "", "e4:30:22:00:00:0a"),
        ("onvif://www.onvif.org/MacAddress/e4302200000a", "", "e4:30:22:00:00:0a"),
        ("onvif://www.onvif.org/MAC/E4:30:22", "", ""),
        ("onvif://www.onvif.org/", "urn:uuid:00000000-0000-1000-8000-4419b6000001",
         "44:19:b6:00:00:01"),
        ("onvif://www.onvif.org/", "urn:uuid:00000000-0000-4000-8000-4419b6000001", ""),
        ("onvif://www.onvif.org/", "urn:uuid:00000000-0000-1000-8000-0119b6000001", ""),
    ],
)  # fmt: skip
def test_claimed_hardware_address(scope: str, epr: str, mac: str) -> None:
    assert wsd.Endpoint(epr, scopes=(scope,)).mac == mac


def test_a_link_local_service_address_tells_of_a_hardware_address() -> None:
    both = b"http://[fe80::4619:b6ff:fe00:2]/onvif/device_service http://[2001:db8::1]:80/onvif"
    found = MATCH.replace(b"<d:XAddrs>", b"<d:XAddrs>" + both + b" ")
    assert values(found, "mac.derived") == ["44:19:b6:00:00:02"]
    assert values(MATCH, "mac.derived") == []


@pytest.mark.parametrize("cut", [20, 40, 60, 90])
def test_a_torn_match_still_says_who_it_is(cut: int) -> None:
    torn = MATCH[:-cut]
    assert values(torn, "wsd.scope") == values(MATCH, "wsd.scope")
    assert values(torn, "wsd.epr") == values(MATCH, "wsd.epr")


def test_bytes_that_are_not_utf8_stay_visible() -> None:
    odd = MATCH.replace(b"CAM%20", b"CAM\xff\x1b[31m")
    assert "onvif://www.onvif.org/name/CAM\\xff\x1b[31m&%201" in values(odd, "wsd.scope")


def test_padding_around_the_message_is_ignored() -> None:
    assert fields(b"\r\n " + MATCH + b"\n\0\0") == fields(MATCH)


def test_entities_are_never_expanded() -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
        + b"]>"
    )
    armed = bomb + MATCH.partition(b"?>")[2].replace(b"CAM%20", b"&j;")
    assert "onvif://www.onvif.org/name/&j;&%201" in values(armed, "wsd.scope")


def test_deep_nesting_and_size_are_survived() -> None:
    assert wsd.parse(b"<a>" * 20_000) is None
    assert wsd.parse(b"<a>" * 9000 + b"</a>" * 9000) is None
    scopes = b" ".join(b"onvif://x/%d" % n for n in range(5000))[:60_000]
    full = MATCH.replace(b"onvif://www.onvif.org/type/video_encoder", scopes)[:65_507]
    assert len(values(full, "wsd.scope")) == wsd.MAX_ITEMS
    long = MATCH.replace(b"video_encoder", b"x" * 60_000)
    assert max(map(len, values(long, "wsd.scope"))) == wsd.MAX_TEXT


def test_many_endpoints_are_bounded() -> None:
    one = MATCH[MATCH.index(b"<d:ProbeMatch>") : MATCH.index(b"</d:ProbeMatches>")]
    message = wsd.parse(MATCH.replace(one, one * 90))
    assert message is not None
    assert len(message.endpoints) == wsd.MAX_ITEMS


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "cp1047", "no-such", "utf-7", "gb2312"])
def test_odd_encodings_are_read_or_refused(encoding: str) -> None:
    declared = MATCH.replace(b"UTF-8", encoding.encode())
    assert values(declared, "wsd.types") in ([], ["dn:NetworkVideoTransmitter tds:Device"])


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    assert wsd.parse(data) is None


@given(st.data())
def test_any_damage_to_a_match_is_read_without_raising(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(MATCH)))
    end = data.draw(st.integers(start, len(MATCH)))
    damaged = MATCH[:start] + data.draw(st.binary(max_size=30)) + MATCH[end:]
    for name, value in fields(damaged):
        assert name.startswith("wsd.") or name == "mac.derived"
        assert 0 < len(value) <= wsd.MAX_TEXT * wsd.MAX_ITEMS
