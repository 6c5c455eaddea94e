"""The network of one host: one connection at a time, budgets, caps, scope, guard."""

import asyncio
import time
from dataclasses import replace
from ipaddress import ip_network

import pytest

from scanner.collect import net
from scanner.collect.net import HostLink, Pace, Paces, Room
from scanner.model import Limits, ProbeStatus, Target
from tests.collect import loopback

IP = "127.0.21.1"
GET = b"GET / HTTP/1.1\r\nHost: 127.0.21.1\r\n\r\n"
PROBE = (
    b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>'
    b'<d:Probe xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"/></e:Body></e:Envelope>'
)
FAST = Limits(packets_per_second=0, gap=0.0, exchange_timeout=0.5, discovery_per_second=0)


def link(limits: Limits = FAST, network: str = "127.0.21.0/24") -> HostLink:
    target = Target((ip_network(network),), limits=limits)
    return HostLink(IP, target, Paces.of(limits))


def has_line(data: bytes) -> bool:
    return data.endswith(b"\n")


class Counted(Pace):
    """Counts what was let through."""

    taken = 0

    async def take(self, tokens: float = 1.0) -> None:
        self.taken += 1


async def test_reply_comes_back_whole() -> None:
    async with loopback.serve(IP, {8080: loopback.answers(b"hello\n")}) as journal:
        talk = await link().converse(8080, [GET], complete=has_line)
    assert (talk.status, talk.replies) == (ProbeStatus.OK, (b"hello\n",))
    assert bytes(journal.received) == GET


async def test_second_request_goes_over_the_same_connection() -> None:
    async with loopback.serve(IP, {8080: loopback.answers(b"1\n", b"2\n")}) as journal:
        talk = await link().converse(8080, [GET, GET], complete=has_line)
    assert talk.replies == (b"1\n", b"2\n")
    assert journal.connections == 1


async def test_connection_that_found_the_port_open_is_used_for_the_question() -> None:
    async with loopback.serve(IP, {8080: loopback.answers(b"1\n")}) as journal:
        host = link()
        assert (await host.touch(8080)).status is ProbeStatus.OK
        talk = await host.converse(8080, [GET], complete=has_line)
    assert talk.replies == (b"1\n",)
    assert (journal.connections, host.connections) == (1, 1)


async def test_never_two_connections_at_once() -> None:
    ports = {8080: loopback.answers(b"1\n"), 8081: loopback.answers(b"1\n")}
    async with loopback.serve(IP, ports) as journal:
        host = link(replace(FAST, gap=0.02))
        for port in (8080, 8081, 8080, 8081):
            await host.touch(port)
        await host.converse(8080, [GET], complete=has_line)
    assert journal.connections == 5
    assert journal.most_at_once == 1


async def test_refused_is_a_fact() -> None:
    talk = await link().touch(8082)
    assert (talk.status, talk.reason) == (ProbeStatus.REFUSED, "refused")


@pytest.mark.parametrize(
    ("behaviour", "status", "kept"),
    [
        (loopback.says_nothing, ProbeStatus.TIMEOUT, 0),
        (loopback.hangs_up, ProbeStatus.CLOSED_EARLY, 0),
        (loopback.endless, ProbeStatus.OK, 4096),
        (loopback.drips, ProbeStatus.TIMEOUT, 5),
    ],
)
async def test_hostile_peer_ends_in_a_status_with_what_was_read(
    behaviour: loopback.Behaviour, status: ProbeStatus, kept: int
) -> None:
    async with loopback.serve(IP, {8080: behaviour}):
        talk = await link().converse(8080, [GET], complete=has_line, cap=4096)
    assert talk.status is status
    assert kept <= len(talk.replies[0]) <= 4096


async def test_empty_request_only_listens() -> None:
    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\n")
        await reader.read(100)

    async with loopback.serve(IP, {2121: greets}) as journal:
        talk = await link().converse(2121, [b""], complete=has_line)
    assert talk.replies == (b"220 hello\n",)
    assert bytes(journal.received) == b""


async def test_tls_that_is_no_tls_is_a_tls_error() -> None:
    async with loopback.serve(IP, {8443: loopback.answers(b"HTTP/1.1 400 Bad\r\n\r\n")}):
        talk = await link().converse(8443, [GET], complete=has_line, tls=True)
    assert talk.status is ProbeStatus.TLS_ERROR


async def test_tls_that_never_finishes_times_out() -> None:
    async with loopback.serve(IP, {8443: loopback.says_nothing}):
        talk = await link().converse(8443, [GET], complete=has_line, tls=True)
    assert talk.status is ProbeStatus.TIMEOUT


async def test_connection_budget_is_kept_and_larger_for_cameras() -> None:
    limits = replace(FAST, connections_per_host=2, connections_per_camera=3)
    async with loopback.serve(IP, {8080: loopback.hangs_up}) as journal:
        host = link(limits)
        found = [(await host.touch(8080)).status for _ in range(3)]
        host.camera_like = True
        found += [(await host.touch(8080)).status for _ in range(2)]
    ok, skipped = ProbeStatus.OK, ProbeStatus.SKIPPED
    assert found == [ok, ok, skipped, ok, skipped]
    assert journal.connections == 3


async def test_address_out_of_scope_is_never_touched() -> None:
    async with loopback.serve(IP, {8080: loopback.hangs_up}) as journal:
        host = link(network="127.0.99.0/24")
        touched = await host.touch(8080)
        asked = await host.datagrams(3702, [], seconds=0.1)
    assert (touched.status, asked.status) == (ProbeStatus.OUT_OF_SCOPE,) * 2
    assert journal.connections == 0


async def test_request_on_the_never_send_list_does_not_leave() -> None:
    async with loopback.serve(IP, {8080: loopback.says_nothing}) as journal:
        talk = await link().converse(
            8080, [b"PUT /ISAPI/System/reboot HTTP/1.1\r\n\r\n"], complete=has_line
        )
    assert talk.status is ProbeStatus.NOT_PERMITTED
    assert journal.connections == 0


async def test_gap_between_connections_is_kept() -> None:
    async with loopback.serve(IP, {8080: loopback.hangs_up}):
        host = link(replace(FAST, gap=0.1))
        begin = time.monotonic()
        for _ in range(3):
            await host.touch(8080)
            host.close()
    assert time.monotonic() - begin >= 0.2


async def test_pace_spreads_tokens() -> None:
    pace = Pace(100, burst=1)
    begin = time.monotonic()
    for _ in range(11):
        await pace.take()
    assert time.monotonic() - begin >= 0.09


async def test_a_host_that_stays_silent_is_waited_for_less() -> None:
    waits = []
    with loopback.silent_ports(IP, [8080]):
        host = HostLink(IP, Target((ip_network(IP),), limits=FAST), Paces.of(FAST), rtt=0.05)
        for _ in range(3):
            begin = time.monotonic()
            assert (await host.touch(8080)).status is ProbeStatus.TIMEOUT
            waits.append(time.monotonic() - begin)
    assert waits[2] < min(waits[:2])


async def test_room_looks_only_when_its_guess_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "LOOK", 0)
    looks = iter([8, 6])
    room = Room(8, lambda: next(looks))
    for _ in range(4):
        await room.enter()
    assert next(looks) == 8, "half of the table is free without a look"
    await room.enter()
    await room.enter()
    assert next(looks, "none left") == "none left", "two more fitted after one look"


async def test_room_in_a_full_table_is_slow_but_not_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "LOOK", 0)
    looks: list[int] = []

    def full() -> int:
        looks.append(1)
        return 5000

    room = Room(2, full)
    for _ in range(4):
        await room.enter()
    assert len(looks) == 3


async def test_datagram_is_answered_by_the_host_only() -> None:
    async with loopback.answer_datagrams(IP, 3702, b"y" * 60_000):
        talk = await link().datagrams(3702, [PROBE], seconds=0.2, cap=1000)
    assert (talk.status, talk.replies) == (ProbeStatus.OK, (b"y" * 1000,))


async def test_host_that_refuses_a_datagram_is_not_sent_another() -> None:
    packets, limits = Counted(0), replace(FAST, gap=0.05)
    host = HostLink(IP, Target((ip_network(IP),), limits=limits), Paces(packets, Pace(0)))
    talk = await host.datagrams(3702, [PROBE, PROBE, PROBE], seconds=1.0)
    assert talk.status is ProbeStatus.REFUSED
    assert packets.taken == 1


async def test_silent_datagram_is_a_timeout() -> None:
    talk = await link().datagrams(3702, [], seconds=0.05)
    assert talk.status is ProbeStatus.TIMEOUT
