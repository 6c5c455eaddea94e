"""Files of the tools themselves: nmap's own XML, tcpdump's own captures, tables of this kernel."""

import gzip
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest

from scanner.collect.api import Remark
from scanner.collect.wire import mdns, ssdp, wsd
from scanner.importing import GivenFile
from tests.collect.netns import Lan, inside, lan, settled
from tests.imports.given import hosts, macs, odd, read, said
from tests.wire import test_wire_mdns, test_wire_ssdp, test_wire_wsd

CAMERA = "10.9.0.20"
CERTIFICATE = Path(__file__).parents[1] / "lab" / "certificates" / "hikvision-hz.pem"
TITLE = "Lobby camera, and a title so long that nmap prints only the first part of it"
REALM = "IP Camera(C0001)"


@pytest.fixture(autouse=True)
def loopback_only() -> None:
    """Nothing here leaves the machine: sockets live in namespaces made here."""


@pytest.fixture
def built() -> Iterator[Lan]:
    with lan(CAMERA) as made:
        assert made.near_by(meet)
        yield made


def meet() -> bool:
    """Make this namespace's kernel know the camera's hardware address."""
    show = ["ip", "neigh", "show", CAMERA]

    def is_known() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"", (CAMERA, 9))
        return b"lladdr" in subprocess.run(show, check=True, capture_output=True).stdout

    return settled(is_known)


def needs(program: str, package: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian package {package})")


class Camera(BaseHTTPRequestHandler):
    """A page on port 80, a challenge on every other."""

    server_version, sys_version = "App-webs/", ""

    def do_GET(self) -> None:
        is_open = self.connection.getsockname()[1] == 80
        page = f"<html><head><title>{TITLE}</title></head></html>".encode() if is_open else b""
        self.send_response(200 if is_open else 401)
        if not is_open:
            self.send_header("WWW-Authenticate", f'Digest realm="{REALM}", nonce="0", qop="auth"')
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def camera(built: Lan) -> Iterator[None]:
    """Web servers on 80, 443 and 8080, and a greeting on 21, at the far end."""
    servers = inside(built.far, lambda: [HTTPServer((CAMERA, p), Camera) for p in (80, 443, 8080)])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    servers[1].socket = context.wrap_socket(
        servers[1].socket, server_side=True, do_handshake_on_connect=False
    )
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def scan(built: Lan, out: Path, *arguments: str) -> None:
    command = ["nmap", "-n", "-oX", str(out), *arguments]
    built.near_by(lambda: subprocess.run(command, check=True, capture_output=True, timeout=90))


def test_nmaps_own_file(built: Lan, tmp_path: Path) -> None:
    needs("nmap", "nmap")
    out = tmp_path / "scan.xml"
    scripts = "http-title,http-server-header,http-auth,http-headers,ssl-cert"
    with camera(built):
        scan(built, out, "-p", "79,80,443,8080", "--script", scripts, "10.9.0.16/28")
    items = read("nmap", GivenFile.at(str(out)))

    assert odd(items) == []
    assert not any(isinstance(item, Remark) for item in items)
    assert macs(items) == {CAMERA: built.far_mac}
    at = hosts(items)[CAMERA].at
    assert at is not None
    seen = {
        (getattr(item, "port", None), o.field, o.value)
        for item in items
        for o in getattr(item, "observations", ())
    }
    assert {p for p, field, _ in seen if field == "tcp.open"} == {80, 443, 8080}
    assert (80, "http.title", TITLE) in seen
    assert (80, "http.server", "App-webs/") in {(p, f, v.strip()) for p, f, v in seen}
    assert (8080, "http.www_authenticate", f'Digest realm="{REALM}"') in seen
    assert {v for p, f, v in seen if f == "tls.subject"} == {said(items, CAMERA)["tls.subject"]}
    assert {p for p, f, _ in seen if f == "tls.sha256"} == {443}


def test_nmap_that_is_stopped_leaves_a_usable_file(built: Lan, tmp_path: Path) -> None:
    needs("nmap", "nmap")
    out = tmp_path / "scan.xml"
    command = ["nmap", "-n", "-Pn", "-oX", str(out), "-p", "80", "--max-hostgroup", "1"]
    command += ["--send-ip", "--disable-arp-ping", CAMERA, "10.9.0.32/27"]
    with camera(built):
        process = built.near_by(
            lambda: subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        assert settled(lambda: out.exists() and b"</host>" in out.read_bytes(), 30)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
    items = read("nmap", GivenFile.at(str(out)))

    assert CAMERA in hosts(items)
    assert any(isinstance(item, Remark) and item.partial for item in items)


def announce(built: Lan) -> None:
    """What a camera says by itself, to the groups and to the scanner."""
    matches = (("10.9.0.1", wsd.PORT, test_wire_wsd.MATCH),)
    groups = (
        (mdns.GROUP, mdns.PORT, test_wire_mdns.CAMERA),
        (ssdp.GROUP, ssdp.PORT, test_wire_ssdp.NOTIFY),
    )
    member = struct.pack("=4s4s", *(ip_address(a).packed for a in ("239.255.255.251", CAMERA)))

    def speak() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            own = ip_address(CAMERA).packed
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
            for target, port, data in (*groups, *matches):
                sock.sendto(data, (target, port))
            time.sleep(1.5)

    inside(built.far, speak)


@contextmanager
def tcpdump(built: Lan, out: Path, *arguments: str) -> Iterator[None]:
    """tcpdump at the near end while the block runs."""
    command = ["tcpdump", "-n", "-U", "-Z", "root", "-w", str(out), *arguments]
    process = built.near_by(lambda: subprocess.Popen(command, stderr=subprocess.PIPE))
    assert process.stderr is not None
    while b"listening on" not in (line := process.stderr.readline()):
        assert line, "tcpdump ended"
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@pytest.mark.parametrize("interface", ["s0", "any"])
def test_tcpdumps_own_capture(built: Lan, tmp_path: Path, interface: str) -> None:
    needs("tcpdump", "tcpdump")
    out = tmp_path / "lan.pcap"
    with tcpdump(built, out, "-i", interface):
        announce(built)
    items = read("pcap", GivenFile.at(str(out)))

    assert odd(items) == []
    assert macs(items)[CAMERA] == built.far_mac
    found = said(items, CAMERA)
    assert found["mdns.instance"]
    assert found["ssdp.usn"] == test_wire_ssdp.SAID["ssdp.usn"]
    assert found["wsd.types"] == "dn:NetworkVideoTransmitter tds:Device"
    groups = [
        o.value for i in items for o in getattr(i, "observations", ()) if o.field == "igmp.group"
    ]
    assert "239.255.255.251" in groups


def test_a_capture_compressed_and_cut(built: Lan, tmp_path: Path) -> None:
    needs("tcpdump", "tcpdump")
    out = tmp_path / "lan.pcap"
    with tcpdump(built, out, "-i", "s0"):
        announce(built)
    whole = out.read_bytes()
    out.write_bytes(gzip.compress(whole))
    compressed = read("pcap", GivenFile.at(str(out)))
    out.write_bytes(whole[:-5])
    cut = read("pcap", GivenFile.at(str(out)))

    assert CAMERA in hosts(compressed)
    assert not any(isinstance(item, Remark) for item in compressed)
    assert Remark("The capture ends within a packet.", partial=True) in cut


@pytest.mark.parametrize(
    ("name", "command"),
    [("neigh", ["ip", "neigh"]), ("neigh", ["ip", "-s", "neigh"]), ("arp", ["arp", "-an"]),
     ("arp", ["arp", "-n"])],
)  # fmt: skip
def test_this_systems_own_tables(built: Lan, tmp_path: Path, name: str, command: list[str]) -> None:
    needs(command[0], "net-tools" if command[0] == "arp" else "iproute2")
    file = tmp_path / "table.txt"
    shown = built.near_by(lambda: subprocess.run(command, check=True, capture_output=True))
    file.write_bytes(shown.stdout)
    items = read(name, GivenFile.at(str(file)))

    assert odd(items) == []
    assert {ip: mac for ip, mac in macs(items).items() if "." in ip} == {CAMERA: built.far_mac}
