"""The NetBIOS node status codec: names of a computer in, groups and noise left out."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.never_send import refuse
from scanner.collect.wire import netbios

MAC = bytes.fromhex("3c7c3f000001")
ASKED = netbios.question(0x1234)[12:46]
UNIQUE, GROUP = 0x0400, 0x8400


def entry(name: bytes, suffix: int, flags: int = UNIQUE) -> bytes:
    return struct.pack("!15sBH", name.ljust(15), suffix, flags)


def status(
    *entries: bytes,
    count: int | None = None,
    owner: bytes = ASKED,
    flags: int = 0x8400,
    kind: int = 0x21,
) -> bytes:
    names = bytes([len(entries) if count is None else count]) + b"".join(entries)
    data = names + MAC + bytes(40)
    head = struct.pack("!HHHHHH", 0x1234, flags, 0, 1, 0, 0)
    return head + owner + struct.pack("!HHIH", kind, 1, 0, len(data)) + data


COMPUTER = status(
    entry(b"DESKTOP-AB12CD3", 0x00),
    entry(b"WORKGROUP", 0x00, GROUP),
    entry(b"DESKTOP-AB12CD3", 0x20),
    entry(b"SOMEBODY", 0x03),
)
SAID = (("netbios.name", "DESKTOP-AB12CD3"), ("netbios.mac", "3c:7c:3f:00:00:01"))


def test_the_question_is_one_the_guard_lets_through() -> None:
    question = netbios.question(0xFFFF)
    assert refuse("udp", netbios.PORT, question) is None
    assert question[:2] == b"\xff\xff"
    assert netbios.fields(question) == ()


def test_a_computer_names_itself() -> None:
    assert netbios.fields(COMPUTER) == SAID


def test_the_name_of_the_record_may_be_a_pointer() -> None:
    assert netbios.fields(status(entry(b"PC", 0x20), owner=b"\xc0\x0c"))[0] == (
        "netbios.name",
        "PC",
    )


def test_no_hardware_address_is_not_one() -> None:
    assert netbios.fields(COMPUTER.replace(MAC, bytes(6))) == SAID[:1]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        COMPUTER[:60],
        status(entry(b"PC", 0), flags=0x0400),
        status(entry(b"PC", 0), kind=0x20),
        COMPUTER[:4] + b"\0\1" + COMPUTER[6:],
    ],
    ids=["nothing", "short", "question", "other-type", "with-a-question"],
)
def test_what_is_no_status_says_nothing(data: bytes) -> None:
    assert netbios.fields(data) == ()


def test_more_names_announced_than_sent() -> None:
    short = status(entry(b"PC", 0), count=255)
    assert ("netbios.name", "PC") in netbios.fields(short)


def test_odd_bytes_stay_visible() -> None:
    assert netbios.fields(status(entry(b"\xffPC\x1b[1m", 0)))[0][1] == "\\xffPC\x1b[1m"


@given(st.binary() | st.binary().map(lambda b: COMPUTER[:56] + b))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    for name, value in netbios.fields(data):
        assert name in ("netbios.name", "netbios.mac")
        assert value


@given(st.integers(0, len(COMPUTER)))
def test_a_cut_status_says_no_more_than_the_whole(size: int) -> None:
    assert {n for n, _ in netbios.fields(COMPUTER[:size])} <= {n for n, _ in SAID}
