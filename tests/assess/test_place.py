"""Switch and port of a finding: the words, the last one to speak, and hostile ones."""

import pytest

from scanner.model import Observation, ProbeResult, ProbeStatus
from tests.assess.world import HIKVISION_MAC, IP, host, judge


def snmp(**said: str) -> ProbeResult:
    observed = tuple(Observation(f"switch.{name}", value) for name, value in said.items())
    return ProbeResult(IP, "snmp", ProbeStatus.OK, observations=observed)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"name": "sw-1", "port": "Gi1/0/7", "addresses": "1"}, "sw-1, port Gi1/0/7"),
        ({"name": "sw-1", "port": "7"}, "sw-1, port 7"),
        ({"port": "7"}, "switch, port 7"),
        (
            {"name": "sw-1", "port": "7", "addresses": "5"},
            "sw-1, port 7 (one of 5 addresses there)",
        ),
        ({"name": "sw-1", "port": "7", "addresses": "<b>"}, "sw-1, port 7"),
        ({"name": "sw-1"}, ""),
        ({"name": "sw-1", "port": ""}, ""),
        ({}, ""),
    ],
)
def test_the_place_in_words(said: dict[str, str], place: str) -> None:
    assert judge(host(HIKVISION_MAC), snmp(**said)).place == place


def test_the_last_switch_to_speak_counts() -> None:
    moved = judge(host(), snmp(name="a", port="1"), snmp(name="b", port="2"), snmp())
    assert moved.place == "b, port 2"


def test_what_was_said_before_and_is_not_repeated_still_holds() -> None:
    assert judge(host(), snmp(name="a", port="1"), snmp(port="2")).place == "a, port 2"


def test_an_endless_name_is_cut() -> None:
    assert len(judge(host(), snmp(name="a" * 9999, port="b" * 9999)).place) < 600


def test_a_place_says_nothing_of_the_maker() -> None:
    without = judge(host())
    assert judge(host(), snmp(name="HIKVISION", port="1")).verdict is without.verdict
