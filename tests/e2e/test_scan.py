"""The real program against the practice LAN, as root and as nobody."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from scapy.utils import RawPcapReader

from scanner.collect.never_send import MUTE_PORTS, refuse
from tests.lab.client import Lab, Record
from tests.lab_fixture import started

PROGRAM = [sys.executable, "-m", "scanner"]
HOSTILE = "10.77.0.200-253"
"""Where the hostile devices sit; a scan that is not about them need not wait for them."""
LISTED = {"hikvision", "dahua", "huawei", "zte", "hytera", "uniview", "tiandy", "tp-link"}

pytestmark = pytest.mark.lab


@dataclass(frozen=True)
class Scanned:
    """One whole scan: what it wrote, what it said, and what the devices saw of it."""

    report: Mapping[str, Any]
    evidence: Path
    folder: Path
    ended: subprocess.CompletedProcess[str]
    journal: list[Record]

    @property
    def devices(self) -> dict[str, Mapping[str, Any]]:
        return {d["ip"]: d for d in self.report["devices"]}

    @property
    def results(self) -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in self.evidence.read_text().splitlines())
        return [item for item in lines if item["type"] == "result"]


def home(folder: Path) -> dict[str, str]:
    """A home of its own for a run, writable by nobody too."""
    folder.chmod(0o777)
    return {"HOME": str(folder)}


def scan(lab: Lab, folder: Path, *arguments: str, user: str | None = None) -> Scanned:
    since = lab.mark()
    evidence = folder / "evidence.jsonl"
    outputs = [f"-o{name}={folder / f'report.{name}'}" for name in ("json", "html", "csv")]
    command = [*PROGRAM, "scan", "--evidence", str(evidence), *outputs, *arguments]
    ended = lab.run(command, user=user, timeout=120, env=home(folder))
    assert ended.returncode in (0, 1, 3), ended.stderr
    report = json.loads((folder / "report.json").read_text())
    return Scanned(report, evidence, folder, ended, lab.journal(since))


@pytest.fixture(scope="module")
def as_root(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    return scan(lab, tmp_path_factory.mktemp("root"), lab.network)


@pytest.fixture(scope="module")
def as_nobody(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanned]:
    folder = tmp_path_factory.mktemp("nobody")
    opened = [folder, *folder.parents][: len(folder.parts) - 2]
    modes = [(p, p.stat().st_mode) for p in opened]
    for path in opened:
        path.chmod(0o777)
    yield scan(lab, folder, lab.network, user="nobody")
    for path, mode in modes:
        path.chmod(mode)


@pytest.mark.parametrize("whose", ["as_root", "as_nobody"])
def test_every_device_is_seen(whose: str, lab: Lab, request: pytest.FixtureRequest) -> None:
    scanned: Scanned = request.getfixturevalue(whose)
    missing = {d.ip for d in lab.devices.values()} - set(scanned.devices)
    assert missing == set()


@pytest.mark.parametrize("whose", ["as_root", "as_nobody"])
def test_every_listed_device_is_found_and_no_other_accused(
    whose: str, lab: Lab, request: pytest.FixtureRequest
) -> None:
    scanned: Scanned = request.getfixturevalue(whose)
    for device in lab.devices.values():
        maker = device.truth.get("maker")
        verdict = scanned.devices[device.ip]["verdict"]
        if maker in LISTED:
            assert verdict in ("listed", "review"), f"{device.name} is {verdict}"
        elif device.kind != "hostile" or device.name == "hostile-lying-discovery":
            assert verdict != "listed", f"{device.name} is {verdict}"


def test_cameras_of_listed_makers_are_named(as_root: Scanned, lab: Lab) -> None:
    wrong = {
        device.name: found["maker"]
        for device in lab.devices.values()
        if device.truth.get("maker") and device.truth.get("verdict") == "listed"
        for found in [as_root.devices[device.ip]]
        if (found["maker"] or {}).get("id") != device.truth["maker"]
    }
    assert wrong == {}


def test_true_addresses_come_from_the_wire(as_root: Scanned, lab: Lab) -> None:
    seen = {ip: d["mac"] for ip, d in as_root.devices.items() if ip != lab.scanner}
    assert seen == {d.ip: d.mac for d in lab.devices.values()}


def test_found_something_is_exit_code_one(as_root: Scanned) -> None:
    assert as_root.ended.returncode == 1
    assert "trace back to a listed maker" in as_root.ended.stdout


def test_each_plan_has_exactly_one_result(as_root: Scanned) -> None:
    asked = Counter(
        (r["ip"], r["probe"], r["port"]) for r in as_root.results if r["port"] is not None
    )
    assert set(asked.values()) == {1}
    tcp = Counter(ip for ip, probe, _ in asked if probe == "tcp")
    assert set(tcp.values()) == {18}


def test_no_probe_has_a_bug(as_root: Scanned, as_nobody: Scanned) -> None:
    for scanned in (as_root, as_nobody):
        assert [r for r in scanned.results if r["status"] == "bug"] == []


def test_never_two_connections_to_a_host_at_once(lab: Lab, tmp_path: Path) -> None:
    """Seen on the cable: a connection is open from the SYN that is accepted to our FIN or a RST."""
    with started("--capture", str(tmp_path / "cable.pcap"), "--only", "hik-*,office-*") as taped:
        scan(taped, tmp_path, taped.network)
    open_now: dict[str, set[int]] = defaultdict(set)
    most: Counter[str] = Counter()
    for host, port, outward, flags in segments(tmp_path / "cable.pcap", taped.scanner):
        if not outward and flags & SYN_ACK == SYN_ACK:
            open_now[host].add(port)
            most[host] = max(most[host], len(open_now[host]))
        elif flags & RST or (outward and flags & FIN):
            open_now[host].discard(port)
    assert len(most) > 20
    assert set(most.values()) == {1}


FIN, RST, SYN_ACK = 0x01, 0x04, 0x12


def segments(path: Path, scanner: str) -> Iterator[tuple[str, int, bool, int]]:
    """TCP over IPv4: the other host, the scanner's port, is it outward, flags (RFC 9293)."""
    with RawPcapReader(str(path)) as reader:
        for frame, _ in reader:
            packet = frame[14:]
            if frame[12:14] != b"\x08\x00" or packet[9] != 6:
                continue
            source, target = (str(IPv4Address(packet[i : i + 4])) for i in (12, 16))
            tcp = packet[4 * (packet[0] & 15) :]
            outward = source == scanner
            port = int.from_bytes(tcp[0:2] if outward else tcp[2:4], "big")
            yield target if outward else source, port, outward, tcp[13]


def test_connection_budgets_are_kept(as_root: Scanned, lab: Lab) -> None:
    cameras = {"camera", "recorder", "door-station", "access-terminal", "encoder"}
    for device, connections in by_device(as_root.journal).items():
        kind = as_root.devices[lab.devices[device].ip]["product_class"]
        open_ports = {r.port for r in connections}
        limit = 24 if kind in cameras or open_ports & {554, 8554, 34567, 37777} else 12
        limit = 24 if lab.devices[device].kind == "hostile" else limit
        assert len(connections) <= limit, device


def by_device(journal: list[Record]) -> dict[str, list[Record]]:
    found = defaultdict(list)
    for record in journal:
        if record.event == "tcp":
            found[record.device].append(record)
    return found


def test_nothing_is_sent_to_ports_of_private_protocols(as_root: Scanned) -> None:
    touched = [r for r in as_root.journal if r.event == "tcp" and r.port in MUTE_PORTS]
    assert touched
    assert {r.received_bytes for r in touched} == {0}


def test_what_left_passes_the_never_send_list(as_root: Scanned, lab: Lab) -> None:
    ours = [r for r in as_root.journal if r.peer.startswith(f"{lab.scanner}:")]
    sent = [r for r in ours if r.data and not r.tls and r.event == "udp"]
    assert sent
    assert [refuse("udp", r.port, r.data) for r in sent if refuse("udp", r.port, r.data)] == []


def test_no_login_and_nothing_but_reads_left(as_root: Scanned) -> None:
    texts = [r.data for r in as_root.journal if r.event == "tcp" and r.data]
    assert texts
    for data in texts:
        assert b"authorization" not in data.lower()
        assert b"cookie" not in data.lower()
    methods = {d.split(b" ", 1)[0] for d in texts if d[:1].isalpha() and b" " in d[:12]}
    assert methods <= {b"GET", b"POST", b"OPTIONS", b"DESCRIBE"}


def test_nothing_leaves_to_addresses_outside_the_scope(lab: Lab, tmp_path: Path) -> None:
    camera, spared = lab.devices["hik-ds-2cd2142fwd-i"], lab.devices["axis-m2025-le"]
    scanned = scan(lab, tmp_path, camera.ip)
    assert {r.device for r in scanned.journal if not r.multicast} == {camera.name}
    assert spared.ip not in scanned.devices


def test_excluded_host_hears_nothing(lab: Lab, tmp_path: Path) -> None:
    spared = lab.devices["hik-ds-2cd2142fwd-i"]
    scanned = scan(lab, tmp_path, lab.network, "--exclude", f"{spared.ip},{HOSTILE}", "-p", "80")
    heard = {r.device for r in scanned.journal if not r.multicast}
    assert spared.name not in heard
    assert len(heard) > 20


def test_assessing_the_evidence_gives_the_same_report(as_root: Scanned, lab: Lab) -> None:
    for name in ("json", "html", "csv"):
        again = as_root.folder / f"again.{name}"
        command = [*PROGRAM, "assess", str(as_root.evidence), "-o", f"{name}={again}"]
        ended = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ}
        )
        assert ended.returncode == 1, ended.stderr
        assert again.read_bytes() == (as_root.folder / f"report.{name}").read_bytes()


def test_csv_has_a_row_for_each_device(as_root: Scanned) -> None:
    with (as_root.folder / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(as_root.devices)


def test_without_privilege_it_says_what_is_lost(as_nobody: Scanned) -> None:
    assert "No ARP sweep" in as_nobody.ended.stderr
    assert any("No ARP sweep" in text for text in as_nobody.report["coverage"]["limitations"])


def test_hosts_without_privilege_come_from_the_neighbour_table(as_nobody: Scanned) -> None:
    lines = [json.loads(line) for line in as_nobody.evidence.read_text().splitlines()]
    sources = {s for item in lines if item["type"] == "host" for s in item["seen_by"]}
    assert "neighbours" in sources
    assert "arp" not in sources


def test_hostile_hosts_end_in_a_status_within_their_time(as_root: Scanned, lab: Lab) -> None:
    for device in lab.devices.values():
        if device.kind == "hostile":
            seconds = sum(r["seconds"] or 0 for r in as_root.results if r["ip"] == device.ip)
            assert seconds < 70, device.name


def test_host_that_accepts_everything_is_recognised(lab: Lab, tmp_path: Path) -> None:
    """Alone: its emulation answers more slowly than any kernel while all others are asked too."""
    ip = lab.devices["hostile-accepts-all"].ip
    scanned = scan(lab, tmp_path, ip)
    assert "tcp.accepts_all" in {
        o["field"] for r in scanned.results if r["ip"] == ip for o in r["observations"]
    }
    assert scanned.devices[ip]["verdict"] == "undetermined"


def test_escapes_of_a_device_reach_no_terminal_and_no_page(as_root: Scanned) -> None:
    page = (as_root.folder / "report.html").read_text()
    for text in (as_root.ended.stdout, as_root.ended.stderr, page):
        assert "\x1b]" not in text
        assert "\x00" not in text
    assert "<script>alert" not in page


def start(lab: Lab, folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [*PROGRAM, "scan", "--evidence", str(folder / "evidence.jsonl"), *arguments]
    return subprocess.Popen(
        lab.command(command),
        env={**lab.environment(), **home(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, lines: int) -> None:
    for _ in range(400):
        if path.exists() and path.read_bytes().count(b"\n") >= lines:
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} has not grown to {lines} lines")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_leaves_usable_evidence_and_resume_goes_on(
    lab: Lab, tmp_path: Path, how: signal.Signals
) -> None:
    evidence = tmp_path / "evidence.jsonl"
    child = start(lab, tmp_path, lab.network, "--exclude", HOSTILE)
    wait_for(evidence, 400)
    child.send_signal(how)
    _, said = child.communicate(timeout=20)
    assert child.returncode == 130, said
    assert "--resume" in said
    lines = [json.loads(line) for line in evidence.read_text().splitlines()]
    assert lines[-1]["type"] == "end"
    assert lines[-1]["complete"] is False
    answered = {
        (item["ip"], item["probe"], item["port"])
        for item in lines
        if item["type"] == "result" and item["status"] in ("ok", "refused") and item["port"]
    }
    since = lab.mark()
    resume = [*PROGRAM, "scan", "--resume", str(evidence), "--exclude", HOSTILE]
    ended = lab.run(resume, timeout=120, env=home(tmp_path))
    assert ended.returncode == 1, ended.stderr
    asked_again = {
        (r.ip, r.port)
        for r in lab.journal(since)
        if r.event == "tcp" and r.received_bytes == 0 and r.port in MUTE_PORTS
    } & {(ip, port) for ip, probe, port in answered if probe == "greeting"}
    assert asked_again == set()


def test_killed_scan_leaves_whole_lines_that_assess_can_use(lab: Lab, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence.jsonl"
    child = start(lab, tmp_path, lab.network, "--exclude", HOSTILE)
    wait_for(evidence, 300)
    child.kill()
    child.communicate(timeout=20)
    ended = subprocess.run(
        [*PROGRAM, "assess", str(evidence), "-o", "json=-"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode in (1, 3), ended.stderr
    assert json.loads(ended.stdout)["coverage"]["complete"] in (None, False)
