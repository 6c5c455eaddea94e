"""The SADP codec: what it asks, and that it reads anything without raising."""

import re
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.never_send import refuse
from scanner.collect.wire import sadp
from scanner.collect.wire.text import is_private

MATCH = b"""<?xml version="1.0" encoding="UTF-8"?>\r
<ProbeMatch><Uuid>4C0A4A2E-9A5B-4B0E-8C2D-000000000001</Uuid>\r
<Types>inquiry</Types>\r
<DeviceType>142378</DeviceType>\r
<DeviceDescription>DS-2CD0000-TEST</DeviceDescription>\r
<DeviceSN>DS-2CD0000-TEST20200101AAWR000000001</DeviceSN>\r
<MAC>44-19-b6-00-a0-f1</MAC>\r
<IPv4Address>192.168.1.64</IPv4Address>\r
<DigitalChannelNum>1</DigitalChannelNum>\r
<SoftwareVersion>V5.5.6build 180326</SoftwareVersion>\r
<IPv6Gateway></IPv6Gateway>\r
<Activated>true</Activated>\r
<HCPlatformEnable>flase</HCPlatformEnable>\r
<PasswordResetAbility>true</PasswordResetAbility>\r
<Salt>00112233445566778899aabbccddeeff</Salt>\r
<NobodyKnowsThis>7</NobodyKnowsThis>\r
</ProbeMatch>\r
"""
READ = {
    "sadp.types": "inquiry",
    "sadp.devicetype": "142378",
    "sadp.devicedescription": "DS-2CD0000-TEST",
    "sadp.devicesn": "DS-2CD0000-TEST20200101AAWR000000001",
    "sadp.mac": "44-19-b6-00-a0-f1",
    "sadp.ipv4address": "192.168.1.64",
    "sadp.digitalchannelnum": "1",
    "sadp.softwareversion": "V5.5.6build 180326",
    "sadp.activated": "true",
    "sadp.hcplatformenable": "false",
    "sadp.passwordresetability": "true",
    "sadp.nobodyknowsthis": "7",
}


def read(data: bytes) -> dict[str, str]:
    found = sadp.fields(data)
    assert len(dict(found)) == len(found), "an element is told of twice"
    return dict(found)


def element(name: bytes, value: bytes) -> bytes:
    """The answer with one more element in front of the last."""
    last = b"<NobodyKnowsThis>"
    return MATCH.replace(last, b"<%b>%b</%b>" % (name, value, name) + last)


@given(st.uuids())
def test_an_inquiry_is_all_it_can_ask(uuid: UUID) -> None:
    asked = sadp.inquiries(uuid)
    assert [re.findall(b"<Types>(.*)</Types>", q) for q in asked] == [
        [b"inquiry"],
        [b"inquiry_v32"],
    ]
    for question in asked:
        assert b"\n" not in question
        assert str(uuid).upper().encode() in question
        assert refuse("udp", sadp.PORT, question) is None


def test_an_answer_is_read_without_uuid_salt_and_empty_elements() -> None:
    assert read(MATCH) == READ


def test_hello_is_read_and_our_own_question_is_not() -> None:
    hello = MATCH.replace(b"ProbeMatch>", b"Hello>").replace(b"inquiry", b"hello")
    assert read(hello) == {**READ, "sadp.types": "hello"}
    for question in sadp.inquiries(uuid4()):
        assert sadp.fields(question) == ()


@pytest.mark.parametrize("root", [b"Probematch", b"probematch", b"PROBEMATCH"])
def test_the_root_is_compared_without_case(root: bytes) -> None:
    assert read(MATCH.replace(b"ProbeMatch", root)) == READ


@pytest.mark.parametrize(
    "prefix", [b"\x21\x02\x01\xf6\0\0\0\1<<\xff", b"\xef\xbb\xbf", b"\r\n\r\n", bytes(300)]
)
def test_bytes_before_the_xml_are_skipped(prefix: bytes) -> None:
    assert read(prefix + MATCH + b"\0\0") == READ
    assert read(prefix + MATCH.partition(b"?>\r\n")[2]) == READ


@pytest.mark.parametrize(
    "broken",
    [
        MATCH.replace(b"</ProbeMatch>", b""),
        MATCH.replace(b"<MAC>", b"<MAC>", 1) + b"<x",
        MATCH.replace(b"</SoftwareVersion>", b"</SoftwareVersoin>"),
        MATCH.replace(b"<IPv6Gateway></IPv6Gateway>", b"<IPv6Gateway>"),
        MATCH.replace(b'encoding="UTF-8"', b'encoding="GB2312"'),
        MATCH + MATCH,
    ],
)
def test_malformed_answers_are_read_as_far_as_they_go(broken: bytes) -> None:
    assert read(broken) == READ


def test_a_torn_answer_still_says_who_it_is() -> None:
    torn = read(MATCH[: MATCH.index(b"<SoftwareVersion>") + 25])
    assert torn == {k: v for k, v in READ.items() if k in torn}
    assert torn["sadp.devicesn"] == READ["sadp.devicesn"]
    assert "sadp.softwareversion" not in torn


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Salt", "00ff"),
        ("SafeCode", "ABCDEF"),
        ("EZVIZCode", "ABCDEF"),
        ("VerificationCode", "ABCDEF"),
        ("EncryptString", "b64=="),
        ("Password", "hunter2"),
        ("SecurityCode", "12345"),
        ("Code", "12345"),
    ],
)
def test_what_could_open_the_device_is_not_stored(name: str, value: str) -> None:
    assert read(element(name.encode(), value.encode())) == READ


@pytest.mark.parametrize("name", ["EZVIZCode", "IsModifyVerificationCode", "SupportSecurityCode"])
@pytest.mark.parametrize(("said", "kept"), [("true", "true"), ("flase", "false"), ("0", "0")])
def test_a_yes_or_no_about_it_is(name: str, said: str, kept: str) -> None:
    found = read(element(name.encode(), said.encode()))
    assert found == {**READ, f"sadp.{name.lower()}": kept}


@pytest.mark.parametrize("name", ["OEMCode", "DetailOEMCode", "SoftwareVersionEncrypt"])
def test_other_codes_are_no_secret(name: str) -> None:
    assert read(element(name.encode(), b"12"))[f"sadp.{name.lower()}"] == "12"


@pytest.mark.parametrize("types", ["getcode", "update", "reset", "activate", "exchangecode"])
def test_overheard_answers_to_other_requests_are_left_alone(types: str) -> None:
    assert sadp.fields(MATCH.replace(b">inquiry<", f">{types}<".encode())) == ()


def test_an_answer_without_types_is_read() -> None:
    assert read(MATCH.replace(b"<Types>inquiry</Types>", b"")) == {
        k: v for k, v in READ.items() if k != "sadp.types"
    }


def test_the_first_of_an_element_counts() -> None:
    assert read(MATCH.replace(b"</ProbeMatch>", b"<MAC>other</MAC></ProbeMatch>")) == READ


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<Probe/>",
        b"<ProbeMatches><ProbeMatch/></ProbeMatches>",
        b"<Hello",
        b"<ProbeMatch></ProbeMatch>",
        b"<html><title>Hello</title></html>",
    ],
)
def test_other_documents_are_not_sadp(data: bytes) -> None:
    assert sadp.fields(data) == ()


def test_entities_are_never_expanded() -> None:
    entities = b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + entities + b"]>"
    assert sadp.fields(MATCH.replace(b"<ProbeMatch>", bomb + b"<ProbeMatch><A>&j;</A>")) == ()


def test_size_depth_and_number_are_bounded() -> None:
    long = MATCH.replace(b"142378", b"x" * 60_000)
    assert len(read(long)["sadp.devicetype"]) == sadp.MAX_TEXT
    many = b"".join(b"<E%d>1</E%d>" % (n, n) for n in range(4000))
    assert len(read(b"<ProbeMatch>" + many + b"</ProbeMatch>")) == sadp.MAX_FIELDS
    assert len(read(b"<ProbeMatch>" + many)) == sadp.MAX_FIELDS
    assert sadp.fields(b"<ProbeMatch>" * 5000) == ()
    assert read(MATCH.replace(b"<MAC>", b"<a>" * 2000 + b"<MAC>")) == READ


def test_element_names_that_no_field_can_have_are_dropped() -> None:
    assert read(element("Größe".encode(), b"1")) == READ
    assert read(element(b"a.b-c", b"1")) == READ


def test_bytes_that_are_not_utf8_stay_visible() -> None:
    odd = read(MATCH.replace(b"DS-2CD0000-TEST<", b"CAM\xb5\x1b[31m<"))
    assert odd["sadp.devicedescription"] == "CAM\\xb5\x1b[31m"


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    assert sadp.fields(data) == ()
    read(b"<ProbeMatch>" + data)


@given(st.data())
def test_any_damage_to_an_answer_is_read_without_raising(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(MATCH)))
    end = data.draw(st.integers(start, len(MATCH)))
    damaged = MATCH[:start] + data.draw(st.binary(max_size=30)) + MATCH[end:]
    for name, value in read(damaged).items():
        assert re.fullmatch(r"sadp\.[a-z0-9_]+", name)
        assert 0 < len(value) <= sadp.MAX_TEXT
        value.encode()


@given(st.text(max_size=20))
def test_a_yes_or_no_is_never_private(name: str) -> None:
    assert not any(is_private(name.lower(), word) for word in ("true", "false", "0", "1"))
