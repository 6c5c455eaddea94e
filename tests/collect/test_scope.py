"""What the operator types: targets, exclusions, refusals."""

import contextlib
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect import scope
from scanner.errors import UsageError
from scanner.model import IPNetwork, Limits, Target


def addresses(text: str) -> list[str]:
    return [str(a) for n in scope.collapse(scope.parse(text, limit=70_000)) for a in n]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.5", ["10.0.0.5"]),
        ("10.0.0.6/31", ["10.0.0.6", "10.0.0.7"]),
        ("10.0.0.7/31", ["10.0.0.6", "10.0.0.7"]),
        ("10.0.0-1.5", ["10.0.0.5", "10.0.1.5"]),
        ("10.0.0.1,3,5-6", ["10.0.0.1", "10.0.0.3", "10.0.0.5", "10.0.0.6"]),
        ("10.0.0.-1", ["10.0.0.0", "10.0.0.1"]),
        ("10.0.0.254-", ["10.0.0.254", "10.0.0.255"]),
        ("fe80::1", ["fe80::1"]),
    ],
)
def test_target_syntax(text: str, expected: list[str]) -> None:
    assert addresses(text) == expected


def test_range_of_contracts_covers_the_named_octets() -> None:
    found = addresses("10.0.0-3.1-254")
    assert len(found) == 4 * 254
    assert (found[0], found[-1]) == ("10.0.0.1", "10.0.3.254")


def test_star_is_the_whole_octet() -> None:
    assert scope.collapse(scope.parse("10.1.2.*", limit=300)) == (ip_network("10.1.2.0/24"),)


@pytest.mark.parametrize("text", ["10.0.0.256", "10.0.0", "10.0.0.5-3", "10.0.0.1-2-3", "::g", ""])
def test_bad_target_is_named_in_the_error(text: str) -> None:
    with pytest.raises(UsageError, match="target"):
        scope.parse(text, limit=1000)


@pytest.mark.parametrize("text", ["10.0.0.0/8", "10.0-255.0-255.1-254", "fd00::/64"])
def test_large_target_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(UsageError, match="--max-hosts"):
        scope.parse(text, limit=65_536)


@pytest.mark.parametrize(
    ("text", "name"),
    [("camera-1.example", True), ("printer", True), ("10.0.0.1", False), ("fe80::a", False)],
)
def test_host_names_are_told_from_addresses(text: str, name: bool) -> None:
    assert scope.is_name(text) is name


def target(networks: list[str], excluded: list[str] | None = None, **limits: int) -> Target:
    return Target(
        tuple(ip_network(n) for n in networks),
        tuple(ip_network(n) for n in excluded or []),
        limits=Limits(**limits),
    )


@pytest.mark.parametrize("network", ["8.8.8.0/24", "100.64.0.0/16", "0.0.0.0/0", "2001:db8::/120"])
def test_public_range_needs_the_operators_word(network: str) -> None:
    wanted = target([network], max_hosts=2**32)
    with pytest.raises(UsageError, match="--allow-public"):
        scope.check(wanted, allow_public=False)
    assert scope.check(wanted, allow_public=True) is wanted


@pytest.mark.parametrize("network", ["10.1.0.0/24", "172.31.0.0/24", "192.168.0.0/16", "127.0.0.1"])
def test_own_ranges_are_accepted(network: str) -> None:
    assert scope.check(target([network]), allow_public=False).networks


def test_exclusion_that_leaves_nothing_is_an_error() -> None:
    with pytest.raises(UsageError, match="exclusions leave no address"):
        scope.check(target(["10.0.0.0/30"], ["10.0.0.0/24"]), allow_public=False)


def test_no_target_is_an_error() -> None:
    with pytest.raises(UsageError, match="no target"):
        scope.check(target([]), allow_public=False)


networks = st.builds(
    lambda last, bits: str(ip_network(f"10.9.8.{last}/{bits}", strict=False)),
    st.integers(0, 255),
    st.integers(24, 32),
)


@given(st.lists(networks, min_size=1, max_size=4), st.lists(networks, max_size=4))
def test_remaining_is_exactly_what_the_target_contains(inside: list[str], out: list[str]) -> None:
    wanted = target(inside, out)
    left = {a for n in scope.remaining(wanted) for a in n}
    every = {ip_address(f"10.9.8.{i}") for i in range(256)}
    assert left == {a for a in every if wanted.contains(a)}
    assert scope.size(wanted) == len(left)


@given(st.text(max_size=40))
def test_any_text_parses_within_the_limit_or_is_refused(text: str) -> None:
    found: tuple[IPNetwork, ...] = ()
    with contextlib.suppress(UsageError):
        found = scope.parse(text, limit=1 << 16)
    assert sum(n.num_addresses for n in found) <= 1 << 16
