"""The l2 worker as a real child program on a real link."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path

import pytest

from scanner.workers import l2
from scanner.workers.packet import Batch, PacketSocket
from tests.collect.netns import NETWORK, SCANNER, Lan, arp_reply, lan, settled

ROOT = Path(l2.__file__).parents[2]
WORKER = (sys.executable, "-m", "scanner.workers.l2")
Lines = list[dict[str, object]]


def start(*prefix: str, program: tuple[str, ...] = WORKER) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    return subprocess.Popen([*prefix, *program], stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT)


def ask(job: object, *prefix: str) -> Lines:
    """What the worker says to a job; its standard input stays open until it has ended."""
    with start(*prefix) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write((job if isinstance(job, str) else json.dumps(job)).encode() + b"\n")
        process.stdin.flush()
        said = [json.loads(line) for line in process.stdout]
        assert process.wait(timeout=20) == 0, process.stderr.read().decode()
        return said


def sweep(**changes: object) -> dict[str, object]:
    job = {"do": "arp-sweep", "interface": "s0", "addresses": [NETWORK]}
    return {**job, "rate": 0, "passes": 1, "wait": 0.3, **changes}


def macs(lines: Lines) -> list[tuple[object, object]]:
    return sorted((str(line["ip"]), str(line["mac"])) for line in lines if "ip" in line)


@pytest.fixture
def two_hosts() -> Iterator[Lan]:
    with lan("10.9.0.20", "10.9.0.30") as built:
        yield built


def test_sweep_finds_exactly_who_is_there(two_hosts: Lan) -> None:
    lines = two_hosts.near_by(lambda: ask(sweep()))

    far = two_hosts.far_mac
    assert macs(lines) == [("10.9.0.20", far), ("10.9.0.30", far)]
    assert all(0 < float(str(line["rtt"])) < 5 for line in lines[:-1])
    assert lines[-1] == {"done": True, "sent": 253, "replies": 2, "dropped": 0}


def test_sweep_sends_nothing_but_its_own_requests(two_hosts: Lan) -> None:
    two_hosts.near_by(lambda: ask(sweep()))

    asked = two_hosts.asked_for()
    assert sorted(asked) == sorted(f"10.9.0.{n}" for n in range(1, 255) if f"10.9.0.{n}" != SCANNER)
    assert two_hosts.not_arp() == []
    mac = bytes.fromhex(two_hosts.near_mac.replace(":", ""))
    own = IPv4Interface(f"{SCANNER}/24")
    template = l2.Own("s0", mac, own).request()
    assert {frame[:38] for _, frame in two_hosts.frames} == {template[:38]}


def test_later_passes_ask_the_silent_only(two_hosts: Lan) -> None:
    lines = two_hosts.near_by(lambda: ask(sweep(addresses=["10.9.0.20", "10.9.0.21"], passes=3)))

    assert two_hosts.asked_for() == ["10.9.0.20", "10.9.0.21", "10.9.0.21", "10.9.0.21"]
    assert lines[-1]["sent"] == 4


def test_rate_is_never_exceeded(two_hosts: Lan) -> None:
    two_hosts.near_by(lambda: ask(sweep(rate=500)))

    moments = [moment for moment, _ in two_hosts.frames]
    assert len(moments) == 253
    assert moments[-1] - moments[0] > 0.9 * 253 / 500


def test_two_machines_with_one_address_are_two_lines() -> None:
    first, second = bytes.fromhex("4419b6000001"), bytes.fromhex("3cef8c000002")

    def both(ip: str, asker: bytes) -> list[bytes]:
        answers = [arp_reply(ip, first, asker), arp_reply(ip, second, asker)]
        return answers * 2 if ip == "10.9.0.40" else []

    with lan(arp=both) as built:
        lines = built.near_by(lambda: ask(sweep()))

    assert macs(lines) == [("10.9.0.40", "3c:ef:8c:00:00:02"), ("10.9.0.40", "44:19:b6:00:00:01")]


def test_other_forms_of_reply_are_decoded() -> None:
    mac = bytes.fromhex("4419b6000001")
    with lan(arp=lambda ip, to: [arp_reply(ip, mac, to, hardware=6)][: ip == "10.9.0.7"]) as built:
        lines = built.near_by(lambda: ask(sweep(addresses=["10.9.0.7", "10.9.0.8"])))

    assert macs(lines) == [("10.9.0.7", "44:19:b6:00:00:01")]


def test_hostile_replies_add_nothing() -> None:
    mac = bytes.fromhex("4419b6000001")

    def hostile(ip: str, asker: bytes) -> list[bytes]:
        honest = arp_reply(ip, mac, asker)
        unasked = arp_reply("192.0.2.7", mac, asker)
        odd = [honest[:20] + b"\0\2" + bytes([n]) * n for n in (0, 3, 19, 200)]
        long = [honest[:18] + b"\xff\xff" + honest[20:] + bytes(1000)]
        return [honest[:n] for n in (22, 30, 41)] + [unasked, *odd, *long]

    with lan(arp=hostile) as built:
        lines = built.near_by(lambda: ask(sweep(addresses=["10.9.0.4/30"])))

    assert macs(lines) == []
    assert lines[-1]["replies"] == 0


def test_a_flood_of_hardware_addresses_is_bounded() -> None:
    def flood(ip: str, asker: bytes) -> list[bytes]:
        return [arp_reply(ip, n.to_bytes(6, "big"), asker) for n in range(1000)]

    with lan(arp=flood) as built:
        lines = built.near_by(lambda: ask(sweep(addresses=["10.9.0.4"])))

    assert len(macs(lines)) == l2.MACS


@pytest.mark.parametrize(
    "prefix",
    [
        ("setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"),
        ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    ],
    ids=["root-without-capabilities", "nobody"],
)
def test_without_privilege_it_says_so(two_hosts: Lan, prefix: tuple[str, ...]) -> None:
    lines = two_hosts.near_by(lambda: ask(sweep(), *prefix))

    reason = "raw packet sockets need CAP_NET_RAW, which this program was not given"
    assert lines == [{"error": "not-permitted", "reason": reason}]
    assert two_hosts.frames == []


def test_interfaces_tell_what_they_are(two_hosts: Lan) -> None:
    lines = two_hosts.near_by(lambda: ask({"do": "interfaces"}))

    named = {line.get("interface"): line for line in lines}
    assert named["s0"]["addresses"] == [f"{SCANNER}/24"]
    assert named["s0"]["mac"] == two_hosts.near_mac
    assert "other end is in another network namespace" in str(named["s0"]["nature"])
    assert named["lo"]["mac"] == ""
    assert lines[-1] == {"done": True}


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ("{", "Expecting property name"),
        ("[]", "name one of interfaces, arp-sweep"),
        ({"do": "reboot"}, "name one of interfaces, arp-sweep"),
        ({"do": []}, "name one of"),
        (sweep(addresses=[]), "'addresses' has to be a list"),
        (sweep(addresses="10.9.0.0/24"), "'addresses' has to be a list"),
        (sweep(addresses=["cam.example"]), "cam.example"),
        (sweep(addresses=["10.9.0.1/24"]), "host bits set"),
        (sweep(rate=-1), "'rate' has to be a number from 0"),
        (sweep(rate="fast"), "'rate' has to be a number"),
        (sweep(passes=99), "'passes'"),
        (sweep(wait=float("nan")), "'wait'"),
        (sweep(interface="lo"), "not an Ethernet interface"),
        (sweep(interface="no such"), "not an Ethernet interface"),
    ],
)
def test_bad_jobs_are_explained(job: object, reason: str) -> None:
    (line,) = ask(job)
    assert line["error"] == "bad-job"
    assert reason in str(line["reason"])


def test_only_addresses_on_the_link_are_asked_for(two_hosts: Lan) -> None:
    (line,) = two_hosts.near_by(lambda: ask(sweep(addresses=["10.9.0.0/24", "10.8.0.0/24"])))

    assert line["error"] == "bad-job"
    assert "on the link of s0, which has 10.9.0.1/24" in str(line["reason"])
    assert two_hosts.frames == []


def test_a_link_that_is_down_is_told(two_hosts: Lan) -> None:
    subprocess.run(["ip", "-n", two_hosts.near, "link", "set", "s0", "down"], check=True)
    assert two_hosts.near_by(lambda: ask(sweep())) == [
        {"error": "failed", "reason": "Network is down"}
    ]


def test_it_ends_when_the_parent_lets_go_of_its_input(two_hosts: Lan) -> None:
    process = two_hosts.near_by(start)
    process.communicate((json.dumps(sweep(rate=1)) + "\n").encode(), timeout=20)

    assert process.returncode == 1


def test_it_does_nothing_without_a_whole_job() -> None:
    process = start()
    said, complaints = process.communicate(b'{"do": "interfaces"}', timeout=20)

    assert (process.returncode, said, complaints) == (0, b"", b"")


def test_it_ends_when_nobody_reads(two_hosts: Lan) -> None:
    with two_hosts.near_by(start) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.write(json.dumps(sweep(rate=50)).encode() + b"\n")
        process.stdin.flush()
        assert process.wait(timeout=20) != 0
    assert len(two_hosts.frames) < 253


def test_the_request_is_what_scapy_builds() -> None:
    code = (
        "from scapy.layers.l2 import ARP, Ether;"
        "e = Ether(src='02:00:00:00:00:05', dst='ff:ff:ff:ff:ff:ff');"
        "a = ARP(op=1, hwsrc='02:00:00:00:00:05', psrc='10.9.0.1', pdst='0.0.0.0');"
        "print(bytes(e / a).hex())"
    )
    built = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    own = l2.Own("s0", bytes.fromhex("020000000005"), IPv4Interface("10.9.0.1/24"))
    assert own.request().hex() == built.stdout.strip()


def test_own_first_and_last_address_are_not_asked_for() -> None:
    def asked(own: str, *networks: str) -> list[int]:
        end = l2.Own("s0", bytes(6), IPv4Interface(own))
        return [a & 0xFF for a in end.askable([IPv4Network(n) for n in networks])]

    assert asked("10.9.0.1/30", "10.9.0.0/30") == [2]
    assert asked("10.9.0.0/31", "10.9.0.0/31") == [1]
    assert asked("10.9.0.1/24", "10.9.0.4/31", "10.9.0.4/32", "10.9.0.2/31") == [2, 3, 4, 5]
    assert asked("10.9.0.1/24", "10.9.0.1/32") == []


@pytest.mark.parametrize("batched", [True, False])
def test_frames_travel_with_and_without_batched_calls(two_hosts: Lan, batched: bool) -> None:
    own = l2.Own(
        "s0", bytes.fromhex(two_hosts.near_mac.replace(":", "")), IPv4Interface("10.9.0.1/24")
    )

    def talk() -> tuple[list[bytes], list[int], int]:
        link = PacketSocket("s0", l2.ETH_P_ARP, l2.ONLY_REPLIES)
        link._batched = link._batched and batched
        batch = Batch(own.request(), 3)
        batch.patch(l2.WANTED, b"\x0a" * 3)
        batch.patch(l2.WANTED + 1, b"\x09" * 3)
        batch.patch(l2.WANTED + 3, bytes((20, 30, 40)))
        link.send(batch, 3)
        assert settled(lambda: len(two_hosts.asked_for()) == 3)
        link.wait(1)
        slots, lengths = link.receive()
        replies = [bytes(slots[i * 128 + 28 : i * 128 + 32]) for i in range(len(lengths))]
        drops = link.drops()
        link.close()
        return replies, lengths, drops

    replies, lengths, drops = two_hosts.near_by(talk)
    assert sorted(replies) == [bytes((10, 9, 0, 20)), bytes((10, 9, 0, 30))]
    assert all(length >= 42 for length in lengths)
    assert drops == 0
    assert two_hosts.asked_for() == ["10.9.0.20", "10.9.0.30", "10.9.0.40"]


def test_only_the_worker_knows_scapy() -> None:
    code = "import sys, scanner.collect.segment, scanner.workers.l2; print('scapy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.strip() == "False"
