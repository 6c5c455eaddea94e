"""The mDNS worker as a real child program on a real link, among hostile neighbours."""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from scanner.collect.never_send import refuse
from scanner.collect.wire import mdns
from scanner.workers import mdns as worker
from tests.collect.netns import NETWORK, SCANNER, Lan, inside, lan
from tests.wire.test_wire_mdns import CAMERA, HTTP, PTR, name, record, response
from tests.workers.test_l2 import ROOT, Lines, start

FAR = "10.9.0.20"
MODULE = (sys.executable, "-m", "scanner.workers.mdns")
META = ("_services", "_dns-sd", "_udp", "local")


def ask(job: object) -> Lines:
    """What the worker says to a job; its standard input stays open until it has ended."""
    with start(program=MODULE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()
        said = [json.loads(line) for line in process.stdout]
        assert process.wait(timeout=20) == 0, process.stderr.read().decode()
        return said


def job(**changes: object) -> dict[str, object]:
    usual = {"do": "browse", "interfaces": [SCANNER], "addresses": [NETWORK]}
    return {**usual, "types": ["_http._tcp", "_CGI._tcp"], "listen": 1.5, **changes}


@pytest.fixture
def link() -> Iterator[Lan]:
    with lan(FAR) as built:
        yield built


@contextlib.contextmanager
def neighbour(built: Lan, *messages: bytes) -> Iterator[list[bytes]]:
    """Says all messages to the group as soon as it hears the first question; what it heard."""

    def joined() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("", mdns.PORT))
        own, group = socket.inet_aton(FAR), socket.inet_aton(mdns.GROUP)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group + own)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        sock.settimeout(0.05)
        return sock

    sock, stop, heard = inside(built.far, joined), threading.Event(), list[bytes]()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                heard.append(sock.recvfrom(65536)[0])
                for message in messages if len(heard) == 1 else ():
                    sock.sendto(message, (mdns.GROUP, mdns.PORT))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join()
        sock.close()


def answers(lines: Lines) -> list[bytes]:
    return [bytes.fromhex(str(line["data"])) for line in lines if line.get("ip") == FAR]


def test_answers_are_handed_on_as_they_came(link: Lan) -> None:
    with neighbour(link, CAMERA, CAMERA) as heard:
        lines = link.near_by(lambda: ask(job()))

    assert answers(lines) == [CAMERA]
    assert lines[-1] == {"done": True}
    assert [refuse("udp", mdns.PORT, question) for question in heard] == [None] * len(heard)


def test_what_an_answer_left_out_is_asked_for(link: Lan) -> None:
    short = response(record(name(*HTTP), PTR, name("cam", *HTTP)))
    with neighbour(link, short) as heard:
        link.near_by(lambda: ask(job(listen=2)))
    wanted = b"\x03cam\x05_http\x04_tcp\x05local\0"
    assert any(wanted in question for question in heard)


def test_it_answers_nobody(link: Lan) -> None:
    asked = name(*HTTP) + struct.pack("!HH", PTR, 1)
    query = struct.pack("!HHHHHH", 0, 0, 1, 0, 0, 0) + asked
    with neighbour(link, query, query) as heard:
        lines = link.near_by(lambda: ask(job()))
    assert answers(lines) == []
    assert [message for message in heard if message[2] & 0x80] == []


def test_strangers_are_not_heard(link: Lan) -> None:
    with neighbour(link, CAMERA):
        assert link.near_by(lambda: ask(job(addresses=["10.9.0.64/26"]))) == [{"done": True}]


def test_a_flood_is_bounded(link: Lan) -> None:
    flood = [response(record(name(*HTTP), PTR, name(f"c{n}", *HTTP))) for n in range(300)]
    with neighbour(link, *flood) as heard:
        lines = link.near_by(lambda: ask(job()))
    assert 0 < len(answers(lines)) <= worker.DATAGRAMS
    assert len(heard) <= worker.PACKETS


def test_a_thousand_types_do_not_make_it_ask_a_thousand_questions(link: Lan) -> None:
    types = [
        response(
            *(record(name(*META), PTR, name(f"_t{n}-{k}", "_tcp", "local")) for k in range(40))
        )
        for n in range(25)
    ]
    with neighbour(link, *types) as heard:
        link.near_by(lambda: ask(job(listen=3)))
    assert len(heard) <= worker.PACKETS


@pytest.mark.parametrize(
    "message",
    [
        response(record(name(*META), PTR, name("_x" * 30, "_tcp", "local"))),
        response(record(name(*META), PTR, name("-_ .", "\x1b[31m", "local"))),
        response(record(name(*META), PTR, name("_123", "_tcp", "local"))),
        response(record(name(*HTTP), PTR, name("a", "b", "c"))),
        response(record(name(*HTTP), PTR, name("\x00\x07" * 20, *HTTP))),
        response(record(name(*HTTP), PTR, b"\xc0\x0c")),
        response(record(name(*HTTP), PTR, b"\x3fx")),
        b"\0\0\x84\0" + b"\xff" * 400,
        b"\0\0\x84",
        CAMERA[:60],
    ],
    ids=[
        "long-type", "no-type", "digits", "other-name", "control", "loop", "short", "counts",
        "three-bytes", "torn",
    ],
)  # fmt: skip
def test_hostile_answers_do_not_stop_it(link: Lan, message: bytes) -> None:
    with neighbour(link, message, CAMERA):
        lines = link.near_by(lambda: ask(job(listen=1.2)))
    assert CAMERA in answers(lines)
    assert lines[-1] == {"done": True}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"interfaces": []}, "'interfaces' has to be a list"),
        ({"interfaces": ["eth0"]}, "eth0"),
        ({"addresses": "10.9.0.0/24"}, "'addresses' has to be a list"),
        ({"addresses": ["cam.example"]}, "cam.example"),
        ({"types": [7]}, "'types' has to be a list"),
        ({"types": ["http"]}, "is not a service type"),
        ({"listen": 0}, "'listen' has to be a number"),
        ({"listen": "3"}, "'listen' has to be a number"),
        ({"do": "register"}, "name one of browse"),
    ],
)
def test_bad_jobs_are_explained(change: dict[str, Any], reason: str) -> None:
    (line,) = ask(job(**change))
    assert line["error"] == "bad-job"
    assert reason in str(line["reason"])


def test_only_the_worker_knows_zeroconf() -> None:
    code = "import sys, scanner.cli, scanner.app, scanner.scan; print('zeroconf' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.strip() == "False"
