"""What the shipped vendors, lists and ports say: names, dates and grades that must stay right."""

import csv
import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml
from yamllint import linter  # type: ignore[import-untyped]
from yamllint.config import YamlLintConfig  # type: ignore[import-untyped]

from scanner import data
from scanner.model import EntityList, Knowledge, ListedEntity, Relation

ROOT = Path(__file__).resolve().parents[2]

VENDOR_IDS = [
    "hikvision", "dahua", "huawei", "zte", "hytera", "uniview", "tiandy", "iflytek", "megvii",
    "sensetime", "yitu", "meiya-pico", "yixin", "cloudwalk", "netposa", "intellifusion",
    "kedacom", "tp-link", "axis", "hanwha", "bosch", "reolink", "ubiquiti", "vivotek",
    "panasonic-i-pro", "sony", "avigilon", "amcrest", "lorex", "intelbras", "ezviz", "imou",
    "annke", "lts", "swann",
]  # fmt: skip
LIST_IDS = [
    "us-bis-entity-list",
    "us-dod-1260h",
    "us-fcc-covered-list",
    "us-ndaa-889",
    "us-ofac-ns-cmic",
    "us-tx-prohibited-technologies",
]
DEFAULT_PORTS = [
    21, 22, 23, 80, 81, 88, 443, 554, 8000, 8080, 8081, 8443, 8554, 9000, 34567, 37777, 37778,
    49152,
]  # fmt: skip
FIRMS_OF_2019 = {
    "hikvision": "Hikvision",
    "dahua": "Dahua Technology",
    "iflytek": "IFLYTEK",
    "megvii": "Megvii Technology",
    "sensetime": "Sense Time",
    "meiya-pico": "Xiamen Meiya Pico Information Co. Ltd.",
    "yitu": "Yitu Technologies",
    "yixin": "Yixin Science and Technology Co. Ltd.",
}
SINCE = {
    ("us-bis-entity-list", "huawei"): "2019-05-16",
    ("us-bis-entity-list", "cloudwalk"): "2020-06-05",
    ("us-bis-entity-list", "netposa"): "2020-06-05",
    ("us-bis-entity-list", "intellifusion"): "2020-06-05",
    ("us-bis-entity-list", "kedacom"): "2021-07-12",
    ("us-bis-entity-list", "tiandy"): "2022-12-16",
    ("us-bis-entity-list", "urumqi-haishi-xinan"): "2023-03-28",
    ("us-bis-entity-list", "uniview"): "2024-12-10",
    ("us-fcc-covered-list", "hikvision"): "2021-03-12",
    ("us-fcc-covered-list", "dahua"): "2021-03-12",
    ("us-fcc-covered-list", "zte"): "2021-03-12",
    ("us-fcc-covered-list", "dji"): "2025-12-22",
    ("us-dod-1260h", "hikvision"): "2021-06-03",
    ("us-dod-1260h", "dahua"): "2022-10-05",
    ("us-dod-1260h", "sensetime"): "2025-01-07",
    ("us-dod-1260h", "tp-link"): "2026-06-08",
    ("us-ofac-ns-cmic", "hikvision"): "2021-06-03",
    ("us-ofac-ns-cmic", "sensetime"): "2021-12-10",
    ("us-ofac-ns-cmic", "megvii"): "2021-12-16",
    ("us-tx-prohibited-technologies", "uniview"): "2026-01-26",
    ("us-tx-prohibited-technologies", "tp-link"): "2026-01-26",
}
ABSENT = [
    ("us-ofac-ns-cmic", "dahua"),
    ("us-ofac-ns-cmic", "uniview"),
    ("us-dod-1260h", "megvii"),
    ("us-dod-1260h", "uniview"),
    ("us-dod-1260h", "zte"),
    ("us-dod-1260h", "hytera"),
    ("us-ndaa-889", "uniview"),
    ("us-ndaa-889", "tiandy"),
    ("us-ndaa-889", "tp-link"),
    ("us-fcc-covered-list", "uniview"),
]
UNPROVEN = [
    ("us-bis-entity-list", "zte"),
    ("us-bis-entity-list", "hytera"),
    ("us-bis-entity-list", "dji"),
    ("us-fcc-covered-list", "tp-link"),
    ("us-tx-prohibited-technologies", "hikvision"),
    ("us-tx-prohibited-technologies", "dahua"),
]


@cache
def knowledge() -> Knowledge:
    return data.load()


def the_list(list_id: str) -> EntityList:
    return next(each for each in knowledge().lists if each.id == list_id)


def current(list_id: str, vendor: str) -> list[ListedEntity]:
    return [e for e in the_list(list_id).entities if e.vendor == vendor and e.end is None]


def test_nothing_odd_is_shipped() -> None:
    assert knowledge().notes == ()


def test_fixed_vendor_ids() -> None:
    assert set(VENDOR_IDS) <= {vendor.id for vendor in knowledge().vendors}


def test_fixed_list_ids() -> None:
    assert [each.id for each in knowledge().lists] == LIST_IDS


def test_default_ports() -> None:
    assert [port.number for port in knowledge().ports if port.default] == DEFAULT_PORTS


@pytest.mark.parametrize("vendor", FIRMS_OF_2019)
def test_the_eight_firms_of_2019(vendor: str) -> None:
    (row,) = current("us-bis-entity-list", vendor)
    assert row.listed_as == FIRMS_OF_2019[vendor]
    assert row.start == date(2019, 10, 9)
    assert row.citation == "84 FR 54002"
    assert row.relation is Relation.NAMED


@pytest.mark.parametrize(("list_id", "vendor"), SINCE)
def test_dates(list_id: str, vendor: str) -> None:
    (row,) = current(list_id, vendor)
    assert row.start.isoformat() == SINCE[list_id, vendor]


def test_section_889_names_five_and_both_dates() -> None:
    rows = the_list("us-ndaa-889").entities
    assert {row.vendor: row.listed_as for row in rows} == {
        "huawei": "Huawei Technologies Company",
        "zte": "ZTE Corporation",
        "hytera": "Hytera Communications Corporation",
        "hikvision": "Hangzhou Hikvision Digital Technology Company",
        "dahua": "Dahua Technology Company",
    }
    assert {row.start for row in rows} == {date(2019, 8, 13)}
    assert all("2020-08-13" in row.note and row.grade == "A" for row in rows)


@pytest.mark.parametrize(("list_id", "vendor"), ABSENT)
def test_absence_is_recorded_with_its_snapshot(list_id: str, vendor: str) -> None:
    assert not current(list_id, vendor)
    (row,) = [n for n in the_list(list_id).not_listed if n.vendor == vendor]
    assert row.grade == "A"


@pytest.mark.parametrize(("list_id", "vendor"), UNPROVEN)
def test_what_is_not_proven_is_neither_listed_nor_absent(list_id: str, vendor: str) -> None:
    assert vendor not in {row.vendor for row in the_list(list_id).entities}
    assert vendor not in {row.vendor for row in the_list(list_id).not_listed}


def test_megvii_left_the_1260h_list() -> None:
    (row,) = [e for e in the_list("us-dod-1260h").entities if e.vendor == "megvii"]
    assert (row.start, row.end) == (date(2024, 1, 31), date(2025, 1, 7))


def test_a_renamed_company_stands_under_its_listed_name() -> None:
    assert current("us-dod-1260h", "meiya-pico")[0].listed_as.startswith("SDIC Intelligence")
    assert current("us-ofac-ns-cmic", "meiya-pico")[0].listed_as.startswith("XIAMEN MEIYA PICO")


@pytest.mark.parametrize("list_id", LIST_IDS)
def test_sentences_are_sober(list_id: str) -> None:
    each = the_list(list_id)
    notes = [e.note for e in each.entities] + [n.note for n in each.not_listed]
    text = " ".join([each.effect, each.question, each.condition, *notes])
    assert not re.search(r"\b(?:illegal|banned|compliant|certified)\b", text, re.IGNORECASE)
    assert each.question.endswith("?")
    assert len(each.effect) < 400


def test_the_entity_list_is_said_to_be_an_export_rule() -> None:
    effect = the_list("us-bis-entity-list").effect
    assert "export rule" in effect
    assert "does not forbid owning, buying or using" in effect


def test_subsidiaries_with_their_own_entry_belong_to_their_parent() -> None:
    parents = {
        r.subject: r.maker for r in knowledge().relations if r.relation is Relation.SUBSIDIARY
    }
    assert parents["moyu-haishi"] == "hikvision"
    assert parents["chengdu-dahua-wisdom"] == "dahua"
    assert parents["xiamen-meiya-zhongmin"] == "meiya-pico"
    assert parents["sensenets"] == "netposa"


@pytest.mark.parametrize(("brand", "sold"), [("lorex", "2022-11-24"), ("luminys", "2024-01-31")])
def test_sold_businesses_keep_their_history(brand: str, sold: str) -> None:
    relations = {r.relation: r for r in knowledge().relations if r.subject == brand}
    owned, supplied = relations[Relation.SUBSIDIARY], relations[Relation.PRODUCER]
    assert owned.maker == supplied.maker == "dahua"
    assert str(owned.end) == sold
    assert (supplied.end, supplied.scope) == (None, "some")


def test_a_producer_never_stands_for_a_whole_range() -> None:
    producers = [r for r in knowledge().relations if r.relation is Relation.PRODUCER]
    assert len(producers) > 40
    assert {r.scope for r in producers} == {"some"}
    assert all(r.note for r in producers)


def test_enough_makers_that_are_on_no_list() -> None:
    listed = {e.vendor for each in knowledge().lists for e in each.entities}
    related = {r.subject for r in knowledge().relations}
    cameras = [
        v.id
        for v in knowledge().vendors
        if v.product_class in {"camera", "recorder"} and v.id not in listed | related
    ]
    assert len(cameras) >= 25


def test_yaml_style() -> None:
    config = YamlLintConfig(file=str(ROOT / ".yamllint"))
    paths = [*(ROOT / "rules").rglob("*.yml"), ROOT / "vendors" / "vendors.yml"]
    problems = [
        f"{path.relative_to(ROOT)}: {problem}"
        for path in paths
        for problem in linter.run(path.read_text("utf-8"), config)
    ]
    assert problems == []


def test_another_yaml_reader_sees_the_same_words() -> None:
    """No unquoted word of the vendors is taken for a number or a truth value elsewhere."""
    document = yaml.safe_load((ROOT / "vendors" / "vendors.yml").read_text("utf-8"))
    assert [row["id"] for row in document["vendors"]] == [v.id for v in knowledge().vendors]
    assert [row["name"] for row in document["vendors"]] == [v.name for v in knowledge().vendors]


def test_blocks_are_written_by_a_plain_csv_writer() -> None:
    with (ROOT / "vendors" / "oui.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(line for line in stream if not line.startswith("#")))
    assert len(rows) - 1 == len(knowledge().blocks)
