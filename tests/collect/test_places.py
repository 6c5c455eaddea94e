"""Where a device is plugged in: the right port or none, whatever the switches are like."""

from collections import defaultdict
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.places import CROWD, Place, Switch, Tables, places, switch
from scanner.collect.wire import mib

CAMERA, PHONE, OTHER = "44:19:b6:00:00:01", "00:0b:82:00:00:01", "ac:cc:8e:00:00:01"
MACS = [f"02:00:00:00:00:{n:02x}" for n in range(40)]


def at(found: dict[str, Place], mac: str) -> tuple[str, str] | None:
    return (found[mac].switch, found[mac].port) if mac in found else None


def test_the_port_with_the_fewest_is_it() -> None:
    access = Switch("access", {"1": {CAMERA}, "2": {PHONE}, "24": {OTHER, *MACS[:3]}})
    core = Switch("core", {"7": {CAMERA, PHONE}, "8": {OTHER, *MACS[:3]}})
    found = places([core, access])
    assert found[CAMERA] == Place("access", "1", 1)
    assert found[PHONE] == Place("access", "2", 1)
    assert OTHER not in found


def test_a_crowd_is_an_uplink() -> None:
    assert places([Switch("a", {"24": {CAMERA, *MACS[:CROWD]}})]) == {}
    shared = places([Switch("a", {"24": {CAMERA, *MACS[: CROWD - 1]}})])
    assert shared[CAMERA] == Place("a", "24", CROWD)


def test_a_port_with_a_neighbouring_switch_is_not_blamed() -> None:
    core = Switch("core", {"7": {CAMERA}}, uplinks={"7"})
    assert places([core]) == {}
    access = Switch("access", {"1": {CAMERA, PHONE}})
    assert at(places([core, access]), CAMERA) == ("access", "1")


def test_a_port_at_which_another_switch_lives_is_not_blamed() -> None:
    own = "00:11:22:00:00:02"
    core = Switch("core", {"7": {CAMERA, own}})
    access = Switch("access", {"1": {CAMERA}}, own={own})
    assert at(places([core, access]), CAMERA) == ("access", "1")
    assert own not in places([core, access])


def test_a_switch_that_was_asked_at_two_addresses_is_one() -> None:
    own = {"00:11:22:00:00:01"}
    twice = [Switch(name, {"1": {CAMERA}}, own=own) for name in ("10.7.0.2", "10.8.0.2")]
    assert at(places(twice), CAMERA) == at(places(twice[::-1]), CAMERA) == ("10.7.0.2", "1")


def test_equally_near_is_nowhere() -> None:
    first = Switch("first", {"1": {CAMERA}})
    assert places([first, Switch("second", {"1": {CAMERA}})]) == {}
    assert places([Switch("first", {"1": {CAMERA}, "2": {CAMERA}})]) == {}


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[Switch], dict[str, tuple[str, str]]]:
    """A tree of switches that have learnt everything, and the true port of each device."""
    count = draw(st.integers(1, 5))
    parents = {n: draw(st.integers(0, n - 1)) for n in range(1, count)}
    truth = {
        mac: (f"sw{draw(st.integers(0, count - 1))}", f"access{draw(st.integers(0, 3))}")
        for mac in MACS[: draw(st.integers(1, 12))]
    }
    own = {f"sw{n}": {f"00:11:22:00:00:{n:02x}"} for n in range(count)}
    heard = draw(st.booleans())
    everybody = dict(truth)
    if heard:
        everybody |= {mac: (name, "") for name, macs in own.items() for mac in macs}
    switches = []
    for n in range(count):
        ports: defaultdict[str, set[str]] = defaultdict(set)
        for mac, (home, port) in everybody.items():
            if home != f"sw{n}":
                ports[_towards(n, int(home[2:]), parents)].add(mac)
            elif port:
                ports[port].add(mac)
        switches.append(Switch(f"sw{n}", ports, own=own[f"sw{n}"] if heard else set()))
    return switches, truth


def _towards(start: int, end: int, parents: dict[int, int]) -> str:
    """The port of a switch that leads to another: up, or down to the child on the way."""
    while end in parents:
        if parents[end] == start:
            return f"down{end}"
        end = parents[end]
    return "up"


@given(networks(), st.randoms())
def test_nobody_is_ever_found_at_a_wrong_port(
    network: tuple[list[Switch], dict[str, tuple[str, str]]], random: Random
) -> None:
    switches, truth = network
    found = places(switches)
    assert {mac: at(found, mac) for mac in found} == {mac: truth[mac] for mac in found}
    random.shuffle(switches)
    assert places(switches) == found


@given(networks())
def test_everybody_is_found_where_switches_know_one_another(
    network: tuple[list[Switch], dict[str, tuple[str, str]]],
) -> None:
    switches, truth = network
    links = [
        replace(s, uplinks={p for p in s.ports if not p.startswith("access")}) for s in switches
    ]
    found = places(links)
    assert {mac: at(found, mac) for mac in truth} == truth


def row(index: str, value: object) -> list[object]:
    return [index, value]


def stations(*ports: tuple[str, int], prefix: str = "") -> list[list[object]]:
    """FDB rows: MAC and value."""
    return [
        row(prefix + ".".join(str(int(o, 16)) for o in mac.split(":")), value)
        for mac, value in ports
    ]


def columns(**changed: list[list[object]]) -> dict[str, list[list[object]]]:
    usual = {
        "IF_NAME": [row("10101", b"Gi1/0/1".hex()), row("10124", b"Gi1/0/24".hex())],
        "BASE_PORT": [row("1", 10101), row("24", 10124)],
        "FDB_PORT": stations((CAMERA, 1), (OTHER, 24)),
    }
    return {getattr(mib, name): rows for name, rows in (usual | changed).items()}


def test_a_switch_as_its_tables_show_it() -> None:
    tables = Tables({mib.BRIDGE_ADDRESS: "001122000001"}, columns())
    assert switch("sw", tables) == Switch(
        "sw", {"Gi1/0/1": {CAMERA}, "Gi1/0/24": {OTHER}}, set(), {"00:11:22:00:00:01"}
    )


def test_own_and_aged_entries_are_no_stations() -> None:
    status = stations((CAMERA, mib.OWN), (OTHER, mib.INVALID))
    read = switch("sw", Tables({}, columns(FDB_STATUS=status)))
    assert (dict(read.ports), read.own) == ({}, {CAMERA})


def test_tables_for_each_vlan_are_read_with_the_plain_one() -> None:
    vlans = stations((PHONE, 1), prefix="12.") + stations((CAMERA, 1), prefix="30.")
    read = switch("sw", Tables({}, columns(VLAN_FDB_PORT=vlans)))
    assert read.ports["Gi1/0/1"] == {CAMERA, PHONE}


def test_ports_without_a_name_keep_their_number() -> None:
    read = switch("sw", Tables({}, columns(IF_NAME=[], BASE_PORT=[])))
    assert set(read.ports) == {"1", "24"}
    unknown = switch("sw", Tables({}, columns(FDB_PORT=stations((CAMERA, 0)))))
    assert dict(unknown.ports) == {}


@pytest.mark.parametrize(
    ("number", "changed"),
    [
        (5, {"LLDP_PORT_ID": [row("5", b"Gi1/0/24".hex())]}),
        (5, {"LLDP_PORT_ID": [row("5", "001122000018")],
             "LLDP_PORT_DESCR": [row("5", b"Gi1/0/24".hex())]}),
        (10124, {}),
        (24, {}),
    ],
    ids=["by its identifier", "by its description", "by the interface's", "by the bridge port's"],
)  # fmt: skip
def test_lldp_numbers_are_matched_to_ports(
    number: int, changed: dict[str, list[list[object]]]
) -> None:
    neighbour = {"LLDP_CAPABILITIES": [row(f"100.{number}.1", "28")]}
    assert switch("sw", Tables({}, columns(**changed, **neighbour))).uplinks == {"Gi1/0/24"}


def test_an_lldp_port_that_matches_nothing_is_no_uplink() -> None:
    neighbour = {"LLDP_CAPABILITIES": [row("100.77.1", "28")]}
    assert switch("sw", Tables({}, columns(**neighbour))).uplinks == set()


def test_a_router_without_a_forwarding_table_is_no_switch() -> None:
    assert switch("r", Tables()) == Switch("r", {}, set(), set())
