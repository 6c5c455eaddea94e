"""The SNMP worker as a real child program: honest agents are read, hostile ones are survived."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from puresnmp import V2C, V3, ObjectIdentifier
from puresnmp.credentials import Auth, Priv
from puresnmp.pdu import InformRequest, PDUContent, SetRequest, Trap
from puresnmp.transport import Endpoint
from x690.types import Integer

from scanner.collect.never_send import refuse
from scanner.collect.wire import snmp as wire
from scanner.workers import snmp
from tests.workers.agent import (
    Agent,
    Oid,
    Reply,
    Request,
    agent,
    honest,
    octets,
    oid,
    response,
    tlv,
)

ROOT = Path(snmp.__file__).parents[2]
WORKER = (sys.executable, "-m", "scanner.workers.snmp")
SYS_NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)
COLUMN: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1)
LLDP: Oid = (1, 0, 8802, 1, 1, 2, 1, 4, 1, 1, 12)
COMMUNITY = "c0mmunity-x7"
Lines = list[dict[str, Any]]


def dotted(nodes: Oid) -> str:
    return ".".join(map(str, nodes))


def ask(job: object) -> Lines:
    """What the worker says to a job; it has to end well and never tells the community."""
    pipe = subprocess.PIPE
    with subprocess.Popen(WORKER, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()
        said, complaints = process.stdout.read(), process.stderr.read()
        assert process.wait(timeout=20) == 0, complaints.decode()
    assert COMMUNITY.encode() not in said + complaints
    return [json.loads(line) for line in said.splitlines()]


def job(port: int, **changes: object) -> dict[str, object]:
    usual = {
        "do": "read",
        "addresses": ["127.0.0.1"],
        "port": port,
        "login": {"community": COMMUNITY},
        "get": [dotted(SYS_NAME)],
        "walk": [dotted(COLUMN)],
        "rate": 0,
        "patience": 0.2,
    }
    return {**usual, **changes}


def told(reply: Reply, **changes: object) -> tuple[Lines, Agent]:
    with agent(reply) as running:
        return ask(job(running.port, **changes)), running


def rows(lines: Lines) -> list[list[object]]:
    return [row for line in lines for row in line.get("rows", [])]


def troubles(lines: Lines) -> list[str]:
    return [line["trouble"] for line in lines if "trouble" in line]


def names(count: int, column: Oid = COLUMN) -> dict[Oid, bytes]:
    return {(*column, n): octets(b"Gi%d" % n) for n in range(1, count + 1)}


def test_scalars_and_columns_of_every_kind() -> None:
    table = {
        SYS_NAME: octets(b"sw-1"),
        **names(3),
        (*COLUMN[:-1], 2, 1): octets(b"of the next column"),
        (*LLDP, 4_000_000_000, 7, 1): octets(b"\x28"),
    }
    object_id = (1, 3, 6, 1, 2, 1, 1, 2, 0)
    table[object_id] = oid((1, 3, 6, 1, 4, 1, 1004849, 3))
    gets = [dotted(SYS_NAME), dotted(object_id), "1.3.6.1.2.1.17.1.1.0"]
    lines, running = told(honest(table), get=gets, walk=[dotted(COLUMN), dotted(LLDP)])

    assert lines == [
        {"get": dotted(SYS_NAME), "value": b"sw-1".hex()},
        {"get": dotted(object_id), "value": "1.3.6.1.4.1.1004849.3"},
        {"walk": dotted(COLUMN), "rows": [[str(n), (b"Gi%d" % n).hex()] for n in (1, 2, 3)]},
        {"walk": dotted(LLDP), "rows": [["4000000000.7.1", "28"]]},
        {"done": True, "requests": 3},
    ]  # fmt: skip
    assert running.tags == [wire.GET, wire.GET_BULK, wire.GET_BULK]


def test_a_long_column_is_read_twenty_rows_at_a_time() -> None:
    lines, _ = told(honest(names(101)))
    assert [row[0] for row in rows(lines)] == [str(n) for n in range(1, 102)]
    assert lines[-1] == {"done": True, "requests": 8}


def test_what_leaves_are_reads_for_which_the_guard_of_the_product_has_no_objection() -> None:
    _, running = told(honest(names(50)))
    assert len(running.packets) == 5
    for packet in running.packets:
        assert refuse("udp", 161, packet) is None
        message = wire.parse(packet)
        assert message is not None
        assert wire.is_read(message)


def test_the_rate_is_never_exceeded() -> None:
    came: list[float] = []
    table = honest(names(200))

    def slow(asked: Request) -> list[bytes]:
        came.append(time.monotonic())
        return table(asked)

    told(slow, rate=50, patience=5)
    assert len(came) == 12
    assert came[-1] - came[0] >= 0.9 * 11 / 50


def test_a_lost_reply_is_asked_for_once_more() -> None:
    seen: list[bytes] = []
    table = honest({SYS_NAME: octets(b"sw-1"), **names(1)})

    def lossy(asked: Request) -> list[bytes]:
        seen.append(asked.packet)
        return table(asked) if seen.count(asked.packet) > 1 else []

    lines, _ = told(lossy)
    assert rows(lines) == [["1", b"Gi1".hex()]]
    assert troubles(lines) == []
    assert [seen.count(packet) for packet in seen] == [2] * len(seen)


def wrong_id(asked: Request) -> list[bytes]:
    other = bytes([asked.number[0] ^ 1]) + asked.number[1:]
    return [response(asked, [(SYS_NAME, octets(b"x"))], number=other)]


SILENT = "no answer (a wrong login gets none either)"


@pytest.mark.parametrize(
    "reply",
    [
        lambda asked: [],
        wrong_id,
        lambda asked: [b"junk", b"", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", bytes(60_000)],
        lambda asked: [asked.packet],
        lambda asked: [response(asked, [])[:-1]],
        lambda asked: [tlv(0x30, response(asked, []))],
        lambda asked: [response(asked, [(SYS_NAME, tlv(0x30, *[tlv(5)] * 9000))])],
    ],
    ids=["silence", "wrong id", "junk", "echo", "torn", "wrapped", "a heap of pieces"],
)
def test_who_does_not_answer_properly_gets_two_packets_in_all(reply: Reply) -> None:
    lines, running = told(reply)
    assert lines == [{"trouble": SILENT}, {"done": True, "requests": 2}]
    assert len(running.packets) == 2
    assert running.packets[0] == running.packets[1]


def test_a_closed_port_is_told_at_once() -> None:
    with agent(lambda asked: []) as gone:
        pass
    assert troubles(ask(job(gone.port))) == ["the SNMP port is closed"]


def after_get(reply: Reply) -> Reply:
    """Honest to the first question, then `reply`."""
    table = honest({SYS_NAME: octets(b"sw-1")})
    return lambda asked: table(asked) if asked.tag == wire.GET else reply(asked)


def endless(asked: Request) -> list[bytes]:
    last = asked.oids[0]
    start = last[-1] if len(last) > len(COLUMN) else 0
    more = [((*COLUMN, start + n), octets(b"x" * 2500)) for n in range(1, 21)]
    return [response(asked, more)]


@pytest.mark.parametrize(
    ("reply", "trouble"),
    [
        (lambda a: [response(a, [((*COLUMN, 1), octets(b"x"))] * 20)], "do not increase"),
        (lambda a: [response(a, [(COLUMN, octets(b"x"))])], "do not increase"),
        (
            lambda a: [response(a, [((*COLUMN, n), octets(b"x")) for n in (5, 4, 3)])],
            "do not increase",
        ),
        (endless, "more than 500 rows, the rest was not read"),
        (lambda a: [response(a, [(COLUMN, octets(b""))], status=5)], "error status 5"),
        (lambda a: [response(a, [((*COLUMN, n), tlv(5)) for n in range(1, 60)])], "cannot be read"),
        (lambda a: [response(a, [((*COLUMN, 1), tlv(9, b"\1"))])], "do not increase"),
        (lambda a: [tlv(0x30, tlv(2, b"\1"), tlv(4, b"other"),
                        tlv(0xA2, tlv(2, a.number), tlv(2, b"\0"), tlv(2, b"\0"), tlv(0x30)))],
         "cannot be read (SnmpError)"),
        (lambda a: [response(a, [((*COLUMN, 1), b"")])], "cannot be read"),
        (lambda a: [tlv(0x30, tlv(2, b"\1"), octets(COMMUNITY.encode()),
                        tlv(0xA2, tlv(2, a.number), octets(b"y"), octets(b"z"), tlv(0x30)))],
         "cannot be read"),
    ],
    ids=["the same", "the root", "falling", "endless", "error", "too many", "an odd type",
         "another community", "no value", "no error status"],
)  # fmt: skip
def test_walks_of_hostile_agents_end(reply: Reply, trouble: str) -> None:
    lines, running = told(after_get(reply), rows=500)
    assert lines[0] == {"get": dotted(SYS_NAME), "value": b"sw-1".hex()}
    assert trouble in " ".join(troubles(lines))
    assert lines[-1]["done"] is True
    assert len(running.packets) <= 27
    assert all(len(str(row[1])) <= 2 * snmp.MAX_VALUE for row in rows(lines))


def test_an_object_id_of_endless_digits_ends() -> None:
    def reply(asked: Request) -> list[bytes]:
        monstrous = tlv(6, b"\x2b", b"\x81" * 20_000, b"\x01")
        bindings = tlv(0x30, tlv(0x30, monstrous, tlv(5)))
        content = (tlv(2, asked.number), tlv(2, b"\0"), tlv(2, b"\0"), bindings)
        head = tlv(2, b"\1") + octets(COMMUNITY.encode())
        return [tlv(0x30, head, tlv(0xA2, *content))]

    lines, _ = told(after_get(reply))
    assert troubles(lines) == ["it stopped answering"]


def test_a_trouble_in_one_column_leaves_the_others() -> None:
    table = honest(names(2, LLDP))

    def reply(asked: Request) -> list[bytes]:
        if asked.oids[0][: len(COLUMN)] == COLUMN:
            return [response(asked, [(COLUMN, octets(b""))], status=5)]
        return table(asked)

    lines, _ = told(after_get(reply), walk=[dotted(COLUMN), dotted(LLDP)])
    assert len(troubles(lines)) == 1
    assert len(rows(lines)) == 2


def sends(act: Callable[[snmp.Reader], Any], login: V2C | V3) -> list[bytes]:
    """The packets that reach a socket when a reader is made to act; refusals are part of it."""
    with agent(lambda asked: []) as running:
        reader = snmp.Reader("127.0.0.1", login, running.port, snmp.Exchange(0, 0.05))

        async def run() -> None:
            with pytest.raises(PermissionError, match="only reads leave"):
                await act(reader)

        asyncio.run(run())
    return running.packets


TARGET = ObjectIdentifier(dotted(SYS_NAME))
PROTECTED = V3("census", Auth(b"auth-k3y-zz9", "sha1"), Priv(b"priv-k3y-qq4", "aes"))
WRITES: dict[str, Callable[[snmp.Reader], Any]] = {
    "set": lambda reader: reader.set(TARGET, Integer(1)),
    "multiset": lambda reader: reader.multiset({TARGET: Integer(1)}),
    "a SET by hand": lambda reader: reader._send(SetRequest(PDUContent(7, [])), 7),
    "an inform": lambda reader: reader._send(InformRequest(PDUContent(7, [])), 7),
    "a trap": lambda reader: reader._send(Trap(PDUContent(7, [])), 7),
}


@pytest.mark.parametrize("act", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("login", [V2C(COMMUNITY), PROTECTED], ids=["v2c", "v3, encrypted"])
def test_a_write_can_never_be_sent(act: Callable[[snmp.Reader], Any], login: V2C | V3) -> None:
    assert sends(act, login) == []


def test_a_write_that_was_built_elsewhere_does_not_leave_either() -> None:
    async def leave(reader: snmp.Reader) -> None:
        packet, _ = await reader.mpm.encode(
            7, reader.credentials, b"", b"", SetRequest(PDUContent(7, []))
        )
        await reader.sender(Endpoint(ip_address("127.0.0.1"), reader.port), bytes(packet))

    assert sends(leave, V2C(COMMUNITY)) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"do": "write"}, "name one of read"),
        ({"addresses": []}, "list of one address"),
        ({"addresses": ["10.0.0.0/24"]}, "list of one address"),
        ({"addresses": ["switch.example"]}, "does not appear to be"),
        ({"login": {}}, "'login' has to be a community"),
        ({"login": {"community": 7}}, "'login' has to be a community"),
        ({"get": "1.3.6"}, "'get' has to be a list"),
        ({"walk": [7]}, "'walk' has to be a list"),
        ({"rate": -1}, "'rate' has to be a number"),
        ({"patience": "long"}, "'patience' has to be a number"),
    ],
)
def test_bad_jobs_are_explained(changes: dict[str, object], reason: str) -> None:
    (line,) = ask(job(1, **changes))
    assert line["error"] == "bad-job"
    assert reason in line["reason"]


def test_only_the_worker_knows_puresnmp() -> None:
    code = (
        "import sys, scanner.app, scanner.collect.discovery.snmp;"
        "print('puresnmp' in sys.modules, 'x690' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.strip() == "False False"
