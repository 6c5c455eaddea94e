"""Forwarding tables of several switches → the one port at which a hardware address is plugged in.

Every switch between a device and the rest of the network has learnt the device's address, each at
some port; only one of these ports is the device's own. So:

1. A port is no candidate when a switch or router announces itself there by LLDP, when the address
   of another of the switches was learnt there, or when more than `CROWD` addresses were.
2. Of the remaining ports the one with the fewest addresses is it: the further from the device,
   the more others share the way.
3. Where two ports have equally few, nothing is said.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from scanner.collect.wire import mib

CROWD = 16
"""A small unmanaged switch or a Wi-Fi access point has fewer; an uplink usually has more."""


@dataclass(frozen=True, slots=True)
class Switch:
    """What one switch told: per port the MACs learnt there, its uplinks, its own addresses."""

    name: str
    ports: Mapping[str, Set[str]]
    uplinks: Set[str] = frozenset()
    own: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """A port of a switch, and how many addresses share it."""

    switch: str
    port: str
    addresses: int


@dataclass(slots=True)
class Tables:
    """What one agent answered: values by object id, rows by column."""

    scalars: dict[str, object] = field(default_factory=dict)
    columns: dict[str, list[list[object]]] = field(default_factory=dict)

    def column(self, oid: str) -> list[list[object]]:
        """The rows of a column, none when it was not answered."""
        return self.columns.get(oid, [])


def places(switches: Iterable[Switch]) -> dict[str, Place]:
    """MAC → the port it is plugged in, for those whose port can be told."""
    every = _each(switches)
    bridges = {mac for switch in every for mac in switch.own}
    found: defaultdict[str, list[Place]] = defaultdict(list)
    for switch in every:
        for mac, place in _candidates(switch, bridges - switch.own):
            found[mac].append(place)
    told = {mac: _nearest(candidates) for mac, candidates in found.items()}
    return {mac: place for mac, place in told.items() if place}


def _each(switches: Iterable[Switch]) -> list[Switch]:
    """Each switch once, although it may have been asked at several of its addresses."""
    named = sorted(switches, key=lambda switch: switch.name, reverse=True)
    return list({frozenset(s.own) or (s.name, n): s for n, s in enumerate(named)}.values())


def _candidates(switch: Switch, others: Set[str]) -> Iterator[tuple[str, Place]]:
    for port, macs in switch.ports.items():
        if port not in switch.uplinks and len(macs) <= CROWD and not macs & others:
            for mac in macs - switch.own:
                yield mac, Place(switch.name, port, len(macs))


def _nearest(candidates: list[Place]) -> Place | None:
    fewest = min(place.addresses for place in candidates)
    best = [place for place in candidates if place.addresses == fewest]
    return best[0] if len(best) == 1 else None


def switch(name: str, tables: Tables) -> Switch:
    """The switch as its tables show it; without a forwarding table it has no ports."""
    interfaces = mib.names(tables.column(mib.IF_NAME))
    bridged = mib.numbers(tables.column(mib.BASE_PORT))
    titles = {number: interfaces.get(index, str(number)) for number, index in bridged.items()}
    ports: defaultdict[str, set[str]] = defaultdict(set)
    own = {address} if (address := mib.mac(tables.scalars.get(mib.BRIDGE_ADDRESS))) else set()
    for mac, number, status in _learnt(tables):
        if status == mib.OWN:
            own.add(mac)
        elif status != mib.INVALID and number:
            ports[titles.get(number, str(number))].add(mac)
    return Switch(name, ports, _uplinks(tables, interfaces, titles), own)


def _learnt(tables: Tables) -> Iterator[tuple[str, int, int]]:
    """(MAC, bridge port, status) of both forwarding tables."""
    for column, statuses in (
        (mib.FDB_PORT, mib.FDB_STATUS),
        (mib.VLAN_FDB_PORT, mib.VLAN_FDB_STATUS),
    ):
        status = mib.stations(tables.column(statuses))
        for index, (mac, number) in mib.stations(tables.column(column)).items():
            yield mac, number, status.get(index, (mac, mib.LEARNED))[1]


def _uplinks(tables: Tables, interfaces: Mapping[int, str], titles: Mapping[int, str]) -> set[str]:
    """Ports that lead to a neighbour that forwards, under the names used for ports.

    LLDP numbers ports in its own way. Its identifier or description is the interface's name where
    they agree; else the number is taken for the interface's, then for the bridge port's.
    """
    known = set(interfaces.values())
    said = [mib.names(tables.column(c)) for c in (mib.LLDP_PORT_ID, mib.LLDP_PORT_DESCR)]
    found = set()
    for number in mib.forwarders(tables.column(mib.LLDP_CAPABILITIES)):
        named = [names[number] for names in said if names.get(number) in known]
        numbered = [way[number] for way in (interfaces, titles) if number in way]
        found.update((named or numbered)[:1])
    return found
