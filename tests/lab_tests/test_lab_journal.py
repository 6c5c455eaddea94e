"""The journal says what was sent, to whom and when, and misses nothing."""

import json
import struct
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.lab.client import Lab
from tests.lab_fixture import started
from tests.lab_tests.visits import GROUP, PROBE, Task, get, probe, visit

pytestmark = pytest.mark.lab

MANY = """
import socket, sys
for number in range(int(sys.argv[2])):
    with socket.create_connection((sys.argv[1], 80), 5) as sock:
        sock.sendall(b"%d" % number)
"""


def test_a_connection_is_recorded_with_its_bytes_and_times(lab: Lab) -> None:
    before = time.monotonic()
    mark = lab.mark()
    task = get(lab, "bosch-flexidome")
    (answer,) = visit(lab, task)
    (record,) = lab.journal(mark)
    assert (record.event, record.device, record.ip, record.port) == (
        "tcp",
        "bosch-flexidome",
        lab.devices["bosch-flexidome"].ip,
        80,
    )
    assert record.data == task.send
    assert record.sent_bytes == len(answer.data)
    assert record.peer.startswith(lab.scanner + ":")
    assert before < record.opened < record.closed < time.monotonic()


def test_a_connection_that_sends_nothing_is_recorded(lab: Lab) -> None:
    mark = lab.mark()
    visit(lab, Task(lab.devices["hik-ds-2cd2320d-i"].ip, 8000, seconds=0.1))
    (record,) = lab.journal(mark)
    assert (record.data, record.received_bytes, record.ended) == (b"", 0, "peer")


def test_what_is_said_inside_tls_is_recorded_in_clear(lab: Lab) -> None:
    mark = lab.mark()
    visit(lab, get(lab, "bosch-flexidome", 443, tls=True))
    (record,) = lab.journal(mark)
    assert record.tls
    assert record.data.startswith(b"GET / HTTP/1.1\r\n")


def test_a_failed_handshake_is_recorded_as_such(lab: Lab) -> None:
    mark = lab.mark()
    visit(lab, get(lab, "bosch-flexidome", 443))
    (record,) = lab.journal(mark)
    assert (record.tls, record.ended) == (True, "tls")


def test_bytes_beyond_the_cap_are_counted_and_not_kept(lab: Lab) -> None:
    mark = lab.mark()
    visit(lab, Task(lab.devices["hik-ds-2cd2320d-i"].ip, 8000, b"x" * 300_000, seconds=0.2))
    (record,) = lab.journal(mark)
    assert (len(record.data), record.received_bytes) == (65_536, 300_000)


def test_datagrams_tell_multicast_from_unicast(lab: Lab) -> None:
    mark = lab.mark()
    device = lab.devices["hanwha-xnd-6080"]
    visit(
        lab,
        Task(GROUP, 3702, PROBE, kind="udp", seconds=0.3),
        probe(lab, device.name),
    )
    mine = [record for record in lab.journal(mark) if record.device == device.name]
    assert [(r.event, r.destination, r.multicast) for r in mine] == [
        ("udp", GROUP, True),
        ("udp", device.ip, False),
    ]
    assert all(r.data == PROBE and r.sent_bytes > 1000 for r in mine)


def test_thousands_of_connections_are_all_recorded(lab: Lab) -> None:
    mark, count = lab.mark(), 2000
    ips = [lab.devices[name].ip for name in ("bosch-flexidome", "office-switch")]
    for ip in ips:
        assert lab.run([sys.executable, "-c", MANY, ip, str(count)]).returncode == 0
    records = lab.journal(mark)
    assert Counter(record.ip for record in records) == dict.fromkeys(ips, count)
    said = [int(record.data) for record in records if record.ip == ips[0]]
    assert sorted(said) == list(range(count))


def test_a_conversation_still_open_at_the_end_is_written_down(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with started("--only", "hik-ds-2cd2320d-i", "--journal", str(journal)) as lab:
        ip = lab.devices["hik-ds-2cd2320d-i"].ip
        visitor = subprocess.Popen(
            lab.command([sys.executable, "-c", HOLD, ip]), stdout=subprocess.PIPE
        )
        assert visitor.stdout is not None
        assert visitor.stdout.readline() == b"connected\n"
    visitor.kill()
    visitor.communicate()
    (record,) = (json.loads(line) for line in journal.read_text().splitlines()[1:])
    assert (record["port"], record["ended"]) == (8000, "lab")


HOLD = """
import socket, sys, time
sock = socket.create_connection((sys.argv[1], 8000), 5)
print("connected", flush=True)
time.sleep(60)
"""


def test_the_capture_holds_every_frame_of_the_scanner(tmp_path: Path) -> None:
    path = tmp_path / "lan.pcap"
    with started("--only", "bosch-flexidome", "--capture", str(path)) as lab:
        visit(lab, get(lab, "bosch-flexidome"))
    data = path.read_bytes()
    assert struct.unpack("=L", data[:4]) == (0xA1B2C3D4,)
    frames, at = [], 24
    while at < len(data):
        (length,) = struct.unpack_from("=L", data, at + 8)
        frames.append(data[at + 16 : at + 16 + length])
        at += 16 + length
    kinds = Counter(frame[12:14] for frame in frames)
    assert kinds[b"\x08\x06"] >= 2
    assert any(b"GET / HTTP/1.1" in frame for frame in frames)
