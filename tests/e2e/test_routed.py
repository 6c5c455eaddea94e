"""The real program on a routed site: cameras behind a router have a MAC and a port. No leak."""

import csv
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.collect.routed import AUTH_KEY, CAMERAS, COMMUNITY, PRIV_KEY, USER, Site, site

SECRETS = (COMMUNITY, USER, AUTH_KEY, PRIV_KEY, "w3b-passw0rd")
PORTS = {"10.7.0.20": "p1", "10.7.0.21": "p2", "10.7.0.30": "p1", "10.7.0.31": "p2"}
FILE = f"""
[[credentials]]
name = "router"
kind = "snmp-v2c"
agents = ["10.7.0.1"]
community = "{COMMUNITY}"

[[credentials]]
kind = "snmp-v3"
agents = ["10.7.0.2", "10.7.0.3", "10.99.0.1"]
user = "env:SNMP_USER"
auth = "sha"
auth_key = "env:SNMP_AUTH"
priv = "aes"
priv_key = "env:SNMP_PRIV"

[[credentials]]
name = "cameras"
kind = "http"
vendors = ["hikvision"]
user = "inspector"
password = "w3b-passw0rd"
"""

pytestmark = pytest.mark.lab


@dataclass(frozen=True)
class Scanned:
    """A scan with credentials: what it wrote and said, and every command line seen meanwhile."""

    folder: Path
    ended: subprocess.CompletedProcess[bytes]
    commands: set[bytes]

    @property
    def devices(self) -> dict[str, Mapping[str, Any]]:
        report = json.loads((self.folder / "report.json").read_text())
        return {device["ip"]: device for device in report["devices"]}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as built:
        yield built


@pytest.fixture(scope="module")
def scanned(real: Site, tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    folder = tmp_path_factory.mktemp("scan")
    file = credentials(tmp_path_factory.mktemp("secret"))
    outputs = [f"-o{name}={folder / f'report.{name}'}" for name in ("json", "html", "csv")]
    with command_lines() as commands:
        ended = run(real, folder, "10.7.0.0/26", "--credentials", str(file), *outputs)
    return Scanned(folder, ended, commands)


def credentials(folder: Path, mode: int = 0o600) -> Path:
    file = folder / "credentials.toml"
    file.write_text(FILE)
    file.chmod(mode)
    return file


def run(real: Site, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    scan = [sys.executable, "-m", "scanner", "scan", "--evidence", str(folder / "evidence.jsonl")]
    secrets = {"SNMP_USER": USER, "SNMP_AUTH": AUTH_KEY, "SNMP_PRIV": PRIV_KEY}
    return subprocess.run(
        real.command(*scan, *arguments),
        capture_output=True,
        check=False,
        timeout=110,
        env={**os.environ, **secrets, "HOME": str(folder)},
    )


@contextmanager
def command_lines() -> Iterator[set[bytes]]:
    """Arguments of every process of this machine that runs meanwhile."""
    seen: set[bytes] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    seen.add(process.read_bytes())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def test_cameras_behind_a_router_are_found_with_their_macs(scanned: Scanned, real: Site) -> None:
    assert scanned.ended.returncode == 1, scanned.ended.stderr.decode()
    found = {address: scanned.devices[address] for address in CAMERAS}
    assert {a: d["mac"] for a, d in found.items()} == {a: real.mac(a) for a in CAMERAS}
    sources = {a: set(d["seen_by"]) for a, d in found.items()}
    assert all({"snmp", "touch"} <= each for each in sources.values())
    assert {a for a, each in sources.items() if "ping" in each} == set(CAMERAS) - {"10.7.0.21"}
    assert {d["verdict"] for d in found.values()} == {"review"}
    assert all("Hikvision" in d["registered_to"] for d in found.values())


def test_the_finding_says_switch_and_port(scanned: Scanned) -> None:
    expected = {
        address: f"sw-{CAMERAS[address][0]}, port {port}" for address, port in PORTS.items()
    }
    assert {address: scanned.devices[address]["place"] for address in CAMERAS} == expected
    page = (scanned.folder / "report.html").read_text()
    with (scanned.folder / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = {row["ip"]: row["place"] for row in csv.DictReader(file)}
    for address, place in expected.items():
        assert cells[address] == place
        assert f'<dd class="said">{place}</dd>' in page


def test_what_was_not_asked_is_said(scanned: Scanned) -> None:
    told = scanned.ended.stderr.decode()
    assert "agents out of scope were not asked: 10.99.0.1" in told


def test_a_secret_reaches_no_file_no_stream_and_no_command_line(scanned: Scanned) -> None:
    files = [path for path in scanned.folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".json", ".html", ".csv", ".jsonl"}
    texts = {str(path): path.read_bytes() for path in files}
    texts |= {"stdout": scanned.ended.stdout, "stderr": scanned.ended.stderr}
    texts |= {repr(line): line for line in scanned.commands}
    assert any(b"scanner.workers.snmp" in line for line in scanned.commands)
    leaks = [(n, s) for n, text in texts.items() for s in SECRETS if s.encode() in text]
    assert leaks == []


def test_a_file_others_can_read_is_refused_before_anything_is_sent(
    real: Site, tmp_path: Path
) -> None:
    file = credentials(tmp_path, 0o640)
    ended = run(real, tmp_path, "10.7.0.0/24", "--credentials", str(file))
    assert ended.returncode == 2
    told = ended.stderr.decode()
    assert f"is open to others (mode 640); run: chmod 600 {file}" in told
    assert not (tmp_path / "evidence.jsonl").exists()
    assert not any(secret in told for secret in SECRETS)
