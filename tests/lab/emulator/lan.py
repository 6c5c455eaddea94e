"""Where the devices live: a network namespace each behind a bridge, or loopback addresses."""

import json
import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Protocol

from . import kernel
from .device import Device
from .errors import LabError, NotPermitted

_LINK_TRIES, _LINK_PAUSE = 200, 0.05

SCANNER_MAC = "02:00:00:00:00:fe"
"""Locally administered: the machine that scans is nobody's product."""
SHIFT = 8000
"""Loopback without the right to low ports: 80 becomes 8080, 443 8443, 554 8554."""
_BACKLOG = 1024
_ALL_FRAMES = 0x0003
_TO_ALL = "route add 255.255.255.255 dev eth0"


@dataclass(frozen=True, slots=True)
class Seat:
    """A device and its address."""

    device: Device
    ip: str


class Lan(Protocol):
    """A place in which devices open sockets and a scanner runs."""

    mode: str
    network: IPv4Network
    scanner: IPv4Address
    seats: Sequence[Seat]
    notes: dict[str, None]
    """What this LAN cannot do, for a person; a set in order."""

    def tcp(self, seat: Seat, port: int) -> socket.socket | None:
        """A listening socket; None (and a note) where the port cannot be had."""

    def udp(self, seat: Seat, port: int, groups: Sequence[str]) -> socket.socket | None:
        """A bound socket that joined the groups; None (and a note) where it cannot be had."""

    def wire(self, seat: Seat | None) -> socket.socket | None:
        """All frames on the device's cable, or the scanner's; None where there are no cables."""

    def visit(self, user: str | None) -> None:
        """Turn the calling process into one on the scanner's machine, as `user` if given."""

    def entrance(self) -> list[str]:
        """`lab.py enter` arguments for other processes; empty when there is nothing to enter."""

    def close(self) -> None:
        """Let everything go."""


def seat_all(devices: Sequence[Device], network: IPv4Network) -> list[Seat]:
    """Fixed numbers first, the others the lowest free ones; the last is the scanner's."""
    scanner = network.num_addresses - 2
    taken = {d.host for d in devices}
    free = (number for number in range(1, scanner) if number not in taken)
    seats = []
    for device in devices:
        number = device.host or next(free, 0)
        if not 0 < number < scanner:
            raise LabError(f"{device.name}: no room in {network}; give a larger --network")
        seats.append(Seat(device, str(network[number])))
    return seats


class SwitchedLan:
    """A bridge in a namespace of its own and a cable (veth pair) to each device's namespace.

    No namespace has a name, so all of them end with the file descriptors of this process.
    """

    mode: str = "namespaces"

    def __init__(self, devices: Sequence[Device], network: IPv4Network, nested: bool) -> None:
        self.network: IPv4Network = network
        self.scanner: IPv4Address = network[-2]
        self.seats: Sequence[Seat] = seat_all(devices, network)
        self.notes: dict[str, None] = {}
        self._nested = nested
        self._descriptors = ExitStack()
        self._home = self._keep(os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
        self._switch = self._keep(kernel.new_network())
        self._office = self._keep(kernel.new_network())
        self._spaces = {seat.ip: self._keep(kernel.new_network()) for seat in self.seats}
        self._build()
        kernel.join(self._home)

    def _keep(self, descriptor: int) -> int:
        self._descriptors.callback(os.close, descriptor)
        return descriptor

    @contextmanager
    def _inside(self, space: int) -> Iterator[None]:
        kernel.join(space)
        try:
            yield
        finally:
            kernel.join(self._home)

    def _build(self) -> None:
        spaces = [self._office, *self._spaces.values()]
        with self._inside(self._switch):
            _ip(self._cables(), spaces)
        with self._inside(self._office):
            gateway = f"route add default via {self.network[1]}"
            _ip([*_address(str(self.scanner), self.network), gateway])
        # Learnt neighbours of all namespaces share one small table; a permanent one is free.
        asker = f"neigh add {self.scanner} lladdr {SCANNER_MAC} nud permanent dev eth0"
        for seat in self.seats:
            with self._inside(self._spaces[seat.ip]):
                own = [*_address(seat.ip, self.network), _TO_ALL]
                _ip([*own, asker, *_closed(seat.device)])
        with self._inside(self._switch):
            _await_forwarding()

    def _cables(self) -> list[str]:
        lines = [
            "link add br0 type bridge mcast_snooping 0 forward_delay 0",
            "link set br0 addrgenmode none",  # a switch has no address of its own
            "link set br0 up",
        ]
        ends = [(SCANNER_MAC, self._office)]
        ends += [(seat.device.mac, self._spaces[seat.ip]) for seat in self.seats]
        for number, (mac, space) in enumerate(ends):
            peer = f"peer name eth0 address {mac} netns /proc/self/fd/{space}"
            lines += [f"link add port{number} type veth {peer}"]
            lines += [f"link set port{number} addrgenmode none"]
            lines += [f"link set port{number} master br0 up"]
        return lines

    def tcp(self, seat: Seat, port: int) -> socket.socket | None:
        """See `Lan`."""
        with self._inside(self._spaces[seat.ip]):
            return _bound(socket.SOCK_STREAM, "", port)

    def udp(self, seat: Seat, port: int, groups: Sequence[str]) -> socket.socket | None:
        """See `Lan`."""
        own = socket.inet_aton(seat.ip)
        with self._inside(self._spaces[seat.ip]):
            sock = _bound(socket.SOCK_DGRAM, "", port)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
            for group in groups:
                membership = socket.inet_aton(group) + own
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            return sock

    def wire(self, seat: Seat | None) -> socket.socket | None:
        """See `Lan`."""
        with self._inside(self._spaces[seat.ip] if seat else self._switch):
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_FRAMES))
        sock.bind(("eth0" if seat else "port0", _ALL_FRAMES))
        return sock

    def visit(self, user: str | None) -> None:
        """See `Lan`."""
        go_to(self._office, user)

    def entrance(self) -> list[str]:
        """See `Lan`. The number of this process as the machine's /proc shows it."""
        process = f"/proc/{Path('/proc/self').readlink()}"
        arguments = ["--network-namespace", f"{process}/fd/{self._office}"]
        return [*arguments, "--user-namespace", f"{process}/ns/user"] if self._nested else arguments

    def close(self) -> None:
        """See `Lan`."""
        self._descriptors.close()


class LoopbackLan:
    """127.77.x.0/24 on this machine: TCP and unicast UDP only, nothing leaves the loopback."""

    mode: str = "loopback"

    def __init__(self, devices: Sequence[Device]) -> None:
        self.network, self._claim = _claim_network()
        self.scanner: IPv4Address = self.network[-2]
        self.seats: Sequence[Seat] = seat_all(devices, self.network)
        self.notes: dict[str, None] = {
            "no ARP, no MAC addresses, no multicast; closed and filtered ports refuse": None,
        }

    def tcp(self, seat: Seat, port: int) -> socket.socket | None:
        """See `Lan`."""
        return self._bind(socket.SOCK_STREAM, seat, port, set(seat.device.tcp))

    def udp(self, seat: Seat, port: int, groups: Sequence[str]) -> socket.socket | None:
        """See `Lan`."""
        return self._bind(socket.SOCK_DGRAM, seat, port, set(seat.device.udp))

    def _bind(self, kind: int, seat: Seat, port: int, own: set[int]) -> socket.socket | None:
        try:
            return _bound(kind, seat.ip, port)
        except PermissionError:
            if port + SHIFT not in own:
                self.notes[f"ports below 1024 are moved up by {SHIFT}"] = None
                return self._bind(kind, seat, port + SHIFT, own)
            reason = f"{port} needs a privilege and {port + SHIFT} is the device's own"
        except OSError as error:
            reason = f"{port}: {error.strerror}"
        if not seat.device.accepts_all:
            self.notes[f"{seat.device.name} lacks port {reason}"] = None
        return None

    def wire(self, seat: Seat | None) -> socket.socket | None:
        """See `Lan`."""
        return None

    def visit(self, user: str | None) -> None:
        """See `Lan`."""
        if user:
            _become(user)

    def entrance(self) -> list[str]:
        """See `Lan`."""
        return []

    def close(self) -> None:
        """See `Lan`."""
        self._claim.close()


def go_to(network_namespace: int, user: str | None) -> None:
    """Enter a network namespace for good, as `user` if given."""
    kernel.join(network_namespace)
    kernel.show_own_world()
    if user:
        _become(user)


def _become(user: str) -> None:
    """Be that user, without any privilege.

    A user namespace keeps the file rights of whoever started the lab, so that the interpreter
    stays readable; without user namespaces root changes its identity for real.
    """
    own = account(user)
    try:
        kernel.become(0, own.pw_uid, own.pw_gid)
    except NotPermitted:
        os.setgroups([])
        os.setgid(own.pw_gid)
        os.setuid(own.pw_uid)


def account(user: str) -> pwd.struct_passwd:
    """The account of that name; LabError when there is none."""
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise LabError(f"--user: no account {user!r} on this machine") from None


def _address(ip: str, network: IPv4Network) -> list[str]:
    address = f"addr add {ip}/{network.prefixlen} broadcast + dev eth0"
    return ["link set lo up", address, "link set eth0 up"]


def _closed(device: Device) -> list[str]:
    """Routing rules that swallow the host's own answers (RST, ICMP) on their way out."""
    rule = "rule add iif lo pref"
    lines = [f"{rule} 10 ipproto tcp sport {port} blackhole" for port in device.filtered_ports()]
    if device.closed == "silent":
        lines.append(f"{rule} 10 blackhole")
    elif device.closed == "drop" or device.accepts_all:
        for port, _ in device.open_ports():
            lines.append(f"{rule} 11 ipproto tcp sport {port} lookup main")
        lines += [f"{rule} 12 ipproto {protocol} blackhole" for protocol in ("tcp", "icmp")]
    else:
        return lines
    return ["link set eth0 addrgenmode none", *lines]  # no IPv6: the rules are for IPv4


def _await_forwarding() -> None:
    """Until the kernel has noticed every carrier, the bridge drops what comes in by that port."""
    for _ in range(_LINK_TRIES):
        shown = subprocess.run(
            ["ip", "-json", "-details", "link", "show", "master", "br0"],
            capture_output=True,
            text=True,
            check=True,
        )
        ports = [port["linkinfo"]["info_slave_data"] for port in json.loads(shown.stdout)]
        if all(port["state"] == "forwarding" for port in ports):
            return
        time.sleep(_LINK_PAUSE)
    raise LabError("the bridge does not forward: not every cable has come up")


def _ip(lines: Sequence[str], spaces: Sequence[int] = ()) -> None:
    """Run iproute2 on the lines in the present namespace."""
    script = "\n".join(lines) + "\n"
    command = ["ip", "-batch", "-"]
    try:
        done = subprocess.run(
            command, input=script, pass_fds=spaces, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise LabError("the program ip is missing; install the package iproute2") from None
    if done.returncode:
        kind = NotPermitted if "not permitted" in done.stderr else LabError
        raise kind(f"ip: {done.stderr.strip()}")


def _bound(kind: int, ip: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, kind)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
        sock.bind((ip, port))
        if kind == socket.SOCK_STREAM:
            sock.listen(_BACKLOG)
            sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def _claim_network() -> tuple[IPv4Network, socket.socket]:
    """A /24 no other lab on this machine uses: an abstract socket name is the claim."""
    for number in range(256):
        network = IPv4Network(f"127.77.{number}.0/24")
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0camcensus-lab {network}")
        except OSError:
            claim.close()
        else:
            return network, claim
    raise LabError("all 256 loopback networks 127.77.x.0/24 are in use by other labs")
