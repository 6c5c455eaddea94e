"""Addresses in every spelling a tool uses, and in none."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import address

CAMERA = "44:19:b6:00:00:01"


@pytest.mark.parametrize(
    "spelt",
    [
        "44:19:b6:00:00:01",
        "44-19-B6-00-00-01",
        "4419.b600.0001",
        "4419-B600-0001",
        "4419b6000001",
        "44:19:b6:0:0:1",
        " 44:19:B6:00:00:01 ",
    ],
)
def test_hardware_addresses_are_read(spelt: str) -> None:
    assert address.mac(spelt) == CAMERA


@pytest.mark.parametrize("nobody", ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb", "0:0:0:0:0:0"])
def test_addresses_of_no_single_device_are_empty(nobody: str) -> None:
    assert address.mac(nobody) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        "", "44:19:b6:00:00", "44:19:b6:00:00:01:02", "44:19:b6:00:00:1g", "::1:2:3:4",
        "441.9b60.00001", "4419b600000", "44::b6:00:00:01", "444:19:b6:00:00:01",
        "52-41-53-20-10-00-00-00-00-00-00-00", "+4:19:b6:00:00:01",
    ],
)  # fmt: skip
def test_other_texts_are_no_hardware_address(wrong: str) -> None:
    assert address.mac(wrong) is None


@pytest.mark.parametrize(
    ("spelt", "plain"),
    [
        ("192.0.2.10", "192.0.2.10"),
        (" 192.0.2.10\t", "192.0.2.10"),
        ("2001:DB8:0::10", "2001:db8::10"),
        ("fe80::1%eth0", "fe80::1"),
        ("224.0.0.22", ""),
        ("ff02::1", ""),
        ("255.255.255.255", ""),
        ("0.0.0.0", ""),
        ("::", ""),
        ("192.0.2.256", None),
        ("192.0.2", None),
        ("cam.example.net", None),
        ("", None),
    ],
)
def test_internet_addresses(spelt: str, plain: str | None) -> None:
    assert address.ip(spelt) == plain


@given(st.text())
def test_any_text_is_an_address_or_none(value: str) -> None:
    mac, ip = address.mac(value), address.ip(value)
    assert mac is None or mac == "" or len(bytes.fromhex(mac.replace(":", ""))) == 6
    assert ip is None or ip == "" or str(ip_address(ip)) == ip


@given(st.binary(min_size=6, max_size=6))
def test_a_spelling_is_read_back(six: bytes) -> None:
    spelt = address.hardware(six)
    assert address.mac(six.hex("-")) == spelt
    assert spelt == "" or address.mac(spelt) == spelt


@given(st.binary(max_size=20))
def test_packed_addresses_of_any_length(packed: bytes) -> None:
    found = address.internet(packed)
    assert not found or ip_address(found).packed == packed
    assert len(packed) in (4, 16) or found == ""


@pytest.mark.parametrize(
    ("internet", "mac"),
    [
        ("fe80::4619:b6ff:fe00:1", CAMERA),
        ("FE80:0:0:0:4619:B6FF:FE00:0001%eth0", CAMERA),
        ("fe80::4619:b6ff:fe00:1%25eth0", CAMERA),
        ("fe80::1:4619:b6ff:fe00:1", ""),
        ("2001:db8::4619:b6ff:fe00:1", ""),
        ("fe80::4719:b6ff:fe00:1", ""),
        ("fe80::1", ""),
        ("fe80::ff:fe00:0", "02:00:00:00:00:00"),
        ("169.254.3.4", ""),
        ("cam.example.net", ""),
    ],
)
def test_a_hardware_address_is_derived_from_a_link_local_one(internet: str, mac: str) -> None:
    assert address.derived(internet) == mac


@given(st.text() | st.ip_addresses(v=6).map(str))
def test_any_text_derives_an_address_or_nothing(value: str) -> None:
    assert address.derived(value) in ("", address.mac(address.derived(value)))


@given(st.binary(min_size=6, max_size=6))
def test_what_is_derived_leads_back(six: bytes) -> None:
    identifier = bytes([six[0] ^ 2]) + six[1:3] + b"\xff\xfe" + six[3:]
    made = str(ip_address(b"\xfe\x80" + bytes(6) + identifier))
    assert address.derived(made) == address.hardware(six)
