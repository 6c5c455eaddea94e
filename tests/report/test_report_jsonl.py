"""JSON Lines: every line fits its schema, and a torn file is recognised by its missing end."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from scanner.model import ScanReport
from tests.report import golden, samples
from tests.report.test_report_json import REPORTS, parsed, schema


def lines(report: ScanReport) -> list[Any]:
    """What a program reads."""
    return [json.loads(line) for line in golden.rendered(report, "jsonl").splitlines()]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """The published schema with the one it refers to."""
    report = Resource.from_contents(schema("report-1"))
    registry: Registry[Any] = Registry().with_resource("urn:camcensus:schema:report-1", report)
    Draft202012Validator.check_schema(schema("report-lines-1"))
    return Draft202012Validator(schema("report-lines-1"), registry=registry)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_each_line_is_what_its_schema_describes(
    report: Callable[[], ScanReport], validator: Draft202012Validator
) -> None:
    for line in lines(report()):
        validator.validate(line)


@pytest.mark.parametrize(
    "line",
    [{}, {"type": "device"}, {"type": "end"}, {"type": "report", "schema": "x"}, {"type": "issue"}],
)
def test_a_line_that_lacks_its_parts_does_not_fit(
    line: dict[str, str], validator: Draft202012Validator
) -> None:
    assert not validator.is_valid(line)


def test_the_lines_hold_what_the_json_report_holds() -> None:
    whole, found = parsed(samples.office()), lines(samples.office())
    first, last = found[0], found[-1]
    assert {k: first[k] for k in ("run", "coverage", "summary", "profile", "notice")} == {
        k: whole[k] for k in ("run", "coverage", "summary", "profile", "notice")
    }
    assert [{"type": "device", **d} for d in whole["devices"]] == [
        line for line in found if line["type"] == "device"
    ]
    assert [{"type": "regime", **r} for r in whole["regimes"]] == [
        line for line in found if line["type"] == "regime"
    ]
    items = [line for line in found if line["type"] == "plan-item"]
    outline = next(line for line in found if line["type"] == "plan")
    assert whole["plan"] | {"type": "plan"} == outline | {"items": whole["plan"]["items"]}
    assert [{"type": "plan-item", **item} for item in whole["plan"]["items"]] == items
    assert last == {"type": "end", "devices": len(whole["devices"])}


def test_hostile_text_stays_on_its_line() -> None:
    text = golden.rendered(samples.spoiled(samples.office(), golden.HOSTILE), "jsonl").decode()
    assert len(text.splitlines()) == text.count("\n") == len(lines(samples.office()))
    assert not set(text) & {chr(c) for c in (*range(10), *range(11, 32), *range(127, 160), 0x202E)}
