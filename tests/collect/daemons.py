"""Debian's own daemons at the far end of a `netns.lan`; each ends with its block."""

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.collect.netns import Lan, inside, settled

FAR = "10.9.0.20"
"""The address of the far end that the daemons speak from."""
AVAHI = """[server]
host-name=cam-one
use-ipv6=no
allow-interfaces=n0
enable-dbus=no
[wide-area]
enable-wide-area=no
[publish]
publish-workstation=no
publish-hinfo=no
[rlimits]
"""
SERVICES = """<?xml version="1.0"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>HIKVISION DS-2CD0000-TEST - C00001</name>
<service><type>_psia._tcp</type><port>80</port><txt-record>path=/</txt-record></service>
<service><type>_CGI._tcp</type><port>80</port></service>
<service><type>_made-up._tcp</type><port>81</port><txt-record>a=b</txt-record></service>
</service-group>
"""
MINIUPNPD = """ext_ifname=lo
ext_ip=11.0.0.1
listening_ip=n0
port=5431
enable_natpmp=no
enable_upnp=yes
uuid=00000000-0000-4000-8000-00000000abcd
serial=000000001
model_number=1
friendly_name=Test Gate
manufacturer_name=Example Works
model_name=Gate 7
"""
SAMBA = """[global]
netbios name = OFFICE-PC
workgroup = EXAMPLE
interfaces = n0
bind interfaces only = yes
lock directory = {0}
state directory = {0}
cache directory = {0}
pid directory = {0}
private dir = {0}
ncalrpc dir = {0}
log file = {0}/log
"""


@contextmanager
def avahi(built: Lan, folder: Path) -> Iterator[None]:
    """mDNS: `cam-one.local` with three services."""
    (folder / "avahi-daemon.conf").write_text(AVAHI)
    (folder / "services").mkdir()
    (folder / "services" / "camera.service").write_text(SERVICES)
    own = {"/etc/avahi": folder, "/run/avahi-daemon": folder / "services"}
    options = ("--no-drop-root", "--no-chroot", "--no-rlimits", "--no-proc-title")
    with _running(built, folder, "Service .* established", "avahi-daemon", *options, over=own):
        yield


@contextmanager
def miniupnpd(built: Lan, folder: Path) -> Iterator[None]:
    """SSDP and a device description, those of a router."""
    (folder / "conf").write_text(MINIUPNPD)
    command = ("miniupnpd", "-d", "-f", str(folder / "conf"), "-P", str(folder / "pid"))
    with _running(built, folder, "HTTP listening", *command):
        yield


@contextmanager
def wsdd(built: Lan, folder: Path) -> Iterator[None]:
    """WS-Discovery of a Windows-like computer, by IPv6 only."""
    command = ("wsdd", "-i", "n0", "-6", "-n", "OFFICE-PC", "-v")
    with _running(built, folder, "Hello", *command):
        yield


@contextmanager
def nmbd(built: Lan, folder: Path) -> Iterator[None]:
    """NetBIOS names of a computer called OFFICE-PC."""
    (folder / "smb.conf").write_text(SAMBA.format(folder))
    command = ("nmbd", "-F", "--debug-stdout", "-d", "1", "-s", str(folder / "smb.conf"))
    with _running(built, folder, "", *command, over={"/var/log/samba": folder}):
        yield


@contextmanager
def _running(
    built: Lan, folder: Path, ready: str, *command: str, over: Mapping[str, Path] | None = None
) -> Iterator[None]:
    """The daemon in the far namespace, until its log says `ready`; `over` shows it our folders."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed (tests/debian-packages.txt)")
    mounts = [f"mkdir -p {at} && mount --bind {own} {at}" for at, own in (over or {}).items()]
    script = " && ".join([*mounts, 'exec "$@"'])
    start = ["unshare", "--mount", "sh", "-c", script, "sh", *command]
    output = folder / "output"
    with output.open("wb") as out:
        process = inside(built.far, lambda: subprocess.Popen(start, stdout=out, stderr=out))
    try:
        assert settled(lambda: bool(re.search(ready, output.read_text(errors="replace"))), 15)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)
