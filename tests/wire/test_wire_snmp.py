"""SNMP envelopes: reads are told from writes, answers from everything else, in every version."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.never_send import refuse
from scanner.collect.wire import snmp
from scanner.collect.wire.snmp import AUTH, PRIV, Message

VARBINDS = bytes.fromhex("300e300c06082b060102010105000500")
REPORTABLE = 0x04


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def integer(value: int) -> bytes:
    return tlv(2, value.to_bytes(4, "big"))


def pdu(tag: int, number: int = 7) -> bytes:
    return tlv(tag, integer(number), integer(0), integer(0), VARBINDS)


def v2c(tag: int, number: int = 7, version: int = 1) -> bytes:
    return tlv(0x30, tlv(2, bytes([version])), tlv(4, b"site"), pdu(tag, number))


def v3(tag: int, flags: int = 0, number: int = 7) -> bytes:
    header = tlv(0x30, integer(number), integer(65507), tlv(4, bytes([flags])), tlv(2, b"\3"))
    scoped = tlv(0x30, tlv(4, b"engine"), tlv(4, b""), pdu(tag, 99))
    data = tlv(4, bytes(40)) if flags & PRIV else scoped
    return tlv(0x30, tlv(2, b"\3"), header, tlv(4, tlv(0x30)), data)


def test_envelopes() -> None:
    assert snmp.parse(v2c(snmp.GET)) == Message(1, 7, snmp.GET)
    assert snmp.parse(v2c(snmp.GET_BULK, version=0)) == Message(0, 7, snmp.GET_BULK)
    assert snmp.parse(v3(snmp.GET, REPORTABLE)) == Message(3, 7, snmp.GET, REPORTABLE)
    assert snmp.parse(v3(snmp.SET, AUTH | PRIV)) == Message(3, 7, snmp.SEALED, AUTH | PRIV)


@pytest.mark.parametrize("make", [v2c, v3])
def test_only_reads_are_reads(make: Callable[[int], bytes]) -> None:
    tags = [tag for tag in range(0xA0, 0xBF) if (m := snmp.parse(make(tag))) and snmp.is_read(m)]
    assert tags == [snmp.GET, snmp.GET_NEXT, snmp.GET_BULK]


def test_the_guard_of_the_product_agrees_on_v2c() -> None:
    for tag in range(0xA0, 0xBF):
        message = snmp.parse(v2c(tag))
        assert message is not None
        assert snmp.is_read(message) is (refuse("udp", 161, v2c(tag)) is None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        v2c(snmp.GET)[:-1],
        v2c(snmp.GET) + b"\0",
        v2c(snmp.GET) + v2c(snmp.SET),
        v2c(snmp.GET, version=2),
        b"\x30\x80" + v2c(snmp.GET)[2:] + b"\0\0",
        tlv(0x31, v2c(snmp.GET)[2:]),
        tlv(0x30, tlv(2, b"\1"), tlv(4, b"site"), pdu(snmp.GET), pdu(snmp.SET)),
        tlv(0x30, tlv(2, b"\1"), tlv(4, b"site"), tlv(snmp.GET, tlv(4, b"id"))),
        tlv(0x30, tlv(2, b"\1"), tlv(4, b"site"), tlv(snmp.GET)),
        tlv(0x30, tlv(2, b"\1"), tlv(4, b"site"), tlv(snmp.SEALED, pdu(snmp.SET)[2:])),
        tlv(0x30, tlv(2, b"\1"), tlv(4, b"site"), b"\xbf\x81\x00"),
        b"\x30\x84\xff\xff\xff\xff" + v2c(snmp.GET)[2:],
    ],
)
def test_what_is_not_sound_is_nothing(data: bytes) -> None:
    assert snmp.parse(data) is None


def test_depth_number_and_size_of_pieces_are_bounded() -> None:
    deep = integer(1)
    for _ in range(40):
        deep = tlv(0x30, deep)
    many = tlv(0x30, *[tlv(5)] * 3000)
    long = tlv(0x30, tlv(6, b"\x81" * 700, b"\1"))
    for inside in (deep, many, long):
        body = tlv(snmp.RESPONSE, integer(7), inside)
        assert snmp.parse(tlv(0x30, tlv(2, b"\1"), tlv(4, b"site"), body)) is None


@pytest.mark.parametrize(
    ("request_", "reply", "taken"),
    [
        (v2c(snmp.GET), v2c(snmp.RESPONSE), True),
        (v2c(snmp.GET), v2c(snmp.RESPONSE, 8), False),
        (v2c(snmp.GET), v2c(snmp.RESPONSE, version=0), False),
        (v2c(snmp.GET), v2c(snmp.GET), False),
        (v2c(snmp.GET), v2c(snmp.REPORT), False),
        (v2c(snmp.GET), v3(snmp.RESPONSE), False),
        (v2c(snmp.GET), b"junk", False),
        (v3(snmp.GET, REPORTABLE), v3(snmp.REPORT), True),
        (v3(snmp.GET, REPORTABLE | AUTH), v3(snmp.RESPONSE, AUTH), True),
        (v3(snmp.GET, REPORTABLE | AUTH), v3(snmp.RESPONSE), False),
        (v3(snmp.GET, REPORTABLE | AUTH), v3(snmp.REPORT), True),
        (v3(snmp.GET, AUTH | PRIV), v3(snmp.RESPONSE, AUTH | PRIV), True),
        (v3(snmp.GET, AUTH | PRIV), v3(snmp.RESPONSE, AUTH), False),
        (v3(snmp.GET, AUTH), v3(snmp.RESPONSE, AUTH, 8), False),
    ],
)
def test_answers(request_: bytes, reply: bytes, taken: bool) -> None:
    assert snmp.answers(request_, reply) is taken


@given(st.binary())
def test_any_bytes_are_judged(data: bytes) -> None:
    message = snmp.parse(data)
    assert message is None or message.version in (0, 1, 3)
    snmp.elements(data)
    assert snmp.answers(v2c(snmp.GET), data) in (True, False)


@settings(max_examples=500)
@given(st.sampled_from([v2c(snmp.SET), v3(snmp.SET)]), st.data())
def test_no_flipped_byte_disguises_a_write(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    changed = data[:at] + bytes([draw.draw(st.integers(0, 255))]) + data[at + 1 :]
    message = snmp.parse(changed)
    if message and snmp.is_read(message):
        assert changed[at] in snmp.READS


@given(st.lists(st.tuples(st.sampled_from([2, 4, 5, 0x30]), st.binary(max_size=300))))
def test_elements_are_found_again(parts: list[tuple[int, bytes]]) -> None:
    assert snmp.elements(b"".join(tlv(tag, content) for tag, content in parts)) == parts
