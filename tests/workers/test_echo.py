"""ICMP echo: the packets themselves, and the job as a child program in a namespace."""

import socket
import subprocess
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.workers import echo
from scanner.workers.stdio import Line
from tests.collect.netns import Lan, inside, lan
from tests.workers.test_l2 import Lines, ask

SETPRIV = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.fixture
def two_hosts() -> Iterator[Lan]:
    with lan("10.9.0.20", "10.9.0.30") as built:
        yield built


def job(*addresses: str, **changes: object) -> dict[str, object]:
    usual = {"do": "ping", "addresses": list(addresses), "rate": 1000, "wait": 0.2}
    return {**usual, **changes}


def found(lines: Lines) -> list[str]:
    return [str(line["ip"]) for line in lines if "ip" in line]


def echoes(built: Lan) -> list[bytes]:
    return [packet for packet in built.not_arp() if packet[9] == socket.IPPROTO_ICMP]


def test_who_answers_is_found_and_the_silent_asked_once_more(two_hosts: Lan) -> None:
    lines = two_hosts.near_by(lambda: ask(job("10.9.0.20/31", "10.9.0.30")))

    assert sorted(found(lines)) == ["10.9.0.20", "10.9.0.30"]
    assert all(0 < float(str(line["rtt"])) < 5 for line in lines[:-1])
    assert lines[-1] == {"done": True, "sent": 4, "replies": 2}


def test_nothing_but_echo_requests_leaves(two_hosts: Lan) -> None:
    two_hosts.near_by(lambda: ask(job("10.9.0.20", "10.9.0.30")))

    packets = two_hosts.not_arp()
    assert len(packets) == len(echoes(two_hosts)) == 2
    for packet in packets:
        message = packet[(packet[0] & 15) * 4 :]
        assert message[:2] == b"\x08\x00"
        assert len(message) == 8 + 8 + 4
        assert echo.checksum(message) == 0


def test_the_rate_is_never_exceeded(two_hosts: Lan) -> None:
    two_hosts.near_by(lambda: ask(job("10.9.0.20", "10.9.0.30", "10.9.0.96/27", rate=100)))

    asked = [moment for moment, _ in two_hosts.frames]
    assert asked[-1] - asked[0] > 0.9 * 33 / 100


def test_unprivileged_sockets_are_used_where_a_group_is_permitted(two_hosts: Lan) -> None:
    def permit() -> None:
        Path("/proc/sys/net/ipv4/ping_group_range").write_text("65534 65534")

    two_hosts.near_by(permit)
    lines = two_hosts.near_by(lambda: ask(job("10.9.0.20"), *SETPRIV))
    assert found(lines) == ["10.9.0.20"]
    (packet,) = echoes(two_hosts)
    assert echo.checksum(packet[20:]) == 0


def test_without_any_privilege_it_says_so(two_hosts: Lan) -> None:
    lines = two_hosts.near_by(lambda: ask(job("10.9.0.20"), *SETPRIV))
    reason = "ICMP echo needs CAP_NET_RAW, or a group within net.ipv4.ping_group_range"
    assert lines == [{"error": "not-permitted", "reason": reason}]
    assert two_hosts.not_arp() == []


def test_ipv6_is_asked_too(two_hosts: Lan) -> None:
    for name, device, address in (
        (two_hosts.near, "s0", "fd00::1/64"),
        (two_hosts.far, "n0", "fd00::2/64"),
    ):
        command = ["ip", "-n", name, "addr", "add", address, "dev", device, "nodad"]
        subprocess.run(command, check=True)
    assert found(two_hosts.near_by(lambda: ask(job("fd00::2/127")))) == ["fd00::2"]


def test_where_nothing_can_be_sent_it_is_an_error(two_hosts: Lan) -> None:
    (line,) = two_hosts.near_by(lambda: ask(job("10.77.0.0/30")))
    assert line == {"error": "failed", "reason": "Network is unreachable"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"addresses": []}, "'addresses' has to be a list"),
        ({"addresses": ["cam.example"]}, "cam.example"),
        ({"addresses": ["10.9.0.20"], "rate": "fast"}, "'rate' has to be a number"),
        ({"addresses": ["10.9.0.20"], "wait": -1}, "'wait' has to be a number"),
    ],
)
def test_bad_jobs_are_explained(changes: dict[str, object], reason: str) -> None:
    (line,) = ask(job(**changes))
    assert line["error"] == "bad-job"
    assert reason in str(line["reason"])


def test_answers_that_were_not_asked_for_are_no_answers(two_hosts: Lan) -> None:
    wanted, silent = ip_address("10.9.0.20"), ip_address("10.9.0.77")

    def hear() -> list[list[Line]]:
        asked = echo.Echo([wanted, silent])
        asked._sent_at = {wanted: 0.0, silent: 0.0}
        right = asked._payload(wanted)
        messages = [
            forged(0, b"x" * len(right)),
            forged(0, asked._payload(silent)),
            forged(8, right),
            b"\0\0",
            forged(0, right),
            forged(0, right),
        ]
        heard = []
        for message in messages:
            inside(two_hosts.far, lambda: send(message))  # noqa: B023
            heard.append(
                [line for batch in asked._listen(time.monotonic() + 0.1) for line in batch]
            )
        asked.close()
        return heard

    *wrong, taken, again = two_hosts.near_by(hear)
    assert wrong == [[], [], [], []]
    assert [line["ip"] for line in taken] == ["10.9.0.20"]
    assert again == []


def forged(kind: int, payload: bytes) -> bytes:
    return bytes((kind, 0, 0, 0, 0, 1, 0, 1)) + payload


def send(message: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
        sock.bind(("10.9.0.20", 0))
        sock.sendto(message, ("10.9.0.1", 0))


@given(st.binary(), st.sampled_from([4, 6]))
def test_any_message_is_read(message: bytes, version: int) -> None:
    payload = echo.reply(message, version)
    assert payload is None or message.endswith(payload)


@given(st.binary(min_size=1))
def test_checksum_of_what_holds_its_checksum_is_zero(data: bytes) -> None:
    padded = data + b"\0" * (len(data) % 2)
    assert echo.checksum(padded + echo.checksum(padded).to_bytes(2, "big")) == 0


def test_a_request_is_read_as_no_reply() -> None:
    for text in ("10.9.0.20", "fd00::2"):
        address = ip_address(text)
        packet = echo.request(address, 7, 1, b"token")
        assert echo.reply(packet, address.version) is None
        answer = bytes((0 if address.version == 4 else 129,)) + packet[1:]
        assert echo.reply(answer, address.version) == b"token"
