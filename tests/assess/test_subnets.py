"""Coverage by subnet: every host is counted once, where its longest prefix puts it."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.assess.subnets import Seen, coverage
from scanner.model import Gap, Subnet

ROUTED = Gap("multicast", "routed")


def test_the_longest_prefix_counts_the_host() -> None:
    named = (Subnet("10.0.0.0/8", None, (ROUTED,)), Subnet("10.9.0.0/24", "eth0"))
    hosts = [Seen("10.9.0.7", has_mac=True), Seen("10.9.0.8", silent=True), Seen("10.1.0.1")]
    wide, near = coverage(named, [*hosts, Seen("192.0.2.1"), Seen("no address")])
    assert (wide.hosts, wide.with_mac, wide.silent, wide.gaps) == (1, 0, 0, (ROUTED,))
    assert (near.network, near.interface) == ("10.9.0.0/24", "eth0")
    assert (near.hosts, near.with_mac, near.silent, near.gaps) == (2, 1, 1, ())


def test_what_two_runs_say_of_a_subnet_is_joined() -> None:
    said = (Subnet("10.9.0.0/24", None, (ROUTED,)), Subnet("10.9.0.0/24", "eth0", (ROUTED,)))
    (seen,) = coverage(said, [])
    assert (seen.interface, seen.gaps) == ("eth0", (ROUTED,))


@given(st.lists(st.text(max_size=20), max_size=5), st.lists(st.text(max_size=20), max_size=5))
def test_no_text_of_the_evidence_breaks_it(networks: list[str], ips: list[str]) -> None:
    seen = coverage(map(Subnet, networks), map(Seen, ips))
    assert sum(each.hosts for each in seen) <= len(ips)


@given(st.lists(st.ip_addresses(v=4), max_size=20))
def test_each_host_of_the_scope_is_counted_once(addresses: list[object]) -> None:
    everything = (Subnet("0.0.0.0/0"), Subnet("128.0.0.0/1"), Subnet("10.0.0.0/8"))
    seen = coverage(everything, [Seen(str(a)) for a in addresses])
    assert sum(each.hosts for each in seen) == len(addresses)
