"""What a run line says of each subnet before anything is sent."""

from ipaddress import IPv4Network, IPv6Network

from scanner import evidence
from scanner.collect.api import Interface
from scanner.collect.machine import Machine
from scanner.collect.subnets import Means, subnets
from scanner.model import Gap, RunInfo, Subnet, Target

HERE = Machine((Interface("eth0", "10.9.0.1", "10.9.0.0/24", "02:00:00:00:00:01"),), raw=True)
NEAR, FAR = IPv4Network("10.9.0.0/24"), IPv4Network("10.20.0.0/16")


def gaps(subnet: Subnet) -> set[str]:
    return {gap.what for gap in subnet.gaps}


def test_a_link_has_no_gaps_and_a_routed_network_has() -> None:
    near, far = subnets(Target((NEAR, FAR)), HERE, Means(arp=True))
    assert near == Subnet("10.9.0.0/24", "eth0")
    assert (far.network, far.interface) == ("10.20.0.0/16", None)
    assert gaps(far) == {"layer 2", "multicast", "MAC addresses"}


def test_a_router_asked_by_snmp_is_a_source_of_macs_unless_switched_off() -> None:
    (far,) = subnets(Target((FAR,)), HERE, Means(arp=True, agents=True))
    assert gaps(far) == {"layer 2", "multicast"}
    (off,) = subnets(Target((FAR,)), HERE, Means(arp=True, without={"snmp"}, agents=True))
    assert gaps(off) == {"layer 2", "multicast", "MAC addresses", "snmp"}


def test_what_the_machine_and_the_operator_take_away_is_told() -> None:
    nobody = Machine(HERE.interfaces, raw=False)
    means = Means(arp=False, without={"sadp", "neighbours"}, listening=True)
    (near,) = subnets(Target((NEAR,)), nobody, means)
    assert gaps(near) == {"layer 2", "MAC addresses", "sadp", "neighbours", "questions"}
    assert Gap("sadp", "switched off by the operator") in near.gaps


def test_ipv6_is_never_searched() -> None:
    (sixth,) = subnets(Target((IPv6Network("2001:db8::/120"),)), HERE, Means(arp=True))
    assert gaps(sixth) == {"search"}


def test_the_evidence_keeps_them() -> None:
    run = RunInfo("r", "t", "", subnets=tuple(subnets(Target((NEAR, FAR)), HERE, Means(arp=True))))
    assert list(evidence.load([evidence.dump(run) + "\n"])) == [run]
