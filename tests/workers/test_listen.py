"""The listening job of the l2 worker on a real link, and its kernel filter against any frame."""

import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire.frames import pick
from scanner.workers import listen
from scanner.workers.packet import Instruction
from tests.collect.netns import Lan, inside, lan
from tests.wire.packets import arp, ethernet, ipv4, ipv6, said_by, udp
from tests.wire.test_wire_frames import ANNOUNCEMENTS
from tests.workers.test_l2 import ask, start

Lines = list[dict[str, object]]
STREAM = said_by("192.0.2.12", 5004, bytes(1000))
ND = ethernet(0x86DD, ipv6("fe80::9e8e:cdff:fe00:1", "ff02::16", 58, bytes([143, 0, 0, 0]), hops=1))
MDNS_V6 = ethernet(0x86DD, ipv6("fe80::1", "ff02::fb", 17, udp(5353, 5353, bytes(12)), hops=255))


def job(wait: float = 1.5, **changes: object) -> dict[str, object]:
    return {"do": "listen", "interfaces": ["s0"], "wait": wait, **changes}


def heard(built: Lan, *frames: bytes) -> Lines:
    """What the worker says of frames that come from the far end while it listens."""
    sock = inside(built.far, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
    sock.bind(("n0", 0))
    with sock, built.near_by(start) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(job()).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"listening": True}
        for frame in frames:
            sock.send(frame)
        lines = [json.loads(line) for line in process.stdout]
        assert process.wait(timeout=20) == 0
        return lines


def test_announcements_are_told_once_and_streams_never() -> None:
    with lan() as built:
        lines = heard(built, *ANNOUNCEMENTS.values(), STREAM, *ANNOUNCEMENTS.values(), ND)
        sent = [frame for _, frame in built.frames]
    said = [str(line["protocol"]) for line in lines if "protocol" in line]
    assert set(said) == set(ANNOUNCEMENTS)
    assert len(said) == len(set(said))
    assert "fe80::9e8e:cdff:fe00:1%s0" in [line.get("ip") for line in lines]
    assert lines[-1] == {"done": True, "dropped": 0}
    assert sent == []


def test_what_this_machine_sends_is_not_heard() -> None:
    with lan("10.9.0.20") as built:
        own = [line for line in heard(built) if line.get("ip") == "10.9.0.1"]
    assert own == []


def test_without_privilege_it_says_so() -> None:
    prefix = ("setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs")
    with lan() as built:
        (line,) = built.near_by(lambda: ask(job(), *prefix))
    assert line["error"] == "not-permitted"


@pytest.mark.parametrize("changes", [{"interfaces": []}, {"wait": 0}, {"wait": 10**9}])
def test_bad_jobs_are_explained(changes: dict[str, object]) -> None:
    (line,) = ask(job(**changes))  # type: ignore[arg-type]
    assert line["error"] == "bad-job"


def test_a_wrong_interface_is_explained() -> None:
    with lan() as built:
        (line,) = built.near_by(lambda: ask(job(interfaces=["nothing0"])))
    assert line["error"] == "failed"


LOADS = {0x30: 1, 0x28: 2, 0x48: 2}


def kept(program: list[Instruction], frame: bytes, kind: int = 0) -> int:
    """What the kernel would keep: the program on a frame that came in (0) or went out (4)."""
    accumulator = x = at = 0
    while True:
        code, true, false, operand = program[at]
        at += 1
        if code == 0x06:
            return operand
        if code in LOADS:
            if operand == 0xFFFFF004:
                accumulator = kind
                continue
            begin = operand + (x if code == 0x48 else 0)
            if begin + LOADS[code] > len(frame):
                return 0
            accumulator = int.from_bytes(frame[begin : begin + LOADS[code]])
        elif code == 0xB1:
            if operand >= len(frame):
                return 0
            x = 4 * (frame[operand] & 0x0F)
        else:
            holds = accumulator == operand if code == 0x15 else bool(accumulator & operand)
            at += true if holds else false


PROGRAM = listen.program()
PLAIN = [
    *ANNOUNCEMENTS.values(), ethernet(0x0806, arp("192.0.2.12")), ND, MDNS_V6, STREAM,
    ethernet(0x0800, ipv4("192.0.2.12", "192.0.2.5", 6, bytes(40))),
]  # fmt: skip


def test_the_filter_drops_what_is_none_of_our_business() -> None:
    assert kept(PROGRAM, STREAM) == 0
    assert kept(PROGRAM, PLAIN[-1]) == 0
    for frame in ANNOUNCEMENTS.values():
        assert kept(PROGRAM, frame) == listen.SLOT
        assert kept(PROGRAM, frame, kind=4) == 0


@given(st.sampled_from(PLAIN), st.integers(0, 80), st.binary(max_size=4))
def test_the_filter_passes_all_that_the_codecs_read(frame: bytes, at: int, odd: bytes) -> None:
    spoilt = frame[:at] + odd + frame[at + len(odd) :]
    is_tagged = spoilt[12:14] in (b"\x81\x00", b"\x88\xa8")
    is_extended = spoilt[12:14] == b"\x86\xdd" and spoilt[20:21] not in (b"\x11", b"\x3a", b"\0")
    if pick(spoilt) and not is_tagged and not is_extended:
        assert kept(PROGRAM, spoilt) == listen.SLOT
