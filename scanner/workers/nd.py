"""IPv6 neighbours of our links (RFC 4861): all are pinged, then the kernel's table is read.

A job of the l2 worker. Sends nothing but echo requests, not beyond the links. Whoever answers
has asked for our hardware address, now or earlier, and the kernel has noted who asked.
"""

import os
import select
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import IPv6Address

from scanner.collect.wire import netlink
from scanner.collect.wire.netlink import Dump
from scanner.workers.echo import reply, request
from scanner.workers.stdio import Job, Line

ALL_NODES = IPv6Address("ff02::1")
COPIES = 2
"""Multicast is not repeated by anybody else."""
MAX_ANSWERS = 4096
"""Answers taken from all: a flood ends here."""
MAX_DIRECT = 64
"""Neighbours pinged one by one."""

Place = tuple[str, int]
"""An address without its zone, and the index of the interface."""


def nd_sweep(job: Job) -> Iterator[list[Line]]:
    """`interfaces` (names) and `wait` (seconds in all) → a line for each neighbour, with its zone;
    `rtt` is null for who did not answer.

    Without the permission to ping, what the table holds after the wait, and then the error.
    """
    links = _links(job.get("interfaces"))
    wait = job.get("wait")
    if not isinstance(wait, int | float) or not 0 < wait <= 60:
        raise ValueError("'wait' has to be a number above 0, up to 60")
    answers: dict[Place, float] = {}
    refused = None
    try:
        _ping(links, answers, wait)
    except PermissionError as error:
        refused = error
        time.sleep(wait)
    yield [_line(place, mac, links, answers) for place, mac in _table(links).items()]
    if refused:
        raise refused
    yield [{"done": True, "replies": len(answers)}]


def _links(names: object) -> dict[int, str]:
    if not isinstance(names, list) or not names:
        raise ValueError("'interfaces' has to be a list of names")
    try:
        return {socket.if_nametoindex(str(name)): str(name) for name in names}
    except OSError:
        raise ValueError(f"{names}: not all are interfaces of this machine") from None


def _ping(links: Mapping[int, str], answers: dict[Place, float], wait: float) -> None:
    """Fill `answers` with the seconds until each neighbour's first answer.

    It is an error when nothing at all could be sent; a new link may need a second or two.
    """
    token, error, sent = os.urandom(8), OSError(), 0
    with _socket() as sock:
        started = time.monotonic()
        for number in range(COPIES):
            packet = request(ALL_NODES, int.from_bytes(token[:2]), number, token)
            for address, index in _targets(links, answers):
                try:
                    sent += sock.sendto(packet, (address, 0, 0, index))
                except OSError as problem:
                    error = problem
            _listen(sock, token, answers, started, started + wait * (number + 1) / COPIES)
    if not sent:
        raise error


def _targets(links: Mapping[int, str], answers: Mapping[Place, float]) -> Iterator[Place]:
    """All nodes of each link, and who knew our hardware address already, so did not ask for it:
    asked directly, the kernel has to learn theirs."""
    yield from ((str(ALL_NODES), index) for index in links)
    known = _table(links)
    yield from [place for place in answers if place not in known][:MAX_DIRECT]


def _listen(
    sock: socket.socket, token: bytes, answers: dict[Place, float], started: float, until: float
) -> None:
    while (left := until - time.monotonic()) > 0:
        if not select.select([sock], [], [], left)[0]:
            return
        with suppress(BlockingIOError):
            data, (sender, _, _, index) = sock.recvfrom(2048)
            if reply(data, 6) == token and len(answers) < MAX_ANSWERS:
                place = (str(sender).partition("%")[0], index)
                answers.setdefault(place, time.monotonic() - started)


def _socket() -> socket.socket:
    """An ICMPv6 socket of either kind. Raises PermissionError when neither is permitted."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        with suppress(PermissionError):
            sock = socket.socket(socket.AF_INET6, kind, socket.IPPROTO_ICMPV6)
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
            return sock
    raise PermissionError(
        "ICMP echo needs CAP_NET_RAW, or a group within net.ipv4.ping_group_range; "
        "only what the neighbour table held was read"
    )


def _table(links: Mapping[int, str]) -> dict[Place, str]:
    """The kernel's resolved neighbours on the links."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        answer = netlink.dump(Dump.NEIGHBOURS, sock.send, lambda: sock.recv(65536), version=6)
    return {(n.address, n.index): n.mac for n in netlink.neighbours(answer) if n.index in links}


def _line(place: Place, mac: str, links: Mapping[int, str], answers: Mapping[Place, float]) -> Line:
    address, index = place
    zone = f"%{links[index]}" if IPv6Address(address).is_link_local else ""
    rtt = answers.get(place)
    return {"ip": address + zone, "mac": mac, "rtt": None if rtt is None else round(rtt, 6)}
