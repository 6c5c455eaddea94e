"""From frames to what they say of hosts: every protocol, every kind of link, any bytes."""

import struct
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import dahua_5050, dhip, frames, mdns, sadp, sadp_l2, ssdp, wsd
from scanner.collect.wire.frames import Heard, Link, Message
from tests.wire import test_wire_dhcp, test_wire_mdns, test_wire_ssdp, test_wire_wsd
from tests.wire.packets import CAMERA, ROUTER, arp, ethernet, ipv4, ipv6, said_by, udp

IP = "192.0.2.12"
MAC = CAMERA.hex(":")
PROBE_MATCH = (
    b"<?xml version='1.0'?><ProbeMatch><Types>inquiry</Types>"
    b"<DeviceDescription>DS-2CD0000-TEST</DeviceDescription></ProbeMatch>"
)
NOTIFY_DEVICE = (
    b'{"method":"client.notifyDevInfo","mac":"9c:8e:cd:00:00:01",'
    b'"params":{"deviceInfo":{"DeviceType":"IPC-TEST","Vendor":"Private"}}}\n\0'
)
JOIN = struct.pack("!BBHHHBBH4s", 0x22, 0, 0, 0, 1, 4, 0, 0, bytes((239, 255, 255, 251)))
ANNOUNCEMENTS = {
    "mdns": said_by(IP, mdns.PORT, test_wire_mdns.CAMERA, to="224.0.0.251", hops=255),
    "ssdp": said_by(IP, ssdp.PORT, test_wire_ssdp.NOTIFY, to="239.255.255.250"),
    "wsd": said_by(IP, wsd.PORT, test_wire_wsd.MATCH),
    "sadp": said_by(IP, sadp.PORT, PROBE_MATCH),
    "dhip": said_by(IP, dhip.PORT, dhip.search()[:32] + NOTIFY_DEVICE),
    "igmp": ethernet(0x0800, ipv4(IP, "224.0.0.22", 2, JOIN, hops=1)),
}


def hear(frame: bytes, link: int = Link.ETHERNET) -> Heard | None:
    message = frames.pick(frame, link)
    return frames.read(message) if message else None


@pytest.mark.parametrize("protocol", ANNOUNCEMENTS)
def test_announcements_are_heard(protocol: str) -> None:
    heard = hear(ANNOUNCEMENTS[protocol])

    assert heard is not None
    assert (heard.protocol, heard.ip) == (protocol, IP)
    assert heard.fields
    assert all(name.startswith(f"{protocol}.") for name, _ in heard.fields)


def test_what_each_codec_found_is_passed_on_whole() -> None:
    values = {p: hear(frame).fields for p, frame in ANNOUNCEMENTS.items()}  # type: ignore[union-attr]

    assert values["mdns"] == test_wire_mdns.SAID
    assert dict(values["ssdp"]) == test_wire_ssdp.SAID
    assert ("sadp.devicedescription", "DS-2CD0000-TEST") in values["sadp"]
    assert ("dhip.devicetype", "IPC-TEST") in values["dhip"]
    assert values["igmp"] == (("igmp.group", "239.255.255.251"),)


@pytest.mark.parametrize("operation", [1, 2])
def test_the_sender_of_an_arp_message_is_heard(operation: int) -> None:
    frame = ethernet(0x0806, arp(IP, operation=operation))
    assert hear(frame) == Heard("arp", IP, MAC)
    assert hear(frame + bytes(18)) == Heard("arp", IP, MAC)


@pytest.mark.parametrize(
    "body",
    [
        arp("0.0.0.0"),
        arp("224.0.0.1"),
        arp(IP, b"\xff" * 6),
        arp(IP, bytes(6)),
        arp(IP, hardware=6),
        arp(IP)[:17],
    ],
    ids=["probe", "group", "broadcast", "zero", "other-hardware", "cut"],
)
def test_arp_that_tells_of_nobody_is_not_heard(body: bytes) -> None:
    assert hear(ethernet(0x0806, body)) is None


def test_dhcp_tells_of_the_client_whoever_carries_it() -> None:
    relayed = ethernet(0x0800, ipv4("192.0.2.1", "192.0.2.2", 17, udp(67, 67, REQUEST)), mac=ROUTER)
    heard = hear(relayed)

    assert heard is not None
    assert (heard.ip, heard.mac, heard.wanted) == ("", MAC, IP)
    assert heard.hostname == "AMC000B0_CE1428"


REQUEST = test_wire_dhcp.REQUEST


def test_the_hardware_address_is_believed_only_on_the_link() -> None:
    def mac(target: str, hops: int, source: str = IP) -> str:
        frame = said_by(source, ssdp.PORT, test_wire_ssdp.NOTIFY, to=target, hops=hops)
        heard = hear(frame)
        assert heard is not None
        return heard.mac

    assert mac("192.0.2.5", 255) == MAC
    assert mac("224.0.0.251", 1) == MAC
    assert mac("255.255.255.255", 64) == MAC
    assert mac("192.0.2.5", 64, "169.254.7.7") == MAC
    assert mac("192.0.2.5", 64) == ""
    assert mac("192.0.2.5", 1) == ""
    assert mac("239.255.255.250", 4) == ""


@pytest.mark.parametrize("kind", [131, 133, 135, 136, 143])
def test_neighbour_messages_of_ipv6(kind: int) -> None:
    packet = ipv6("fe80::9e8e:cdff:fe00:1", "ff02::16", 58, bytes([kind, 0, 0, 0]), hops=1)
    assert hear(ethernet(0x86DD, packet)) == Heard("nd", "fe80::9e8e:cdff:fe00:1", MAC)


def test_a_header_between_ipv6_and_its_payload_is_stepped_over() -> None:
    hop_by_hop = bytes([58, 0, 5, 2, 0, 0, 1, 0])
    report = hop_by_hop + bytes([143, 0, 0, 0])
    packet = ipv6("fe80::9e8e:cdff:fe00:1", "ff02::16", 0, report, hops=1)
    assert hear(ethernet(0x86DD, packet)) == Heard("nd", "fe80::9e8e:cdff:fe00:1", MAC)


def test_datagrams_over_ipv6() -> None:
    packet = ipv6("2001:db8::12", "ff02::c", 17, udp(3702, 3702, test_wire_wsd.MATCH))
    heard = hear(ethernet(0x86DD, packet))
    assert heard is not None
    assert (heard.protocol, heard.ip, heard.mac) == ("wsd", "2001:db8::12", MAC)


@pytest.mark.parametrize("tags", [(20,), (100, 20)])
def test_vlan_tags_are_stepped_over(tags: tuple[int, ...]) -> None:
    assert hear(ethernet(0x0806, arp(IP), tags=tags)) == Heard("arp", IP, MAC)


def test_every_kind_of_link() -> None:
    packet = ipv4(IP, "192.0.2.5", 17, udp(ssdp.PORT, 40000, test_wire_ssdp.NOTIFY), hops=255)
    cooked = struct.pack("!HHH8sH", 1, 1, 6, CAMERA + b"\0\0", 0x0800) + packet
    cooked_2 = struct.pack("!HHIHBB8s", 0x0800, 0, 2, 1, 1, 6, CAMERA + b"\0\0") + packet

    expected = {
        Link.ETHERNET: (ethernet(0x0800, packet), MAC),
        Link.LINUX_COOKED: (cooked, MAC),
        Link.LINUX_COOKED_2: (cooked_2, MAC),
        Link.RAW: (packet, ""),
        Link.IPV4: (packet, ""),
        Link.IPV6: (ipv6("2001:db8::12", "ff02::c", 17, packet[20:]), ""),
    }
    assert expected.keys() == frames.LINKS
    for link, (frame, mac) in expected.items():
        heard = hear(frame, link)
        assert heard is not None, link
        assert (heard.protocol, heard.mac) == ("ssdp", mac)
    assert hear(packet, 105) is None


@pytest.mark.parametrize("tags", [(), (20,)])
def test_sadp_without_ip(tags: tuple[int, ...]) -> None:
    inquiry = sadp_l2.inquiry(CAMERA, bytes((192, 0, 2, 12)), 7)[14:]
    answer = inquiry[:10] + b"\x04" + inquiry[11:]
    heard = hear(ethernet(sadp_l2.ETHERTYPE, answer, tags=tags))

    assert heard is not None
    assert (heard.protocol, heard.ip, heard.mac) == ("sadp", IP, MAC)
    assert ("sadp.ipv4address", IP) in heard.fields
    assert hear(ethernet(sadp_l2.ETHERTYPE, inquiry)) is None


def test_the_older_search_of_dahua_speaks_as_the_newer() -> None:
    texts = b"9c:8e:cd:00:00:01IPC-TEST"
    reply = b"\xb3" + bytes(0x77) + texts
    heard = hear(said_by(IP, dahua_5050.PORT, reply))
    assert heard is not None
    assert heard.protocol == "dhip"
    assert ("dhip.devicetype", "IPC-TEST") in heard.fields


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        bytes(13),
        ethernet(0x0800, ipv4(IP, "192.0.2.5", 6, bytes(20))),
        said_by(IP, 8000, b"hello"),
        said_by(IP, wsd.PORT, b"hello"),
        said_by(IP, sadp.PORT, sadp.inquiries(UUID(int=1))[0]),
        said_by("0.0.0.0", ssdp.PORT, test_wire_ssdp.NOTIFY),
        ethernet(0x0800, ipv4(IP, "224.0.0.22", 2, b"\x17\0\0\0" + bytes((239, 255, 255, 251)))),
        ethernet(0x0800, ipv4(IP, "192.0.2.5", 17, udp(1900, 9, b"NOTIFY"), fragment=185)),
    ],
    ids=["nothing", "short", "tcp", "other-port", "no-xml", "no-answer", "no-sender", "leave",
         "later-fragment"],
)  # fmt: skip
def test_what_tells_of_nobody_is_not_heard(frame: bytes) -> None:
    assert hear(frame) is None


def test_only_groups_that_are_wanted_count_as_joined() -> None:
    def record(kind: int, group: int, *sources: int) -> bytes:
        packed = b"".join(bytes((192, 0, 2, s)) for s in sources)
        return struct.pack("!BBH4s", kind, 0, len(sources), bytes((239, 0, 0, group))) + packed

    records = (record(4, 1), record(3, 2), record(1, 3, 7), record(6, 4, 7), record(2, 5))
    report = struct.pack("!BBHHH", 0x22, 0, 0, 0, 9) + b"".join(records)
    heard = hear(ethernet(0x0800, ipv4(IP, "224.0.0.22", 2, report, hops=1)))

    assert heard is not None
    assert [value for _, value in heard.fields] == ["239.0.0.1", "239.0.0.3", "239.0.0.5"]


@given(st.binary(), st.sampled_from(sorted(frames.LINKS)) | st.integers(0, 300))
def test_any_bytes_are_read(frame: bytes, link: int) -> None:
    message = frames.pick(frame, link)
    assert message is None or isinstance(message, Message)


@given(
    st.sampled_from(sorted(ANNOUNCEMENTS.values())),
    st.integers(0, 2000),
    st.integers(0, 255),
    st.booleans(),
)
def test_damaged_frames_are_read(frame: bytes, at: int, byte: int, cut: bool) -> None:
    damaged = frame[:at] if cut else frame[:at] + bytes([byte]) + frame[at + 1 :]
    heard = hear(damaged)
    assert heard is None or heard.ip or heard.mac


@given(
    st.sampled_from(
        ["dhcp", "mdns", "wsd", "igmp", "ssdp", "sadp", "sadp-l2", "dhip", "dahua-5050"]
    ),
    st.binary(),
)
def test_any_payload_is_read(protocol: str, payload: bytes) -> None:
    heard = frames.read(Message(protocol, IP, MAC, payload))
    assert heard is None or heard.fields or heard.hostname or heard.mac
