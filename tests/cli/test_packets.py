"""`camcensus packet`: the report drafted as far as anybody knows, with its deadlines."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from scanner import data, keeping
from scanner.assess.packet import Matter, found, make_packet
from scanner.cli import camcensus
from scanner.model import Finding
from scanner.remedy import Contract, Details, Origin, Packet, Supplier
from scanner.report.packet import docx, words
from scanner.report.packet import json as packet_json
from tests.report import golden, samples

ROOT = Path(__file__).parents[2]
OFFICE = ROOT / "tests" / "assess" / "golden" / "office.jsonl"
CLAUSES = {clause.id: clause for clause in data.load().clauses}
FIRST = CLAUSES["52.204-25"]
SCHEMA = json.loads((ROOT / "reports" / "schema" / "packet-1.json").read_text("utf-8"))
TWELVE = [key for period in FIRST.periods for key, _ in period.fields]
DETAILS = Details(
    "Example Ltd.",
    ZoneInfo("America/New_York"),
    (Contract("0000-24-C-0001", "52.204-25", ("0001", "0002")),),
    (Supplier("Example Cameras Inc.", "EXAMPLE00001", "", vendors=("hikvision",)),),
    "All cameras are on a network of their own.",
    "Purchases are checked against the lists.",
)
PROFILE = """\
[federal-contract]
answer = "yes"
who = "A. Person"
when = 2026-11-23
clauses = ["52.204-25"]

[organisation]
name = "Example Ltd."
timezone = "America/New_York"

[[contracts]]
number = "0000-24-C-0001"
clause = "52.204-25"
"""
NEVER = ("illegal", "banned", "compliant", "certified")


def made(device: Finding, clause: str = "52.204-25", details: Details = DETAILS) -> Packet:
    office = samples.office()
    asked = CLAUSES[clause]
    match = next(m for m in device.listings if m.list_id == asked.list_id)
    assert office.plan
    item = office.plan.items[0]
    contract = details.contracts[0] if details.contracts else None
    matter = Matter(device, match, item, details, contract)
    return make_packet(office, asked, matter, datetime(2026, 11, 23, 15, tzinfo=UTC))


CAMERA = samples.office().devices[0]
LOREX = next(d for d in samples.office().devices if d.brand)


def fields(packet: Packet) -> dict[str, tuple[str, Origin]]:
    return {f.key: (f.value, f.origin) for part in packet.parts for f in part.fields}


def test_the_twelve_fields_of_the_clause_are_there_in_two_reports() -> None:
    packet = made(CAMERA)
    assert [len(part.fields) for part in packet.parts] == [10, 3]
    assert list(fields(packet)) == TWELVE
    assert [part.deadline.due for part in packet.parts] == ["2026-11-24", "2026-12-09"]


def test_each_field_comes_from_where_it_is_known_and_the_rest_is_a_persons() -> None:
    said = fields(made(CAMERA))
    assert said["contract_number"] == ("0000-24-C-0001", Origin.PROFILE)
    assert said["order_numbers"] == ("0001, 0002", Origin.PROFILE)
    assert said["supplier_name"] == ("Example Cameras Inc.", Origin.PROFILE)
    assert said["supplier_cage"] == ("", Origin.PERSON)
    assert said["brand"] == ("Hikvision", Origin.SCAN)
    assert said["model_number"] == ("DS-2CD2143G2-I", Origin.SCAN)
    assert said["model_number_kind"] == ("", Origin.PERSON)
    assert said["item_description"][0].startswith("Network camera, serial number DS-2CD2143G2-I")
    assert said["mitigation_known"][0] == (
        "Done: All cameras are on a network of their own. Recommended: Put it on a network of its "
        "own, without a way to the internet."
    )
    assert "until 2027-01-15, by B. Person" in said["mitigation_further"][0]
    assert said["prevention_efforts"] == (DETAILS.prevention, Origin.PROFILE)
    assert said["prevention_future"] == ("", Origin.PERSON)


def test_a_relabelled_unit_names_brand_and_producer() -> None:
    assert fields(made(LOREX))["brand"] == ("Lorex; produced by Dahua", Origin.SCAN)


def test_a_supplier_of_this_unit_comes_before_one_of_its_make_and_two_are_none() -> None:
    usual = DETAILS.suppliers[0]
    exact = Supplier("Exact Ltd.", macs=("44:19:b6:00:00:01",))
    both = replace(DETAILS, suppliers=(usual, exact))
    twice = replace(DETAILS, suppliers=(usual, replace(usual, name="Other Inc.")))
    assert fields(made(CAMERA, details=both))["supplier_name"][0] == "Exact Ltd."
    assert fields(made(CAMERA, details=twice))["supplier_name"] == ("", Origin.PERSON)


def test_without_a_profile_a_person_fills_what_no_scan_can_know() -> None:
    said = fields(made(CAMERA, details=Details()))
    empty = {key for key, (value, _) in said.items() if not value}
    assert {"contract_number", "supplier_name", "supplier_uei", "supplier_cage"} <= empty
    assert {key for key, (_, origin) in said.items() if origin is Origin.PERSON} == empty


def test_52_240_91_is_one_report_in_72_hours_and_says_its_text_was_not_read() -> None:
    (part,) = made(CAMERA, "52.240-91").parts
    assert part.deadline.due == "2026-11-26T15:00:00Z"
    assert [f.key for f in part.fields] == TWELVE
    assert "was not read" in part.note


def test_the_json_is_what_its_schema_describes() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for clause in CLAUSES:
        for device in (CAMERA, LOREX):
            document = json.loads(packet_json.render(made(device, clause)))
            Draft202012Validator(SCHEMA).validate(document)
            assert document["sent"] is False


def text_of(raw: bytes) -> str:
    document = Document(io.BytesIO(raw))
    cells = (c.text for t in document.tables for r in t.rows for c in r.cells)
    return "\n".join((*(p.text for p in document.paragraphs), *cells))


def test_the_document_says_what_the_packet_says() -> None:
    packet = made(CAMERA)
    said = text_of(docx.render(packet))
    for part in packet.parts:
        for field in part.fields:
            assert field.label in said
            assert (field.value or f"[{words.TO_FILL}]") in said
    assert "Due 2026-11-24, midnight in America/New_York: 1 business day from 2026-11-23." in said
    assert words.DRAFT in said
    assert FIRST.starts in said
    assert not [word for word in NEVER if word in said.lower()]


def test_the_same_packet_gives_the_same_bytes_and_nothing_of_this_machine() -> None:
    one, other = docx.render(made(CAMERA)), docx.render(made(CAMERA))
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {docx.BEGINNING}
        core = archive.read("docProps/core.xml").decode()
    assert "1980-01-01T00:00:00Z" in core
    assert "python-docx" not in core


def test_hostile_text_is_written_out_and_stays_text() -> None:
    packet = samples.spoiled(made(CAMERA), golden.HOSTILE)
    said = text_of(docx.render(packet))
    assert "\\x1b]0;owned" in said
    assert not {c for c in said if ord(c) < 32} - {"\n"}


@settings(max_examples=20, deadline=None)
@given(st.text(min_size=1) | st.just("\uffff\ufffe") | st.just("x" * 5_000))
def test_no_text_breaks_the_document(text: str) -> None:
    assert docx.render(samples.spoiled(made(CAMERA), text))


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "DIRECTORY", tmp_path / "store")
    (tmp_path / "profile.toml").write_text(PROFILE)
    monkeypatch.chdir(tmp_path)


def call(clause: str, *options: str) -> Result:
    known = ("--evidence", str(OFFICE), "--as-of", "2026-11-23")
    return CliRunner().invoke(
        camcensus, ["packet", clause, *options, *known], standalone_mode=False
    )


def findings() -> list[str]:
    return [line.split()[0] for line in call("52.204-25").output.splitlines()]


def test_findings_are_listed_and_one_is_drafted(tmp_path: Path) -> None:
    first, _ = findings()
    options = ("--finding", first[:6], "--profile", "profile.toml")
    ended = call("52.204-25", *options, "-o", "docx=p.docx", "-o", "json=p.json")
    assert ended.exception is None
    assert "First report. Due 2026-11-24, midnight in America/New_York" in ended.output
    assert "It was sent to nobody" in ended.output
    assert (tmp_path / "p.docx").stat().st_mode & 0o077 == 0
    document: Any = json.loads((tmp_path / "p.json").read_text())
    assert (document["finding"], document["organisation"]) == (first, "Example Ltd.")
    values = {f["key"]: f["value"] for r in document["reports"] for f in r["fields"]}
    assert values["contract_number"] == "0000-24-C-0001"
    assert values["brand"] == "Hikvision"


def test_the_moment_of_knowledge_and_of_the_first_report_move_the_deadlines() -> None:
    first, _ = findings()
    options = ("--finding", first, "--profile", "profile.toml")
    later = call("52.204-25", *options, "--identified", "2026-11-25T09:00:00-05:00")
    assert "First report. Due 2026-11-27" in later.output
    sent = call("52.204-25", *options, "--sent", "2026-11-23")
    assert "Follow-up report. Due 2026-12-08" in sent.output


@pytest.mark.parametrize(
    ("clause", "options", "reason"),
    [
        ("52.204-26", (), "no clause '52.204-26'; there are: 52.204-25, 52.240-91"),
        ("52.204-25", ("--finding", "zz"), "no finding under this clause begins with 'zz'"),
        ("52.204-25", ("--finding", "F", "-o", "pdf=x"), "-o 'pdf=x': write docx=PATH"),
        ("52.204-25", ("--finding", "F", "--identified", "today"), "today is no moment such as"),
        ("52.204-25", ("--finding", "F", "--contract", "9"), "the profile has no contract '9'"),
    ],
)
def test_a_mistake_is_told(clause: str, options: tuple[str, ...], reason: str) -> None:
    first = findings()[0]
    given_options = [first if each == "F" else each for each in options]
    assert reason in str(call(clause, *given_options).exception)


def test_several_contracts_have_to_be_told_apart(tmp_path: Path) -> None:
    more = PROFILE + '\n[[contracts]]\nnumber = "0000-25-C-0002"\nclause = "52.204-25"\n'
    (tmp_path / "profile.toml").write_text(more)
    options = ("--finding", findings()[0], "--profile", "profile.toml")
    assert "choose with --contract: 0000-24" in str(call("52.204-25", *options).exception)
    chosen = call("52.204-25", *options, "--contract", "0000-25-C-0002", "-o", "json=-")
    assert '"0000-25-C-0002"' in chosen.output


def test_every_listed_device_of_the_list_is_a_finding_and_no_other() -> None:
    office = samples.office()
    rows = [device.ip for _, device, _ in found(office, FIRST)]
    holding = [d.ip for d in office.devices if any(m.list_id == FIRST.list_id for m in d.listings)]
    assert rows == holding
