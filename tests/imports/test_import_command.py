"""`camcensus import`: from a file of another tool to evidence that merges with a scan's."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanner import evidence, importing
from scanner.model import (
    Host,
    Observation,
    ProbeResult,
    ProbeStatus,
    Record,
    RunEnd,
    RunInfo,
)
from scanner.scan import TOOL
from tests.imports.captures import pcap
from tests.imports.given import SAMPLES
from tests.wire.packets import CAMERA, arp, ethernet
from tests.workers import test_nmap_worker

ROOT = Path(__file__).parents[2]


def run(folder: Path, *arguments: object, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the program in that folder, which is also its home."""
    return subprocess.run(
        [sys.executable, "-m", "scanner", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "PYTHONPATH": str(ROOT)},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def records(file: Path) -> list[Record]:
    every = list(evidence.read(file))
    assert not any(isinstance(record, evidence.Damage) for record in every)
    return [record for record in every if not isinstance(record, evidence.Damage)]


def test_help_lists_the_formats(tmp_path: Path) -> None:
    shown = run(tmp_path, "import", "--help").stdout
    for each in importing.formats():
        assert f"  {each.name} " in shown
    assert "ip,mac,hostname,vendor_class,switch,port,at" in shown


def test_an_evidence_file_is_written_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "arp.txt").write_text((SAMPLES / "arp-linux.txt").read_text())
    os.utime(tmp_path / "arp.txt", (1795428000, 1795428000))
    done = run(tmp_path, "import", "arp", "arp.txt", "--sensor", "hall")

    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "Wrote arp.txt.evidence.jsonl (hosts: 3, results: 0)" in done.stderr
    first, *hosts, last = records(tmp_path / "arp.txt.evidence.jsonl")
    assert isinstance(first, RunInfo)
    assert (first.tool, first.sensor, first.scope) == (TOOL, "hall", ())
    assert dict(first.settings) == {
        "imported_format": "arp",
        "imported_file": "arp.txt",
        "imported_bytes": str((SAMPLES / "arp-linux.txt").stat().st_size),
        "imported_modified": "2026-11-23T10:00:00Z",
    }
    assert first.limitations == ("arp.txt (arp) was imported: its hosts were asked nothing.",)
    assert [host.ip for host in hosts if isinstance(host, Host)] == [
        "192.0.2.1", "192.0.2.10", "192.0.2.12",
    ]  # fmt: skip
    assert isinstance(last, RunEnd)
    assert (last.hosts, last.results, last.complete, last.limitations) == (3, 0, True, ())


def test_from_standard_input(tmp_path: Path) -> None:
    table = (SAMPLES / "neigh.txt").read_text()
    done = run(tmp_path, "import", "neigh", "-", "--evidence", "out.jsonl", stdin=table)
    assert done.returncode == 0, done.stderr
    assert isinstance(records(tmp_path / "out.jsonl")[1], Host)


def test_what_nmap_says_of_itself_is_in_the_run_line(tmp_path: Path) -> None:
    (tmp_path / "scan.xml").write_text(test_nmap_worker.WHOLE)
    done = run(tmp_path, "import", "nmap", "scan.xml")

    assert done.returncode == 0, done.stderr
    first, host, *_ = records(tmp_path / "scan.xml.evidence.jsonl")
    assert isinstance(first, RunInfo)
    assert dict(first.settings)["nmap_started"] == "2026-11-23T10:00:00Z"
    assert dict(first.settings)["nmap_command"] == "nmap -oX out.xml 192.0.2.0/24"
    assert host == Host(
        "192.0.2.10", "44:19:b6:00:00:01", ("nmap",), "2026-11-23T10:00:05Z",
        "cam-lobby.example.net",
    )  # fmt: skip


def test_an_interrupted_scan_is_used_and_told(tmp_path: Path) -> None:
    (tmp_path / "scan.xml").write_text(test_nmap_worker.HEAD + test_nmap_worker.CAMERA)
    done = run(tmp_path, "import", "nmap", "scan.xml")

    assert done.returncode == 3
    assert "did not come to the end of this scan" in done.stderr
    *_, last = records(tmp_path / "scan.xml.evidence.jsonl")
    assert isinstance(last, RunEnd)
    assert not last.complete
    assert last.limitations[0].startswith("scan.xml: nmap did not come to the end")


def test_a_capture(tmp_path: Path) -> None:
    frames = pcap([ethernet(0x0806, arp("192.0.2.12"))])
    (tmp_path / "c.pcap").write_bytes(b"".join(frames))
    done = run(tmp_path, "import", "pcap", "c.pcap")

    assert done.returncode == 0, done.stderr
    first, host, _ = records(tmp_path / "c.pcap.evidence.jsonl")
    assert isinstance(first, RunInfo)
    assert dict(first.settings)["first_packet"] == "2026-11-18T11:06:40Z"
    assert host == Host("192.0.2.12", CAMERA.hex(":"), ("pcap",), "2026-11-18T11:06:40Z")


def test_odd_lines_are_told_and_the_rest_is_used(tmp_path: Path) -> None:
    hostile = "? (192.0.2.66) at \x1b]0;title\x07 on eth0\n"
    (tmp_path / "arp.txt").write_text(hostile * 7 + (SAMPLES / "arp-linux.txt").read_text())
    done = run(tmp_path, "import", "arp", "arp.txt")

    assert done.returncode == 3
    assert "Not used: line 5: no IPv4 with a hardware address in" in done.stderr
    assert "Not used: 2 more lines" in done.stderr
    assert "\x1b" not in done.stderr
    *_, last = records(tmp_path / "arp.txt.evidence.jsonl")
    assert isinstance(last, RunEnd)
    assert last.limitations == ("arp.txt: Lines that could not be used: 7.",)


MISTAKES = [
    (["import", "arp", "none.txt"], "none.txt: cannot be read: No such file"),
    (["import", "arp", "."], "cannot be read: Is a directory"),
    (["import", "nmap", "."], "cannot be read: "),
    (["import", "telepathy", "table.csv"], "no format is called 'telepathy'; there are arp, csv"),
    (["import", "arp", "table.csv"], "no host was found in it, read as arp: the ARP table"),
    (["import", "kea", "table.csv"], "is a header with 'address'"),
    (["import", "nmap", "table.csv"], "this is not nmap's XML"),
    (["import", "pcap", "table.csv"], "this is not a capture file"),
    (["import", "arp", "-"], "--evidence"),
    (["import", "pcap", "-", "--evidence", "x"], "pcap are not read from standard input"),
    (
        ["import", "csv", "good.csv", "--evidence", "none/x.jsonl"],
        "none/x.jsonl: cannot be written",
    ),
]


@pytest.mark.parametrize(("arguments", "words"), MISTAKES)
def test_mistakes_are_explained_and_leave_nothing(
    arguments: list[str], words: str, tmp_path: Path
) -> None:
    (tmp_path / "table.csv").write_text("name\nlobby\n")
    (tmp_path / "good.csv").write_text("ip\n192.0.2.10\n")
    (tmp_path / "table.csv.evidence.jsonl").write_text("older")
    done = run(tmp_path, *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "table.csv.evidence.jsonl").read_text() == "older"
    assert list(tmp_path.glob("*.part")) == []


def test_an_empty_file_is_an_empty_network(tmp_path: Path) -> None:
    (tmp_path / "arp.txt").write_text("")
    done = run(tmp_path, "import", "arp", "arp.txt")
    assert done.returncode == 0, done.stderr
    assert len(records(tmp_path / "arp.txt.evidence.jsonl")) == 2


def test_a_stopped_import_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "scanner", "import", "arp", "-", "--evidence", "out.jsonl"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"? (192.0.2.10) at 44:19:b6:00:00:01 [ether] on eth0\n" * 2000)
        process.stdin.flush()
        end = time.monotonic() + 20
        while not (tmp_path / "out.jsonl.part").exists() and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.stdin.close()
        assert process.wait(timeout=20) == 130
    assert list(tmp_path.iterdir()) == []


def scanned(sensor: str = "") -> list[Record]:
    """What a scan that could not see hardware addresses knows of two devices."""
    ok = ProbeStatus.OK
    return [
        RunInfo("r1", "camcensus 0.1.0", "2026-11-23T10:00:00Z", sensor, ("192.0.2.8/29",)),
        Host("192.0.2.10", seen_by=("touch",), at="2026-11-23T10:00:00Z"),
        ProbeResult(
            "192.0.2.10", "tcp", ok, 80, started="2026-11-23T10:00:01Z",
            observations=(Observation("tcp.open", "80"),),
        ),
        ProbeResult(
            "192.0.2.10", "http", ok, 80, started="2026-11-23T10:00:01Z",
            observations=(Observation("http.server", "App-webs/"),),
        ),
        RunEnd("2026-11-23T10:00:05Z", 1, 2, complete=True),
    ]  # fmt: skip


@pytest.mark.parametrize("import_first", [True, False])
def test_a_table_and_a_scan_are_one_device(import_first: bool, tmp_path: Path) -> None:
    (tmp_path / "scan.jsonl").write_text("".join(evidence.dump(r) + "\n" for r in scanned()))
    (tmp_path / "arp.txt").write_text("? (192.0.2.10) at 44:19:b6:00:00:01 [ether] on eth0\n")
    assert run(tmp_path, "import", "arp", "arp.txt").returncode == 0
    files = ["scan.jsonl", "arp.txt.evidence.jsonl"]
    done = run(tmp_path, "assess", *(files[::-1] if import_first else files), "-o", "json=r.json")

    assert done.returncode == 1, done.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    (device,) = report["devices"]
    assert (device["ip"], device["mac"]) == ("192.0.2.10", "44:19:b6:00:00:01")
    assert device["maker"]["id"] == "hikvision"
    assert device["verdict"] == "listed"
    families = {e["family"] for e in device["maker"]["evidence"]}
    assert {"http", "address-block"} <= families
    assert any("was imported" in text for text in report["coverage"]["limitations"])


def test_imports_of_another_place_are_other_devices(tmp_path: Path) -> None:
    (tmp_path / "scan.jsonl").write_text("".join(evidence.dump(r) + "\n" for r in scanned()))
    (tmp_path / "arp.txt").write_text("? (192.0.2.10) at 44:19:b6:00:00:01 [ether] on eth0\n")
    assert run(tmp_path, "import", "arp", "arp.txt", "--sensor", "annex").returncode == 0
    run(tmp_path, "assess", "scan.jsonl", "arp.txt.evidence.jsonl", "-o", "json=r.json")
    assert len(json.loads((tmp_path / "r.json").read_text())["devices"]) == 2
