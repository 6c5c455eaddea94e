"""SADP in raw frames: one kind of frame out, and any frame in."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.never_send import refuse
from scanner.collect.wire import sadp_l2
from scanner.collect.wire.sadp_l2 import Response

OURS, THEIRS = bytes.fromhex("020000000005"), bytes.fromhex("4419b6000001")
ADDRESS = bytes([10, 9, 0, 1])


def response(optype: int = 4, *, serial: bytes = b"DS-TEST20200101AAWR000000001") -> bytes:
    """A response frame in the documented form; its checksum is not looked at."""
    head = bytes.fromhex("210201f6") + struct.pack("!I", 7) + bytes([6, 4, optype, 0]) + b"\xbb\x7f"
    ends = THEIRS + bytes([192, 168, 1, 64]) + OURS + ADDRESS + bytes([255, 255, 255, 0])
    device = struct.pack(
        "!48sIIII48s48s48s",
        *(serial, 38930, 8000, 1, 0, b"V5.2.5build 141201", b"V5.0, build 140714", b"2016-03-06"),
    )
    return OURS + THEIRS + b"\x80\x33" + head + ends + device


READ = Response(
    "192.168.1.64",
    "44:19:b6:00:00:01",
    (
        ("sadp.mac", "44:19:b6:00:00:01"),
        ("sadp.ipv4address", "192.168.1.64"),
        ("sadp.ipv4subnetmask", "255.255.255.0"),
        ("sadp.devicesn", "DS-TEST20200101AAWR000000001"),
        ("sadp.devicetype", "38930"),
        ("sadp.commandport", "8000"),
        ("sadp.encodercount", "1"),
        ("sadp.disknumber", "0"),
        ("sadp.softwareversion", "V5.2.5build 141201"),
        ("sadp.dspversion", "V5.0, build 140714"),
        ("sadp.boottime", "2016-03-06"),
    ),
)


@given(
    st.binary(min_size=6, max_size=6), st.binary(min_size=4, max_size=4), st.integers(0, 2**32 - 1)
)
def test_an_inquiry_is_all_it_can_send(mac: bytes, address: bytes, sequence: int) -> None:
    frame = sadp_l2.inquiry(mac, address, sequence)
    assert frame[:14] == b"\xff" * 6 + mac + b"\x80\x33"
    assert len(frame) == 80
    assert frame[17] == len(frame) - 14
    assert frame[24:26] == b"\3\0"
    assert refuse("ethernet", sadp_l2.ETHERTYPE, frame[14:]) is None
    assert sadp_l2.parse(frame) is None


@given(st.binary(min_size=6, max_size=6), st.integers(0, 2**32 - 1))
def test_the_checksum_makes_the_words_sum_to_ones(mac: bytes, sequence: int) -> None:
    message = bytearray(sadp_l2.inquiry(mac, ADDRESS, sequence)[14:])
    message[12], message[13] = message[13], message[12]
    total = sum(struct.unpack("<33H", message))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    assert total == 0xFFFF


def test_a_response_is_read() -> None:
    assert sadp_l2.parse(response()) == READ
    assert sadp_l2.parse(response() + bytes(152)) == READ


@pytest.mark.parametrize("optype", [0, 1, 2, 3, 5, 6, 7, 10, 12, 16])
def test_other_operations_are_not_responses(optype: int) -> None:
    assert sadp_l2.parse(response(optype)) is None


def test_other_frames_are_not_responses() -> None:
    assert sadp_l2.parse(response().replace(b"\x80\x33\x21", b"\x08\x00\x21")) is None
    assert sadp_l2.parse(response().replace(b"\x80\x33\x21", b"\x80\x33\x45")) is None


@pytest.mark.parametrize("length", range(0, 260, 13))
def test_a_torn_frame_is_read_as_far_as_it_goes(length: int) -> None:
    torn = sadp_l2.parse(response()[:length])
    if length < 52:
        assert torn is None
    else:
        assert torn is not None
        assert torn.fields == READ.fields[: len(torn.fields)]


def test_bytes_that_are_not_utf8_stay_visible() -> None:
    read = sadp_l2.parse(response(serial=b"K\xfc\x1b\0rest"))
    assert read is not None
    assert dict(read.fields)["sadp.devicesn"] == "K\\xfc\x1b"


@given(st.binary(max_size=600))
def test_any_frame_is_read_without_raising(data: bytes) -> None:
    sadp_l2.parse(data)
    read = sadp_l2.parse(response()[:52] + data)
    assert read is not None
    assert all(0 < len(value) <= 4 * 48 for _, value in read.fields)
