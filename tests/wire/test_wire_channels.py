"""Cameras behind recorders: what both makers' recorders answer, and that logins are dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import channels, dahua_cgi, isapi
from scanner.collect.wire.channels import Slot

PASSWORD = "plain-Pass-77"  # noqa: S105 - one that an old recorder would tell

CHANNEL = (
    "<InputProxyChannel><id>{id}</id><name>Camera {id}</name><sourceInputPortDescriptor>"
    "<proxyProtocol>{protocol}</proxyProtocol><ipAddress>{ip}</ipAddress>"
    "<managePortNo>8000</managePortNo><userName>admin</userName><password>plain-Pass-77</password>"
    "<connMode>{mode}</connMode><model>{model}</model><serialNumber>{serial}</serialNumber>"
    "<firmwareVersion></firmwareVersion></sourceInputPortDescriptor></InputProxyChannel>"
)
PLUGGED = CHANNEL.format(
    id=1, protocol="HIKVISION", ip="192.168.254.2", mode="plugplay", model="DS-2CD2386G2-IU",
    serial="DS-2CD2386G2-IU20230101AAWRK00000001",
)  # fmt: skip
ADDED = CHANNEL.format(
    id=3, protocol="ONVIF", ip="10.0.0.9", mode="manual", model="", serial=""
)  # fmt: skip
UNUSED = CHANNEL.format(
    id=4, protocol="HIKVISION", ip="0.0.0.0", mode="manual", model="", serial=""
)


def listed(*children: str, size: int = 0) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><InputProxyChannelList version="1.0" '
        f'xmlns="http://www.hikvision.com/ver20/XMLSchema" size="{size}">'
        f"{''.join(children)}</InputProxyChannelList>"
    ).encode()


def status(**online: str) -> bytes:
    inside = "".join(
        f"<InputProxyChannelStatus><id>{n[1:]}</id><online>{word}</online>"
        "<chanDetectResult>connect</chanDetectResult></InputProxyChannelStatus>"
        for n, word in online.items()
    )
    return f"<InputProxyChannelStatusList>{inside}</InputProxyChannelStatusList>".encode()


def test_the_children_of_an_isapi_list_count_and_not_its_size() -> None:
    first, second, third = isapi.slots(
        listed(PLUGGED, ADDED, UNUSED, size=0), status(c1="true", c3="false", c4="false")
    )
    assert first == Slot(
        1, "online", "192.168.254.2", True,
        (
            ("channel.name", "Camera 1"),
            ("isapi.model", "DS-2CD2386G2-IU"),
            ("isapi.serialnumber", "DS-2CD2386G2-IU20230101AAWRK00000001"),
            ("isapi.proxyprotocol", "HIKVISION"),
        ),
    )  # fmt: skip
    assert second == Slot(
        3, "offline", "10.0.0.9", False,
        (("channel.name", "Camera 3"), ("isapi.proxyprotocol", "ONVIF")),
    )  # fmt: skip
    assert (third.number, third.state, third.address) == (4, "empty", "")


def test_without_the_states_a_camera_is_neither_online_nor_offline() -> None:
    assert isapi.slots(listed(PLUGGED))[0].state == "unknown"


def test_a_list_without_children_has_no_channel_whatever_its_size_says() -> None:
    assert isapi.slots(listed(size=2)) == ()
    assert isapi.is_list(listed(size=2), "InputProxyChannelList")


def test_a_list_cut_off_in_the_middle_gives_what_is_whole() -> None:
    assert [s.number for s in isapi.slots(listed(PLUGGED, ADDED)[:-200])] == [1, 3]


REMOTE = (
    "table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.Address=192.168.23.11\r\n"
    "table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.DeviceType=DH-IPC-HFW1431S1-A\r\n"
    "table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.Enable=true\r\n"
    f"table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.Password={PASSWORD}\r\n"
    "table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.UserName=admin\r\n"
    "table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.Vendor=Dahua2\r\n"
    "table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.ProtocolType=Onvif\r\n"
    "table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.VideoInputs[0].MainStreamUrl="
    f"rtsp://admin:{PASSWORD}@192.168.23.11/\r\n"
    "table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_0.VideoInputs[0].Name=gate\r\n"
    "table.RemoteDevice[28].Address=192.168.0.0\r\n"
    "table.RemoteDevice[28].Enable=false\r\n"
    "table.RemoteDevice[28].Mac=ff:ff:ff:ff:ff:ff\r\n"
).encode()
CAMERAS = (
    b"camera[0].Address=10.0.0.21\r\n"
    b"camera[0].DeviceInfo.DeviceType=IPC-HDW3849H-AS-PV\r\n"
    b"camera[0].DeviceInfo.Mac=3c:ef:8c:00:00:01\r\n"
    b"camera[0].DeviceInfo.SerialNo=8J00001PAG00001\r\n"
    b"camera[0].Enable=true\r\ncamera[0].Protocol=Private\r\ncamera[0].Type=Remote\r\n"
    b"camera[0].UniqueChannel=4\r\n"
    b"camera[1].Enable=true\r\ncamera[1].Type=Compose\r\ncamera[1].UniqueChannel=65\r\n"
)


def test_dahua_slots_are_counted_from_one_and_both_answers_join() -> None:
    first, second, third = dahua_cgi.slots(REMOTE, CAMERAS)
    assert first == Slot(
        1, "unknown", "192.168.23.11", False,
        (
            ("channel.name", "gate"),
            ("dahua.devicetype", "DH-IPC-HFW1431S1-A"),
            ("dahua.protocoltype", "Onvif"),
        ),
    )  # fmt: skip
    assert (second.number, second.address) == (5, "10.0.0.21")
    assert ("dahua.serialnumber", "8J00001PAG00001") in second.fields
    assert ("mac.address", "3c:ef:8c:00:00:01") in second.fields
    assert (third.number, third.state, third.address) == (29, "empty", "")


@pytest.mark.parametrize("body", [REMOTE, CAMERAS])
def test_a_dahua_list_is_recognised(body: bytes) -> None:
    assert dahua_cgi.is_list(body)
    assert not dahua_cgi.is_list(b"<html><body>Bad Request</body></html>")


def test_no_login_of_a_camera_is_kept() -> None:
    for slot in (*dahua_cgi.slots(REMOTE, CAMERAS), *isapi.slots(listed(PLUGGED, ADDED))):
        assert PASSWORD not in repr(slot)
        assert "admin" not in repr(slot)


@pytest.mark.parametrize("text", ["", "999999", "-1", "²", "1.5"])
def test_a_channel_has_a_number(text: str) -> None:
    assert channels.number(text) is None


def test_addresses_of_empty_slots_are_none() -> None:
    assert [channels.address(t) for t in ("0.0.0.0", "192.168.0.0", "::", "x", " 10.0.0.1 ")] == [
        "", "", "", "", "10.0.0.1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"lockStatus": "lock", "unlockTime": "1800", "retryLoginTime": "0"}, "locked (for 1800 s"),
        ({"lockStatus": "unlock", "retryLoginTime": "2"}, "2 tries are left"),
        ({"isActivated": "false"}, "not activated"),
        ({"lockStatus": "unlock", "retryLoginTime": "3", "isActivated": "true"}, ""),
        ({}, ""),
    ],
)
def test_lock_signs_of_user_check(told: dict[str, str], why: str) -> None:
    inside = "".join(f"<{k}>{v}</{k}>" for k, v in told.items())
    body = f'<userCheck xmlns="http://www.isapi.org/ver20/XMLSchema">{inside}</userCheck>'
    reason = isapi.why_not(isapi.read(body.encode()))
    assert why in reason
    assert bool(why) is bool(reason)


@pytest.mark.parametrize(
    ("code", "body", "locked"),
    [
        (403, b'{"ErrorCode":268632081,"Result":false,"RmLock":1800,"RmLogin":0}', True),
        (403, b'{"RmLock":1}', True),
        (403, b"Authority:check failure.", False),
        (403, b'["RmLock"]', False),
        (401, b"Invalid Authority!", False),
        (200, b'{"RmLock":1800}', False),
    ],
)
def test_lock_signs_of_dahua_cgi(code: int, body: bytes, locked: bool) -> None:
    assert bool(dahua_cgi.why_not(code, body)) is locked


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_nothing_a_recorder_says_raises(one: bytes, two: bytes) -> None:
    dahua_cgi.why_not(403, one)
    isapi.why_not(isapi.read(one))
    for body in (one, listed(one.decode("latin-1")), REMOTE + one, CAMERAS[:-2] + one):
        for slot in (*isapi.slots(body, two), *dahua_cgi.slots(body, two)):
            assert slot.state in ("online", "offline", "empty", "unknown")
            assert PASSWORD not in repr(slot)


@given(st.text(max_size=40))
def test_numbers_and_addresses_are_plain(text: str) -> None:
    assert channels.number(text) in (None, *range(10_000))
    assert channels.address(text).isascii()
