"""The probes of single ports that are not the web: certificates, streams, greetings."""

import asyncio
import hashlib

import pytest

from scanner.collect.api import HostView, Outcome, Probe, Stage
from scanner.collect.probes import greeting, rtsp, tls
from scanner.model import ProbeStatus
from tests.probes.peers import (
    CLOSED_PORT,
    IP,
    LoopbackNet,
    Peer,
    pairs,
    serving,
    values,
    view,
)

PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY"
OPTIONS = f"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Stream/1\r\nPublic: {PUBLIC}\r\n\r\n".encode()
REALM = 'Digest realm="IP Camera(C0001)", nonce="0", stale="FALSE"'
DESCRIBE = (
    f"RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nServer: Stream/1\r\nWWW-Authenticate: {REALM}\r\n\r\n"
).encode()


async def ask(probe: Probe, peer: Peer, service: str, patience: float = 10.0) -> Outcome:
    """Run a probe against a peer on the port the peer really has."""
    return await probe.run(LoopbackNet(patience), peer.port, view(peer.port, service))


@pytest.mark.parametrize(
    ("probe", "services"),
    [
        (tls.PROBE, {"https"}),
        (rtsp.PROBE, {"rtsp"}),
        (greeting.PROBE, {"greeting", "silent"}),
    ],
)
def test_ports(probe: Probe, services: set[str]) -> None:
    every = ("http", "https", "rtsp", "greeting", "silent")
    host = HostView(IP, services=dict(enumerate(every, 1)))
    assert {host.services[p] for p in probe.ports(host)} == services
    assert probe.stage is Stage.PORT


@pytest.mark.parametrize(
    ("probe", "service"),
    [(tls.PROBE, "https"), (rtsp.PROBE, "rtsp"), (greeting.PROBE, "greeting")],
)
async def test_refused(probe: Probe, service: str) -> None:
    outcome = await probe.run(LoopbackNet(), CLOSED_PORT, view(CLOSED_PORT, service))
    assert (outcome.status, outcome.observations) == (ProbeStatus.REFUSED, ())


async def test_certificate() -> None:
    async with serving(Peer(keep=True), tls=True) as peer:
        outcome = await ask(tls.PROBE, peer, "https")
    seen = dict(pairs(outcome))
    assert outcome.status is ProbeStatus.OK
    assert seen["tls.subject"] == seen["tls.issuer"] == "CN=camera.example,C=CN"
    assert {o.raw_sha256 for o in outcome.observations} == {seen["tls.sha256"]}
    assert set(peer.received) <= {b""}


@pytest.mark.parametrize("greeting_bytes", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 70000])
async def test_no_tls(greeting_bytes: bytes) -> None:
    async with serving(Peer(greeting=greeting_bytes)) as peer:
        outcome = await ask(tls.PROBE, peer, "https")
    assert (outcome.status, outcome.observations) == (ProbeStatus.TLS_ERROR, ())
    assert outcome.reason


async def test_tls_that_never_finishes() -> None:
    async with serving(Peer(keep=True)) as peer:
        outcome = await ask(tls.PROBE, peer, "https", 0.1)
    assert (outcome.status, outcome.observations) == (ProbeStatus.TIMEOUT, ())


async def test_stream_server_on_one_connection() -> None:
    async with serving(Peer([OPTIONS, DESCRIBE], keep=True)) as peer:
        outcome = await ask(rtsp.PROBE, peer, "rtsp")
    assert [sent.split(b"\r\n")[0].split()[0] for sent in peer.received] == [b"OPTIONS"]
    assert peer.received[0].count(b"DESCRIBE rtsp://127.0.31.1:") == 1
    assert (outcome.status, pairs(outcome)) == (
        ProbeStatus.OK,
        [
            ("rtsp.server", "Stream/1"),
            ("rtsp.public", PUBLIC),
            ("rtsp.www_authenticate", REALM),
        ],
    )
    assert outcome.observations[-1].raw_sha256 == hashlib.sha256(DESCRIBE).hexdigest()


async def test_challenge_to_options_is_enough() -> None:
    async with serving(Peer([DESCRIBE, DESCRIBE], keep=True)) as peer:
        outcome = await ask(rtsp.PROBE, peer, "rtsp")
    assert b"DESCRIBE" not in peer.received[0]
    assert values(outcome, "rtsp.www_authenticate") == [REALM]


async def test_stream_server_that_closes_after_options() -> None:
    async with serving(Peer([OPTIONS])) as peer:
        outcome = await ask(rtsp.PROBE, peer, "rtsp")
    assert len(peer.received) == 1
    assert values(outcome, "rtsp.public") == [PUBLIC]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "answered HTTP/1.1, not RTSP"),
        (b"SSH-2.0-x\r\n", "answered something else, not RTSP"),
        (b"\xff\x00" * 100, "answered something else, not RTSP"),
    ],
)
async def test_no_stream_server(reply: bytes, reason: str) -> None:
    async with serving(Peer([reply], keep=True)) as peer:
        outcome = await ask(rtsp.PROBE, peer, "rtsp")
    assert (outcome.status, outcome.reason) == (ProbeStatus.PROTOCOL_ERROR, reason)
    assert outcome.observations == ()


async def test_silent_stream_server() -> None:
    async with serving(Peer(keep=True)) as peer:
        outcome = await ask(rtsp.PROBE, peer, "rtsp", 0.1)
    assert (outcome.status, outcome.observations) == (ProbeStatus.TIMEOUT, ())


async def test_reset_by_a_stream_server() -> None:
    async with serving(Peer(reset=True)) as peer:
        outcome = await ask(rtsp.PROBE, peer, "rtsp")
    assert (outcome.status, outcome.observations) == (ProbeStatus.CLOSED_EARLY, ())


async def test_dripping_stream_server_keeps_what_came() -> None:
    slow = OPTIONS.replace(b"CSeq: 1", b"X: " + b"x" * 900)
    async with serving(Peer([b"RTSP/1.0 200 OK\r\nServer: S\r\n"], endless=slow)) as peer:
        peer.drip = True
        outcome = await ask(rtsp.PROBE, peer, "rtsp", 0.9)
    assert outcome.status is ProbeStatus.TIMEOUT
    assert values(outcome, "rtsp.server") == ["S"]


async def test_endless_stream_server() -> None:
    async with serving(Peer([b"RTSP/1.0 200 OK\r\n"], endless=b"A: b\r\n" * 2000)) as peer:
        outcome = await ask(rtsp.PROBE, peer, "rtsp", 2.0)
    assert outcome.status is ProbeStatus.OK
    assert outcome.observations == ()


@pytest.mark.parametrize(
    ("port", "said", "field", "value"),
    [
        (21, b"220-hello\r\n220 ready\r\n", "ftp.banner", "220-hello\r\n220 ready"),
        (22, b"SSH-2.0-dropbear_2019.78\r\n", "ssh.banner", "SSH-2.0-dropbear_2019.78"),
        (23, b"\xff\xfd\x01\xff\xfb\x03\r\ndvrdvs login: ", "telnet.banner", "\r\ndvrdvs login: "),
        (
            8000,
            bytes.fromhex("000000100000001e0000001e00000000"),
            "tcp.banner",
            "\0\0\0\x10\0\0\0\x1e\0\0\0\x1e\0\0\0\0",
        ),
        (9000, b"\xff\xfe", "tcp.banner", "\\xff\\xfe"),
    ],
)
async def test_greetings(port: int, said: bytes, field: str, value: str) -> None:
    async with serving(Peer(greeting=said, keep=True)) as peer:
        outcome = await greeting.PROBE.run(
            LoopbackNet(1.0, at={port: peer.port}), port, view(port, "silent")
        )
    assert (outcome.status, pairs(outcome)) == (ProbeStatus.OK, [(field, value)])
    assert outcome.observations[0].raw_sha256 == hashlib.sha256(said).hexdigest()
    assert peer.received == [b""]


async def test_silence_is_an_answer_and_nothing_is_sent() -> None:
    async with serving(Peer(keep=True)) as peer:
        outcome = await greeting.PROBE.run(
            LoopbackNet(0.5, at={37777: peer.port}), 37777, view(37777, "silent")
        )
        await asyncio.sleep(0.05)
    assert (outcome.status, outcome.observations) == (ProbeStatus.OK, ())
    assert peer.received == [b""]


async def test_greeting_in_drops_is_heard_as_far_as_it_came() -> None:
    async with serving(Peer(greeting=b"login: " * 100, drip=True)) as peer:
        outcome = await ask(greeting.PROBE, peer, "greeting", 0.3)
    assert outcome.status is ProbeStatus.OK
    assert 0 < len(values(outcome, "tcp.banner")[0]) < 700


async def test_endless_greeting_is_cut() -> None:
    async with serving(Peer(greeting=b"x" * 500_000)) as peer:
        outcome = await ask(greeting.PROBE, peer, "greeting")
    assert values(outcome, "tcp.banner") == ["x" * greeting.KEPT]


async def test_reset_instead_of_a_greeting() -> None:
    async with serving(Peer(greeting=b"\r\n", reset=True)) as peer:
        outcome = await ask(greeting.PROBE, peer, "greeting")
    assert outcome.status in (ProbeStatus.OK, ProbeStatus.CLOSED_EARLY)
    assert outcome.observations == ()
