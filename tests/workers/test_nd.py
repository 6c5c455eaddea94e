"""The neighbour discovery job of the l2 worker, on a real link and against made-up answers."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from scanner.workers import nd
from scanner.workers.echo import checksum
from tests.collect.netns import Lan, inside, lan
from tests.workers.test_l2 import ask

REPLY = 129
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def sweep(**changes: object) -> dict[str, object]:
    return {"do": "nd-sweep", "interfaces": ["s0"], "wait": 0.6, **changes}


@pytest.fixture
def link() -> Iterator[Lan]:
    with lan("10.9.0.20") as built:
        yield built


def test_a_neighbour_answers_with_its_true_address(link: Lan) -> None:
    line, done = link.near_by(lambda: ask(sweep()))
    assert str(line["ip"]).startswith("fe80::")
    assert str(line["ip"]).endswith("%s0")
    assert line["mac"] == link.far_mac
    assert 0 < float(str(line["rtt"])) < 5
    assert done == {"done": True, "replies": 1}


def test_without_privilege_the_table_is_read_and_then_it_says_so(link: Lan) -> None:
    link.near_by(lambda: ask(sweep()))
    line, error = link.near_by(lambda: ask(sweep(), *NOBODY))
    assert (line["mac"], line["rtt"]) == (link.far_mac, None)
    assert error["error"] == "not-permitted"
    assert "net.ipv4.ping_group_range" in str(error["reason"])


def test_with_a_permitted_group_no_privilege_is_needed(link: Lan) -> None:
    def permit() -> None:
        with open("/proc/sys/net/ipv4/ping_group_range", "w") as setting:  # noqa: PTH123
            setting.write("0 65534")

    link.near_by(permit)
    line, done = link.near_by(lambda: ask(sweep(), *NOBODY))
    assert line["rtt"] is not None
    assert done["replies"] == 1


def frame(built: Lan, source: int, request: bytes, payload: bytes) -> bytes:
    """An echo reply from fe80::<source> to whoever sent the request, an IPv6 packet."""
    sender = b"\xfe\x80" + source.to_bytes(14, "big")
    target, ident = request[8:24], request[44:48]
    plain = struct.pack("!BBH", REPLY, 0, 0) + ident + payload
    pseudo = sender + target + struct.pack("!IxxxB", len(plain), 58)
    message = plain[:2] + checksum(pseudo + plain).to_bytes(2, "big") + plain[4:]
    head = struct.pack("!IHBB", 6 << 28, len(message), 58, 64) + sender + target
    macs = [bytes.fromhex(mac.replace(":", "")) for mac in (built.near_mac, built.far_mac)]
    return b"".join(macs) + b"\x86\xdd" + head + message


@contextlib.contextmanager
def liar(built: Lan, replies: Callable[[bytes], list[bytes]]) -> Iterator[None]:
    """Answers each ping of all nodes with frames of its own making."""
    sock = inside(built.far, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
    sock.bind(("n0", 0x86DD))
    sock.settimeout(0.05)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                data, (_, _, kind, _, _) = sock.recvfrom(65536)
                is_ping = data[20] == 58 and data[54] == 128 and data[38] == 0xFF
                for answer in replies(data[14:]) if is_ping and kind != 4 else ():
                    sock.send(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        sock.close()


def test_made_up_senders_are_bounded_and_not_believed(link: Lan) -> None:
    def crowd(request: bytes) -> list[bytes]:
        return [frame(link, n, request, request[48:]) for n in range(1, nd.MAX_ANSWERS + 500)]

    with liar(link, crowd):
        *found, done = link.near_by(lambda: ask(sweep(wait=2)))
    assert {line["mac"] for line in found} == {link.far_mac}
    assert 1 < int(str(done["replies"])) <= nd.MAX_ANSWERS
    direct = {p[24:40] for p in link.ipv6 if p[6] == 58 and p[40] == 128 and p[24] != 0xFF}
    assert len(direct) <= nd.MAX_DIRECT


def test_answers_to_other_questions_do_not_count(link: Lan) -> None:
    def wrong(request: bytes) -> list[bytes]:
        return [
            frame(link, n, request, p) for n, p in enumerate((b"", b"x", request[48:] + b"x"), 7)
        ]

    with liar(link, wrong):
        *found, done = link.near_by(lambda: ask(sweep()))
    assert done["replies"] == 1
    assert [line["mac"] for line in found] == [link.far_mac]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"interfaces": []}, "'interfaces' has to be a list"),
        ({"interfaces": "s0"}, "'interfaces' has to be a list"),
        ({"interfaces": ["no such"]}, "not all are interfaces of this machine"),
        ({"wait": 0}, "'wait' has to be a number"),
        ({"wait": "1"}, "'wait' has to be a number"),
        ({"wait": float("nan")}, "'wait' has to be a number"),
    ],
)
def test_bad_jobs_are_explained(link: Lan, change: dict[str, object], reason: str) -> None:
    (line,) = link.near_by(lambda: ask(sweep(**change)))
    assert line["error"] == "bad-job"
    assert reason in str(line["reason"])
