"""A small real LAN: two network namespaces joined by a veth pair, and code that runs inside them.

`10.9.0.1` is the scanner. The other end holds the addresses it is given and, when asked, answers
ARP in ways a kernel never would. Everything that arrives there is kept.
"""

import ctypes
import json
import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

T = TypeVar("T")
CLONE_NEWNET = 0x40000000
SCANNER, NETWORK = "10.9.0.1", "10.9.0.0/24"
ETH_P_ALL = 3
SO_RCVBUFFORCE = 33
ArpAnswers = Callable[[str, bytes], list[bytes]]
"""Wanted IPv4 address and the asking MAC → frames to send back."""


@dataclass
class Lan:
    """Names of the two namespaces, the MACs of their ends, and every frame the far end got.

    Those of IPv6 are kept apart: a kernel sends some by itself.
    """

    near: str
    far: str
    near_mac: str
    far_mac: str
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    ipv6: list[bytes] = field(default_factory=list)

    def near_by(self, function: Callable[[], T]) -> T:
        """Run the function in the scanner's namespace."""
        return inside(self.near, function)

    def asked_for(self) -> list[str]:
        """The address in each ARP request the far end got, in order."""
        return [socket.inet_ntoa(f[38:42]) for _, f in self.frames if f[12:14] == b"\x08\x06"]

    def not_arp(self) -> list[bytes]:
        """The IPv4 packets the far end got."""
        return [f[14:] for _, f in self.frames if f[12:14] == b"\x08\x00"]


def inside(namespace: str, function: Callable[[], T]) -> T:
    """The function's result, computed by a thread that lives in the network namespace."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            with open(f"/run/netns/{namespace}", "rb") as handle:  # noqa: PTH123
                if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - handed to the caller below
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


@contextmanager
def lan(*addresses: str, arp: ArpAnswers | None = None) -> Iterator[Lan]:
    """A LAN whose far end has these addresses (of 10.9.0.0/24)."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    mark = f"cct{os.getpid()}"
    near, far = f"{mark}n", f"{mark}f"
    try:
        _ip("netns", "add", near)
        _ip("netns", "add", far)
    except (OSError, subprocess.CalledProcessError) as error:
        _remove(near, far)
        pytest.skip(f"network namespaces are not permitted here: {error}")
    try:
        for namespace in (near, far):
            with suppress(subprocess.CalledProcessError):  # else addresses take two seconds longer
                no_wait = "net.ipv6.conf.default.accept_dad=0"
                _ip("netns", "exec", namespace, "sysctl", "-qw", no_wait)
        _ip(*f"link add s0 netns {near} type veth peer name n0 netns {far}".split())
        for namespace, name, own in ((near, "s0", (SCANNER,)), (far, "n0", addresses)):
            for address in own:
                _ip("-n", namespace, "addr", "add", f"{address}/24", "dev", name)
            _ip("-n", namespace, "link", "set", "lo", "up")
            _ip("-n", namespace, "link", "set", name, "up")
        # A new link drops what is sent for up to a second, without a word.
        assert settled(lambda: _passes(near, SCANNER, far, "n0"))
        assert settled(lambda: not addresses or _passes(far, addresses[0], near, "s0"))
        built = Lan(near, far, _mac(near, "s0"), _mac(far, "n0"))
        with _far_end(built, arp):
            yield built
    finally:
        _remove(near, far)


@contextmanager
def _far_end(built: Lan, arp: ArpAnswers | None) -> Iterator[None]:
    """Keep what arrives at the far end, and answer ARP as told."""
    sock = inside(built.far, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 * 1024 * 1024)  # a sweep comes in bursts
    sock.bind(("n0", ETH_P_ALL))
    sock.settimeout(0.1)
    stop = threading.Event()

    def listen() -> None:
        while not stop.is_set():
            with suppress(TimeoutError):
                frame, (_, _, kind, _, _) = sock.recvfrom(65536)
                if kind == socket.PACKET_OUTGOING:
                    continue
                if frame[12:14] == b"\x86\xdd":
                    built.ipv6.append(frame[14:])
                    continue
                built.frames.append((time.monotonic(), frame))
                if arp and frame[12:14] == b"\x08\x06" and frame[21] == 1:
                    for answer in arp(socket.inet_ntoa(frame[38:42]), frame[6:12]):
                        sock.send(answer)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        sock.close()


def arp_reply(ip: str, mac: bytes, to: bytes, *, hardware: int = 1) -> bytes:
    """An Ethernet ARP reply; `hardware` is the ARP hardware type."""
    form = struct.pack("!HHBBH", hardware, 0x0800, 6, 4, 2)
    ends = mac + socket.inet_aton(ip) + to + socket.inet_aton(SCANNER)
    return to + mac + b"\x08\x06" + form + ends


def settled(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait until the condition holds; False when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _passes(sender: str, address: str, receiver: str, name: str) -> bool:
    """Has anything arrived? Sends one more datagram to all hosts of the link."""

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            own = socket.inet_aton(address)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
            sock.sendto(b"", ("224.0.0.1", 9))

    inside(sender, send)
    shown = _ip("-n", receiver, "-s", "-j", "link", "show", name)
    return int(json.loads(shown)[0]["stats64"]["rx"]["packets"]) > 0


def _mac(namespace: str, name: str) -> str:
    shown = _ip("-n", namespace, "-o", "link", "show", name).split()
    return shown[shown.index("link/ether") + 1]


def _ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def _remove(*namespaces: str) -> None:
    for namespace in namespaces:
        with suppress(subprocess.CalledProcessError, OSError):
            _ip("netns", "del", namespace)
