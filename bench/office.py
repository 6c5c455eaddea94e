"""The practice LAN of 200 hosts: 40 cameras, 40 that answer ARP and nothing else."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from bench.contest import Shot
from scanner import data
from scanner.collect.ports import choose
from tests.lab.client import Lab, LabDevice, Record

HOSTS, CAMERAS, SILENT = 200, 40, 40
PORTS = tuple(port.number for port in choose("", data.load().ports))
"""The default set: what every tool is told to try."""
PORT_LIST = ",".join(map(str, PORTS))


@contextmanager
def office() -> Iterator[Lab]:
    """The LAN, once it is certain that it is the one the figures are about."""
    with Lab("--generate", str(HOSTS)) as lab:
        silent = sum(d.name.startswith("silent-") for d in lab.devices.values())
        made = (HOSTS, CAMERAS, SILENT)
        if (len(lab.devices), len(cameras(lab)), silent) != made:
            raise RuntimeError("the lab's mix `office` no longer has 200 hosts, 40 + 40 of them")
        yield lab


def cameras(lab: Lab) -> dict[str, LabDevice]:
    """By address."""
    return {d.ip: d for d in lab.devices.values() if d.kind == "camera"}


def open_ports(lab: Lab) -> int:
    """Pairs of a host and one of the default ports that it has open."""
    return sum(port in PORTS for d in lab.devices.values() for port in d.tcp)


def priced(lab: Lab, shoot: Callable[[], Shot]) -> Shot:
    """The shot with what it cost the devices, by their journal."""
    mark = lab.mark()
    shot = shoot()
    return Shot(shot.seconds, shot.found, cost(lab.journal(mark)))


def cost(records: Iterable[Record]) -> dict[str, int]:
    """TCP connections that were established: all, most to one host, most at once to one host."""
    connections: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.event == "tcp":
            connections[record.ip].append(record)
    return {
        "connections": sum(map(len, connections.values())),
        "to one host": max(map(len, connections.values()), default=0),
        "at once": max(map(_at_once, connections.values()), default=0),
    }


def _at_once(connections: Iterable[Record]) -> int:
    steps: Counter[float] = Counter()
    for connection in connections:
        steps[connection.opened] += 1
        steps[connection.closed] -= 1
    now = most = 0
    for moment in sorted(steps):
        now += steps[moment]
        most = max(most, now)
    return most
