"""The DHIP codec: what it asks, and that it reads anything without raising."""

import json
import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.never_send import refuse
from scanner.collect.wire import dhip

BODY = b"""{"mac":"3c:ef:8c:00:00:01","method":"client.notifyDevInfo","params":{"deviceInfo":{
"DeviceClass":"NVR","DeviceID":"","DeviceType":"NVR-TEST","HttpPort":80,
"IPv4Address":{"DhcpEnable":true,"IPAddress":"192.0.2.17"},
"IPv6Address":{"DefaultGateway":null,"IPAddress":"\\/0"},"Init":2714,
"RemoteVideoInputChannels":16,"SerialNo":"6C00000PAG00001","Vendor":"Private",
"Version":"2.800.0000000.13.R"}}}"""
READ = {
    "dhip.mac": "3c:ef:8c:00:00:01",
    "dhip.deviceclass": "NVR",
    "dhip.devicetype": "NVR-TEST",
    "dhip.httpport": "80",
    "dhip.ipv4address.dhcpenable": "true",
    "dhip.ipv4address.ipaddress": "192.0.2.17",
    "dhip.ipv6address.ipaddress": "/0",
    "dhip.init": "2714",
    "dhip.remotevideoinputchannels": "16",
    "dhip.serialno": "6C00000PAG00001",
    "dhip.vendor": "Private",
    "dhip.version": "2.800.0000000.13.R",
}


def read(data: bytes) -> dict[str, str]:
    return dict(dhip.fields(data))


def framed(body: bytes, *, size: int | None = None, header: int = 32) -> bytes:
    """The body behind a header that tells `size`."""
    told = len(body) if size is None else size
    head = struct.pack("<I4s8xIIII", header, b"DHIP", told, 0, told, 0)
    return head[:header].ljust(header, b"\0") + body


def notify(**device: object) -> bytes:
    return framed(json.dumps({"mac": "", "params": {"deviceInfo": device}}).encode())


def test_the_search_is_the_vendors_byte_for_byte() -> None:
    assert dhip.search() == bytes.fromhex(
        "20000000 44484950 00000000 00000000 49000000 00000000 49000000 00000000"
    ) + (b'{ "method" : "DHDiscover.search", "params" : { "mac" : "", "uni" : 1 } }\n')
    assert refuse("udp", dhip.PORT, dhip.search()) is None
    assert dhip.fields(dhip.search()) == ()


@pytest.mark.parametrize("tail", [b"", b"\n", b"\n\0", b"\0\0\0", b"garbage}"])
def test_an_answer_is_read_whatever_follows(tail: bytes) -> None:
    assert read(framed(BODY + tail)) == READ


@pytest.mark.parametrize(("size", "header"), [(0, 32), (0x7B, 32), (0x22_7B, 32), (1, 16), (1, 48)])
def test_lengths_are_not_relied_on(size: int, header: int) -> None:
    assert read(framed(BODY, size=size, header=header)) == READ
    assert read(BODY) == READ


def test_numbers_stay_as_written_and_odd_values_are_left_out() -> None:
    assert read(notify(A=1.50, B=10**30, C=None, D=[1, "x"], E="", F=float("nan"))) == {
        "dhip.a": "1.5",
        "dhip.b": "1" + "0" * 30,
        "dhip.f": "NaN",
    }


def test_the_first_of_a_key_counts() -> None:
    assert read(notify(Vendor="Dahua", VENDOR="Other")) == {"dhip.vendor": "Dahua"}


def test_what_could_open_the_device_is_not_stored() -> None:
    said = {"Password": "x", "Random": "123", "Login": {"PasswordHash": "y"}, "HasPassword": True}
    assert read(notify(**said, Vendor="Dahua")) == {
        "dhip.haspassword": "true",
        "dhip.vendor": "Dahua",
    }


def test_bytes_that_are_not_utf8_and_lone_surrogates_stay_visible() -> None:
    named = framed(b'{"params":{"deviceInfo":{"MachineName":"K\xfcche \\ud800\x1b\n"}}}')
    assert read(named) == {"dhip.machinename": "K\\xfcche \\ud800\x1b\n"}


def test_size_depth_and_number_are_bounded() -> None:
    assert len(read(notify(Vendor="x" * 60_000))["dhip.vendor"]) == dhip.MAX_TEXT
    assert len(read(notify(**{f"k{n}": 1 for n in range(4000)}))) == dhip.MAX_FIELDS
    nested: object = 1
    for _ in range(300):
        nested = {"a": nested}
    assert read(notify(Deep=nested, Vendor="x")) == {"dhip.vendor": "x"}
    deep = b'{"params":{"deviceInfo":{"a":' + b'{"a":' * 20_000
    assert dhip.fields(deep) == ()
    assert dhip.fields(b'{"params":{"deviceInfo":{"a":' + b"9" * 60_000 + b"}}}") != ()
    assert dhip.fields(b'{"' * 30_000) == ()


def test_key_names_that_no_field_can_have_are_dropped() -> None:
    assert read(notify(**{"a b": "1", "ü": "1", "a.b": "1", "": "1", "ok_1": "1"})) == {
        "dhip.ok_1": "1"
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"DHIP{",
        b'{"params":[]}',
        b'{"params":{"deviceInfo":[]}}',
        b'{"params":{"deviceInfo":{}}}',
        b'{"method":"client.notifyDevInfo"}',
        BODY[:-1],
        BODY.replace(b",", b";", 1),
    ],
)
def test_other_and_broken_messages_are_not_dhip(body: bytes) -> None:
    assert dhip.fields(framed(body)) == ()


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    assert dhip.fields(data) == ()


@given(st.data())
def test_any_damage_to_an_answer_is_read_without_raising(data: st.DataObject) -> None:
    whole = framed(BODY)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    for name, value in read(whole[:start] + data.draw(st.binary()) + whole[end:]).items():
        assert re.fullmatch(r"dhip(\.[a-z0-9_]+)+", name)
        assert 0 < len(value) <= dhip.MAX_TEXT
        value.encode()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_read_without_raising(value: object) -> None:
    body = json.dumps({"mac": value, "params": {"deviceInfo": {"a": value, "b": "1"}}})
    assert read(body.encode())["dhip.b"] == "1"
    dhip.fields(json.dumps(value).encode())
