"""A lab comes up, hands over to a command, and leaves nothing behind however it ends."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.client import PROGRAM, Lab
from tests.lab_fixture import started

pytestmark = pytest.mark.lab

LAB = [sys.executable, str(PROGRAM)]
SMALL = ["--only", "bosch-flexidome,hik-ds-2cd2142fwd-i"]


@pytest.fixture(autouse=True, scope="module")
def _permitted() -> None:
    started("--only", "bosch-flexidome").close()


def run(*arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
    """`lab.py` with these arguments, to its end."""
    return subprocess.run(
        [*LAB, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=dict(os.environ, **options),
    )


def background(*arguments: str) -> subprocess.Popen[str]:
    """`lab.py run` with a command that says `ready`, waits, and says what it got."""
    process = subprocess.Popen(
        [*LAB, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def children(process_id: int) -> list[int]:
    """Direct children of a process."""
    return [
        int(n) for n in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    ]


def namespaces(process_id: int) -> set[str]:
    """The network namespaces a process holds open."""
    links = set()
    for entry in Path(f"/proc/{process_id}/fd").iterdir():
        try:
            links.add(str(entry.readlink()))
        except OSError:
            continue
    return {link for link in links if link.startswith("net:[")}


def in_use() -> Iterator[str]:
    """Every network namespace that some process is in or holds."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield str((process / "ns" / "net").readlink())
            yield from namespaces(int(process.name))
        except OSError:
            continue


def wait_until(gone: set[str], seconds: float = 5.0) -> set[str]:
    """Those of the namespaces that are still in use after at most so long."""
    until = time.monotonic() + seconds
    while (left := gone & set(in_use())) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def test_the_exit_code_is_the_commands() -> None:
    assert run("run", *SMALL, "--", "sh", "-c", "exit 7").returncode == 7
    assert run("run", *SMALL, "--", "sh", "-c", "kill -9 $$").returncode == 137
    missing = run("run", *SMALL, "--", "/no/such/program")
    assert (missing.returncode, missing.stderr) == (
        127,
        "lab: /no/such/program: No such file or directory\n",
    )


def test_the_command_learns_the_network_from_its_environment() -> None:
    done = run("run", *SMALL, "--network", "10.9.8.0/23", "--", "env")
    values = dict(line.split("=", 1) for line in done.stdout.splitlines() if "CAMCENSUS" in line)
    assert values["CAMCENSUS_LAB_NETWORK"] == "10.9.8.0/23"
    assert values["CAMCENSUS_LAB_ADDRESS"] == "10.9.9.254"
    assert values["CAMCENSUS_LAB_MODE"] == "namespaces"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_reach_the_command_and_its_answer_counts(number: signal.Signals) -> None:
    script = "trap 'echo got; exit 5' INT TERM HUP; echo ready; while :; do sleep 0.05; done"
    process = background("run", *SMALL, "--", "sh", "-c", script)
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert (out, process.returncode) == ("got\n", 5)


@pytest.mark.parametrize("victim", ["outer", "inner"])
def test_kill_leaves_no_process_and_no_namespace(victim: str) -> None:
    marker = f"{os.getpid()}.{victim}.4242"
    script = f"echo ready; sleep 600 & exec -a {marker} sleep 601"
    process = background("run", *SMALL, "--", "bash", "-c", script)
    (inner,) = children(process.pid)
    held = namespaces(inner)
    assert len(held) >= 5
    os.kill(process.pid if victim == "outer" else inner, signal.SIGKILL)
    process.communicate(timeout=20)
    assert wait_until(held - {str(Path("/proc/self/ns/net").readlink())}) == set()
    names = [p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline") if p.exists()]
    assert not [name for name in names if marker.encode() in name]
    assert process.returncode == (-9 if victim == "outer" else 137)


def test_a_lab_that_ends_by_itself_leaves_nothing() -> None:
    links = {path.name for path in Path("/sys/class/net").iterdir()}
    lab = Lab(*SMALL)
    (inner,) = children(lab.process_id)
    held = namespaces(inner)
    lab.close()
    assert wait_until(held - {str(Path("/proc/self/ns/net").readlink())}) == set()
    assert {p.name for p in Path("/sys/class/net").iterdir()} - links == set()
    assert not list(Path("/var/run/netns").glob("*lab*"))


def test_several_labs_at_once_do_not_meet() -> None:
    with Lab(*SMALL) as one, Lab("--only", "axis-m2025-le,bosch-flexidome") as two:
        ip = one.devices["bosch-flexidome"].ip
        assert two.devices["bosch-flexidome"].ip == ip
        assert one.run(["bash", "-c", TALK, ip]).stdout == "HTTP/1.1 200 OK\n"
        assert two.run(["bash", "-c", TALK, ip]).stdout == "HTTP/1.1 200 OK\n"
        assert len(one.journal()) == len(two.journal()) == 1


TALK = "exec 3<>/dev/tcp/$0/80; printf 'GET / HTTP/1.1\\r\\n\\r\\n' >&3; head -n 1 <&3"


def test_ctrl_c_at_a_terminal_reaches_the_command_once() -> None:
    script = "trap 'echo got; exit 9' INT; echo ready; while :; do sleep 0.05; done"
    child, terminal = pty.fork()
    if child == 0:
        os.execv(LAB[0], [*LAB, "run", *SMALL, "--", "sh", "-c", script])  # noqa: S606
    said = b""
    while b"ready" not in said:
        said += os.read(terminal, 1000)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    said += os.read(terminal, 1000)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 9
    assert said.count(b"got") == 1


def test_an_ordinary_user_gets_the_same_lab() -> None:
    """Without CAP_SYS_ADMIN the namespaces come through a user namespace."""
    weak = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
    prefix = weak if os.geteuid() == 0 else []
    done = subprocess.run(
        [*prefix, *LAB, "run", *SMALL, "--user", "nobody", "--", "sh", "-c", TALK_AND_LOOK],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = done.stdout.splitlines()
    assert lines[0] != "0"
    assert int(lines[1].split()[1], 16) == 0
    assert lines[2] == "HTTP/1.1 200 OK"
    assert "00:04:63:5a:11:01" in done.stdout


TALK_AND_LOOK = """
id -u; grep CapEff /proc/self/status
bash -c "exec 3<>/dev/tcp/10.77.0.73/80; printf 'GET / HTTP/1.1\\r\\n\\r\\n' >&3; head -n 1 <&3"
cat /proc/net/arp
"""


def test_where_namespaces_are_not_permitted_it_says_so_and_offers_loopback() -> None:
    forbid = 'echo 0 >/proc/sys/user/max_net_namespaces; exec "$@"'
    prefix = ["unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh"]
    arguments = [*prefix, *LAB, "run", *SMALL]
    refused = subprocess.run(
        [*arguments, "--", "true"], capture_output=True, text=True, check=False
    )
    assert refused.returncode == os.EX_NOPERM
    assert "network namespaces are not permitted here" in refused.stderr
    fallen = subprocess.run(
        [*arguments, "--loopback=auto", "--", "sh", "-c", "echo $CAMCENSUS_LAB_MODE"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (fallen.returncode, fallen.stdout) == (0, "loopback\n")
    assert "using loopback addresses" in fallen.stderr


def test_a_generated_lan_has_the_proportions_of_its_mix() -> None:
    with Lab("--generate", "200") as lab:
        kinds = [name.rpartition("-")[0] for name in lab.devices]
        cameras = [d for d in lab.devices.values() if d.kind == "camera"]
        assert len(lab.devices) == 200
        assert len(cameras) == 40
        assert kinds.count("silent") == 40
        assert len({d.mac for d in lab.devices.values()}) == 200
        last = next(reversed([d for d in cameras if d.name.startswith("dahua")]))
        assert lab.run(["bash", "-c", TALK, last.ip]).stdout == "HTTP/1.1 200 OK\n"


def test_serve_describes_itself_in_one_line() -> None:
    process = subprocess.run(
        [*LAB, "serve", *SMALL], input="\n", capture_output=True, text=True, check=True, timeout=60
    )
    first, second = process.stdout.splitlines()
    described = json.loads(first)
    assert [device["name"] for device in described["devices"]] == [
        "bosch-flexidome",
        "hik-ds-2cd2142fwd-i",
    ]
    assert described["devices"][0]["truth"]["maker"] == "bosch"
    assert json.loads(second) == {"settled": True}
    assert process.stderr == ""


def test_serve_ends_on_a_signal_while_its_input_is_open() -> None:
    process = subprocess.Popen(
        [*LAB, "serve", *SMALL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)
    _, said = process.communicate()
    assert (process.returncode, said) == (0, "")
