"""The older Dahua search: what it asks, and that it reads anything without raising."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.never_send import refuse
from scanner.collect.wire import dahua_5050

HEAD = struct.pack(
    "<BxBxI8xIH10x8x16s4s4s4s26xHHH20x",
    *(0xB3, 25, 0x58, 2, 89, b"DVR-SHORT", b"\xc0\0\2\x14", b"\xff\xff\xff\0", b"\xc0\0\2\1"),
    *(80, 443, 37777),
)
TEXTS = (
    b"3c:ef:8c:00:00:01DVR-TESTName:Front\r\nDevice:DVR-OTHER\r\n"
    b"IPv6Addr:fe80::1/64;gateway:fe80::\r\n\r\nSerialNo:1A00000PAU00001\r\n\r\n"
)
REPLY = HEAD + TEXTS
READ = {
    "dhip.mac": "3c:ef:8c:00:00:01",
    "dhip.devicetype": "DVR-TEST",
    "dhip.machinename": "Front",
    "dhip.serialno": "1A00000PAU00001",
    "dhip.ipv4address.ipaddress": "192.0.2.20",
    "dhip.ipv4address.subnetmask": "255.255.255.0",
    "dhip.ipv4address.defaultgateway": "192.0.2.1",
    "dhip.httpport": "80",
    "dhip.httpsport": "443",
    "dhip.port": "37777",
}


def read(data: bytes) -> dict[str, str]:
    return dict(dahua_5050.fields(data))


def test_the_search_is_the_known_one() -> None:
    search = dahua_5050.search()
    assert search == bytes.fromhex("a3010001" + "00" * 12 + "02000000" + "00" * 12)
    assert refuse("udp", dahua_5050.PORT, search) is None
    assert dahua_5050.fields(search) == ()


def test_a_reply_is_read() -> None:
    assert len(HEAD) == 0x78
    assert read(REPLY) == READ


@pytest.mark.parametrize("length", [0, 17, 255])
def test_lengths_in_the_head_are_not_relied_on(length: int) -> None:
    assert read(REPLY[:2] + bytes([length]) + REPLY[3:]) == READ
    assert read(HEAD + bytes(8) + TEXTS) == READ


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (TEXTS.replace(b"DVR-TEST", b""), "DVR-OTHER"),
        (b"3c:ef:8c:00:00:01", "DVR-SHORT"),
        (b"3c:ef:8c:00:00:01\0\0\0", "DVR-SHORT"),
        (b"3c:ef:8c:00:00:01Kam\xfc\r\n", "Kam\\xfc"),
    ],
)
def test_the_device_type_is_taken_where_it_is(texts: bytes, kind: str) -> None:
    assert read(HEAD + texts)["dhip.devicetype"] == kind


def test_ports_that_are_not_set_are_not_told() -> None:
    assert "dhip.httpsport" not in read(REPLY[:0x60] + b"\0\0" + REPLY[0x62:])


@pytest.mark.parametrize(
    "data", [b"", b"\xb3", HEAD, b"\xa3" + REPLY[1:], REPLY[:0x70], REPLY[:0x78] + b"3c:ef:8c:00"]
)
def test_other_datagrams_are_not_replies(data: bytes) -> None:
    assert dahua_5050.fields(data) == ()


def test_size_and_number_are_bounded() -> None:
    long = read(HEAD + TEXTS.replace(b"DVR-TEST", b"x" * 60_000).replace(b"Front", b"y" * 900))
    assert max(map(len, long.values())) == dahua_5050.MAX_TEXT
    assert read(REPLY + b"Name:other\r\n" * 5000) == READ


@given(st.binary(max_size=600))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    assert dahua_5050.fields(data) == ()
    dahua_5050.fields(HEAD + b"3c:ef:8c:00:00:01" + data)


@given(st.data())
def test_any_damage_to_a_reply_is_read_without_raising(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(REPLY)))
    end = data.draw(st.integers(start, len(REPLY)))
    for name, value in read(REPLY[:start] + data.draw(st.binary()) + REPLY[end:]).items():
        assert name in READ
        assert 0 < len(value) <= dahua_5050.MAX_TEXT
