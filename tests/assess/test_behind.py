"""Cameras behind recorders: devices of their own, never two of one; gaps where nobody looked."""

from collections.abc import Sequence
from datetime import date

import pytest

from scanner import app
from scanner.assess.assessment import Assessment
from scanner.model import (
    Behind,
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
    Verdict,
)
from scanner.report import wording

AS_OF = date(2026, 11, 24)
RECORDER = "10.0.0.5"
RUN = RunInfo("r", "camcensus", "2026-11-24T10:00:00Z", scope=("10.0.0.0/24",))
END = RunEnd("2026-11-24T10:01:00Z", 1, 0, True)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return app.knowledge()


def said(ip: str, probe: str, *pairs: tuple[str, str]) -> ProbeResult:
    seen = tuple(Observation(name, value) for name, value in pairs)
    return ProbeResult(ip, probe, ProbeStatus.OK, 80, observations=seen)


def channel(number: int, state: str, address: str, *pairs: tuple[str, str]) -> Channel:
    seen = tuple(Observation(name, value) for name, value in pairs)
    return Channel(RECORDER, number, state, address, observations=seen)


AXIS_NVR = said(
    RECORDER, "sadp", ("sadp.devicedescription", "S3008"), ("sadp.digitalchannelnum", "8")
)
HIK_NVR = said(RECORDER, "isapi", ("isapi.model", "DS-7608NI-K2"), ("isapi.devicetype", "NVR"))
LISTED = said(RECORDER, "login", ("recorder.channels", "3"))


def judge(knowledge: Knowledge, *records: Record) -> ScanReport:
    assessment = Assessment(knowledge, AS_OF)
    for record in (RUN, *records, END):
        assessment.add(record)
    return assessment.report()


def cameras(report: ScanReport) -> Sequence[Finding]:
    return [device for device in report.devices if device.behind]


@pytest.mark.parametrize(
    ("pairs", "maker", "model", "verdict"),
    [
        ([("isapi.model", "DS-2CD2386G2-IU")], "hikvision", "DS-2CD2386G2-IU", Verdict.LISTED),
        ([("isapi.model", "HWI-T220H")], "hikvision", "HWI-T220H", Verdict.REVIEW),
        ([("isapi.proxyprotocol", "HIKVISION")], "hikvision", "", Verdict.REVIEW),
        (
            [("isapi.proxyprotocol", "HIKVISION"), ("isapi.model", "HWI-T220H")],
            "hikvision", "HWI-T220H", Verdict.REVIEW,
        ),
        ([("isapi.proxyprotocol", "ONVIF")], None, "", Verdict.UNDETERMINED),
        ([("dahua.protocoltype", "Private")], "dahua", "", Verdict.REVIEW),
        ([("dahua.devicetype", "XNV-8083R")], "hanwha", "XNV-8083R", Verdict.NOT_LISTED),
        (
            [("isapi.proxyprotocol", "HIKVISION"), ("isapi.model", "XNV-8083R")],
            "hanwha", "XNV-8083R", Verdict.NOT_LISTED,
        ),
    ],
)  # fmt: skip
def test_the_same_rules_judge_a_camera_behind_a_recorder(
    knowledge: Knowledge,
    pairs: Sequence[tuple[str, str]],
    maker: str | None,
    model: str,
    verdict: Verdict,
) -> None:
    told = channel(3, "online", "192.168.254.4", *pairs)
    (camera,) = cameras(judge(knowledge, HIK_NVR, LISTED, told))
    assert (camera.maker.value if camera.maker else None) == maker
    assert (camera.model, camera.verdict) == (model, verdict)
    assert camera.product_class == "camera"
    assert camera.behind == Behind(RECORDER, 3, "online", "192.168.254.4")
    assert "Seen through recorder 10.0.0.5, channel 3 (online)" in camera.reasons[-1]


def test_an_empty_slot_is_no_device_and_an_offline_camera_is_one(knowledge: Knowledge) -> None:
    report = judge(
        knowledge, HIK_NVR, LISTED, channel(1, "empty", ""), channel(2, "offline", "192.168.1.9")
    )
    (camera,) = cameras(report)
    assert camera.behind
    assert camera.behind.channel == 2
    assert "offline" in camera.reasons[-1]
    assert (report.coverage.hosts, len(report.devices)) == (1, 2)


def test_a_camera_that_was_scanned_too_is_one_device(knowledge: Knowledge) -> None:
    own = Host("10.0.0.9", mac="bc:ad:28:3f:22:11")
    told = channel(4, "online", "10.0.0.9", ("isapi.model", "DS-2CD2142FWD-I"))
    report = judge(knowledge, told, HIK_NVR, LISTED, own)
    (camera,) = cameras(report)
    assert len(report.devices) == 2
    assert (camera.ip, camera.mac, camera.model) == ("10.0.0.9", own.mac, "DS-2CD2142FWD-I")
    assert camera.verdict is Verdict.LISTED


def test_another_hardware_address_at_that_address_is_another_device(knowledge: Knowledge) -> None:
    own = Host("10.0.0.9", mac="00:09:18:20:25:40")
    told = channel(4, "unknown", "10.0.0.9", ("mac.address", "3c:ef:8c:00:00:01"))
    report = judge(knowledge, HIK_NVR, LISTED, own, told)
    assert [d.ip for d in cameras(report)] == ["10.0.0.5 channel 4"]
    assert len(report.devices) == 3


def test_the_recorders_own_network_is_not_ours(knowledge: Knowledge) -> None:
    own = Host("192.168.254.2", mac="00:09:18:20:25:40")
    told = Channel(RECORDER, 1, "online", "192.168.254.2", inner=True)
    report = judge(knowledge, HIK_NVR, LISTED, own, told)
    assert {d.ip for d in report.devices} == {RECORDER, "192.168.254.2", "10.0.0.5 channel 1"}


def test_two_recorders_may_use_the_same_inner_addresses(knowledge: Knowledge) -> None:
    other = Channel("10.0.0.6", 1, "unknown", "10.1.1.65")
    told = channel(1, "unknown", "10.1.1.65")
    assert len(cameras(judge(knowledge, HIK_NVR, told, other))) == 2


@pytest.mark.parametrize(
    ("records", "channels"),
    [
        ([AXIS_NVR], 8),
        ([HIK_NVR], None),
        ([HIK_NVR, said(RECORDER, "dhip", ("dhip.remotevideoinputchannels", "16"))], 16),
    ],
)
def test_channels_nobody_looked_at_are_a_gap(
    knowledge: Knowledge, records: Sequence[Record], channels: int | None
) -> None:
    report = judge(knowledge, *records)
    (gap,) = report.coverage.uninspected
    assert (gap.recorder, gap.channels) == (RECORDER, channels)
    assert app.has_gaps(report)
    assert any("not inspected" in text for text in report.coverage.limitations)
    assert "not inspected" in wording.completeness(report.coverage)


@pytest.mark.parametrize(
    "records",
    [
        [HIK_NVR, LISTED],
        [HIK_NVR, said(RECORDER, "dhip", ("dhip.remotevideoinputchannels", "0"))],
        [said(RECORDER, "isapi", ("isapi.model", "DS-2CD2142FWD-I"))],
    ],
)
def test_no_gap_where_the_list_was_read_or_nothing_can_be_behind(
    knowledge: Knowledge, records: Sequence[Record]
) -> None:
    assert judge(knowledge, *records).coverage.uninspected == ()


def test_why_a_login_brought_no_list_is_told(knowledge: Knowledge) -> None:
    reason = "entry 1: the device refused the login"
    refused = ProbeResult(RECORDER, "login", ProbeStatus.NOT_PERMITTED, 80, reason)
    (gap,) = judge(knowledge, HIK_NVR, refused).coverage.uninspected
    assert gap.reason == reason


def test_with_channels_unseen_the_headline_is_not_clean(knowledge: Knowledge) -> None:
    report = judge(knowledge, said(RECORDER, "onvif", ("onvif.manufacturer", "AXIS")), AXIS_NVR)
    assert "and the scan was complete" not in wording.headline(report)


def test_the_order_of_the_lines_changes_nothing(knowledge: Knowledge) -> None:
    own = Host("10.0.0.9", mac="bc:ad:28:3f:22:11")
    told = channel(4, "online", "10.0.0.9", ("isapi.model", "DS-2CD2142FWD-I"))
    more = channel(2, "offline", "192.168.1.9")
    lines = (HIK_NVR, LISTED, own, told, more)
    assert judge(knowledge, *lines).devices == judge(knowledge, *reversed(lines)).devices


def test_a_report_can_be_asked_for_twice(knowledge: Knowledge) -> None:
    assessment = Assessment(knowledge, AS_OF)
    for record in (RUN, HIK_NVR, LISTED, channel(2, "offline", "192.168.1.9"), END):
        assessment.add(record)
    assert assessment.report() == assessment.report()
