"""The SADP job of the l2 worker as a real child program on a real link."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from scanner.collect.never_send import refuse
from scanner.workers import l2
from tests.collect.netns import NETWORK, Lan, inside, lan
from tests.workers.test_l2 import ask

ETHERTYPE = 0x8033
Responder = Callable[[bytes], list[bytes]]


def job(**changes: object) -> dict[str, object]:
    return {
        **{"do": "sadp", "interface": "s0", "addresses": [NETWORK], "copies": 2, "wait": 0.3},
        **changes,
    }


def response(to: bytes, ip: str, serial: bytes, *, optype: int = 4, mac: bytes = b"") -> bytes:
    """A response frame in the documented form to an inquiry frame."""
    mac = mac or bytes.fromhex("4419b6000001")
    head = bytes.fromhex("210201f6") + to[18:22] + bytes([6, 4, optype, 0, 0xBB, 0x7F])
    ends = mac + socket.inet_aton(ip) + to[28:38] + bytes([255, 255, 255, 0])
    return to[6:12] + mac + b"\x80\x33" + head + ends + struct.pack("!48sI", serial, 38930)


@contextlib.contextmanager
def answering(built: Lan, responder: Responder) -> Iterator[None]:
    """The far end answers inquiries in raw frames."""
    sock = inside(built.far, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
    sock.bind(("n0", ETHERTYPE))
    sock.settimeout(0.05)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                for frame in responder(sock.recv(2048)):
                    sock.send(frame)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        sock.close()


def test_who_answers_is_told_once() -> None:
    def two(asked: bytes) -> list[bytes]:
        other = bytes.fromhex("4419b6000002")
        return [
            response(asked, "10.9.0.7", b"DS-ONE"),
            response(asked, "192.168.1.64", b"DS-TWO", mac=other),
        ]

    with lan() as built, answering(built, two):
        first, second, done = built.near_by(lambda: ask(job()))

    assert (first["ip"], first["mac"]) == ("10.9.0.7", "44:19:b6:00:00:01")
    assert (second["ip"], second["mac"]) == ("192.168.1.64", "44:19:b6:00:00:02")
    assert ["sadp.devicesn", "DS-ONE"] in list(first["fields"])  # type: ignore[call-overload]
    assert done == {"done": True}


def test_nothing_but_inquiries_leaves() -> None:
    with lan() as built:
        assert built.near_by(lambda: ask(job(copies=3, wait=0.05))) == [{"done": True}]
    frames = [frame for _, frame in built.frames]
    assert len(frames) == 3
    for frame in frames:
        assert frame[:14] == b"\xff" * 6 + frame[6:12] + b"\x80\x33"
        assert frame[6:12].hex(":") == built.near_mac
        assert refuse("ethernet", ETHERTYPE, frame[14:]) is None


def test_hostile_frames_add_nothing() -> None:
    def hostile(asked: bytes) -> list[bytes]:
        honest = response(asked, "10.9.0.7", b"DS-ONE")
        others = [response(asked, "10.9.0.7", b"x", optype=n) for n in (1, 2, 3, 6, 7, 16)]
        odd = [honest[:n] for n in (15, 25, 51)] + [honest[:14] + b"\x45" + honest[15:]]
        return [*others, *odd, honest[:60] + b"\xff" * 1400]

    with lan() as built, answering(built, hostile):
        lines = built.near_by(lambda: ask(job(copies=1)))
    assert [line.get("ip") for line in lines] == ["10.9.0.7", None]


def test_a_long_frame_and_many_are_bounded() -> None:
    def flood(asked: bytes) -> list[bytes]:
        return [response(asked, "10.9.0.7", b"%d" % n) for n in range(6000)]

    with lan() as built, answering(built, flood):
        lines = built.near_by(lambda: ask(job(copies=1, wait=2)))
    assert 1 < len(lines) <= l2.RESPONSES + 1
    assert lines[-1] == {"done": True}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"copies": 4}, "'copies' has to be a number from 0 to 3"),
        ({"addresses": []}, "'addresses' has to be a list"),
        ({"addresses": ["10.8.0.0/24"]}, "not all addresses are on the link of s0"),
        ({"interface": "lo"}, "not an Ethernet interface"),
    ],
)
def test_bad_jobs_are_explained(changes: dict[str, object], reason: str) -> None:
    with lan() as built:
        (line,) = built.near_by(lambda: ask(job(**changes)))
    assert line["error"] == "bad-job"
    assert reason in str(line["reason"])
    assert built.frames == []


def test_without_privilege_it_says_so() -> None:
    prefix = ("setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs")
    with lan() as built:
        (line,) = built.near_by(lambda: ask(job(), *prefix))
    assert line["error"] == "not-permitted"
    assert built.frames == []
