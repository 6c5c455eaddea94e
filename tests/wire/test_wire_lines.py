"""The small codecs: RTSP, telnet, key=value lines, icon hashes, text."""

import base64
import hashlib

import mmh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import dahua_cgi, favicon, http, rtsp, telnet
from scanner.collect.wire.text import text


def test_rtsp_requests() -> None:
    assert rtsp.request("OPTIONS", "192.0.2.1", 554, 1) == (
        b"OPTIONS rtsp://192.0.2.1/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: camcensus\r\n\r\n"
    )
    assert rtsp.request("DESCRIBE", "2001:db8::1", 8554, 2) == (
        b"DESCRIBE rtsp://[2001:db8::1]:8554/ RTSP/1.0\r\nCSeq: 2\r\nUser-Agent: camcensus\r\n"
        b"Accept: application/sdp\r\n\r\n"
    )


def test_rtsp_challenge() -> None:
    data = (
        b"RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n"
        b'WWW-Authenticate: Digest realm="IP Camera(C0001)", nonce="0", stale="FALSE"\r\n\r\n'
    )
    reply = rtsp.parse(data)
    assert (reply.protocol, reply.status, reply.realm) == ("RTSP/1.0", 401, "IP Camera(C0001)")
    assert rtsp.is_complete(data)
    assert not any(rtsp.is_complete(data[:k]) for k in range(len(data) - 1))


@pytest.mark.parametrize("data", [b"SSH-2.0-x", b"\xff\xfb\x01", b"RTSQ", b"220 ftp"])
def test_what_is_not_rtsp_is_not_waited_for(data: bytes) -> None:
    assert rtsp.is_complete(data)


@pytest.mark.parametrize("data", [b"", b"RT", b"\r\nRTSP/1.0 200", b"HTTP/1.1 4", b"H"])
def test_what_may_become_rtsp_is_waited_for(data: bytes) -> None:
    assert not rtsp.is_complete(data)


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda d: b"RTSP/1.0 200 " + d))
def test_any_rtsp_reply(data: bytes) -> None:
    assert rtsp.parse(data) == http.parse(data)
    assert rtsp.is_complete(data) in (True, False)


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18dvrdvs login: ", b"dvrdvs login: "),
        (b"a\xff\xffb", b"a\xffb"),
        (b"\xff\xfa\x18\x01\xff\xf0login:", b"login:"),
        (b"\xff\xfa\x18never ended", b""),
        (b"x\xff\xf9y", b"xy"),
        (b"cut\xff", b"cut"),
        (b"cut\xff\xfb", b"cut"),
        (b"plain", b"plain"),
    ],
)
def test_telnet_negotiation_is_left_out(data: bytes, plain: bytes) -> None:
    assert telnet.plain(data) == plain


@given(
    st.binary(max_size=500)
    | st.lists(st.sampled_from([b"\xff", b"\xfa", b"\xf0", b"a"])).map(b"".join)
)
def test_any_telnet_bytes(data: bytes) -> None:
    plain = telnet.plain(data)
    assert len(plain) <= len(data)
    assert b"\xff" in data or plain == data


def test_dahua_lines() -> None:
    body = (
        b"deviceType=31\r\nserialNumber=BD00000PAJ00001\r\n"
        b"updateSerial=DH-NVR5232-4KS3/I\r\nempty=\r\n"
    )
    assert dahua_cgi.read(body) == (
        ("devicetype", "31"), ("serialnumber", "BD00000PAJ00001"),
        ("updateserial", "DH-NVR5232-4KS3/I"),
    )  # fmt: skip


def test_dahua_secrets_are_dropped() -> None:
    body = (
        b"table.RemoteDevice[0].Password=hunter2\ntable.RemoteDevice[0].UserName=admin\n"
        b"table.RemoteDevice[0].VideoInputs[0].MainStreamUrl=rtsp://admin:x@192.0.2.9/\n"
        b"table.RemoteDevice[0].Address=192.0.2.9\n"
    )
    assert dahua_cgi.read(body) == (("table.remotedevice[0].address", "192.0.2.9"),)


@pytest.mark.parametrize(
    "body", [b"", b"Error\r\n", b"<html>\na=b\n</html>", b"=x", b"a=b\nBad Request!"]
)
def test_other_bodies_are_not_dahua(body: bytes) -> None:
    assert dahua_cgi.read(body) == ()


@given(
    st.binary(max_size=500)
    | st.lists(st.sampled_from([b"a", b"=", b"\n", b"\r", b"password"])).map(b"".join)
)
def test_any_dahua_body(body: bytes) -> None:
    pairs = dahua_cgi.read(body)
    assert len(pairs) <= dahua_cgi.LINES_CAP
    assert not any("password" in key for key, _ in pairs)


def test_icon_hashes_have_the_published_form() -> None:
    icon = bytes(range(256))
    lines = base64.b64encode(icon).decode()
    wrapped = "".join(f"{lines[i : i + 76]}\n" for i in range(0, len(lines), 76))
    assert favicon.mmh3_text(icon) == str(mmh3.hash(wrapped))
    assert favicon.md5_text(b"") == "d41d8cd98f00b204e9800998ecf8427e"


@given(st.binary(max_size=300))
def test_any_icon(icon: bytes) -> None:
    assert -(2**31) <= int(favicon.mmh3_text(icon)) < 2**31
    assert favicon.md5_text(icon) == hashlib.md5(icon, usedforsecurity=False).hexdigest()


@given(st.binary(max_size=300))
def test_text_of_any_bytes_can_be_written(data: bytes) -> None:
    written = text(data).encode("utf-8")
    assert written == data or b"\\x" in written
