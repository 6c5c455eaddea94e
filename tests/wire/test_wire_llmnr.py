"""The LLMNR codec: who has this address? The names, and nothing that was not asked for."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.never_send import refuse
from scanner.collect.wire import llmnr

IP = "192.0.2.94"
QUESTION = llmnr.question(0x1234, IP)
OWNER = QUESTION[12:-4]


def answer(name: bytes, *, owner: bytes = OWNER, flags: int = 0x8000, kind: int = 12) -> bytes:
    target = bytes([len(name)]) + name + b"\0"
    head = struct.pack("!HHHHHH", 0x1234, flags, 1, 1, 0, 0) + QUESTION[12:]
    return head + owner + struct.pack("!HHIH", kind, 1, 30, len(target)) + target


def test_the_question_is_one_the_guard_lets_through() -> None:
    assert refuse("udp", llmnr.PORT, QUESTION) is None
    assert OWNER == b"\x0294\x012\x010\x03192\x07in-addr\x04arpa\0"
    assert llmnr.fields(QUESTION, IP) == ()


@pytest.mark.parametrize("owner", [OWNER, b"\xc0\x0c", OWNER.upper()])
def test_a_computer_says_its_name(owner: bytes) -> None:
    assert llmnr.fields(answer(b"OFFICE-PC", owner=owner), IP) == (("llmnr.name", "OFFICE-PC"),)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        answer(b"OFFICE-PC", flags=0),
        answer(b"OFFICE-PC", kind=1),
        answer(b""),
        answer(b"OFFICE-PC", owner=OWNER.replace(b"\x0294", b"\x0295")),
    ],
    ids=["nothing", "question", "other-type", "no-name", "other-address"],
)
def test_what_does_not_name_the_address_says_nothing(data: bytes) -> None:
    assert llmnr.fields(data, IP) == ()


@given(st.binary() | st.binary().map(lambda odd: answer(b"PC")[:60] + odd))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    for name, value in llmnr.fields(data, IP):
        assert name == "llmnr.name"
        assert 0 < len(value) <= 255


@given(st.ip_addresses(v=4), st.integers(0, 0xFFFF))
def test_every_question_passes_the_guard(ip: object, number: int) -> None:
    assert refuse("udp", llmnr.PORT, llmnr.question(number, str(ip))) is None
