"""The multicast DNS codec: announcements of cameras, hostile names, and any bytes."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import mdns

A, PTR, TXT, SRV = 1, 12, 16, 33
HTTP = ("_http", "_tcp", "local")
SERIAL = "1L00000PAW00001"


def name(*labels: str) -> bytes:
    encoded = (label.encode() for label in labels)
    return b"".join(bytes([len(e)]) + e for e in encoded) + b"\0"


def record(owner: bytes, kind: int, data: bytes) -> bytes:
    return owner + struct.pack("!HHIH", kind, 0x8001, 120, len(data)) + data


def response(*records: bytes, flags: int = 0x8400, questions: bytes = b"") -> bytes:
    head = struct.pack("!HHHHHH", 0, flags, bool(questions), len(records), 0, 0)
    return head + questions + b"".join(records)


def strings(*values: bytes) -> bytes:
    return b"".join(bytes([len(v)]) + v for v in values)


CAMERA = response(
    record(name("_services", "_dns-sd", "_udp", "local"), PTR, name(*HTTP)),
    record(name(*HTTP), PTR, name(SERIAL, *HTTP)),
    record(name(SERIAL, *HTTP), SRV, struct.pack("!HHH", 0, 0, 80) + name("cam-hall", "local")),
    record(name(SERIAL, *HTTP), TXT, strings(b"mac=9c:8e:cd:00:00:01", b"", b"path=/")),
    record(name("_psia", "_tcp", "local"), PTR, name("IPC_DM368", "_psia", "_tcp", "local")),
    record(name("cam-hall", "local"), A, bytes((192, 0, 2, 12))),
)
SAID = (
    ("mdns.service", "_http._tcp"),
    ("mdns.instance", SERIAL),
    ("mdns.txt", "mac=9c:8e:cd:00:00:01"),
    ("mdns.txt", "path=/"),
    ("mdns.service", "_psia._tcp"),
    ("mdns.instance", "IPC_DM368"),
)


def test_a_camera_announces_its_services() -> None:
    assert mdns.fields(CAMERA) == SAID
    assert mdns.hostname(CAMERA, "192.0.2.12") == "cam-hall"
    assert mdns.hostname(CAMERA, "192.0.2.13") == ""


def test_what_is_announced_for_another_host_is_told_apart() -> None:
    repeated = mdns.elsewhere([CAMERA], "192.0.2.1")

    assert repeated == {(SERIAL.lower(), *HTTP)}
    assert mdns.elsewhere([CAMERA], "192.0.2.12") == frozenset()
    assert ("mdns.instance", SERIAL) not in mdns.fields(CAMERA, repeated)


def test_compressed_names_are_unfolded() -> None:
    service = name(*HTTP)
    head = response(record(service, PTR, bytes((3,)) + b"cam" + b"\xc0\x0c"))
    assert mdns.fields(head) == (("mdns.service", "_http._tcp"), ("mdns.instance", "cam"))


def test_questions_are_stepped_over() -> None:
    asked = name(*HTTP) + struct.pack("!HH", PTR, 1)
    answer = record(b"\xc0\x0c", PTR, b"\x03cam\xc0\x0c")
    assert ("mdns.instance", "cam") in mdns.fields(response(answer, questions=asked))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        response(record(name(*HTTP), PTR, name("cam", *HTTP)), flags=0),
        response(record(b"\xc0\x0c", PTR, b"\xc0\x0c")),
        response(record(name("cam", "local"), A, bytes(4))),
        response(record(name("1", "2", "0", "192", "in-addr", "arpa"), PTR, name("a", "local"))),
        response(record(b"\x80abc\0", TXT, b"\1a")),
    ],
    ids=["nothing", "question", "loop", "address-only", "reverse", "reserved-label"],
)
def test_what_announces_no_service_says_nothing(data: bytes) -> None:
    assert mdns.fields(data) == ()


def test_a_flood_of_records_is_bounded() -> None:
    flood = response(*(record(name(f"c{n}", *HTTP), TXT, b"\1a") for n in range(1000)))
    assert len(list(mdns.records(flood))) == mdns.MAX_RECORDS


@given(st.binary() | st.binary().map(lambda b: CAMERA[:12] + b))
def test_any_bytes_are_read(data: bytes) -> None:
    assert all(n.startswith("mdns.") and 0 < len(v) <= mdns.MAX_TEXT for n, v in mdns.fields(data))
    assert len(mdns.hostname(data, "192.0.2.12")) <= mdns.MAX_TEXT
    assert len(mdns.elsewhere([data], "192.0.2.12")) <= mdns.MAX_RECORDS


@given(st.integers(0, len(CAMERA) - 1), st.integers(0, 255))
def test_a_damaged_announcement_is_read_as_far_as_it_goes(at: int, byte: int) -> None:
    damaged = CAMERA[:at] + bytes([byte]) + CAMERA[at + 1 :]
    assert len(mdns.fields(damaged)) <= mdns.MAX_RECORDS


@given(st.integers(0, len(CAMERA)))
def test_a_cut_announcement_says_no_more_than_the_whole(size: int) -> None:
    assert set(mdns.fields(CAMERA[:size])) <= set(SAID)
