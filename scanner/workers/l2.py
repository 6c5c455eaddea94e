"""Layer 2 of the network: its interfaces, and who answers there. `python -m scanner.workers.l2`.

This file uses scapy, which is GPL-2.0-only. It is reachable only as a child program, is the only
code that may import scapy, and the only code that needs CAP_NET_RAW. It sends nothing but ARP
requests and SADP inquiries, from the interface's own addresses, and echo requests (`echo.py`);
`listen.py` sends nothing.

Importing scapy costs 0.24 s and 44 MB, more than asking a whole /16 (0.2 s). So it is imported
only to decode replies that are not plain Ethernet ARP, and a test compares our request with the
one scapy builds.
"""

import socket
import struct
import sys
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from ipaddress import IPv4Interface, IPv4Network, collapse_addresses

from scanner.collect.wire import netlink, sadp_l2
from scanner.collect.wire.netlink import Dump, Link
from scanner.workers.echo import ping
from scanner.workers.listen import listen
from scanner.workers.nd import nd_sweep
from scanner.workers.packet import BATCH, SLOT, Batch, PacketSocket
from scanner.workers.stdio import Job, Line, serve

ETH_P_ARP = 0x0806
ONLY_REPLIES = ((0x28, 0, 0, 20), (0x15, 0, 1, 2), (0x06, 0, 0, SLOT), (0x06, 0, 0, 0))
"""BPF: load the half word at 20 (the ARP operation); keep the frame when it is 2 (reply)."""
ONLY_RESPONSES = (
    (0x30, 0, 0, sadp_l2.OPTYPE),
    (0x15, 0, 1, sadp_l2.RESPONSE),
    (0x06, 0, 0, sadp_l2.MAX_FRAME),
    (0x06, 0, 0, 0),
)
"""BPF: load the byte of the SADP operation; keep the frame when it is a response."""
REQUEST = struct.Struct("!6s6sHHHBBH6s4s6x4x")
WANTED = REQUEST.size - 4
"""Offset of the wanted IPv4 address in a request."""
REPLY = struct.Struct(f"!12x10s6sI{SLOT - 32}x")
"""A received slot: its form (type to operation), the answering hardware and IPv4 addresses."""
PLAIN = struct.pack("!HHHBBH", ETH_P_ARP, 1, 0x0800, 6, 4, 2)
TICK = 0.01
"""Seconds' worth of requests sent together when a rate is set: small bursts."""
DRAINS, ODD, MACS, RESPONSES = 16, 64, 8, 4096
"""Reads in a row, odd frames kept, hardware addresses kept of one IP, SADP responses told of:
bounds for a flood."""


@dataclass(frozen=True, slots=True)
class Own:
    """This machine's end: the interface, its hardware address and the IPv4 address to ask from."""

    interface: str
    mac: bytes
    address: IPv4Interface

    def request(self) -> bytes:
        """A broadcast ARP request (RFC 826) for 0.0.0.0, to be patched at `WANTED`."""
        sender = self.address.ip.packed
        form = (ETH_P_ARP, 1, 0x0800, 6, 4, 1)
        return REQUEST.pack(b"\xff" * 6, self.mac, *form, self.mac, sender)

    def askable(self, networks: Sequence[IPv4Network]) -> "array[int]":
        """The addresses in ascending order, without our own and the subnet's first and last."""
        subnet = self.address.network
        ends = (subnet.network_address, subnet.broadcast_address) if subnet.prefixlen < 31 else ()
        wanted = array("I")
        for network in collapse_addresses(networks):
            wanted.extend(range(int(network.network_address), int(network.broadcast_address) + 1))
        for address in {self.address.ip, *ends}:
            if _found(wanted, int(address)) is not None:
                wanted.remove(int(address))
        return wanted


class Sweep:
    """Asks for every address, then again for those that stayed silent."""

    def __init__(self, link: PacketSocket, request: bytes, wanted: "array[int]") -> None:
        self._link, self._wanted = link, wanted
        self._batch = Batch(request)
        self._sent_at = array("d", bytes(8 * len(wanted)))
        self._macs: dict[int, list[bytes]] = {}
        self._odd: list[tuple[bytes, float]] = []
        self._fresh: list[Line] = []
        self._sent = self._replies = 0

    def run(self, rate: float, passes: int, wait: float) -> Iterator[list[Line]]:
        """Replies as they come; `rate` in requests a second (0: as fast as it goes), `wait` in
        seconds after each pass."""
        silent: Sequence[int] = range(len(self._wanted))
        for _ in range(passes):
            yield from self._ask(silent, rate)
            yield from self._listen(time.monotonic() + wait)
            self._decode_odd()
            silent = [i for i in silent if self._wanted[i] not in self._macs]
        done = {"done": True, "sent": self._sent, "replies": self._replies}
        yield [*self._take(), {**done, "dropped": self._link.drops()}]

    def _ask(self, silent: Sequence[int], rate: float) -> Iterator[list[Line]]:
        size = max(1, min(BATCH, int(rate * TICK))) if rate else BATCH
        due = time.monotonic()
        for start in range(0, len(silent), size):
            yield from self._listen(due)
            chunk = silent[start : start + size]
            self._send(chunk)
            if rate:
                due = max(due, time.monotonic() - TICK) + len(chunk) / rate

    def _send(self, chunk: Sequence[int]) -> None:
        addresses = array("I", [self._wanted[i] for i in chunk])
        if sys.byteorder == "little":
            addresses.byteswap()
        columns = addresses.tobytes()
        for i in range(4):
            self._batch.patch(WANTED + i, columns[i::4])
        now = time.monotonic()
        self._link.send(self._batch, len(chunk))
        self._sent += len(chunk)
        for i in chunk:
            self._sent_at[i] = now

    def _listen(self, until: float) -> Iterator[list[Line]]:
        """Note replies until then; hand them on when there is time to spare."""
        while True:
            self._drain()
            left = until - time.monotonic()
            if left <= 0:
                return
            if self._fresh:
                yield self._take()
            self._link.wait(left)

    def _take(self) -> list[Line]:
        fresh, self._fresh = self._fresh, []
        return fresh

    def _drain(self) -> None:
        for _ in range(DRAINS):
            slots, lengths = self._link.receive()
            now = time.monotonic()
            replies = REPLY.iter_unpack(memoryview(slots)[: len(lengths) * SLOT])
            for i, (form, mac, ip) in enumerate(replies):
                if form == PLAIN and lengths[i] >= REQUEST.size:
                    self._note(ip, mac, now)
                elif len(self._odd) < ODD:
                    self._odd.append((bytes(slots[i * SLOT : i * SLOT + lengths[i]]), now))
            if len(lengths) < BATCH:
                return

    def _note(self, ip: int, mac: bytes, now: float) -> None:
        """One line for each hardware address that answers for a wanted address."""
        index = _found(self._wanted, ip)
        if index is None:
            return
        macs = self._macs.setdefault(ip, [])
        if mac in macs or len(macs) >= MACS:
            return
        macs.append(mac)
        self._replies += 1
        sent = self._sent_at[index]
        self._fresh.append(
            {
                "ip": socket.inet_ntoa(ip.to_bytes(4, "big")),
                "mac": mac.hex(":"),
                "rtt": round(now - sent, 6) if sent else None,
            }
        )

    def _decode_odd(self) -> None:
        for frame, now in self._odd:
            if answer := decode(frame):
                self._note(*answer, now)
        self._odd.clear()


def _found(ascending: "array[int]", value: int) -> int | None:
    index = bisect_left(ascending, value)
    return index if index < len(ascending) and ascending[index] == value else None


def decode(frame: bytes) -> tuple[int, bytes] | None:
    """IPv4 and hardware address of an ARP reply in any form scapy reads; None when it has none."""
    from scapy.layers.l2 import ARP, Ether  # noqa: PLC0415 - see the top of this file

    arp = Ether(frame).getlayer(ARP)
    if arp is None or (arp.op, arp.hwlen, arp.plen, arp.ptype) != (2, 6, 4, 0x0800):
        return None
    mac = arp.hwsrc if isinstance(arp.hwsrc, bytes) else bytes.fromhex(arp.hwsrc.replace(":", ""))
    return int(IPv4Interface(arp.psrc)), mac


def interfaces(_job: Job) -> Iterator[list[Line]]:
    """One line an interface, with what kind it is and how that is known."""
    links, own = _links_and_addresses()
    for link in links:
        here = [f"{a.address}/{a.prefix}" for a in own if a.index == link.index]
        line = {"interface": link.name, "mac": link.mac, "addresses": here, "up": link.usable}
        flags = {"multicast": bool(link.flags & netlink.IFF_MULTICAST), "arp": bool(link.mac)}
        yield [{**line, **flags, "kind": link.kind, "nature": netlink.nature(link, links)}]
    yield [{"done": True}]


def arp_sweep(job: Job) -> Iterator[list[Line]]:
    """`interface`, `addresses` (networks on it), `rate`, `passes`, `wait` → one line a reply."""
    networks = _networks(job)
    rate = _number(job, "rate", 2000, 10_000_000)
    passes = int(_number(job, "passes", 3, 10))
    wait = _number(job, "wait", 0.3, 60)
    own = _own(str(job.get("interface")), networks)
    link = PacketSocket(own.interface, ETH_P_ARP, ONLY_REPLIES)
    try:
        yield from Sweep(link, own.request(), own.askable(networks)).run(rate, passes, wait)
    finally:
        link.close()


def sadp(job: Job) -> Iterator[list[Line]]:
    """`interface`, `addresses` (networks on it), `copies`, `wait` → one line a new response."""
    copies, wait = int(_number(job, "copies", 3, 3)), _number(job, "wait", 0.5, 60)
    own = _own(str(job.get("interface")), _networks(job))
    link = PacketSocket(own.interface, sadp_l2.ETHERTYPE, ONLY_RESPONSES, sadp_l2.MAX_FRAME)
    try:
        heard: set[sadp_l2.Response] = set()
        for number in range(copies):
            frame = sadp_l2.inquiry(own.mac, own.address.ip.packed, number)
            link.send(Batch(frame, 1), 1)
            yield from _responses(link, time.monotonic() + wait, heard)
    finally:
        link.close()
    yield [{"done": True}]


def _responses(
    link: PacketSocket, until: float, heard: set[sadp_l2.Response]
) -> Iterator[list[Line]]:
    """What is not yet in `heard`, a line each, as it comes."""
    while (left := until - time.monotonic()) > 0:
        link.wait(left)
        slots, lengths = link.receive()
        for i, length in enumerate(lengths):
            start = i * sadp_l2.MAX_FRAME
            response = sadp_l2.parse(bytes(slots[start : start + length]))
            if response and response not in heard and len(heard) < RESPONSES:
                heard.add(response)
                yield [asdict(response)]


def _own(interface: str, networks: Sequence[IPv4Network]) -> Own:
    """The address of the interface that has all the networks on its link."""
    links, addresses = _links_and_addresses()
    link = next((link for link in links if link.name == interface), None)
    if link is None or not link.mac:
        raise ValueError(f"{interface!r} is not an Ethernet interface of this machine")
    own = [IPv4Interface(f"{a.address}/{a.prefix}") for a in addresses if a.index == link.index]
    for address in own:
        if all(network.subnet_of(address.network) for network in networks):
            return Own(interface, bytes.fromhex(link.mac.replace(":", "")), address)
    has = ", ".join(map(str, own)) or "no IPv4 address"
    raise ValueError(f"not all addresses are on the link of {interface}, which has {has}")


def _links_and_addresses() -> tuple[list[Link], list[netlink.Address]]:
    links, addresses = (_dump(what) for what in (Dump.LINKS, Dump.ADDRESSES))
    return list(netlink.links(links)), list(netlink.addresses(addresses))


def _dump(what: Dump) -> bytes:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        return netlink.dump(what, sock.send, lambda: sock.recv(65536))


def _networks(job: Job) -> list[IPv4Network]:
    wanted = job.get("addresses")
    if not isinstance(wanted, list) or not wanted:
        raise ValueError("'addresses' has to be a list of IPv4 networks")
    return [IPv4Network(text) for text in wanted]


def _number(job: Job, key: str, default: float, most: float) -> float:
    value = job.get(key, default)
    if not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{key!r} has to be a number from 0 to {most:g}")
    return value


if __name__ == "__main__":
    serve(
        {
            "interfaces": interfaces,
            "arp-sweep": arp_sweep,
            "sadp": sadp,
            "ping": ping,
            "nd-sweep": nd_sweep,
            "listen": listen,
        }
    )
