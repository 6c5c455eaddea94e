"""The segment half of the network, in real namespaces: what leaves, what is heard, what stays."""

import asyncio
import contextlib
import os
import socket
import sys
import threading
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from ipaddress import ip_network
from typing import Any, TypeVar
from uuid import UUID

import pytest

from scanner.collect import segment
from scanner.collect.api import Interface
from scanner.collect.net import Pace
from scanner.collect.segment import Segment
from scanner.collect.wire import sadp, wsd
from scanner.model import Limits, Target
from tests.collect.netns import NETWORK, SCANNER, Lan, inside, lan, settled

T = TypeVar("T")
PROBE = wsd.probe(wsd.TYPES[0], UUID(int=1))
INQUIRY, SECOND = sadp.inquiries(UUID(int=1))


@pytest.fixture(autouse=True)
def loopback_only() -> None:
    """Nothing here leaves the machine: sockets live on loopback or in namespaces made here."""


@pytest.fixture
def two_hosts() -> Iterator[Lan]:
    with lan("10.9.0.20", "10.9.0.30") as built:
        yield built


def make(
    scope: str = NETWORK, *, excluded: str = "", raw: bool = True, limits: Limits | None = None
) -> Segment:
    target = Target(
        (ip_network(scope),),
        (ip_network(excluded),) if excluded else (),
        limits=limits or Limits(),
    )
    attached = segment.interfaces()
    return Segment(target, Pace(2000), Pace(50, burst=1), attached=attached, raw=raw)


def run(built: Lan, task: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The coroutine's result, on an event loop in the scanner's namespace."""
    return built.near_by(lambda: asyncio.run(task()))


async def every(lines: AsyncIterator[T]) -> list[T]:
    return [line async for line in lines]


def test_interfaces_without_privilege_or_scapy(two_hosts: Lan) -> None:
    found = two_hosts.near_by(segment.interfaces)

    assert found == (
        Interface("lo", "127.0.0.1", "127.0.0.0/8", "", multicast=False),
        Interface("s0", SCANNER, NETWORK, two_hosts.near_mac, multicast=True),
    )


def test_other_systems_are_told_cleanly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(segment.NotSupported, match="cannot be read on darwin yet"):
        segment.interfaces()


def test_a_nudge_fills_the_neighbour_table(two_hosts: Lan) -> None:
    async def nudge() -> Mapping[str, str]:
        net = make()
        await net.nudge(["10.9.0.20", "10.9.0.30", "10.9.0.77"])
        for _ in range(100):
            if len(await net.neighbours()) == 2:
                break
            await asyncio.sleep(0.02)
        return await net.neighbours()

    far = two_hosts.far_mac
    assert run(two_hosts, nudge) == {"10.9.0.20": far, "10.9.0.30": far}
    packets = two_hosts.not_arp()
    assert len(packets) == 2
    for packet in packets:
        assert (packet[8], packet[9]) == (1, socket.IPPROTO_UDP)
        assert packet[22:26] == (segment.DISCARD).to_bytes(2, "big") + (8).to_bytes(2, "big")


def test_a_nudge_goes_nowhere_else(two_hosts: Lan) -> None:
    async def nudge() -> None:
        net = make("10.0.0.0/8", excluded="10.9.0.16/29")
        await net.nudge(["10.9.0.20", "10.8.0.1", "192.0.2.1", "10.9.0.30"])

    run(two_hosts, nudge)
    assert settled(lambda: len(two_hosts.not_arp()) == 1)
    assert set(two_hosts.asked_for()) == {"10.9.0.30"}


def test_the_text_form_of_the_table_is_a_fall_back(monkeypatch: pytest.MonkeyPatch) -> None:
    table = (
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "10.9.0.20        0x1         0x2         3C:EF:8C:00:00:01     *        eth0\n"
        "10.9.0.21        0x1         0x0         00:00:00:00:00:00     *        eth0\n"
    )
    assert segment.arp_table(table) == {"10.9.0.20": "3c:ef:8c:00:00:01"}

    def closed(*_: object) -> socket.socket:
        raise PermissionError

    monkeypatch.setattr(socket, "socket", closed)
    assert isinstance(segment.neighbours(), dict)


def test_a_touch_hears_open_and_refused_and_nothing(two_hosts: Lan) -> None:
    server = inside(two_hosts.far, lambda: socket.create_server(("10.9.0.20", 80)))

    async def touch() -> list[float | None]:
        net = make(excluded="10.9.0.30/32")
        asked = [("10.9.0.20", 80), ("10.9.0.20", 554), ("10.9.0.77", 80), ("10.9.0.30", 80)]
        return [await net.touch(*one) for one in asked]

    opened, refused, silent, excluded = run(two_hosts, touch)
    server.close()
    assert opened is not None
    assert refused is not None
    assert (silent, excluded) == (None, None)
    assert "10.9.0.30" not in two_hosts.asked_for()


@contextlib.contextmanager
def group_member(
    built: Lan,
    answer: Callable[[socket.socket, bytes, Any], object],
    port: int = wsd.PORT,
) -> Iterator[None]:
    """A device at the far end that hears the group of WS-Discovery and SADP, and broadcasts."""

    def joined() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("", port))
        member = socket.inet_aton(wsd.GROUP) + socket.inet_aton("10.9.0.20")
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        sock.settimeout(0.05)
        return sock

    sock = inside(built.far, joined)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError, ConnectionError):
                answer(sock, *sock.recvfrom(65536))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        sock.close()


def listen(seconds: float = 0.3, **scope: Any) -> Callable[[], Coroutine[Any, Any, list[Any]]]:
    async def heard() -> list[Any]:
        answers = make(**scope).multicast(wsd.GROUP, wsd.PORT, [PROBE, PROBE], seconds=seconds)
        return [(str(sender), data) async for sender, data in answers]

    return heard


def test_multicast_is_heard_and_answered(two_hosts: Lan) -> None:
    with group_member(two_hosts, lambda sock, data, peer: sock.sendto(b"<" + data[:4], peer)):
        heard = run(two_hosts, listen())

    assert heard == [("10.9.0.20", b"<<?xm")] * 2
    sent = [p for p in two_hosts.not_arp() if p[9] == socket.IPPROTO_UDP]
    assert [(p[8], p[28:]) for p in sent] == [(1, PROBE)] * 2


def test_what_is_said_to_the_group_is_heard_too(two_hosts: Lan) -> None:
    def hello(sock: socket.socket, _data: bytes, _peer: object) -> None:
        interface = socket.inet_aton("10.9.0.20")
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
        sock.sendto(b"hello", (wsd.GROUP, wsd.PORT))

    with group_member(two_hosts, hello):
        assert ("10.9.0.20", b"hello") in run(two_hosts, listen())


def test_only_senders_in_scope_are_heard(two_hosts: Lan) -> None:
    with group_member(two_hosts, lambda sock, _data, peer: sock.sendto(b"here", peer)):
        assert run(two_hosts, listen(excluded="10.9.0.20/32")) == []


def test_a_flood_of_large_datagrams_is_bounded(two_hosts: Lan) -> None:
    def flood(sock: socket.socket, _data: bytes, peer: Any) -> None:
        for _ in range(100):
            sock.sendto(b"x" * 60_000, peer)

    with group_member(two_hosts, flood):
        heard = run(two_hosts, listen())
    assert 0 < len(heard) <= segment.DATAGRAMS


def test_nothing_goes_to_links_out_of_scope(two_hosts: Lan) -> None:
    run(two_hosts, listen(scope="10.8.0.0/24"))
    assert [p for p in two_hosts.not_arp() if p[9] == socket.IPPROTO_UDP] == []


async def test_what_must_not_be_sent_is_not() -> None:
    with pytest.raises(PermissionError, match="never sent to udp port 3702"):
        await every(make().multicast(wsd.GROUP, wsd.PORT, [b"reboot"], seconds=0.1))
    change = INQUIRY.replace(b"inquiry", b"update")
    with pytest.raises(PermissionError, match="not a SADP inquiry"):
        await every(make().multicast(None, sadp.PORT, (), broadcasts=[change], seconds=0.1))


def call(
    *payloads: bytes,
    group: str | None = sadp.GROUP,
    broadcasts: tuple[bytes, ...] = (INQUIRY,),
    **scope: Any,
) -> Callable[[], Coroutine[Any, Any, list[Any]]]:
    """What is heard of others after asking the group and everybody in SADP."""

    async def heard() -> list[Any]:
        net = make(**scope)
        answers = net.multicast(group, sadp.PORT, payloads, broadcasts=broadcasts, seconds=0.3)
        return [(str(sender), data) async for sender, data in answers if str(sender) != SCANNER]

    return heard


def sent_datagrams(built: Lan) -> list[tuple[str, int, bytes]]:
    """Destination, TTL and payload of each UDP packet the far end got."""
    packets = [p for p in built.not_arp() if p[9] == socket.IPPROTO_UDP]
    return [(socket.inet_ntoa(p[16:20]), p[8], p[28:]) for p in packets]


def test_a_broadcast_reaches_all_on_the_link_and_is_answered(two_hosts: Lan) -> None:
    with group_member(two_hosts, lambda sock, _, peer: sock.sendto(b"me", peer), sadp.PORT):
        heard = run(two_hosts, call(INQUIRY, broadcasts=(SECOND, SECOND)))

    assert heard == [("10.9.0.20", b"me")] * 3
    everybody = ("10.9.0.255", 1, SECOND)
    assert sent_datagrams(two_hosts) == [(sadp.GROUP, 1, INQUIRY), everybody, everybody]


def test_a_broadcast_needs_no_group(two_hosts: Lan) -> None:
    assert run(two_hosts, call(group=None)) == []
    assert sent_datagrams(two_hosts) == [("10.9.0.255", 1, INQUIRY)]
    assert [p for p in two_hosts.not_arp() if p[9] == socket.IPPROTO_IGMP] == []


@pytest.mark.parametrize("scope", [{"scope": "10.9.0.0/25"}, {"excluded": "10.9.0.30/32"}])
def test_there_is_no_broadcast_where_somebody_out_of_scope_would_hear_it(
    two_hosts: Lan, scope: dict[str, Any]
) -> None:
    run(two_hosts, call(SECOND, **scope))
    assert sent_datagrams(two_hosts) == [(sadp.GROUP, 1, SECOND)]


@pytest.mark.parametrize("to", [SCANNER, "10.9.0.255", sadp.GROUP])
def test_an_answer_to_the_port_itself_is_heard_however_it_comes(two_hosts: Lan, to: str) -> None:
    def answer(sock: socket.socket, data: bytes, _peer: object) -> None:
        interface = socket.inet_aton("10.9.0.20")
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if data == INQUIRY:
            sock.sendto(b"me", (to, sadp.PORT))

    with group_member(two_hosts, answer, sadp.PORT):
        assert ("10.9.0.20", b"me") in run(two_hosts, call(INQUIRY))


def test_a_port_another_program_keeps_only_costs_the_answers_to_it(two_hosts: Lan) -> None:
    kept = inside(two_hosts.near, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    kept.bind(("", sadp.PORT))
    with group_member(two_hosts, lambda sock, _, peer: sock.sendto(b"me", peer), sadp.PORT):
        assert run(two_hosts, call(INQUIRY)) == [("10.9.0.20", b"me")] * 2
    kept.close()


@contextlib.contextmanager
def watched_children(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Process ids of the children started meanwhile."""
    started: list[int] = []
    real = segment._start

    async def start(name: str) -> asyncio.subprocess.Process:
        process = await real(name)
        started.append(process.pid)
        return process

    monkeypatch.setattr(segment, "_start", start)
    yield started


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def endless(**more: object) -> dict[str, object]:
    job = {"do": "arp-sweep", "interface": "s0", "addresses": [NETWORK]}
    return {**job, "rate": 1, "passes": 1, "wait": 1, **more}


def test_a_worker_streams_its_lines(two_hosts: Lan) -> None:
    job = endless(rate=0, wait=0.3)
    lines = run(two_hosts, lambda: every(make().worker("l2", job)))

    assert sorted(str(line["ip"]) for line in lines[:-1]) == ["10.9.0.20", "10.9.0.30"]
    assert lines[-1]["done"] is True


def test_what_a_worker_sends_counts_in_the_pace_of_the_run(two_hosts: Lan) -> None:
    async def paces() -> tuple[float, float]:
        net = make()
        async with contextlib.aclosing(net.worker("l2", endless(rate=1500))) as lines:
            await anext(lines)
            during = net._pace.per_second
        return during, net._pace.per_second

    assert run(two_hosts, paces) == (500, 2000)


def test_a_worker_is_killed_at_its_deadline(
    two_hosts: Lan, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched_children(monkeypatch) as started, pytest.raises(TimeoutError, match=r"after 0.5"):
        run(two_hosts, lambda: every(make().worker("l2", endless(seconds=0.5))))
    assert [is_gone(pid) for pid in started] == [True]


def test_a_cancelled_scan_leaves_no_worker(two_hosts: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    async def cancelled() -> None:
        task = asyncio.create_task(every(make().worker("l2", endless())))
        assert await asyncio.to_thread(settled, lambda: bool(two_hosts.frames))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with watched_children(monkeypatch) as started:
        run(two_hosts, cancelled)
    assert [is_gone(pid) for pid in started] == [True]


def test_a_reader_that_leaves_early_leaves_no_worker(
    two_hosts: Lan, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def first() -> None:
        async with contextlib.aclosing(make().worker("l2", endless(rate=100, wait=30))) as lines:
            async for line in lines:
                assert line["ip"] == "10.9.0.20"
                break

    with watched_children(monkeypatch) as started:
        run(two_hosts, first)
    assert [is_gone(pid) for pid in started] == [True]


async def test_a_worker_that_fails_is_quoted() -> None:
    with pytest.raises(
        ChildProcessError, match=r"status 1: .*No module named scanner\.workers\.none"
    ):
        await every(make().worker("none", {}))


async def test_a_job_a_worker_refuses_is_explained() -> None:
    with pytest.raises(ChildProcessError, match="worker l2: the job has to name one of"):
        await every(make().worker("l2", {"do": "nothing"}))


async def test_a_worker_gets_no_address_out_of_scope() -> None:
    with pytest.raises(PermissionError, match=r"10\.9\.0\.0/23 is out of scope"):
        await every(make().worker("l2", endless(addresses=["10.9.0.0/23"])))


async def test_a_permission_that_is_missing_is_a_permission_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def start(_name: str) -> asyncio.subprocess.Process:
        says = """print('{"error": "not-permitted", "reason": "no"}')"""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", says),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )

    monkeypatch.setattr(segment, "_start", start)
    with pytest.raises(PermissionError, match="worker l2: no"):
        await every(make().worker("l2", endless()))
