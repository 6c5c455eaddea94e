"""What of a scope lies on our own links, and what has to be routed to."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.api import Interface
from scanner.collect.link import (
    attached,
    broadcast,
    is_link_local,
    link_local,
    neighbours,
    off_link,
    on_link,
)
from scanner.model import IPNetwork, Target

ETH0 = Interface("eth0", "10.9.0.1", "10.9.0.0/24", "02:00:00:00:00:01")
SECOND = Interface("eth0", "10.9.0.2", "10.9.0.0/24", "02:00:00:00:00:01")
TUNNEL = Interface("tun0", "10.8.0.1", "10.8.0.0/24", "")
LO = Interface("lo", "127.0.0.1", "127.0.0.0/8", "", multicast=False)


def scope(*networks: str, excluded: tuple[str, ...] = ()) -> Target:
    return Target(tuple(map(ip_network, networks)), tuple(map(ip_network, excluded)))


def texts(networks: tuple[IPNetwork, ...]) -> list[str]:
    return [str(n) for n in networks]


@pytest.mark.parametrize(
    ("networks", "excluded", "expected"),
    [
        (["10.9.0.0/24"], (), ["10.9.0.0/24"]),
        (["10.0.0.0/8"], (), ["10.9.0.0/24"]),
        (["10.9.0.64/27", "10.7.0.0/16"], (), ["10.9.0.64/27"]),
        (["10.9.0.0/24"], ("10.9.0.0/25",), ["10.9.0.128/25"]),
        (["10.9.0.0/24"], ("10.0.0.0/8",), []),
        (["fd00::/120"], (), []),
    ],
)
def test_the_on_link_part(
    networks: list[str], excluded: tuple[str, ...], expected: list[str]
) -> None:
    assert texts(on_link(ETH0, scope(*networks, excluded=excluded))) == expected


def test_each_network_is_swept_once_and_only_where_arp_is_spoken() -> None:
    target = scope("10.0.0.0/8", "127.0.0.0/8")
    assert attached((LO, ETH0, SECOND, TUNNEL), target) == (ETH0,)
    assert attached((LO, ETH0, SECOND, TUNNEL), scope("10.8.0.0/24")) == ()


def test_neighbours_are_hosts_but_not_ourselves() -> None:
    assert [str(a) for a in neighbours(ETH0, scope("10.9.0.0/30"))] == ["10.9.0.2", "10.9.0.3"]
    assert "10.9.0.255" not in {str(a) for a in neighbours(ETH0, scope("10.9.0.0/24"))}
    pair = Interface("eth1", "10.9.1.0", "10.9.1.0/31", "02:00:00:00:00:02")
    assert [str(a) for a in neighbours(pair, scope("10.9.1.0/24"))] == ["10.9.1.1"]


@pytest.mark.parametrize(
    ("own", "networks", "excluded", "address"),
    [
        ("10.9.0.0/24", ["10.9.0.0/24"], (), "10.9.0.255"),
        ("10.9.0.0/24", ["10.9.0.128/25", "10.9.0.0/25"], (), "10.9.0.255"),
        ("10.9.0.0/22", ["10.0.0.0/8"], ("10.8.0.0/16",), "10.9.3.255"),
        ("10.9.0.0/24", ["10.9.0.0/25"], (), ""),
        ("10.9.0.0/24", ["10.9.0.0/24"], ("10.9.0.7/32",), ""),
        ("10.9.0.0/24", ["10.8.0.0/24"], (), ""),
        ("10.9.0.0/30", ["10.9.0.0/24"], (), "10.9.0.3"),
        ("10.9.0.0/31", ["10.9.0.0/24"], (), ""),
    ],
)
def test_a_broadcast_is_for_links_that_are_wholly_in_scope(
    own: str, networks: list[str], excluded: tuple[str, ...], address: str
) -> None:
    link = Interface("eth0", "10.9.0.1", own, ETH0.mac)
    assert broadcast(link, scope(*networks, excluded=excluded)) == address


@pytest.mark.parametrize(
    ("networks", "excluded", "seen"),
    [
        (["10.9.0.0/24"], (), True),
        (["10.9.0.0/25", "10.9.0.128/25"], (), True),
        (["10.0.0.0/8"], ("10.8.0.0/16",), True),
        (["10.0.0.0/8"], ("fe80::7",), True),
        (["10.0.0.0/8"], ("2001:db8::/32",), True),
        (["10.9.0.0/25"], (), False),
        (["10.9.0.0/24"], ("10.9.0.7",), False),
        (["10.9.0.0/24"], ("fe80::/10",), False),
        (["10.9.0.0/24"], ("::/0",), False),
        (["10.8.0.0/24"], (), False),
    ],
)
def test_link_local_addresses_need_a_link_that_is_wholly_in_scope(
    networks: list[str], excluded: tuple[str, ...], seen: bool
) -> None:
    target = scope(*networks, excluded=excluded)
    assert link_local((LO, ETH0, SECOND, TUNNEL), target) == ((ETH0,) if seen else ())
    assert is_link_local(ip_address("fe80::1%eth0"), (ETH0,), target) is seen


def test_a_second_network_on_the_link_has_to_be_in_scope_too() -> None:
    both = (ETH0, Interface("eth0", "10.8.0.1", "10.8.0.0/24", ETH0.mac))
    assert link_local(both, scope("10.9.0.0/24")) == ()
    assert link_local(both, scope("10.8.0.0/15")) == (ETH0,)


@pytest.mark.parametrize(
    "address", ["fe80::1", "fe80::1%eth1", "fe80::7%eth0", "2001:db8::1", "10.9.0.7", "169.254.0.1"]
)
def test_what_is_no_link_local_address_in_scope(address: str) -> None:
    target = scope("10.9.0.0/24", excluded=("fe80::7",))
    assert not is_link_local(ip_address(address), (ETH0,), target)


def test_what_no_arp_reaches() -> None:
    assert texts(off_link((ETH0,), scope("10.9.0.0/23"))) == ["10.9.1.0/24", "10.9.0.1/32"]
    assert texts(off_link((ETH0, TUNNEL), scope("10.8.0.0/24"))) == ["10.8.0.0/24"]
    assert texts(off_link((ETH0,), scope("10.9.0.0/24", excluded=("10.9.0.1/32",)))) == []
    assert texts(off_link((LO,), scope("127.0.0.8/30", "fd00::8"))) == [
        "127.0.0.8/30",
        "fd00::8/128",
    ]


@given(
    st.integers(0, 2**10 - 1), st.integers(22, 32), st.integers(0, 2**10 - 1), st.integers(22, 32)
)
def test_every_address_is_either_on_a_link_or_not(
    base: int, length: int, out: int, out_length: int
) -> None:
    network = ip_network((0x0A090000 + base, length), strict=False)
    hole = ip_network((0x0A090000 + out, out_length), strict=False)
    target = Target((network,), (hole,))
    ours = {a for n in on_link(ETH0, target) for a in n}
    routed = {a for n in off_link((ETH0,), target) for a in n}
    assert ours | routed == {a for a in network if a not in hole}
    assert {str(a) for a in ours & routed} <= {ETH0.address}
