"""What the machine says of itself: never an exception, always a reason."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

import pytest

from scanner.collect import machine, segment
from scanner.collect.api import Interface
from scanner.collect.machine import Machine
from scanner.collect.wire.netlink import IFF_RUNNING, IFF_UP, Link
from scanner.model import Target
from tests.collect.netns import lan

MAC = "02:00:00:00:00:01"
UP = IFF_UP | IFF_RUNNING
LO = Interface("lo", "127.0.0.1", "127.0.0.0/8", "", multicast=False)
TUNNEL = Interface("tun0", "10.8.0.1", "10.8.0.0/24")
ETH0 = Interface("eth0", "10.9.0.1", "10.9.0.0/24", MAC)


def attached(*addresses: str, kind: str = "", foreign: bool = False) -> Machine:
    """A machine whose eth0 has these addresses and is of that kind."""
    own = tuple(
        Interface("eth0", a.partition("/")[0], str(ip_network(a, strict=False)), MAC)
        for a in addresses
    )
    link = Link(2, "eth0", UP, MAC, kind, 0, foreign)
    return Machine((LO, *own), (Link(1, "lo", UP), link), raw=True)


def test_default_targets_are_the_attached_private_networks() -> None:
    here = attached("10.9.0.1/24", "192.168.7.3/22", "10.9.0.2/24")
    assert here.networks == (IPv4Network("10.9.0.0/24"), IPv4Network("192.168.4.0/22"))


@pytest.mark.parametrize(
    ("here", "why"),
    [
        (attached("198.51.100.7/24"), "not a private range"),
        (attached("169.254.3.4/16"), "not a private range"),
        (attached("10.0.0.1/32"), "one address only"),
        (attached("172.17.0.1/16", kind="bridge"), "inside this machine"),
        (Machine((TUNNEL,), (Link(3, "tun0", UP, kind="tun"),)), "no Ethernet"),
    ],
)  # fmt: skip
def test_other_networks_have_to_be_named(here: Machine, why: str) -> None:
    assert here.networks == ()
    assert any("not scanned unless named: it" in s and why in s for s in here.possible)


def test_without_raw_packets_it_says_what_is_lost() -> None:
    here = Machine((ETH0,), raw=False)
    assert any(s.startswith("No ARP sweep: raw packets are not permitted") for s in here.lost)
    assert any(s.startswith("Neighbour table") for s in here.possible)
    assert not any("No ARP sweep" in s for s in Machine((ETH0,), raw=True).lost)


def test_a_container_bridge_is_recognised_and_its_reason_given() -> None:
    here = attached("172.17.0.2/16", kind="veth", foreign=True)
    (sentence,) = [s for s in here.lost if "container" in s]
    assert "a veth whose other end is in another network namespace" in sentence
    assert "do not reach the LAN behind it" in sentence
    assert not any("container" in s for s in attached("10.9.0.1/24").lost)


def test_multicast_that_is_impossible_is_told() -> None:
    assert any("No WS-Discovery, SADP or DHIP" in s for s in Machine((LO,), raw=True).lost)


@pytest.mark.parametrize(
    ("limit", "scope", "told"),
    [
        (1024, "10.9.0.0/24", ""),
        (1024, "10.0.0.0/8", "kernel keeps at most 1,024 neighbours"),
        (None, "10.0.0.0/8", "kernel usually keeps at most 1,024 neighbours"),
        (100_000, "10.0.0.0/8", ""),
        (1024, "10.8.0.0/16", ""),
    ],
)
def test_the_neighbour_table_and_big_scopes(limit: int | None, scope: str, told: str) -> None:
    wide = Interface("eth0", "10.9.0.1", "10.9.0.0/20", MAC)
    here = Machine((wide,), raw=True, neighbour_limit=limit)
    narrow = Target((ip_network(scope),))
    sentences = [s for s in here.lost_in(narrow) if "neighbours" in s]
    assert [told in s for s in sentences] == ([True] if told else [])


@pytest.mark.parametrize(
    ("scope", "excluded", "told"),
    [
        ("10.9.0.0/24", (), False),
        ("10.0.0.0/8", (), False),
        ("10.9.0.0/25", (), True),
        ("10.9.0.0/24", (ip_network("10.9.0.7"),), True),
        ("10.8.0.0/24", (), False),
    ],
)
def test_a_scope_with_gaps_loses_the_broadcast(
    scope: str, excluded: tuple[IPv4Network, ...], told: bool
) -> None:
    here = Machine((ETH0,), raw=True)
    sentences = here.lost_in(Target((ip_network(scope),), excluded))
    assert any("No search by broadcast on 10.9.0.0/24" in s for s in sentences) is told


@pytest.mark.parametrize(
    ("scope", "excluded", "told"),
    [
        ("10.9.0.0/24", (), False),
        ("10.9.0.0/25", (), True),
        ("10.9.0.0/24", (ip_network("::/0"),), True),
        ("10.8.0.0/24", (), False),
    ],
)
def test_ipv6_is_lost_on_a_link_that_is_not_wholly_in_scope(
    scope: str, excluded: tuple[IPv6Network, ...], told: bool
) -> None:
    here = Machine((ETH0,), raw=True)
    sentences = here.lost_in(Target((ip_network(scope),), excluded))
    assert any(s.startswith("No IPv6 on eth0") for s in sentences) is told


@pytest.mark.parametrize(
    ("file", "content", "environment", "told"),
    [
        (".dockerenv", "", {}, "the file /.dockerenv exists"),
        ("run/.containerenv", "", {}, "the file /run/.containerenv exists"),
        ("proc/self/cgroup", "0::/kubepods/pod1\n", {}, "control group belongs to kubepods"),
        ("proc/self/cgroup", "0::/user.slice\n", {}, ""),
        ("x", "", {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "names a Kubernetes service"),
        ("x", "", {}, ""),
    ],
)
def test_how_a_container_is_known(
    tmp_path: Path, file: str, content: str, environment: dict[str, str], told: str
) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(content)
    known = machine.container(tmp_path, environment)
    assert told in known
    assert bool(known) == bool(told)


def test_it_never_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed() -> tuple[Interface, ...]:
        raise segment.NotSupported("interfaces cannot be read on plan9 yet")

    monkeypatch.setattr(segment, "interfaces", closed)
    monkeypatch.setattr(segment, "raw_permitted", lambda: False)
    monkeypatch.setattr(machine, "NEIGHBOUR_LIMIT", Path("/nowhere"))
    here = machine.look()

    assert here.networks == ()
    assert here.neighbour_limit is None
    assert any("cannot be read on plan9 yet" in s and "name the networks" in s for s in here.lost)


def test_a_real_link_is_described() -> None:
    with lan("10.9.0.20") as built:
        here = built.near_by(machine.look)
    assert here.networks == (IPv4Network("10.9.0.0/24"),)
    assert here.raw
    assert any(s.startswith("s0, 10.9.0.0/24: container link") for s in here.possible)
