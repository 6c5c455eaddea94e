"""What this machine can see of its networks, and what not, before anything is sent."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import TypeVar

from scanner.collect import segment
from scanner.collect.api import Interface
from scanner.collect.link import attached, broadcast, link_local, neighbours
from scanner.collect.net import Room
from scanner.collect.wire.netlink import Link, is_container_link, is_inner_bridge, nature
from scanner.model import Target

T = TypeVar("T")
RFC1918 = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
NEIGHBOUR_LIMIT = Path("/proc/sys/net/ipv4/neigh/default/gc_thresh3")
USUAL_LIMIT = 1024
"""Of Linux. The setting is not shown inside a network namespace, but it counts there too."""
CONTAINER_FILES = (".dockerenv", "run/.containerenv", "run/systemd/container")
CONTAINER_GROUPS = ("docker", "kubepods", "containerd", "libpod", "lxc")


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts about the machine, and as plain sentences what follows from them.

    `container` says how it is known that this is a container; `neighbour_limit` is the size of
    the kernel's neighbour table, None when it is not told; `problem` why interfaces are unknown.
    """

    interfaces: tuple[Interface, ...] = ()
    links: tuple[Link, ...] = ()
    raw: bool = False
    nmap: str | None = None
    container: str = ""
    neighbour_limit: int | None = None
    problem: str = ""

    @property
    def networks(self) -> tuple[IPv4Network, ...]:
        """The private networks this machine is attached to: what a scan without a target takes."""
        own = (IPv4Network(i.network) for i in self.interfaces if not self._why_not(i))
        return tuple(dict.fromkeys(own))

    @property
    def room(self) -> Room:
        """For the hosts of one scan: most of the neighbour table, which is everybody's."""
        entries = self.neighbour_limit or USUAL_LIMIT
        return Room(entries * 3 // 4, segment.neighbours_in_use)

    @property
    def possible(self) -> tuple[str, ...]:
        """What will work, one sentence each."""
        return tuple(self._possible())

    @property
    def lost(self) -> tuple[str, ...]:
        """What cannot be seen from here, why, and what would help."""
        return tuple(self._lost())

    def lost_in(self, target: Target) -> tuple[str, ...]:
        """What cannot be seen of this scope, in particular because of its size or its gaps."""
        return (
            *self.lost,
            *self._lost_by_size(target),
            *self._lost_by_gaps(target),
            *self._lost_by_ipv6(target),
        )

    def lost_listening(self, seconds: float) -> tuple[str, ...]:
        """What cannot be known of this scope when nothing is sent for that long."""
        return tuple(self._lost_listening(seconds))

    def _lost_listening(self, seconds: float) -> Iterator[str]:
        yield (
            f"It only listened, for {seconds:g} s: nothing was sent. Who kept quiet is not in this "
            "report, and of the others only what they said unasked is known."
        )
        if not self.raw:
            yield (
                "Listening needs raw packets, which are not permitted: no ARP, DHCP, mDNS, SSDP, "
                "WS-Discovery, SADP or IGMP was heard, only the kernel's neighbour table was read. "
                "Run as root, or give the program CAP_NET_RAW."
            )
        yield (
            "A switch passes on broadcasts, but multicast only as far as it does not hold it back: "
            "with IGMP snooping 239.255.255.250 and .251 go to ports that joined, and joining "
            "would send. What hosts say to one another is heard at a mirror port only."
        )
        yield from self._container_links()

    def _possible(self) -> Iterator[str]:
        for interface in self.interfaces:
            what = self._nature(interface.name) or ("hardware interface" if interface.mac else "")
            if not what:
                continue
            why_not = self._why_not(interface)
            default = f"not scanned unless named: {why_not}" if why_not else "scanned by default"
            yield f"{interface.name}, {interface.network}: {what}; {default}."
        if self.raw:
            yield "ARP sweep: raw packets are permitted; it sees even hosts that drop all else."
        else:
            yield "Neighbour table: each on-link address gets one empty datagram, then it is read."
        if any(i.multicast for i in self.interfaces):
            yield "WS-Discovery, SADP and DHIP by multicast: cameras on the link name themselves."
            yield "SSDP and mDNS by multicast: other devices on the link name themselves too."
        yield "ICMP echo and TCP touches: routed addresses are found when they answer or refuse."
        if self.nmap:
            yield f"nmap is installed: {self.nmap}."

    def _lost(self) -> Iterator[str]:
        if self.problem:
            yield f"The interfaces are not known ({self.problem}): name the networks to scan."
        if not self.raw:
            yield (
                "No ARP sweep: raw packets are not permitted. Finding the hosts takes longer. "
                "Run as root, or give the program CAP_NET_RAW."
            )
        yield from self._container_links()
        if not any(i.multicast for i in self.interfaces):
            yield "No WS-Discovery, SADP or DHIP by multicast, nor SSDP or mDNS: no interface can."
        yield (
            "Hosts with only an IPv6 address are seen on links that are wholly in scope, and "
            "nothing is asked of them; other IPv6 addresses can be named."
        )

    def is_inside(self, name: str) -> bool:
        """True for an interface that ends at a container's own bridge."""
        return any(is_container_link(k) for k in self.links if k.name == name)

    def _container_links(self) -> Iterator[str]:
        for interface in self.interfaces:
            if self.is_inside(interface.name):
                yield self._container_sentence(interface)

    def _container_sentence(self, interface: Interface) -> str:
        known = self.container or f"{interface.name} is a {self._nature(interface.name)}"
        return (
            f"This looks like a container's own network ({known}): ARP and multicast on "
            f"{interface.name} end at its bridge and do not reach the LAN behind it. "
            "Use the host's network to see that LAN."
        )

    def _lost_by_size(self, target: Target) -> Iterator[str]:
        links = attached(self.interfaces, target)
        count = sum(1 for link in links for _ in neighbours(link, target))
        limit = self.neighbour_limit or USUAL_LIMIT
        if count > limit:
            known = "" if self.neighbour_limit else "usually "
            yield (
                f"The scope has {count:,} on-link addresses, and the kernel {known}keeps at most "
                f"{limit:,} neighbours: where more hosts than that are alive, the scan waits for "
                "room, about a minute for each thousand, and other programs that fill the table "
                "can make a host seem silent. Raise net.ipv4.neigh.default.gc_thresh3 to be sure."
            )

    def _lost_by_gaps(self, target: Target) -> Iterator[str]:
        for link in attached(self.interfaces, target):
            if not broadcast(link, target):
                yield (
                    f"No search by broadcast on {link.network}: all its hosts would hear it, and "
                    "not all of them are in scope. Older Dahua devices answer nothing else."
                )

    def _lost_by_ipv6(self, target: Target) -> Iterator[str]:
        seen = {i.name for i in link_local(self.interfaces, target)}
        for name in dict.fromkeys(i.name for i in attached(self.interfaces, target)):
            if name not in seen:
                yield (
                    f"No IPv6 on {name}: it is excluded, or not all of the link's IPv4 network is "
                    "in scope; a link-local address does not tell whose it is."
                )

    def _nature(self, name: str) -> str:
        return next((nature(link, self.links) for link in self.links if link.name == name), "")

    def _why_not(self, interface: Interface) -> str:
        """Why the interface's network is no default target; empty when it is one."""
        network = IPv4Network(interface.network)
        if not interface.mac:
            return "it is no Ethernet"
        if network.prefixlen == 32:
            return "it has one address only"
        if not any(network.subnet_of(private) for private in RFC1918):
            return "it is not a private range"
        if any(is_inner_bridge(k, self.links) for k in self.links if k.name == interface.name):
            return "it is inside this machine"
        return ""


def look() -> Machine:
    """This machine as it is now. Sends nothing, needs no privilege, never fails for lack of it."""
    try:
        interfaces, links, problem = segment.interfaces(), segment.links(), ""
    except (OSError, segment.NotSupported) as error:
        interfaces, links, problem = (), (), str(error)
    return Machine(
        interfaces=interfaces,
        links=links,
        raw=segment.raw_permitted(),
        nmap=shutil.which("nmap"),
        container=container(Path("/"), os.environ),
        neighbour_limit=_told(lambda: int(NEIGHBOUR_LIMIT.read_text(encoding="ascii"))),
        problem=problem,
    )


def container(root: Path, environment: Mapping[str, str]) -> str:
    """How it is known that this is a container; empty when nothing says so."""
    for name in CONTAINER_FILES:
        if _told((root / name).exists):
            return f"the file /{name} exists"
    groups = _told(lambda: (root / "proc/self/cgroup").read_text(encoding="utf-8")) or ""
    if found := next((word for word in CONTAINER_GROUPS if word in groups), None):
        return f"its control group belongs to {found}"
    named = "KUBERNETES_SERVICE_HOST" in environment
    return "the environment names a Kubernetes service" if named else ""


def _told(read: Callable[[], T]) -> T | None:
    """What the system tells, None when it does not."""
    try:
        return read()
    except (OSError, ValueError):
        return None
