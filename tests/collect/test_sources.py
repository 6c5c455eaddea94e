"""What the operator switched off is not used, and the evidence says so."""

from ipaddress import IPv4Network

import pytest

from scanner import app
from scanner.collect import sources
from scanner.collect.api import Interface
from scanner.collect.machine import Machine
from scanner.errors import UsageError
from scanner.model import Target
from scanner.scan import Earlier, Options, Scan, plan_target

HERE = Machine((Interface("eth0", "10.9.0.1", "10.9.0.0/24", "02:00:00:00:00:01"),), raw=True)


def scan_of(*without: str) -> Scan:
    options = Options(without=sources.chosen(without))
    return Scan(options, Target((IPv4Network("10.9.0.0/24"),)), HERE, Earlier())


def test_names_may_be_separated_by_commas_or_repeated() -> None:
    assert sources.chosen(["sadp, NetBIOS", "ssdp,"]) == {"sadp", "netbios", "ssdp"}
    assert sources.chosen([]) == frozenset()


@pytest.mark.parametrize("name", ["sapd", "http", "passive"])
def test_an_unknown_name_is_answered_with_all_of_them(name: str) -> None:
    with pytest.raises(UsageError, match=f"--without '{name}': no source") as refused:
        sources.chosen([f"sadp,{name}"])
    for each in ("arp", "dhip", "llmnr", "netbios", "sadp-l2", "snmp", "ssdp", "wsd-v6"):
        assert each in str(refused.value)


def test_the_evidence_says_what_was_switched_off_and_by_whom() -> None:
    run = scan_of("ssdp", "netbios").run
    assert dict(run.settings)["without"] == "netbios,ssdp"
    assert "Not used: netbios, ssdp: switched off by the operator." in run.limitations
    usual = scan_of().run
    assert "without" not in dict(usual.settings)
    assert not any("operator" in text for text in usual.limitations)


def test_a_protocol_is_switched_off_for_groups_and_single_hosts() -> None:
    left = {p.name for p in sources.probes(frozenset({"sadp", "netbios"}))}
    assert left == {p.name for p in sources.probes()} - {"sadp", "netbios"}


def test_whoever_only_listens_has_nothing_to_switch_off() -> None:
    options = Options(("10.9.0.0/24",), passive=5.0, without=frozenset({"sadp"}))
    with pytest.raises(UsageError, match="--passive sends nothing"):
        plan_target(options, app.knowledge(), HERE, Earlier())
