"""Every fact of the fingerprint reference has a rule, or a reason why nothing can observe it.

`reference_facts.jsonl`: one line a fact, with a text that shows it and whom a rule must name by it.
`use` is the reference's word: `identify`, `corroborate`, `context` or `exclude` (another maker).
"""

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scanner import data
from scanner.assess.assessment import assess
from scanner.assess.matcher import Matcher
from scanner.model import (
    Example,
    FingerprintRule,
    Knowledge,
    Observation,
    ProbeResult,
    ProbeStatus,
    Relation,
    Strength,
    Verdict,
)

KNOWN = data.load()
RULES = Matcher(KNOWN.rules, KNOWN.blocks)
TEXT = Path(__file__).with_name("reference_facts.jsonl").read_text(encoding="utf-8")
FACTS: list[dict[str, Any]] = [json.loads(line) for line in TEXT.splitlines()]
SHOWN = [fact for fact in FACTS if "text" in fact]
ROLES = {vendor.id: vendor.role for vendor in KNOWN.vendors}
SHARED_MARKS = (
    ("http.server", "Webs"), ("http.server", "uc-httpd 1.0.0"), ("sadp.types", "inquiry"),
    ("rtsp.server", "Hipcam RealServer/V1.0"), ("rtsp.server", "H264DVR 1.0"),
    ("mdns.service", "_CGI._tcp.local."),
    ("wsd.namespaces", "http://www.hikvision.com/2011/event/topics"),
    ("wsd.scope", "onvif://www.onvif.org/MAC/0c:a6:4c:00:00:01"),
    ("wsd.scope", "onvif://www.onvif.org/hardware/EmbeddedNetDevice"),
)  # fmt: skip
BRANDS: dict[str, set[str]] = {
    "hilook": {"hikvision"}, "hiwatch": {"hikvision"}, "ezviz": {"hikvision"},
    "hikmicro": {"hikvision"}, "hikrobot": {"hikvision"}, "hiksemi": {"hikvision"},
    "prama": {"hikvision"}, "annke": {"hikvision"}, "lts": {"hikvision"},
    "interlogix": {"hikvision"}, "truvision": {"hikvision"}, "luma": {"hikvision"},
    "alibi": {"hikvision"}, "hills": {"hikvision"}, "laview": {"hikvision"},
    "abus": {"hikvision"}, "grundig": {"hikvision"}, "safire": {"hikvision"},
    "niko": {"hikvision"}, "agm": {"hikvision"}, "w-box": {"hikvision"},
    "honeywell": {"hikvision", "dahua"}, "swann": {"hikvision", "dahua"},
    "montavue": {"hikvision", "dahua"}, "adt": {"hikvision", "dahua"},
    "q-see": {"hikvision", "dahua"}, "indigovision": {"hikvision", "dahua"},
    "panasonic": {"hikvision", "dahua"}, "bosch": {"hikvision", "dahua"}, "imou": {"dahua"},
    "huaray": {"dahua"}, "lorex": {"dahua"}, "flir": {"dahua"}, "amcrest": {"dahua"},
    "tyco": {"dahua"}, "empiretech": {"dahua"}, "avaloid": {"dahua"}, "ic-realtime": {"dahua"},
    "agi-security": {"dahua"}, "cp-plus": {"dahua"}, "bcs": {"dahua"}, "intelbras": {"dahua"},
    "kbvision": {"dahua"}, "rvi": {"dahua"}, "godrej": {"dahua"}, "gss-redline": {"dahua"},
    "watashi": {"dahua"}, "luminys": {"dahua"}, "sunba": {"uniview"},
}  # fmt: skip
"""The reference's brands and who is said to build for them; the rest of its 56 rows are the two
makers themselves, models without a brand, and two brands (VIGI, Beward) that are their own."""


def concluded(field: str, text: str) -> list[tuple[str, str, Strength]]:
    seen = (Observation(field, text),)
    claims = RULES.evidence(ProbeResult("", "", ProbeStatus.OK, observations=seen))
    return [(c.attribute, c.asserted, c.strength) for c in claims]


def test_all_facts_are_here() -> None:
    kinds = Counter("text" in fact or "organisation" in fact for fact in FACTS)
    assert len(FACTS) == 297
    assert len({fact["fact"] for fact in FACTS}) >= 290
    assert kinds[True] >= 250
    assert all(fact["unseen"] for fact in FACTS if "unseen" in fact)


@pytest.mark.parametrize("fact", SHOWN, ids=lambda fact: str(fact["fact"])[:60])
def test_a_fact_has_a_rule_that_names_whom_it_names(fact: dict[str, Any]) -> None:
    claims = concluded(fact["field"], fact["text"])
    named = {value for attribute, value, _ in claims if attribute in ("maker", "brand")}
    assert claims
    assert set(fact["names"]) <= named
    assert fact["names"] or fact["use"] != "identify"


@pytest.mark.parametrize(
    "fact", [f for f in FACTS if "organisation" in f], ids=lambda f: f["organisation"][:40]
)
def test_a_registered_organisation_leads_to_its_vendor(fact: dict[str, Any]) -> None:
    pattern = re.compile(fact["organisation"])
    found = {b.vendor for b in KNOWN.blocks if pattern.search(b.organisation)}
    assert found == set(fact["vendors"])


def test_every_rule_says_whence_and_how_sure() -> None:
    for rule in KNOWN.rules:
        assert rule.source
        assert rule.certainty in ("real", "code", "doc")
        assert rule.examples
        assert rule.rejects
        assert rule.family


@pytest.mark.parametrize(("field", "text"), SHARED_MARKS)
def test_a_mark_that_others_share_only_suggests(field: str, text: str) -> None:
    strong = [v for a, v, s in concluded(field, text) if a == "maker" and s > Strength.SUGGESTS]
    assert strong == []


@pytest.mark.parametrize("brand", BRANDS)
def test_a_brand_has_its_relations_with_source_and_grade(brand: str) -> None:
    related = [r for r in KNOWN.relations if r.subject == brand]
    assert {r.maker for r in related} >= BRANDS[brand]
    for relation in related:
        assert relation.grade in ("A", "B", "C")
        assert relation.source


def test_sold_businesses_have_the_day_they_were_sold() -> None:
    ends = {r.subject: r.end for r in KNOWN.relations if r.relation is Relation.SUBSIDIARY}
    assert ends["lorex"] == date(2022, 11, 24)
    assert ends["luminys"] == date(2024, 1, 31)


@pytest.mark.parametrize(
    "brand",
    sorted(
        b for b in BRANDS
        if ROLES[b] == "brand"
        and all(r.relation is Relation.PRODUCER for r in KNOWN.relations if r.subject == b)
    ),
)  # fmt: skip
def test_a_label_without_a_technical_mark_is_a_question(brand: str) -> None:
    label = FingerprintRule(
        "label", "http.title", "http", "^LABEL$", (("brand", brand),), Strength.DECLARES,
        (Example("LABEL"),), ("OTHER",), "test",
    )  # fmt: skip
    knowledge = Knowledge(
        (label,), KNOWN.vendors, KNOWN.relations, (), KNOWN.lists, KNOWN.ports, ()
    )
    seen = (Observation("http.title", "LABEL"),)
    page = ProbeResult("192.0.2.1", "http", ProbeStatus.OK, 80, observations=seen)
    (device,) = assess([page], knowledge, date(2026, 11, 23)).devices
    assert device.verdict is Verdict.REVIEW
    assert any(reason.startswith("Ask the supplier: who built this") for reason in device.reasons)


def test_the_makers_and_office_kinds_that_are_not_listed() -> None:
    listed = {e.vendor for each in KNOWN.lists for e in each.entities}
    makers: Counter[str] = Counter()
    for rule in KNOWN.rules:
        asserted = dict(rule.asserts)
        maker = asserted.get("maker", "")
        if maker and maker not in listed and asserted.get("product_class") in (
            "camera", "recorder", "encoder", "door-station",
        ):  # fmt: skip
            makers[maker] += 1
    assert len(makers) >= 25
