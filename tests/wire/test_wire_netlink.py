"""The rtnetlink codec: messages built by hand, damaged at will, and those of this kernel."""

import socket
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import netlink
from scanner.collect.wire.netlink import Dump, Link, Neighbour

UP = netlink.IFF_UP | netlink.IFF_RUNNING
DONE = struct.pack("=IHHIIi", 20, 3, 2, 1, 0, 0)


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 2, 1, 0) + body + bytes(-len(body) % 4)


def link_message(index: int, flags: int, *attributes: bytes, hardware: int = 1) -> bytes:
    return message(16, struct.pack("=BxHiII", 0, hardware, index, flags, 0) + b"".join(attributes))


def neighbour_message(state: int, address: bytes, mac: bytes) -> bytes:
    fixed = struct.pack("=BxxxiHBB", 2, 4, state, 0, 1)
    return message(28, fixed + attribute(1, address) + attribute(2, mac))


def test_a_link_with_everything() -> None:
    info = attribute(18 | 0x8000, attribute(1, b"veth\0"))
    answer = link_message(
        7, UP, attribute(3, b"s0\0"), attribute(1, bytes(range(6))), info,
        attribute(10, struct.pack("=I", 9)), attribute(37, bytes(4)),
    )  # fmt: skip
    (link,) = netlink.links(answer + DONE)
    assert link == Link(7, "s0", UP, "00:01:02:03:04:05", "veth", 9, True)
    assert link.usable


@pytest.mark.parametrize(
    ("flags", "hardware"),
    [
        (UP | netlink.IFF_LOOPBACK, 1),
        (UP | netlink.IFF_NOARP, 1),
        (UP | netlink.IFF_POINTOPOINT, 1),
        (UP, 772),
    ],
)
def test_no_hardware_address_where_arp_is_not_spoken(flags: int, hardware: int) -> None:
    answer = link_message(1, flags, attribute(1, bytes(6)), hardware=hardware)
    assert [link.mac for link in netlink.links(answer)] == [""]


def test_an_interface_without_a_carrier_is_not_usable() -> None:
    assert not Link(1, "eth0", netlink.IFF_UP).usable


def test_the_local_end_of_an_address() -> None:
    fixed = struct.pack("=BBBBI", 2, 24, 0, 0, 3)
    both = attribute(1, bytes((10, 0, 0, 2))) + attribute(2, bytes((10, 0, 0, 1)))
    only = attribute(1, bytes((10, 0, 0, 5)))
    found = netlink.addresses(message(20, fixed + both) + message(20, fixed + only) + DONE)
    assert [(a.index, a.address, a.prefix) for a in found] == [
        (3, "10.0.0.1", 24),
        (3, "10.0.0.5", 24),
    ]


@pytest.mark.parametrize(
    ("state", "known"), [(0x01, False), (0x02, True), (0x04, True), (0x20, False), (0x80, True)]
)
def test_only_resolved_neighbours_count(state: int, known: bool) -> None:
    answer = neighbour_message(state, bytes((10, 0, 0, 9)), bytes(range(6)))
    expected = [Neighbour(4, "10.0.0.9", "00:01:02:03:04:05")] if known else []
    assert list(netlink.neighbours(answer)) == expected


def test_neighbours_of_both_families() -> None:
    body = attribute(1, bytes.fromhex("fe800000000000004619b6fffe000001"))
    fixed = struct.pack("=BxxxiHBB", 10, 4, 0x02, 0, 1)
    answer = message(28, fixed + body + attribute(2, bytes(range(6))))
    assert list(netlink.neighbours(answer)) == [
        Neighbour(4, "fe80::4619:b6ff:fe00:1", "00:01:02:03:04:05")
    ]
    short = message(28, fixed + attribute(1, bytes(4)) + attribute(2, bytes(range(6))))
    assert list(netlink.neighbours(short)) == []
    assert netlink.request(Dump.NEIGHBOURS, 6)[16] == 10


@pytest.mark.parametrize(
    ("state", "updated", "references", "in_use"),
    [
        (0x02, 9000, 1, 1),  # reachable: a timer refers to it
        (0x04, 499, 0, 1),  # stale for less than five seconds
        (0x04, 500, 0, 0),  # stale for longer: dropped when room is needed
        (0x20, 10, 0, 0),  # failed
        (0x80, 10, 1, 0),  # permanent: takes no place
    ],
)
def test_neighbours_the_kernel_cannot_drop(
    state: int, updated: int, references: int, in_use: int
) -> None:
    fixed = struct.pack("=BxxxiHBB", 2, 4, state, 0, 1)
    use = attribute(3, struct.pack("=IIII", 1, 2, updated, references))
    assert netlink.neighbours_in_use(message(28, fixed + use)) == in_use
    assert netlink.neighbours_in_use(message(28, fixed + use[:-4])) == 0
    assert netlink.neighbours_in_use(message(28, b"\x0a" + fixed[1:] + use)) == 0


def test_a_dump_is_read_to_its_end() -> None:
    parts = iter([neighbour_message(2, bytes(4), bytes(6)), DONE, b"never read"])
    sent: list[bytes] = []
    answer = netlink.dump(Dump.NEIGHBOURS, sent.append, lambda: next(parts))
    assert len(list(netlink.neighbours(answer))) == 1
    assert next(parts) == b"never read"
    assert sent == [netlink.request(Dump.NEIGHBOURS)]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="rtnetlink is Linux")
def test_this_kernel_names_its_loopback() -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        answer = netlink.dump(Dump.LINKS, sock.send, lambda: sock.recv(65536))
    assert "lo" in {link.name for link in netlink.links(answer)}


def test_what_kind_of_interface_it_is() -> None:
    hardware = Link(2, "eth0", UP, kind="", master=4)
    inner = Link(3, "veth1", UP, kind="veth", master=5, foreign=True)
    outer_bridge, inner_bridge = (
        Link(4, "br0", UP, kind="bridge"),
        Link(5, "cni0", UP, kind="bridge"),
    )
    every = [hardware, inner, outer_bridge, inner_bridge]

    assert netlink.nature(hardware, every) == ""
    assert "another network namespace" in netlink.nature(inner, every)
    assert netlink.nature(outer_bridge, every) == "bridge with a hardware port"
    assert "none of its ports is hardware" in netlink.nature(inner_bridge, every)
    assert "tun" in netlink.nature(Link(6, "t", UP, kind="tun"), every)
    assert netlink.is_inner_bridge(inner_bridge, every)
    assert not netlink.is_inner_bridge(outer_bridge, every)


def read(data: bytes) -> list[object]:
    return [*netlink.links(data), *netlink.addresses(data), *netlink.neighbours(data)]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    list(netlink.links(data))
    for kind in (16, 20, 28):
        read(data + message(kind, data))
    netlink.neighbours_in_use(message(28, data))


@given(cut=st.integers(0, 200), extra=st.binary(max_size=8))
def test_damaged_messages_are_read_without_raising(cut: int, extra: bytes) -> None:
    whole = link_message(1, UP, attribute(3, b"eth0\0"), attribute(1, bytes(6)))
    whole += neighbour_message(2, bytes(4), bytes(6))
    assert len(read(whole)) == 2
    assert len(list(netlink.links(whole[:cut]))) <= 1
    read(whole[:cut] + extra + whole[cut:])
