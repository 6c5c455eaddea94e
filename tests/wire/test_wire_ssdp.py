"""The SSDP codec: announcements and answers in, whatever else arrives ignored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.never_send import refuse
from scanner.collect.wire import ssdp

ANSWER = (
    b"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\n"
    b"LOCATION: http://192.0.2.10:49152/upnp_device_desc.xml\r\n"
    b"SERVER: Linux/3.8.8, UPnP/1.0, ZheJiang Dahua Technology CO.,LTD. Upnp SDK\r\n"
    b"ST: uuid:www.dahuatech.com.device_3_0-1L00000PAW00001\r\n"
    b"USN: uuid:www.dahuatech.com.device_3_0-1L00000PAW00001\r\n\r\n"
)
NOTIFY = (
    ANSWER.replace(b"HTTP/1.1 200 OK", b"NOTIFY * HTTP/1.1")
    .replace(b"ST: ", b"NTS: ssdp:alive\r\nNT: ")
    .replace(b"EXT:", b"HOST: 239.255.255.250:1900")
)
SAID = {
    "ssdp.server": "Linux/3.8.8, UPnP/1.0, ZheJiang Dahua Technology CO.,LTD. Upnp SDK",
    "ssdp.st": "uuid:www.dahuatech.com.device_3_0-1L00000PAW00001",
    "ssdp.usn": "uuid:www.dahuatech.com.device_3_0-1L00000PAW00001",
    "ssdp.location": "http://192.0.2.10:49152/upnp_device_desc.xml",
}


@pytest.mark.parametrize("data", [ANSWER, NOTIFY, b"\r\n" + NOTIFY, NOTIFY.replace(b"\r", b"")])
def test_answers_and_announcements_say_the_same(data: bytes) -> None:
    assert dict(ssdp.fields(data)) == SAID


@pytest.mark.parametrize("target", [ssdp.ALL, ssdp.ROOT])
def test_a_search_leaves_and_says_nothing_of_a_device(target: str) -> None:
    search = ssdp.search(target)

    assert refuse("udp", ssdp.PORT, search) is None
    assert ssdp.fields(search) == ()


@pytest.mark.parametrize(
    "data",
    [b"", b"NOTIFY", b"HTTP/1.1 404 Not Found\r\nUSN: x\r\n\r\n", ANSWER.replace(b"USN", b"X")],
)
def test_what_is_no_announcement_says_nothing(data: bytes) -> None:
    assert ssdp.fields(data) == ()


def test_values_are_bounded() -> None:
    long = NOTIFY.replace(b"SERVER: ", b"SERVER: " + b"x" * 5000)
    assert all(len(value) <= ssdp.MAX_TEXT for _, value in ssdp.fields(long))


@given(st.binary() | st.binary().map(lambda b: NOTIFY[:20] + b) | st.just(NOTIFY))
def test_any_bytes_are_read(data: bytes) -> None:
    for name, value in ssdp.fields(data):
        assert name in SAID
        assert 0 < len(value) <= ssdp.MAX_TEXT


@given(st.integers(0, len(NOTIFY)))
def test_a_cut_announcement_says_no_more_than_the_whole(size: int) -> None:
    for name, value in ssdp.fields(NOTIFY[:size]):
        assert SAID[name].startswith(value)
