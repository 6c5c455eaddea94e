"""Columns of MIBs: real rows are read, odd ones are left out, nothing raises."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import mib

VALUES = st.one_of(
    st.integers(), st.text(max_size=20), st.binary(max_size=20).map(bytes.hex), st.none()
)
INDEXES = st.one_of(
    st.lists(st.integers(0, 300), max_size=22).map(lambda i: ".".join(map(str, i))),
    st.text(max_size=12),
)
ROWS = st.lists(st.one_of(st.tuples(INDEXES, VALUES), st.lists(VALUES, max_size=3)), max_size=8)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("4419b6000001", "44:19:b6:00:00:01"),
        ("4419B6000001", "44:19:b6:00:00:01"),
        ("4419b60000", None),
        ("4419b600000102", None),
        ("000000000000", None),
        ("ffffffffffff", None),
        ("01005e000001", None),
        ("no digits...", None),
        (4419, None),
        (None, None),
    ],
)
def test_mac(value: object, expected: str | None) -> None:
    assert mib.mac(value) == expected


def test_names_are_text_without_padding() -> None:
    assert mib.name(b"sw-1 \n\0\0".hex()) == "sw-1"
    assert mib.name(b"a\xffb".hex()) == r"a\xffb"
    assert mib.name(7) == mib.name(None) == ""


def test_arp_rows() -> None:
    rows = [
        ["3.10.7.0.20", "4419b6000020"],
        ["3.10.7.0.21", "000000000000"],
        ["3.10.7.0", "4419b6000022"],
        ["3.10.7.0.999", "4419b6000023"],
        ["10.7.0.24", "4419b6000024"],
    ]
    assert list(mib.arp(rows)) == [(ip_address("10.7.0.20"), "44:19:b6:00:00:20")]


def test_neighbour_rows_of_all_four_address_types() -> None:
    v6 = "254.128.0.0.0.0.0.0.70.25.182.255.254.0.0.1"
    rows = [
        ["3.1.4.10.7.0.20", "4419b6000020"],
        ["3.3.8.10.7.0.21.0.0.0.9", "4419b6000021"],
        [f"3.2.16.{v6}", "4419b6000022"],
        [f"3.4.20.{v6}.0.0.0.9", "4419b6000023"],
        ["3.1.5.10.7.0.24", "4419b6000024"],
        ["3.1.4.10.7.0.25.1", "4419b6000025"],
        ["3.16.3.99.97.109", "4419b6000026"],
    ]
    link_local = ip_address("fe80::4619:b6ff:fe00:1")
    assert list(mib.neighbours(rows)) == [
        (ip_address("10.7.0.20"), "44:19:b6:00:00:20"),
        (ip_address("10.7.0.21"), "44:19:b6:00:00:21"),
        (link_local, "44:19:b6:00:00:22"),
        (link_local, "44:19:b6:00:00:23"),
    ]


def test_stations_of_both_forwarding_tables() -> None:
    assert mib.stations([["68.25.182.0.0.32", 3], ["1.0.94.0.0.1", 4], ["1.2.3", 5]]) == {
        (68, 25, 182, 0, 0, 32): ("44:19:b6:00:00:20", 3)
    }
    assert mib.stations([["12.68.25.182.0.0.32", 3], ["12.68.25.182.0.0.33", "03"]]) == {
        (12, 68, 25, 182, 0, 0, 32): ("44:19:b6:00:00:20", 3)
    }


def test_numbers_and_names() -> None:
    assert mib.numbers([["1", 10101], ["2.1", 5], ["3", "0a"]]) == {1: 10101}
    rows = [["1", b"Gi1/0/1".hex()], ["2", ""], ["x", b"y".hex()]]
    assert mib.names(rows) == {1: "Gi1/0/1"}


@pytest.mark.parametrize(
    ("capabilities", "is_forwarder"),
    [
        ("20", True),  # bridge
        ("28", True),  # bridge and router
        ("08", True),  # router
        ("2000", True),
        ("30", False),  # an access point
        ("24", False),  # a telephone with a port for a PC
        ("01", False),  # a station, such as a camera
        ("", False),
        ("zz", False),
    ],
)
def test_what_forwards(capabilities: str, is_forwarder: bool) -> None:
    assert mib.forwarders([["100.3.1", capabilities]]) == (
        frozenset({3}) if is_forwarder else frozenset()
    )


@given(ROWS)
def test_any_rows_are_read(rows: list[list[object]]) -> None:
    for address, mac in (*mib.arp(rows), *mib.neighbours(rows)):
        assert address.version in (4, 6)
        assert len(mac) == 17
    assert all(isinstance(v, int) for _, v in mib.stations(rows).values())
    assert all(isinstance(v, int) for v in mib.numbers(rows).values())
    assert all(mib.names(rows).values())
    assert all(isinstance(number, int) for number in mib.forwarders(rows))


@given(VALUES)
def test_any_value_is_read(value: object) -> None:
    assert mib.mac(value) is None or len(str(mib.mac(value))) == 17
    assert "\0" not in mib.name(value)[-1:]
