"""A routed site in network namespaces: scanner, router, two switches in a row, cameras.

    10.9.0.1 scanner ── 10.9.0.254 router 10.7.0.1 ── switch a 10.7.0.2 ── switch b 10.7.0.3
                                                        p1 .20, p2 .21       p1 .30, p2 .31

The router and both switches run Debian's snmpd: the router's tables are the kernel's, the switches'
those of real Linux bridges (`bridge_mib.py`). Where Debian's lldpd is installed the switches know
each other by LLDP. Camera .21 answers no echo.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from tests.collect.netns import inside, settled

T = TypeVar("T")
COMMUNITY, USER, AUTH_KEY, PRIV_KEY = "c0mmunity-x7", "census-u5er", "auth-k3y-zz9", "priv-k3y-qq4"
GET_SYS_NAME = bytes.fromhex("a01a02020101020100020100300e300c06082b060102010105000500")
CAMERAS = {"10.7.0.20": "a1", "10.7.0.21": "a2", "10.7.0.30": "b1", "10.7.0.31": "b2"}
BRIDGE_MIB = Path(__file__).with_name("bridge_mib.py")
ACCESS = f"""
rocommunity {COMMUNITY}
createUser {USER} SHA {AUTH_KEY} AES {PRIV_KEY}
createUser des-{USER} MD5 {AUTH_KEY} DES {PRIV_KEY}
createUser auth-{USER} SHA {AUTH_KEY}
rouser {USER} priv
rouser des-{USER} priv
rouser auth-{USER} auth
"""


@dataclass
class Site:
    """The namespaces by letter (s, r, a, b) or camera address, and the programs in them."""

    names: dict[str, str]
    folder: Path
    lldp: bool
    started: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def run(self, name: str, function: Callable[[], T]) -> T:
        """The function's result, computed in a namespace."""
        return inside(self.names[name], function)

    def start(self, name: str, log: str, *command: str) -> None:
        """Start a program in a namespace; it ends with the site."""
        environment = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(self.folder / name)}
        with (self.folder / log).open("wb") as out:
            self.started.append(
                subprocess.Popen(
                    ["ip", "netns", "exec", self.names[name], *command],
                    env=environment,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
            )

    def mac(self, address: str) -> str:
        """The hardware address of a camera."""
        return f"44:19:b6:00:00:{address.rpartition('.')[2]}"

    def command(self, *command: str) -> list[str]:
        """The command line to be run where the scanner is."""
        return ["ip", "netns", "exec", self.names["s"], *command]


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """The whole site, with agents that answer and tables that are filled."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    if shutil.which("snmpd") is None:
        pytest.skip("Debian's snmpd is not installed (tests/debian-packages.txt)")
    mark = f"ccr{os.getpid()}"
    names = {key: f"{mark}{key.rpartition('.')[2]}" for key in ("s", "r", "a", "b", *CAMERAS)}
    with ExitStack() as stack:
        for name in names.values():
            _add(name)
            stack.callback(_remove, name)
        built = Site(names, folder, lldp=shutil.which("lldpd") is not None)
        _wire(names)
        stack.callback(_stop, built.started)
        _agents(built)
        if built.lldp:
            for letter in ("a", "b"):
                stack.enter_context(_lldp(built, letter))
        _fill(built)
        yield built


def _add(name: str) -> None:
    try:
        _ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"network namespaces are not permitted here: {error}")
    _ip("-n", name, "link", "set", "lo", "up")


def _wire(names: dict[str, str]) -> None:
    _cable(names["s"], "s0", names["r"], "r0")
    _cable(names["r"], "r1", names["a"], "up0")
    _cable(names["a"], "p3", names["b"], "up0")
    for letter in ("a", "b"):
        _ip("-n", names[letter], "link", "add", "br0", "type", "bridge")
        _ip("-n", names[letter], "link", "set", "br0", "up")
    for address, port in CAMERAS.items():
        _cable(names[port[0]], f"p{port[1]}", names[address], "eth0")
        mac = f"44:19:b6:00:00:{address.rpartition('.')[2]}"
        _ip("-n", names[address], "link", "set", "eth0", "address", mac)
    for letter, ports in (("a", ("up0", "p1", "p2", "p3")), ("b", ("up0", "p1", "p2"))):
        for port in ports:
            _ip("-n", names[letter], "link", "set", port, "master", "br0")
    _address(names["s"], "s0", "10.9.0.1", "10.9.0.254")
    _address(names["r"], "r0", "10.9.0.254")
    _address(names["r"], "r1", "10.7.0.1")
    _address(names["a"], "br0", "10.7.0.2", "10.7.0.1")
    _address(names["b"], "br0", "10.7.0.3", "10.7.0.1")
    for address in CAMERAS:
        _address(names[address], "eth0", address, "10.7.0.1")
    inside(names["r"], lambda: _set("net/ipv4/ip_forward", "1"))
    inside(names["10.7.0.21"], lambda: _set("net/ipv4/icmp_echo_ignore_all", "1"))


def _agents(built: Site) -> None:
    bridge = "master agentx\nagentXSocket tcp:127.0.0.1:705\npass_persist .1.3.6.1.2.1.17 "
    bridge += f"{sys.executable} {BRIDGE_MIB} br0"
    agents = {
        "r": ("10.7.0.1", ""),
        "a": ("10.7.0.2", bridge),
        "b": ("10.7.0.3", bridge + " qbridge"),
    }
    for letter, (_, more) in agents.items():
        folder = built.folder / letter
        folder.mkdir()
        config = folder / "snmpd.conf"
        config.write_text(f"agentaddress udp:161\nsysname sw-{letter}\n{ACCESS}{more}\n")
        built.start(letter, f"{letter}.log", "snmpd", "-f", "-r", "-C", "-c", str(config), "-Lo")
    for letter, (address, _) in agents.items():
        ready = settled(lambda: built.run("s", lambda: _answers(address)), 30)  # noqa: B023
        assert ready, (built.folder / f"{letter}.log").read_text()[-2000:]


def _answers(address: str) -> bool:
    """True when the agent tells its name."""
    community = bytes([4, len(COMMUNITY)]) + COMMUNITY.encode()
    inner = b"\x02\x01\x01" + community + GET_SYS_NAME
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        sock.sendto(bytes([0x30, len(inner)]) + inner, (address, 161))
        with suppress(TimeoutError):
            return b"sw-" in sock.recv(2048)
    return False


@contextmanager
def _lldp(built: Site, letter: str) -> Iterator[None]:
    """lldpd on the ports between the switches, a subagent of the switch's snmpd."""
    folder = Path("/run/lldpd")
    folder.mkdir(exist_ok=True)
    control, config = (folder / f"{built.names[letter]}.{kind}" for kind in ("socket", "conf"))
    config.write_text("configure lldp tx-interval 1\nconfigure lldp portidsubtype ifname\n")
    port = "p3" if letter == "a" else "up0"
    lldpd = ("lldpd", "-d", "-x", "-X", "tcp:127.0.0.1:705", "-u", str(control), "-I", port)
    built.start(letter, f"{letter}.lldp.log", *lldpd, "-O", str(config))
    try:
        yield
    finally:
        config.unlink()


def _fill(built: Site) -> None:
    """Everybody says something to the router, as devices do all day."""

    def speak() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"", ("10.7.0.1", 9))

    for _ in range(2):
        for name in ("a", "b", *CAMERAS):
            built.run(name, speak)
        time.sleep(0.1)


def _cable(first: str, end: str, second: str, other: str) -> None:
    _ip("link", "add", end, "netns", first, "type", "veth", "peer", "name", other, "netns", second)
    _ip("-n", first, "link", "set", end, "up")
    _ip("-n", second, "link", "set", other, "up")


def _address(name: str, device: str, address: str, gateway: str = "") -> None:
    _ip("-n", name, "addr", "add", f"{address}/24", "dev", device)
    if gateway:
        _ip("-n", name, "route", "add", "default", "via", gateway)


def _set(key: str, value: str) -> None:
    Path("/proc/sys", key).write_text(value)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _stop(started: Sequence["subprocess.Popen[bytes]"]) -> None:
    for program in reversed(started):
        os.killpg(program.pid, signal.SIGTERM)
        program.wait(timeout=10)


def _remove(name: str) -> None:
    with suppress(subprocess.CalledProcessError, OSError):
        _ip("netns", "del", name)
