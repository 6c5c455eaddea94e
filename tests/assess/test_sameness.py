"""One device, one record: the rules of docs/identity.md, and that no order of evidence matters."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import identity
from scanner.assess.assessment import Assessment
from scanner.model import (
    Channel,
    Finding,
    Host,
    Knowledge,
    Observation,
    ProbeResult,
    ProbeStatus,
    Record,
    RunEnd,
    RunInfo,
    ScanReport,
    Strength,
)
from scanner.report.json import FORMAT
from tests.assess.world import KNOWLEDGE, LOCAL_MAC, TODAY, rule

ONE, TWO = "44:19:b6:00:00:01", "44:19:b6:00:00:02"
VIRTUAL = "00:00:5e:00:01:0a"
JANUARY, MARCH, MAY = (f"2026-0{month}-10T10:00:00Z" for month in (1, 3, 5))
KNOWN: Knowledge = replace(
    KNOWLEDGE,
    rules=(
        *KNOWLEDGE.rules,
        rule("serial", "onvif.serial", "^(?P<s>.+)$", Strength.SUGGESTS, {"serial": "$s"}),
    ),
)
Section = Sequence[Record]


def run(start: str, *records: Record, site: str = "hq") -> Section:
    info = RunInfo(f"run-{site}-{start}", "test", start, site, ("192.0.2.0/24",))
    return (info, *records, RunEnd(start, 1, 0, complete=True))


def at(ip: str, mac: str | None = None, when: str = JANUARY) -> Host:
    return Host(f"192.0.2.{ip}", mac, ("arp",), when)


def said(ip: str, field: str, value: str, when: str = JANUARY, port: int = 80) -> ProbeResult:
    observed = (Observation(field, value),)
    return ProbeResult(
        f"192.0.2.{ip}", "onvif", ProbeStatus.OK, port, started=when, observations=observed
    )


def port(ip: str, number: int, status: ProbeStatus = ProbeStatus.OK) -> ProbeResult:
    return ProbeResult(f"192.0.2.{ip}", "tcp", status, number, started=JANUARY)


def judged(*sections: Section) -> ScanReport:
    assessment = Assessment(KNOWN, TODAY)
    for section in sections:
        assessment.begin_file()
        for record in section:
            assessment.add(record)
    return assessment.report()


def places(*sections: Section) -> set[tuple[str, ...]]:
    """The last octets of each device's addresses."""
    return {_octets(device) for device in judged(*sections).devices}


def count(*sections: Section) -> int:
    return len(judged(*sections).devices)


def _octets(device: Finding) -> tuple[str, ...]:
    return tuple(sorted(ip.rpartition(".")[2] for ip in device.addresses))


def test_one_hardware_address_at_two_addresses_is_one_device_with_both() -> None:
    (device,) = judged(run(JANUARY, at("10", ONE), at("20", ONE))).devices
    assert device.addresses == ("192.0.2.10", "192.0.2.20")
    assert (device.ip, device.macs, device.keys) == ("192.0.2.10", (ONE,), (f"mac:{ONE}",))


def test_one_serial_number_at_two_hardware_addresses_is_one_device_with_both() -> None:
    serials = (said(ip, "onvif.serial", "DS-2CD20230101AAWR000000001") for ip in ("10", "20"))
    (device,) = judged(run(JANUARY, at("10", ONE), at("20", TWO), *serials)).devices
    assert device.macs == (ONE, TWO)
    assert device.keys == (f"mac:{ONE}", f"mac:{TWO}", "serial:DS-2CD20230101AAWR000000001")


def test_a_device_that_moved_is_found_where_it_was_last_seen() -> None:
    (device,) = judged(run(MARCH, at("20", ONE, MARCH)), run(JANUARY, at("10", ONE))).devices
    assert device.addresses == ("192.0.2.20", "192.0.2.10")
    assert (device.first_seen, device.last_seen) == (JANUARY, MARCH)


def test_a_device_that_moved_to_another_site_is_still_one() -> None:
    (device,) = judged(
        run(JANUARY, at("10", ONE)), run(MARCH, at("10", ONE, MARCH), site="branch")
    ).devices
    assert device.site == "branch"


@pytest.mark.parametrize("mac", [LOCAL_MAC, VIRTUAL])
def test_an_address_made_up_or_handed_round_joins_nothing(mac: str) -> None:
    assert count(run(JANUARY, at("10", mac), at("20", mac))) == 2


def test_a_derived_hardware_address_joins_nothing() -> None:
    derived = (said(ip, "mac.derived", ONE) for ip in ("10", "20"))
    assert count(run(JANUARY, *derived)) == 2


def test_a_made_up_address_is_still_known_again_at_its_address() -> None:
    assert count(run(JANUARY, at("10", LOCAL_MAC)), run(MARCH, at("10", LOCAL_MAC, MARCH))) == 1


@pytest.mark.parametrize(
    "different",
    [
        (said("10", "onvif.serial", "AAAA000001"), said("20", "onvif.serial", "BBBB000002")),
        (said("10", "http.server", "App-webs/"), said("20", "onvif.manufacturer", "AXIS")),
        (said("10", "onvif.model", "DS-1"), said("20", "onvif.model", "P3245")),
        (port("10", 80), port("20", 80, ProbeStatus.REFUSED)),
    ],
)
def test_a_router_that_answers_for_different_devices_joins_none_of_them(
    different: tuple[ProbeResult, ...],
) -> None:
    report = judged(run(JANUARY, at("10", ONE), at("20", ONE), at("30", ONE), *different))
    assert len(report.devices) == 3
    assert not any(key == f"mac:{ONE}" for d in report.devices for key in d.keys)


@pytest.mark.parametrize(("number", "expected"), [(8, 1), (9, 9)])
def test_more_addresses_than_a_device_has_are_a_router_s(number: int, expected: int) -> None:
    assert count(run(JANUARY, *(at(str(n), ONE) for n in range(number)))) == expected


def test_a_port_that_did_not_answer_tells_no_difference() -> None:
    ports = (port("10", 80), port("20", 80, ProbeStatus.TIMEOUT))
    assert count(run(JANUARY, at("10", ONE), at("20", ONE), *ports)) == 1


def test_behind_a_router_an_address_stays_one_device_from_run_to_run() -> None:
    sections = [run(when, *(at(str(n), ONE, when) for n in range(20))) for when in (JANUARY, MARCH)]
    assert count(*sections) == 20


def test_two_devices_at_one_address_one_after_the_other_stay_two() -> None:
    first = run(JANUARY, at("10", ONE), said("10", "http.server", "App-webs/"))
    second = run(MARCH, at("10", TWO, MARCH), said("10", "http.server", "Axis", MARCH))
    report = judged(first, second)
    assert {(d.mac, d.maker_name) for d in report.devices} == {(ONE, "Hikvision"), (TWO, "Axis")}
    assert report.coverage.hosts == 1


def test_without_hardware_address_what_they_say_keeps_them_apart() -> None:
    first = run(JANUARY, said("10", "http.server", "App-webs/"))
    second = run(MARCH, said("10", "http.server", "Axis", MARCH))
    assert count(first, second) == 2


def test_a_lease_file_with_two_clients_of_one_address_has_two_devices() -> None:
    leases = (at("10", ONE, JANUARY), at("10", TWO, MARCH))
    heard = said("10", "http.server", "App-webs/", MAY)
    makers = {d.mac: d.maker_name for d in judged(run(JANUARY, *leases, heard)).devices}
    assert set(makers) == {ONE, TWO}
    assert {d.mac for d in judged(run(JANUARY, *leases, heard)).devices if d.open_ports == ()} == {
        ONE,
        TWO,
    }


def test_what_has_no_name_belongs_to_who_was_last_seen_there() -> None:
    first = run(JANUARY, at("10", ONE))
    second = run(MARCH, at("10", TWO, MARCH))
    routed = run(MAY, said("10", "http.title", "page", MAY))
    found = {d.mac: d.last_seen for d in judged(first, second, routed).devices}
    assert found == {ONE: JANUARY, TWO: MAY}


def test_who_moved_away_has_left_its_old_address() -> None:
    before = run(JANUARY, at("10", ONE))
    after = run(MARCH, at("20", ONE, MARCH), said("10", "http.title", "page", MARCH))
    assert places(before, after) == {("10", "20"), ("10",)}


def test_a_recorder_that_tells_its_cameras_serial_numbers_is_not_them() -> None:
    recorder = (said("1", "onvif.serial", s) for s in ("REC0000001", "CAM0000002"))
    camera = said("2", "onvif.serial", "CAM0000002")
    assert count(run(JANUARY, *recorder, camera)) == 2


def test_an_answer_at_one_address_answers_for_the_device() -> None:
    open_ = (port("10", 80), said("10", "http.server", "Axis"))
    http = ProbeResult("192.0.2.10", "http", ProbeStatus.OK, 80, started=JANUARY)
    silent = replace(http, ip="192.0.2.20", status=ProbeStatus.TIMEOUT)
    shut = port("20", 80, ProbeStatus.TIMEOUT)
    both = run(JANUARY, at("10", ONE), at("20", ONE), *open_, http, silent, shut)
    (device,) = judged(both).devices
    assert device.incomplete == ()
    assert device.open_ports == (80,)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("ds-2cd 0001", "DS-2CD0001"),
        ("AAAAAAAA", ""),
        ("12345678", ""),
        ("1234567890", ""),
        ("A1B2C", ""),
        ("4X00000PAJ00000", "4X00000PAJ00000"),
    ],
)
def test_a_filler_is_no_serial_number(text: str, mark: str) -> None:
    assert identity.serial_text(text) == mark


@given(st.text(max_size=60))
def test_any_text_is_a_mark_or_none_and_always_the_same(text: str) -> None:
    assert identity.mac_text(identity.mac_text(text)) == identity.mac_text(text)
    assert identity.serial_text(identity.serial_text(text)) == identity.serial_text(text)


octets = st.sampled_from(["1", "2", "3"])
macs = st.sampled_from([None, ONE, TWO, LOCAL_MAC, VIRTUAL, "junk"])
times = st.sampled_from([JANUARY, MARCH, MAY])
statuses = st.sampled_from([ProbeStatus.OK, ProbeStatus.REFUSED, ProbeStatus.TIMEOUT])
spoken = st.sampled_from([
    ("onvif.serial", "AAAA000001"), ("onvif.serial", "BBBB000002"), ("http.server", "Axis"),
    ("http.server", "App-webs/"), ("onvif.model", "DS-1"), ("switch.port", "Gi1"),
    ("switch.port", "Gi2"), ("mac.address", ONE), ("mac.address", TWO), ("tcp.open", "80"),
    ("ipv6.address", "fe80::1"), ("tcp.accepts_all", "yes"),
])  # fmt: skip
hosts = st.builds(
    lambda o, m, t, n: replace(at(o, m, t), hostname=n),
    octets, macs, times, st.sampled_from([None, "cam-1", "cam-2"]),
)  # fmt: skip
answers = st.builds(lambda o, s, t, p: said(o, s[0], s[1], t, p), octets, spoken, times,
                    st.sampled_from([80, 443]))  # fmt: skip
touches = st.builds(
    lambda o, n, s, t: replace(port(o, n, s), started=t),
    octets, st.sampled_from([80, 443]), statuses, times,
)  # fmt: skip
channels = st.builds(
    lambda o, n, state, to, t: Channel(f"192.0.2.{o}", n, state, f"192.0.2.{to}", at=t),
    octets, st.integers(1, 2), st.sampled_from(["online", "empty"]), octets, times,
)  # fmt: skip
sections = st.builds(
    lambda start, site, records: run(start, *records, site=site),
    times, st.sampled_from(["hq", "branch"]),
    st.lists(st.one_of(hosts, answers, touches, channels), max_size=12),
)  # fmt: skip


def written(parts: Iterable[Section]) -> bytes:
    return b"".join(FORMAT.render(judged(*parts), lambda name: name))


@settings(max_examples=150)
@given(st.lists(sections, max_size=4), st.integers())
def test_the_order_of_files_and_lines_changes_no_byte(parts: list[Section], seed: int) -> None:
    mixed = random.Random(seed)
    shuffled = []
    for info, *lines in parts:
        mixed.shuffle(lines)
        shuffled.append((info, *lines))
    mixed.shuffle(shuffled)
    assert written(shuffled) == written(parts)


def test_a_host_that_says_too_much_is_cut_the_same_way_in_every_order() -> None:
    lines = [said("1", "onvif.model", f"M{n}") for n in range(1500)]
    lines += [said("1", "http.server", "App-webs/")]
    assert written([run(JANUARY, *lines)]) == written([run(JANUARY, *reversed(lines))])
