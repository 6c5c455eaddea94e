"""Each hostile device does what its name says, to whoever asks."""

import zlib

import pytest

from tests.lab.client import Lab
from tests.lab_tests.visits import PROBE, Task, get, probe, rtsp, visit

pytestmark = pytest.mark.lab


def test_the_endless_body_does_not_end(lab: Lab) -> None:
    task = get(lab, "hostile-endless-body")
    (answer,) = visit(lab, Task(task.ip, 80, task.send, limit=30_000_000))
    assert answer.size >= 30_000_000
    assert b"Content-Length" not in answer.data[:200]


def test_the_drip_gives_a_byte_a_second(lab: Lab) -> None:
    task = get(lab, "hostile-drip")
    (answer,) = visit(lab, Task(task.ip, 80, task.send, seconds=1.5))
    assert answer.data in (b"H", b"HT")


def test_the_header_flood_stays_in_the_head(lab: Lab) -> None:
    task = get(lab, "hostile-header-flood")
    (answer,) = visit(lab, Task(task.ip, 80, task.send, seconds=20.0, limit=300_000_000))
    assert answer.size > 200_000_000
    assert b"\r\n\r\n" not in answer.data


def test_the_gzip_bomb_unpacks_to_far_more_than_it_weighs(lab: Lab) -> None:
    task = get(lab, "hostile-gzip-bomb")
    (answer,) = visit(lab, Task(task.ip, 80, task.send, limit=5_000_000, keep=5_000_000))
    head, _, body = answer.data.partition(b"\r\n\r\n")
    unpacked = zlib.decompressobj(31).decompress(body, 50_000_000)
    assert b"Content-Encoding: gzip" in head
    assert len(body) < 3_000_000
    assert len(unpacked) == 50_000_000


def test_redirects_go_in_a_circle_and_away(lab: Lab) -> None:
    loop = visit(lab, *(get(lab, "hostile-redirect-loop", path=path) for path in ("/", "/a", "/b")))
    away = visit(lab, *(get(lab, "hostile-redirect-away", port) for port in (80, 81, 8080)))
    ip = lab.devices["hostile-redirect-loop"].ip.encode()
    assert [_location(answer.data) for answer in loop] == [b"/a", b"http://" + ip + b"/b", b"/"]
    targets = [_location(answer.data) for answer in away]
    assert targets == [b"http://198.51.100.7/login", b"//192.0.2.9/", b"file:///etc/passwd"]


def _location(reply: bytes) -> bytes:
    return next(x[10:] for x in reply.split(b"\r\n") if x.startswith(b"Location: "))


def test_tls_never_finishes(lab: Lab) -> None:
    ip = lab.devices["hostile-tls-stall"].ip
    (answer,) = visit(lab, Task(ip, 443, tls=True, seconds=0.7))
    assert answer.error == "TimeoutError"


def test_mute_ports_accept_and_say_nothing(lab: Lab) -> None:
    task = get(lab, "hostile-mute")
    (answer,) = visit(lab, Task(task.ip, 80, task.send, seconds=0.5))
    assert answer.data == b""
    assert answer.error == "TimeoutError"


def test_resets_come_at_once_or_with_the_request(lab: Lab) -> None:
    ip = lab.devices["hostile-resets"].ip
    asked, at_once = visit(lab, get(lab, "hostile-resets"), Task(ip, 8080, seconds=0.5))
    assert asked.error == "ConnectionResetError"
    assert at_once.error in ("ConnectionResetError", "BrokenPipeError")


def test_xml_carries_entities_that_multiply(lab: Lab) -> None:
    page, match = visit(
        lab,
        get(lab, "hostile-xml-bomb", path="/ISAPI/System/deviceInfo"),
        probe(lab, "hostile-xml-bomb"),
    )
    for data in (page.data, match.data):
        assert b'<!ENTITY g "&f;&f;' in data
        assert b'SYSTEM "file:///etc/passwd"' in data


def test_large_datagrams_arrive_whole(lab: Lab) -> None:
    ip = lab.devices["hostile-large-datagrams"].ip
    (answer,) = visit(lab, Task(ip, 3702, PROBE, kind="udp", limit=120_000))
    assert len(answer.replies) > 1
    assert all(len(data) > 60_000 for _, data in answer.replies)


def test_one_probe_draws_a_storm(lab: Lab) -> None:
    mark = lab.mark()
    ip = lab.devices["hostile-answer-storm"].ip
    (answer,) = visit(lab, Task(ip, 3702, PROBE, kind="udp", limit=100 * len(PROBE)))
    (record,) = lab.journal(mark)
    assert len(answer.replies) > 50
    assert record.sent_bytes == 3000 * len(answer.data)


def test_banners_carry_escapes_and_nuls(lab: Lab) -> None:
    ip = lab.devices["hostile-banners"].ip
    ftp, ssh, big = visit(
        lab,
        Task(ip, 21, limit=20),
        Task(ip, 22, limit=20),
        Task(ip, 8000, limit=200_000, keep=0),
    )
    assert b"\x1b]0;owned\x07" in ftp.data
    assert b"\0\0\x1b[1A" in ssh.data
    assert big.size >= 200_000


def test_texts_carry_markup_formulas_and_nuls(lab: Lab) -> None:
    page, other, scopes = visit(
        lab,
        get(lab, "hostile-markup"),
        get(lab, "hostile-markup", path="/ISAPI/System/deviceInfo"),
        probe(lab, "hostile-markup"),
    )
    assert b"Server: =cmd|'/C calc'!A1\r\n" in page.data
    assert b'<title>=HYPERLINK("http://198.51.100.7","x")\0</title>' in page.data
    assert b"<script>alert(1)</script>" in page.data
    assert b'realm="<img src=x onerror=alert(1)>"' in other.data
    assert b"%3Cscript%3E" in scopes.data


def test_broken_http_is_broken(lab: Lab) -> None:
    chunks, short, nuls, bare = visit(
        lab, *(get(lab, "hostile-bad-http", port) for port in (80, 81, 88, 8080))
    )
    assert b"\r\n\r\nffffffffffffffff\r\nabc" in chunks.data
    assert b"Content-Length: 99999999999999999999\r\n\r\nshort" in short.data
    assert nuls.data == b"\0\0\0\0"
    assert bare.data.startswith(b"<html>")
    (answer,) = visit(lab, rtsp(lab, "hostile-bad-http", "OPTIONS"))
    assert b"Content-Length: 1000000000" in answer.data


def test_one_device_accepts_on_every_port_and_journals_it(lab: Lab) -> None:
    ip = lab.devices["hostile-accepts-all"].ip
    mark = lab.mark()
    ports = (1, 80, 4567, 37777, 65535)
    answers = visit(lab, *(Task(ip, port, b"hello", seconds=0.2) for port in ports))
    assert [answer.error for answer in answers] == ["TimeoutError"] * len(ports)
    records = lab.journal(mark)
    assert [(record.port, record.data) for record in records] == [(p, b"hello") for p in ports]
    assert {record.ended for record in records} == {"peer"}


def test_one_device_answers_arp_and_nothing_else(lab: Lab) -> None:
    device = lab.devices["hostile-arp-only"]
    tcp, udp = visit(
        lab, Task(device.ip, 80, seconds=0.4), Task(device.ip, 3702, PROBE, "udp", seconds=0.3)
    )
    table = lab.run(["cat", "/proc/net/arp"]).stdout
    assert tcp.error == "TimeoutError"
    assert udp.replies == ()
    assert f"{device.ip} " in table
    assert device.mac in table


def test_discovery_that_lies_names_other_hosts(lab: Lab) -> None:
    (answer,) = visit(lab, probe(lab, "hostile-lying-discovery"))
    assert b"http://198.51.100.7/onvif/device_service" in answer.data
