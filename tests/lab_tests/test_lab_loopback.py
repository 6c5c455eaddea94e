"""Where there are no namespaces, loopback addresses serve; and mistakes get answers anywhere."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.lab.client import PROGRAM, Lab

SMALL = ("--only", "bosch-flexidome,hik-ds-2cd2142fwd-i")
TALK = "exec 3<>/dev/tcp/$0/80; printf 'GET / HTTP/1.1\\r\\n\\r\\n' >&3; head -n 1 <&3"


def test_loopback_addresses_answer_and_say_what_is_missing() -> None:
    with Lab("--loopback", *SMALL) as lab, Lab("--loopback", *SMALL) as other:
        assert lab.mode == "loopback"
        assert lab.network.startswith("127.77.")
        assert lab.network != other.network
        assert any("no ARP" in note for note in lab.notes)
        port = 80 if not any("moved up" in note for note in lab.notes) else 8080
        ip = lab.devices["bosch-flexidome"].ip
        script = TALK.replace("/80", f"/{port}")
        assert lab.run(["bash", "-c", script, ip]).stdout == "HTTP/1.1 200 OK\n"
        (record,) = lab.journal()
        assert (record.device, record.port) == ("bosch-flexidome", port)
        assert other.journal() == []


def test_a_host_that_accepts_all_accepts_much() -> None:
    with Lab("--loopback", "--only", "hostile-accepts-all") as lab:
        ip = lab.devices["hostile-accepts-all"].ip
        script = "exec 3<>/dev/tcp/$0/37777 && echo connected"
        assert lab.run(["bash", "-c", script, ip]).stdout == "connected\n"
        assert any("not on all" in note for note in lab.notes)


def test_a_copy_elsewhere_works_without_the_checkout(tmp_path: Path) -> None:
    shutil.copytree(PROGRAM.parent, tmp_path / "lab")
    command = [sys.executable, "-I", str(tmp_path / "lab" / "lab.py"), "run", "--loopback"]
    done = subprocess.run(
        [*command, *SMALL, "--", "sh", "-c", "echo $CAMCENSUS_LAB_MODE"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (0, "loopback\n")


def test_mistakes_get_answers() -> None:
    cases = {
        ("--only", "no-such-device"): "--only: no device no-such-device in",
        ("--devices", "/no/such/folder"): "no device files (*.yml) there",
        ("--generate", "5", "--mix", "zoo"): "--mix: no mix 'zoo'; there are: office",
        ("--network", "10.77.0.0/28"): "no room in 10.77.0.0/28",
        ("--journal", "/no/such/file"): "/no/such/file: No such file or directory",
        ("--user", "nobody-we-know"): "--user: no account 'nobody-we-know'",
    }
    for arguments, answer in cases.items():
        command = [sys.executable, str(PROGRAM), "run", *arguments, "--", "true"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2, arguments
        assert done.stderr.startswith("lab: ")
        assert answer in done.stderr
        assert len(done.stderr.splitlines()) == 1
