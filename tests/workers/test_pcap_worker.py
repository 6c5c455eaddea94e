"""The worker that reads captures: both formats, damage, floods, and bounds."""

import gzip
import json
import logging
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import wsd
from scanner.workers import pcap as worker
from tests.imports.captures import START, pcap, pcapng
from tests.wire import test_wire_wsd
from tests.wire.packets import CAMERA, arp, ethernet, said_by

IP, MAC = "192.0.2.12", CAMERA.hex(":")
ARP = ethernet(0x0806, arp(IP))
MATCH = said_by(IP, wsd.PORT, test_wire_wsd.MATCH)
Lines = list[dict[str, object]]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """As in the worker's own process."""
    logger = logging.getLogger("scapy")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


def read(folder: Path, pieces: Iterable[bytes]) -> Lines:
    file = folder / "capture"
    file.write_bytes(b"".join(pieces))
    batches = worker.read({"path": str(file)})
    return [json.loads(json.dumps(line)) for batch in batches for line in batch]


FORMS: dict[str, Callable[[Iterable[bytes]], Iterable[bytes]]] = {
    "pcap": pcap,
    "pcap-big-endian": lambda frames: pcap(frames, order=">"),
    "pcap-nanoseconds": lambda frames: pcap(frames, nano=True),
    "pcapng": pcapng,
    "pcapng-big-endian": lambda frames: pcapng(frames, order=">"),
    "pcap-gzip": lambda frames: [gzip.compress(b"".join(pcap(frames)))],
    "pcapng-gzip": lambda frames: [gzip.compress(b"".join(pcapng(frames)))],
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_capture_is_read(form: str, tmp_path: Path) -> None:
    lines = read(tmp_path, FORMS[form]([ARP, MATCH, ARP]))

    assert lines[0] == {"origin": {"first_packet": START}}
    assert lines[1] == {"ip": IP, "mac": MAC, "hostname": "", "at": START, "fields": []}
    assert {"protocol": "wsd", "ip": IP}.items() <= lines[3].items()
    assert lines[3]["at"] == pytest.approx(START + 0.001)
    assert ["wsd.types", "dn:NetworkVideoTransmitter tds:Device"] in lines[3]["fields"]  # type: ignore[operator]
    assert not any("remark" in line for line in lines)


def test_when_a_host_was_last_heard(tmp_path: Path) -> None:
    *_, last = read(tmp_path, pcap([ARP] * 2500))
    assert last == {"ip": IP, "at": pytest.approx(START + 2.499)}


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_capture_keeps_what_is_whole(form: str, tmp_path: Path) -> None:
    whole = b"".join(FORMS[form]([ARP, MATCH, MATCH]))
    lines = read(tmp_path, [whole[:-20]])

    assert any(line.get("ip") == IP for line in lines) or "gzip" in form
    assert lines[-1] == {"remark": "The capture ends within a packet.", "partial": True}


def test_a_damaged_length_does_not_fill_the_memory(tmp_path: Path) -> None:
    good = b"".join(pcapng([ARP]))
    huge = struct.pack("<II", 6, 0xFFFFFFF0) + bytes(64)
    lines = read(tmp_path, [good, huge])

    assert lines[1]["ip"] == IP
    assert lines[-1]["partial"] is True


def test_links_that_are_not_read_are_counted(tmp_path: Path) -> None:
    lines = read(tmp_path, pcap([ARP, ARP], link=105))
    remark = "Packets of link type 105, which is not read: 2."
    assert lines[1:] == [{"remark": remark, "partial": True}]


def test_a_flood_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.collect.wire.notebook.MAX_HOSTS", 10)
    frames = [ethernet(0x0806, arp(f"192.0.2.{n}")) for n in range(1, 30)]
    *hosts, last = read(tmp_path, pcap(frames))

    assert len(hosts) == 11
    assert last["partial"] is True
    assert "Too many hosts" in str(last["remark"])


def test_an_empty_capture(tmp_path: Path) -> None:
    assert read(tmp_path, pcap([])) == []


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x1f\x8b\x08", struct.pack("<I", 0xA1B2C3D4)])
def test_what_is_no_capture_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a capture file"):
        read(tmp_path, [data])


def test_lines_stay_short(tmp_path: Path) -> None:
    scopes = b" ".join(b"onvif://" + bytes([0xFF]) * 900 + b"%d" % n for n in range(60))
    match = test_wire_wsd.MATCH.replace(b"onvif://www.onvif.org/type/video_encoder", scopes)
    match = match.replace(b"\xff", b"\xf0\x9f\x8e\xa5")[:60_000]
    lines = read(tmp_path, pcap([said_by(IP, wsd.PORT, match)]))

    assert any(line.get("fields") for line in lines)
    assert all(len(json.dumps(line)) < 256 * 1024 for line in lines)


@given(st.data())
def test_damaged_captures_are_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    form = FORMS[data.draw(st.sampled_from(sorted(FORMS)))]
    whole = b"".join(form([ARP, MATCH, ARP]))
    at = data.draw(st.integers(0, len(whole)))
    damage = data.draw(st.binary(max_size=8))
    damaged = whole[:at] + damage + whole[at + data.draw(st.integers(0, 8)) :]
    try:
        lines = read(tmp_path_factory.getbasetemp(), [damaged])
    except ValueError:
        return
    assert all(line.keys() & {"origin", "ip", "remark"} for line in lines)


def test_as_a_program(tmp_path: Path) -> None:
    file = tmp_path / "capture"
    file.write_bytes(b"".join(pcap([ARP])))

    def ask(path: Path) -> Lines:
        with subprocess.Popen(
            [sys.executable, "-m", "scanner.workers.pcap"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(worker.__file__).parents[2],
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"do": "read", "path": str(path)}).encode() + b"\n")
            process.stdin.flush()
            said = [json.loads(line) for line in process.stdout]
            assert process.wait(timeout=20) == 0
            return said

    assert ask(file)[1]["mac"] == MAC
    assert ask(tmp_path / "none") == [{"error": "failed", "reason": "No such file or directory"}]
