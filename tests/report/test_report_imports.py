"""NetBox and ServiceNow: files that their import forms take, whatever devices say."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import ScanReport
from scanner.report import exchange, servicenow
from scanner.report.netbox import NAME, SERIAL, SUMMARY, TITLE, NetBoxFormat, slug
from tests.report import golden, samples

Rows = list[dict[str, str]]
REQUIRED = {
    "1-sites": ("name", "slug", "status"),
    "2-manufacturers": ("name", "slug"),
    "3-device-roles": ("name", "slug"),
    "4-device-types": ("manufacturer", "model", "slug"),
    "5-devices": ("name", "role", "manufacturer", "device_type", "status", "site"),
    "6-interfaces": ("device", "name", "type"),
    "7-mac-addresses": ("mac_address", "device", "interface"),
    "8-ip-addresses": ("address", "status", "device", "interface"),
}
"""What NetBox's import forms do not do without (netbox/dcim/forms/bulk_import.py and ipam's)."""
REPORTS = {
    "office": samples.office,
    "big": lambda: samples.big(40),
    "bare": samples.bare,
    "hostile": lambda: samples.spoiled(samples.office(), "=" + golden.HOSTILE),
}


def read(data: bytes) -> Rows:
    """What an import form reads."""
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def netbox(report: ScanReport) -> dict[str, Rows]:
    """The files of the folder, without their ending."""
    pages = NetBoxFormat().pages(report, samples.templates)
    return {page.name.removesuffix(".csv"): read(b"".join(page.pieces)) for page in pages}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_netbox_finds_everything_a_row_refers_to(report: Callable[[], ScanReport]) -> None:
    files = netbox(report())
    assert list(files) == list(REQUIRED)
    for name, columns in REQUIRED.items():
        assert all(row[column] for row in files[name] for column in columns), name
    names = {key: {row["name"] for row in files[key]} for key in list(files)[:3]}
    types = {(row["manufacturer"], row["model"]) for row in files["4-device-types"]}
    for device in files["5-devices"]:
        assert device["site"] in names["1-sites"]
        assert device["manufacturer"] in names["2-manufacturers"]
        assert device["role"] in names["3-device-roles"]
        assert (device["manufacturer"], device["device_type"]) in types
    devices = {device["name"] for device in files["5-devices"]}
    interfaces = {(row["device"], row["name"]) for row in files["6-interfaces"]}
    assert {device for device, _ in interfaces} == devices
    for file in ("7-mac-addresses", "8-ip-addresses"):
        assert {(row["device"], row["interface"]) for row in files[file]} <= interfaces


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_netbox_takes_every_name_and_length(report: Callable[[], ScanReport]) -> None:
    files = netbox(report())
    names = [row["name"].lower() for row in files["5-devices"]]
    assert len(names) == len(set(names)) == len(report().devices)
    for row in files["5-devices"]:
        assert len(row["name"]) <= NAME
        assert len(row["serial"]) <= SERIAL
        assert len(row["description"]) <= SUMMARY
        assert len(row["device_type"]) <= TITLE
    for key in list(files)[:4]:
        slugs = [row["slug"] for row in files[key]]
        assert len(slugs) == len(set(slugs))
        assert all(re.fullmatch("[-a-z0-9_]{1,100}", each) for each in slugs)


def test_netbox_has_one_devices_file_in_both_forms() -> None:
    assert (
        read(golden.rendered(samples.office(), "netbox")) == netbox(samples.office())["5-devices"]
    )


def test_netbox_knows_serial_address_and_what_the_lists_say() -> None:
    files = netbox(samples.office())
    first = files["5-devices"][0]
    assert first["serial"] == samples.office().devices[0].serial
    assert first["description"] == "Listed: Entity List, NDAA section 889, NS-CMIC List"
    assert "On the Entity List since 2019-10-09" in first["comments"]
    assert "It is not legal advice" in first["comments"]
    assert files["8-ip-addresses"][0]["address"] == "192.0.2.10/32"
    assert files["7-mac-addresses"][0]["mac_address"] == "44:19:b6:00:00:01"


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_names_have_two_slugs(one: str, other: str) -> None:
    assert re.fullmatch("[-a-z0-9]{1,100}", slug(one))
    assert (slug(one) == slug(other)) == (one == other) or one.lower() == other.lower()


@pytest.mark.parametrize("name", ["netbox", "servicenow"])
@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1))
def test_no_text_leaves_its_cell_or_starts_a_formula(name: str, text: str) -> None:
    rows = read(golden.rendered(samples.spoiled(samples.bare(), text), name))
    assert len(rows) == 1
    for value in rows[0].values():
        assert not {unicodedata.category(c) for c in value} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert not value.lstrip(' "').startswith(("=", "+", "-", "@", "\uff1d"))


def test_servicenow_rows_carry_what_identifies_a_device() -> None:
    first, *others = read(golden.rendered(samples.office(), "servicenow"))
    assert list(first) == [*servicenow.COLUMNS, "comments"]
    device = samples.office().devices[0]
    assert first["sys_class_name"] == "cmdb_ci_ip_camera"
    assert first["serial_number"] == device.serial
    assert first["mac_address"] == device.mac
    assert first["correlation_id"] == device.identity
    assert first["last_discovered"] == "2026-11-23 10:00:31"
    assert all(row["name"] for row in others)
    assert {row["sys_class_name"] for row in others} == {"cmdb_ci_ip_camera", "cmdb_ci_hardware"}


def test_a_mac_that_is_none_is_left_out() -> None:
    assert exchange.mac("44:19:b6:00:00:01")
    assert not exchange.mac("44-19-b6-00-00-01=")
    assert not exchange.mac(None)
