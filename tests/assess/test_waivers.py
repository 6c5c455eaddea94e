"""A waiver marks listings for a time; it hides nothing and changes no verdict."""

from dataclasses import replace
from datetime import date, timedelta
from ipaddress import ip_network

import pytest

from scanner.assess.assessment import assess
from scanner.assess.waivers import marked
from scanner.model import Organisation, ScanReport, Verdict, Waiver
from tests.assess.world import HIKVISION_MAC, IP, KNOWLEDGE, TODAY, host, web, whole

WAIVER = Waiver(
    "lobby", (HIKVISION_MAC,), (), (), ("us-ndaa-889",), "Ordered.", "A. Person",
    date(2026, 1, 1), date(2027, 6, 30), "order 4711",
)  # fmt: skip
RECORDS = whole(host(HIKVISION_MAC), *web(http_server="App-webs/"))


def seen(*waivers: Waiver, as_of: date = TODAY) -> ScanReport:
    return assess(RECORDS, KNOWLEDGE, as_of, organisation=Organisation(waivers=waivers))


def waived(report: ScanReport) -> list[str]:
    return [m.list_id for m in report.devices[0].listings if m.waiver]


def test_a_waived_listing_stays_and_so_does_the_verdict() -> None:
    report, without = seen(WAIVER), seen()
    assert waived(report) == ["us-ndaa-889"]
    assert report.devices[0].verdict is Verdict.LISTED
    assert len(report.devices[0].listings) == len(without.devices[0].listings) == 3
    assert replace(report, devices=()) == replace(without, devices=())


@pytest.mark.parametrize(
    ("change", "on"),
    [
        ({"macs": ()}, False),
        ({"macs": (), "networks": (ip_network(f"{IP}/32"),)}, True),
        ({"macs": (), "networks": (ip_network("10.0.0.0/8"), ip_network("::/0"))}, False),
        ({"macs": (), "serials": ("", "x")}, False),
        ({"lists": ("us-tx-prohibited-technologies",)}, False),
        ({"start": TODAY, "until": TODAY}, True),
        ({"start": TODAY + timedelta(1)}, False),
        ({"until": TODAY - timedelta(1)}, False),
    ],
)
def test_device_list_and_days_have_to_fit(change: dict[str, object], on: bool) -> None:
    assert bool(waived(seen(replace(WAIVER, **change)))) is on  # type: ignore[arg-type]


def test_a_serial_number_is_enough() -> None:
    device = replace(seen().devices[0], serial="SN-1")
    by_serial = replace(WAIVER, macs=(), serials=("SN-1",))
    assert any(m.waiver for m in marked(device, (by_serial,), TODAY).listings)
    everywhere = replace(WAIVER, macs=(), networks=(ip_network("0.0.0.0/0"),))
    nowhere = marked(replace(device, ip="?", addresses=()), (everywhere,), TODAY)
    assert not any(m.waiver for m in nowhere.listings)


@pytest.mark.parametrize(
    ("days", "said"),
    [(31, ""), (30, "ends on"), (0, "ends on"), (-1, "ended on"), (-400, "ended on")],
)
def test_its_end_is_announced_thirty_days_before(days: int, said: str) -> None:
    waiver = replace(WAIVER, start=date(2025, 1, 1), until=TODAY + timedelta(days))
    issues = [text for text in seen(waiver).issues if "Waiver lobby" in text]
    assert bool(issues) is bool(said)
    assert all(said in text for text in issues)
    assert bool(waived(seen(waiver))) is (days >= 0)
