"""What becomes of each device, by which rule, in which order, and never a price nobody gave."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import data
from scanner.assess.listing import Listings
from scanner.assess.needs import COMPARED, requirements, to_check
from scanner.assess.plan import make_plan
from scanner.assess.screening import Screen
from scanner.assess.vendors import Vendors
from scanner.model import Applicability, Finding, Organisation, Verdict
from scanner.provision import Price, Prices, Product
from scanner.remedy import (
    Choice,
    Disposition,
    Plan,
    PlanItem,
    Requirement,
    Screening,
    Span,
    Total,
    Traits,
)
from tests.report import samples

KNOWN = data.load()
RULES = KNOWN.plan_rules
TODAY = date(2026, 11, 23)
OFFICE = samples.office().devices
HIKVISION, DAHUA = (next(d for d in OFFICE if d.maker_name == n) for n in ("Hikvision", "Dahua"))
D = Decimal
PRICES = Prices(
    "USD",
    Span(D(100), D(120)),
    {"camera": Price(Span(D(300), D(500)), Span(D(1), D(2)), Span(D(0), D(10)))},
    10,
)
KEPT = Organisation()


def screen(as_of: date = TODAY) -> Screen:
    vendors = Vendors(KNOWN.vendors, KNOWN.relations, as_of)
    return Screen(KNOWN.vendors, KNOWN.relations, Listings(KNOWN.lists, vendors, as_of))


SCREEN = screen()


def planned(*devices: Finding, organisation: Organisation = KEPT) -> Plan:
    return make_plan(devices, RULES, organisation, SCREEN)


def item(device: Finding, organisation: Organisation = KEPT) -> PlanItem:
    return planned(device, organisation=organisation).items[0]


def held(device: Finding, **states: Applicability) -> Finding:
    """The device held by just these lists."""
    match = device.listings[0]
    names = ((name.replace("_", "-"), state) for name, state in states.items())
    listings = tuple(replace(match, list_id=n, applicability=s, waiver=None) for n, s in names)
    return replace(device, listings=listings)


ASK, APPLIES, NOT = Applicability.ASK, Applicability.APPLIES, Applicability.DOES_NOT_APPLY
CASES: Mapping[str, tuple[dict[str, Applicability], Disposition]] = {
    "section-889-applies": ({"us_ndaa_889": APPLIES}, Disposition.REPLACE),
    "section-889-open": ({"us_ndaa_889": ASK, "us_bis_entity_list": ASK}, Disposition.ISOLATE),
    "section-889-beside": ({"us_ndaa_889": NOT}, Disposition.ISOLATE),
    "state-applies": (
        {"us_tx_prohibited_technologies": APPLIES, "us_ndaa_889": NOT},
        Disposition.REPLACE,
    ),
    "section-805-applies": ({"us_dod_1260h": APPLIES, "us_ndaa_889": ASK}, Disposition.ISOLATE),
    "other-lists": ({"us_bis_entity_list": APPLIES}, Disposition.KEEP),
    "listed": ({"us_fcc_covered_list": ASK}, Disposition.ISOLATE),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_listed_device_gets_the_disposition_of_its_rule(rule: str) -> None:
    states, disposition = CASES[rule]
    made = item(held(HIKVISION, **states))
    assert (made.rule, made.disposition) == (rule, disposition)
    assert made.reason


@pytest.mark.parametrize(
    ("verdict", "rule", "disposition"),
    [
        (Verdict.REVIEW, "to-review", Disposition.INVESTIGATE),
        (Verdict.UNDETERMINED, "not-known", Disposition.INVESTIGATE),
        (Verdict.NOT_LISTED, "not-listed", Disposition.KEEP),
    ],
)
def test_what_is_not_listed_is_kept_or_looked_at(
    verdict: Verdict, rule: str, disposition: Disposition
) -> None:
    made = item(replace(HIKVISION, verdict=verdict))
    assert (made.rule, made.disposition) == (rule, disposition)


def test_a_device_waived_for_every_list_is_kept_and_for_one_list_is_not() -> None:
    waived = replace(
        HIKVISION,
        listings=tuple(replace(m, waiver=samples.WAIVER) for m in HIKVISION.listings),
    )
    assert item(waived).rule == "waived"
    assert item(OFFICE[0]).rule == "section-889-applies"


def test_the_order_is_the_stated_rule() -> None:
    camera = held(HIKVISION, us_ndaa_889=APPLIES)
    recorder = replace(camera, product_class="recorder")
    public = replace(camera, ip="8.8.4.4")
    asked = held(HIKVISION, us_ndaa_889=ASK)
    beside = held(HIKVISION, us_ndaa_889=NOT)
    silent = replace(camera, open_ports=())
    review = replace(camera, verdict=Verdict.REVIEW)
    wanted = (public, recorder, camera, silent, review, asked, beside)
    for devices in (wanted, wanted[::-1]):
        made = planned(*devices)
        assert [devices[i.number - 1] for i in made.items] == list(wanted)
        assert [i.priority for i in made.items] == [1, 2, 3, 4, 5, 6, 7]
    first, second, *_ = planned(*wanted).items
    assert first.order[:3] == ("a list concerns the organisation", "listed", "public address")
    assert "recorder, what hangs behind it was not inspected" in second.order
    assert planned(*wanted).order == tuple(factor.words for factor in RULES.order)


def test_a_replacement_must_match_what_is_known_and_the_rest_is_unknown() -> None:
    camera = replace(HIKVISION, model="DS-2CD2143G2-I", onvif_profiles=("G", "S"))
    needs = {n.trait: (n.value, n.basis) for n in requirements(camera, RULES.models)}
    assert needs == {
        "form factor": ("dome", "model name, rule hikvision-2cd-dome"),
        "resolution": ("4 MP", "model name, rule hikvision-2cd-4mp"),
        "PoE class": ("", ""),
        "ONVIF profiles": ("G, S", "the device announces them"),
    }
    nameless = replace(camera, model="", onvif_profiles=())
    assert {n.value for n in requirements(nameless, RULES.models)} == {""}
    assert not requirements(replace(camera, product_class="network"), RULES.models)
    other = replace(camera, maker=DAHUA.maker)
    assert not [
        n for n in requirements(other, RULES.models) if n.trait == "form factor" and n.value
    ]


def test_a_recorder_says_how_many_channels_it_has() -> None:
    said = samples.said(
        "dhip-remote-channels", "vendor-discovery", samples.S, "dhip.remotevideoinputchannels",
        "32", "product_class=recorder", 37810,
    )  # fmt: skip
    recorder = replace(DAHUA, product_class="recorder", evidence=(said,))
    assert requirements(recorder, RULES.models)[0] == Requirement(
        "recorder channels", "32", "the device says so (dhip.remotevideoinputchannels)"
    )
    for odd in ("-1", "99999", "١٢", "", "4 "):
        crazy = replace(recorder, evidence=(replace(said, value=odd),))
        assert requirements(crazy, RULES.models)[0].value in ("", "4")


@given(st.text(), st.text(), st.sampled_from([*COMPARED, "other", "unknown"]))
def test_no_text_of_a_device_breaks_the_needs(model: str, value: str, kind: str) -> None:
    said = replace(HIKVISION.evidence[0], field="sadp.digitalchannelnum", value=value)
    device = replace(HIKVISION, model=model, product_class=kind, evidence=(said,))
    for need in requirements(device, RULES.models):
        assert need.trait in COMPARED[kind]


def product(maker: str, **traits: object) -> Product:
    return Product(maker, "M1", replace(Traits("camera"), **traits), "catalogue c.csv")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("traits", "left"),
    [
        ({}, ("form factor", "resolution", "PoE class", "ONVIF profiles")),
        ({"form_factor": "Dome", "resolution": "8 MP"}, ("PoE class", "ONVIF profiles")),
        ({"resolution": "2 MP"}, None),
        ({"form_factor": "bullet"}, None),
        ({"onvif_profiles": ("S",)}, None),
        ({"onvif_profiles": ("G", "S", "T"), "poe_class": "class 3"},
         ("form factor", "resolution", "PoE class")),
    ],
)  # fmt: skip
def test_a_candidate_fits_or_is_ruled_out_or_must_be_checked(
    traits: dict[str, object], left: tuple[str, ...] | None
) -> None:
    camera = replace(HIKVISION, model="DS-2CD2143G2-I", onvif_profiles=("G", "S"))
    needs = requirements(camera, RULES.models)
    assert to_check(needs, product("axis", **traits).traits) == left
    shop = Organisation(catalogue=(product("axis", **traits),))
    options = item(held(camera, us_ndaa_889=APPLIES), shop).options
    assert [o.to_check for o in options] == ([left] if left is not None else [])


def test_fewer_channels_rule_a_recorder_out() -> None:
    need = Requirement("recorder channels", "16", "said")
    assert to_check([need], Traits("recorder", channels=8)) is None
    assert to_check([need], Traits("recorder", channels=16)) == ()
    assert to_check([need], Traits("recorder")) == ("recorder channels",)


@pytest.mark.parametrize(
    ("maker", "vendor", "screening"),
    [
        ("axis", "axis", Screening.OFFERED),
        ("Axis Communications AB", "axis", Screening.OFFERED),
        ("Uniview", "uniview", Screening.FLAGGED),
        ("ZHEJIANG UNIVIEW TECHNOLOGIES CO., LTD.", "uniview", Screening.FLAGGED),
        ("Lorex", "lorex", Screening.FLAGGED),
        ("EZVIZ", "ezviz", Screening.FLAGGED),
        ("vigi", "vigi", Screening.UNCHECKED),
        ("uniarch", "uniarch", Screening.UNCHECKED),
        ("Amcrest", "amcrest", Screening.FLAGGED),
        ("Acme", "", Screening.UNCHECKED),
        ("", "", Screening.UNCHECKED),
    ],
)
def test_every_candidate_is_held_against_all_lists(
    maker: str, vendor: str, screening: Screening
) -> None:
    (made,) = SCREEN.products([product(maker)])
    assert (made.maker, made.screening) == (vendor, screening)
    assert made.lists or screening is Screening.OFFERED
    shop = Organisation(catalogue=(product(maker),))
    offered = item(held(HIKVISION, us_ndaa_889=APPLIES), shop).options
    assert bool(offered) is (screening is Screening.OFFERED)


def test_a_makers_889_statement_does_not_hide_the_entity_list() -> None:
    makers = {m.maker: m for m in SCREEN.makers(RULES.statements)}
    uniview, axis = makers["uniview"], makers["axis"]
    assert uniview.screening is Screening.FLAGGED
    assert uniview.lists[0] == ("Uniview is on the Entity List since 2024-12-10 (89 FR 99702).")
    assert axis.screening is Screening.OFFERED
    assert axis.statement
    assert axis.statement.read == TODAY
    assert "v2.14.0 of 2026-09-03" in axis.statement.source


def test_an_unverified_claim_is_a_question_and_no_more() -> None:
    vigi, bosch = SCREEN.products([product("vigi"), product("bosch")])
    assert "claimed, and was not verified, that VIGI belongs to TP-Link" in vigi.lists[0]
    assert bosch.screening is Screening.OFFERED
    assert "sells some units built by Hikvision" in bosch.lists[0]
    assert bosch.lists[0].endswith("ask who produces the model.")


def test_candidates_are_held_against_the_lists_of_the_reports_day() -> None:
    (then,) = screen(date(2024, 1, 1)).products([product("uniview")])
    assert then.screening is Screening.OFFERED


def total(plan: Plan, by: str, name: str = "") -> Total:
    (found,) = [t for t in plan.totals if (t.by, t.name) == (by, name)]
    return found


def test_without_prices_units_are_counted_and_nothing_costs_anything() -> None:
    made = planned(*OFFICE)
    assert made.currency == ""
    assert total(made, "all").units == total(made, "all").unpriced == 5
    assert {i.cost for i in made.items} | {i.hours for i in made.items} == {None}
    assert {t.cost for t in made.totals} | {t.hours for t in made.totals} == {None}


def test_costs_are_the_operators_estimate_and_add_up() -> None:
    made = planned(*OFFICE, organisation=Organisation(prices=PRICES))
    camera = next(i for i in made.items if i.cost)
    assert camera.cost == Span(D(400), D(750))
    assert camera.hours == Span(D(1), D(2))
    every = total(made, "all")
    assert (every.units, every.unpriced) == (5, 1)
    assert every.cost == Span(D(1600), D(3000))
    for by in ("site", "phase", "year"):
        parts = [t.cost for t in made.totals if t.by == by and t.cost]
        assert sum(p.low for p in parts) == D(1600)
        assert sum(p.high for p in parts) == D(3000)


def test_a_decision_counts_and_stays_visible_beside_the_proposal() -> None:
    choice = Choice(HIKVISION.keys[:1], Disposition.REMOVE, "B. Person", date(2026, 12, 1))
    gone = Choice(("mac:00:00:00:00:00:99",), Disposition.REPLACE)
    said = Organisation(choices=(choice, gone), prices=PRICES)
    made = planned(*OFFICE, organisation=said)
    decided = next(i for i in made.items if i.decision)
    assert (decided.disposition, decided.agreed) == (Disposition.REPLACE, Disposition.REMOVE)
    assert decided.identity == HIKVISION.identity
    assert decided.phase == "replace"
    assert decided.cost is None
    assert made.unmatched == (gone,)
    assert total(made, "year", "2027").dispositions == ((Disposition.REMOVE, 1),)
    assert total(made, "year", "no date yet").units == 4


def test_a_key_that_two_devices_share_decides_on_neither() -> None:
    choice = Choice((f"serial:{HIKVISION.serial}",), Disposition.KEEP)
    twins = (replace(HIKVISION, mac=None), replace(HIKVISION, mac=None, ip="192.0.2.99"))
    made = planned(*twins, organisation=Organisation(choices=(choice,)))
    assert not [i for i in made.items if i.decision]
    assert made.unmatched == (choice,)
    assert item(twins[0], Organisation(choices=(choice,))).decision is choice


@pytest.mark.parametrize(
    ("begins", "day", "year"),
    [
        (1, date(2026, 12, 31), "2026"),
        (10, date(2026, 9, 30), "2026"),
        (10, date(2026, 10, 1), "2027"),
    ],
)
def test_a_budget_year_is_named_after_the_year_it_ends_in(
    begins: int, day: date, year: str
) -> None:
    assert replace(PRICES, year_begins=begins).year(day) == year


def test_what_to_do_until_then_goes_with_what_becomes_of_it() -> None:
    replaced = item(held(HIKVISION, us_ndaa_889=APPLIES))
    assert "Change its passwords to ones used nowhere else." in replaced.mitigation
    assert item(replace(HIKVISION, verdict=Verdict.NOT_LISTED)).mitigation == ()


def test_a_report_holds_a_plan_for_each_of_its_devices() -> None:
    made = planned(*OFFICE)
    assert sorted(i.number for i in made.items) == [*range(1, len(OFFICE) + 1)]
    assert all(OFFICE[i.number - 1].identity == i.identity for i in made.items)


def test_no_sentence_of_the_rules_judges() -> None:
    texts = [p.reason for p in RULES.proposals] + [s.text for s in RULES.steps]
    texts += [f.words for f in RULES.order] + [p.goal + p.title for p in RULES.phases]
    said = " ".join(texts).lower()
    assert not [w for w in ("illegal", "banned", "compliant", "certified") if w in said]
