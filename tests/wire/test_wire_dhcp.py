"""The DHCP codec: what clients ask and are given, from messages whole and damaged."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import dhcp
from scanner.collect.wire.dhcp import Kind

CAMERA = bytes.fromhex("9c8ecd000001")
PARAMETERS = bytes((1, 3, 4, 5, 6, 12, 15, 28, 42))


def message(
    kind: int,
    *options: tuple[int, bytes],
    own: str = "0.0.0.0",
    given: str = "0.0.0.0",
    hardware: int = 1,
    mac: bytes = CAMERA,
) -> bytes:
    """A message of RFC 2131 with options of RFC 2132."""
    fixed = struct.pack(
        "!BBBBIHH4s4s4s4s16s192xI", 1, hardware, 6, 0, 7, 0, 0, packed(own), packed(given),
        bytes(4), bytes(4), mac + bytes(10), 0x63825363,
    )  # fmt: skip
    every = ((53, bytes([kind])), *options)
    return fixed + b"".join(bytes([c, len(v)]) + v for c, v in every) + b"\xff"


def packed(ip: str) -> bytes:
    return bytes(map(int, ip.split(".")))


REQUEST = message(
    Kind.REQUEST, (55, PARAMETERS), (12, b"AMC000B0_CE1428"), (61, b"\1" + CAMERA),
    (60, b"AXIS,Network Camera,M1065-L"), (50, packed("192.0.2.12")),
)  # fmt: skip


def test_a_request_tells_name_class_and_wish() -> None:
    said = dhcp.parse(REQUEST)

    assert said is not None
    assert (said.kind, said.mac) == (Kind.REQUEST, "9c:8e:cd:00:00:01")
    assert (said.ip, said.wanted) == ("", "192.0.2.12")
    assert said.hostname == "AMC000B0_CE1428"
    assert said.fields == (
        ("dhcp.hostname", "AMC000B0_CE1428"),
        ("dhcp.vendor_class", "AXIS,Network Camera,M1065-L"),
        ("dhcp.parameters", "1,3,4,5,6,12,15,28,42"),
    )


def test_an_acknowledgement_tells_the_address_and_nothing_of_the_client() -> None:
    said = dhcp.parse(message(Kind.ACK, (12, b"from-the-server"), given="192.0.2.12"))

    assert said is not None
    assert (said.ip, said.fields) == ("192.0.2.12", ())


def test_a_client_that_renews_has_its_address() -> None:
    said = dhcp.parse(message(Kind.REQUEST, own="192.0.2.12"))
    assert said is not None
    assert said.ip == "192.0.2.12"


def test_an_offered_address_is_not_the_clients_yet() -> None:
    assert dhcp.parse(message(2, given="192.0.2.12")) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        REQUEST[:239],
        REQUEST[:236] + b"BOOT" + REQUEST[240:],
        REQUEST[:240],
        message(Kind.REQUEST, hardware=6),
        message(Kind.REQUEST, mac=bytes(6)),
        message(Kind.REQUEST, mac=b"\xff" * 6),
        message(99),
    ],
)
def test_what_is_no_message_of_an_ethernet_client_is_none(data: bytes) -> None:
    assert dhcp.parse(data) is None


@given(st.binary() | st.binary().map(lambda b: REQUEST[:240] + b) | st.binary(max_size=80).map(
    lambda b: REQUEST[:243] + b
))  # fmt: skip
def test_any_bytes_are_read(data: bytes) -> None:
    said = dhcp.parse(data)
    assert said is None or all(0 < len(v) <= dhcp.MAX_TEXT for _, v in said.fields)


@given(st.integers(0, len(REQUEST)))
def test_a_cut_message_says_no_more_than_the_whole(size: int) -> None:
    whole = dict(dhcp.parse(REQUEST).fields)  # type: ignore[union-attr]
    said = dhcp.parse(REQUEST[:size])
    assert said is None or said.fields == tuple(i for i in whole.items() if i in said.fields)
