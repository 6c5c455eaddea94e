"""The counts, and addresses drawn together."""

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Verdict
from scanner.report import figures
from tests.report import samples


def test_makers_come_worst_first() -> None:
    makers = figures.by_maker(samples.office())
    assert [m.label for m in makers[:2]] == ["Hikvision", "Dahua"]
    assert [m.label for m in makers[-3:]] == ["Axis", "Hanwha Vision", ""]
    assert sum(m.total for m in makers) == len(samples.office().devices)


def test_the_other_makers_are_summed_up() -> None:
    makers = figures.by_maker(samples.office())
    short = figures.leading(makers, 3)
    assert [m.label for m in short] == ["Hikvision", "Dahua", "5 others"]
    assert sum(m.total for m in short) == sum(m.total for m in makers)
    assert figures.leading(makers, 7) == makers


def test_a_list_counts_devices_once_and_entries_once() -> None:
    entity_list = figures.by_list(samples.office())[0]
    assert (entity_list.listed, entity_list.review) == (6, 2)
    assert {m.entity for m in entity_list.entries} == {"hikvision", "dahua", "uniview"}


def test_findings_are_grouped_by_maker_under_their_number_in_the_report() -> None:
    office = samples.office()
    groups = figures.findings(office)
    assert list(groups) == ["hikvision", "dahua", "ezviz", "uniview"]
    for number, device in (pair for group in groups.values() for pair in group):
        assert office.devices[number - 1] is device
        assert device.verdict in (Verdict.LISTED, Verdict.REVIEW)


def test_neighbours_are_drawn_together() -> None:
    addresses = ["192.0.2.10", "192.0.2.9", "192.0.2.11", "192.0.2.4", "2001:db8::1", "no address"]
    assert figures.address_ranges(addresses) == (
        "192.0.2.4", "192.0.2.9 to 192.0.2.11", "2001:db8::1", "no address",
    )  # fmt: skip


@given(st.lists(st.ip_addresses().map(str)))
def test_address_keys_sort_as_addresses_do(addresses: list[str]) -> None:
    by_number = sorted(addresses, key=lambda a: (ip_address(a).version, int(ip_address(a))))
    assert sorted(addresses, key=figures.address_key) == by_number


@given(st.sets(st.integers(0, 300)))
def test_ranges_hold_every_address_once(numbers: set[int]) -> None:
    held: list[int] = []
    for text in figures.address_ranges(str(ip_address(n)) for n in numbers):
        first, *rest = (int(ip_address(each)) for each in text.split(" to "))
        held += range(first, (rest or [first])[0] + 1)
    assert held == sorted(numbers)
