"""SARIF, CycloneDX and OCSF: what their published schemas describe, whatever devices say."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

from scanner.model import ScanReport, Verdict
from scanner.remedy import finding_id
from scanner.report import exchange
from tests.report import golden, samples

SCHEMAS = samples.ROOT / "tests" / "schemas"
CLASSES = {5001: "inventory_info", 2003: "compliance_finding"}


def hostile() -> ScanReport:
    """The office, every text of it hostile."""
    return samples.spoiled(samples.office(), golden.HOSTILE)


REPORTS = {
    "office": samples.office,
    "empty": samples.empty,
    "bare": samples.bare,
    "hostile": hostile,
}


@cache
def validator(name: str) -> Validator:
    """Of a schema in `tests/schemas`."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def sarif(report: ScanReport) -> Any:
    """The one run of the log, which fits its schema."""
    log = json.loads(golden.rendered(report, "sarif"))
    validator("sarif-2.1.0").validate(log)
    return log["runs"][0]


def bom(report: ScanReport) -> Any:
    """The bill of materials, which fits its schema."""
    text = golden.rendered(report, "cyclonedx").decode()
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(text) is None
    return json.loads(text)


def events(report: ScanReport) -> list[Any]:
    """The events, which fit the schemas of their classes."""
    found = [json.loads(line) for line in golden.rendered(report, "ocsf").splitlines()]
    for event in found:
        validator(f"ocsf-1.8.0-{CLASSES[event['class_uid']]}").validate(event)
    return found


@pytest.mark.parametrize("read", [sarif, bom, events])
@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_a_report_is_what_the_published_schema_describes(
    report: Callable[[], ScanReport], read: Callable[[ScanReport], Any]
) -> None:
    read(report())


@pytest.mark.parametrize("read", [sarif, bom, events])
@settings(max_examples=10, deadline=None)
@given(st.text(min_size=1))
def test_no_text_of_a_device_breaks_the_schema(
    read: Callable[[ScanReport], Any], text: str
) -> None:
    read(samples.spoiled(samples.bare(), text))


@pytest.mark.parametrize("name", ["sarif", "cyclonedx", "ocsf"])
def test_nothing_that_acts_reaches_the_file(name: str) -> None:
    text = golden.rendered(hostile(), name).decode()
    assert text.isprintable() or text.replace("\n", "").isprintable()


def test_sarif_has_a_result_for_each_device_and_list_and_for_each_gap() -> None:
    report = samples.office()
    run = sarif(report)
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} <= rules
    names = {result["fingerprints"]["finding/v1"] for result in run["results"]}
    assert names >= {finding_id(d.identity, m.list_id) for d in report.devices for m in d.listings}
    unknown = [r for r in run["results"] if r["ruleId"] == "undetermined"]
    assert len(unknown) == report.count(Verdict.UNDETERMINED)
    assert {r["kind"] for r in unknown} == {"open"}


def test_sarif_weighs_by_verdict_and_suppresses_nothing() -> None:
    run = sarif(samples.office())
    weights = {(r["properties"]["verdict"], r["kind"], r["level"]) for r in run["results"]}
    assert weights == {
        ("listed", "fail", "warning"),
        ("listed", "fail", "note"),
        ("review", "review", "none"),
        ("undetermined", "open", "none"),
    }
    assert not [r for r in run["results"] if "suppressions" in r]
    waived = [r["properties"]["waiver"] for r in run["results"] if "waiver" in r["properties"]]
    assert len(waived) == 1
    assert waived[0].startswith("Waived until 2027-01-31")


def test_sarif_messages_hold_no_link_and_no_placeholder() -> None:
    report = samples.spoiled(samples.office(), "[x](http://evil.example) {0} \\[y](z)")
    text = sarif(report)["results"][0]["message"]["text"]
    assert r"\[x\](http://evil.example) {{0}} \\\[y\](z)" in text


def test_cyclonedx_devices_are_hardware_with_mac_serial_firmware_and_evidence() -> None:
    report = samples.office()
    made = bom(report)
    assert len(made["components"]) == len(report.devices)
    first, device = made["components"][0], report.devices[0]
    known = {p["name"]: p["value"] for p in first["properties"]}
    assert first["type"] == "device"
    assert first["manufacturer"]["name"] == "Hikvision"
    assert known["cdx:device:macAddress"] == device.mac
    assert known["cdx:device:serialNumber"] == device.serial
    assert first["components"][0] == {
        "type": "firmware",
        "bom-ref": f"{first['bom-ref']}/firmware",
        "name": f"Firmware of {device.model}",
        "version": device.firmware,
    }
    assert len(first["evidence"]["occurrences"]) == len(device.evidence)
    assert made["metadata"]["lifecycles"] == [{"phase": "discovery"}]


def test_cyclonedx_says_what_the_lists_say_of_whom() -> None:
    made = bom(samples.office())
    refs = [component["bom-ref"] for component in made["components"]]
    assert len(refs) == len(set(refs))
    said = {note["text"]: note["subjects"] for note in made["annotations"]}
    dahua = next(subjects for text, subjects in said.items() if "Dahua Technology Company" in text)
    assert set(dahua) <= set(refs)
    assert "edition of 2026-07-23" in next(t for t in said if "Dahua Technology Company" in t)


def test_devices_that_share_a_name_are_still_two_components() -> None:
    refs = [c["bom-ref"] for c in bom(samples.big(40))["components"]]
    assert len(set(refs)) == 40


def test_ocsf_tells_of_every_device_and_of_every_finding() -> None:
    report = samples.office()
    found = events(report)
    inventory = [e for e in found if e["class_uid"] == 5001]
    assert [e["device"]["ip"] for e in inventory] == [d.ip for d in report.devices]
    assert inventory[0]["device"]["hw_info"]["serial_number"] == report.devices[0].serial
    assert inventory[0]["device"]["os"]["version"] == report.devices[0].firmware
    findings = [e["finding_info"]["uid"] for e in found if e["class_uid"] == 2003]
    assert findings == [
        finding_id(d.identity, m.list_id) for d in report.devices for m in d.listings
    ]


def test_ocsf_leaves_the_verdict_on_the_requirement_to_the_organisation() -> None:
    found = [e for e in events(samples.office()) if e["class_uid"] == 2003]
    assert {e["compliance"]["status_id"] for e in found} == {99}
    assert {e["compliance"]["status"] for e in found} == {"listed", "review"}
    spared = [e for e in found if e["unmapped"]["applicability"] == "does-not-apply"]
    assert {e["severity"] for e in spared} == {"Informational"}


def test_ocsf_times_are_milliseconds_of_the_scan() -> None:
    first = events(samples.office())[0]
    assert first["time"] == first["device"]["last_seen_time"] == 1_795_428_031_000


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("camera", ""),
        ("", ""),
    ],
)
def test_an_address_is_one_or_is_left_out(text: str, known: str) -> None:
    assert exchange.ip(text) == known


def test_a_moment_falls_back_to_the_scan_and_to_its_day() -> None:
    office = samples.office()
    assert (
        exchange.moment(office, "2026-01-02T03:04:05Z").isoformat() == "2026-01-02T03:04:05+00:00"
    )
    assert exchange.moment(office, "yesterday").isoformat() == "2026-11-23T10:01:42+00:00"
    assert exchange.moment(samples.bare()).isoformat() == "2026-11-23T00:00:00+00:00"
