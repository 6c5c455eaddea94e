"""How evidence is weighed: every rule of decision, contradictions, and no dependence on order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.assess.identify import identify
from scanner.model import Candidate, Evidence, Identification, Strength
from tests.assess.world import CHARACTERISTIC, DECLARES, SUGGESTS, claim, vendors, weigh


def identified(candidates: tuple[Candidate, ...]) -> list[str]:
    return [c.value for c in candidates if c.identified]


def test_nothing_said_is_nothing_known() -> None:
    assert weigh() == Identification()


@pytest.mark.parametrize("strength", [CHARACTERISTIC, DECLARES])
def test_one_strong_mark_identifies(strength: Strength) -> None:
    seen = weigh(claim("axis", "http", strength))
    assert identified(seen.maker) == ["axis"]
    assert seen.maker[0].strength is strength
    assert seen.contradictions == ()


def test_one_suggestion_identifies_nobody() -> None:
    seen = weigh(claim("axis", "address-block", SUGGESTS))
    assert [c.value for c in seen.maker] == ["axis"]
    assert identified(seen.maker) == []


def test_two_families_that_suggest_the_same_identify() -> None:
    seen = weigh(claim("axis", "address-block", SUGGESTS), claim("axis", "http", SUGGESTS))
    assert identified(seen.maker) == ["axis"]
    assert seen.maker[0].strength is SUGGESTS
    assert seen.maker[0].families == ("address-block", "http")


def test_many_rules_of_one_family_count_once() -> None:
    seen = weigh(*(claim("axis", "http", SUGGESTS, name=f"rule-{i}") for i in range(5)))
    assert identified(seen.maker) == []
    assert len(seen.maker[0].evidence) == 5


@pytest.mark.parametrize("strength", Strength)
def test_equal_strength_identifies_neither_and_shows_both(strength: Strength) -> None:
    seen = weigh(claim("axis", "http", strength), claim("hikvision", "onvif", strength))
    assert identified(seen.maker) == []
    assert {c.value for c in seen.maker} == {"axis", "hikvision"}
    (sentence,) = seen.contradictions
    for part in ("Axis", "Hikvision", "http.field", "onvif.field", "http-axis", "onvif-hikvision"):
        assert part in sentence
    assert "neither is taken" in sentence


def test_more_families_do_not_outvote_an_equal_contradiction() -> None:
    seen = weigh(
        claim("axis", "http", SUGGESTS),
        claim("axis", "address-block", SUGGESTS),
        claim("hikvision", "rtsp", SUGGESTS),
    )
    assert identified(seen.maker) == []
    assert seen.maker[0].value == "axis"


@pytest.mark.parametrize(
    ("strong", "weak"),
    [(DECLARES, CHARACTERISTIC), (DECLARES, SUGGESTS), (CHARACTERISTIC, SUGGESTS)],
)
def test_the_stronger_wins_and_the_contradiction_stays_visible(
    strong: Strength, weak: Strength
) -> None:
    seen = weigh(claim("axis", "tls", strong), claim("hikvision", "http", weak))
    assert identified(seen.maker) == ["axis"]
    assert [c.value for c in seen.maker] == ["axis", "hikvision"]
    (sentence,) = seen.contradictions
    assert "Hikvision" in sentence
    assert "the stronger evidence for Axis is kept" in sentence


def test_one_family_can_contradict_itself() -> None:
    seen = weigh(claim("axis", "http", CHARACTERISTIC), claim("hikvision", "http", CHARACTERISTIC))
    assert identified(seen.maker) == []
    assert len(seen.contradictions) == 1


def test_maker_and_brand_are_two_attributes() -> None:
    seen = weigh(
        claim("lorex", "http", DECLARES, "brand"), claim("dahua", "rtsp", CHARACTERISTIC, "maker")
    )
    assert identified(seen.maker) == ["dahua"]
    assert identified(seen.brand) == ["lorex"]
    assert seen.contradictions == ()


def test_brands_contradict_each_other_as_makers_do() -> None:
    seen = weigh(
        claim("lorex", "http", DECLARES, "brand"), claim("annke", "onvif", DECLARES, "brand")
    )
    assert identified(seen.brand) == []
    assert "brand is contradictory" in seen.contradictions[0]


@pytest.mark.parametrize("neutral", ["General", "Private", "general"])
def test_a_neutral_vendor_is_an_unbranded_unit_not_a_contradiction(neutral: str) -> None:
    seen = weigh(
        claim(neutral, "vendor-discovery", DECLARES, "brand"),
        claim("dahua", "vendor-discovery", CHARACTERISTIC),
    )
    assert identified(seen.maker) == ["dahua"]
    assert seen.brand == ()
    assert seen.contradictions == ()


def test_related_vendors_do_not_contradict() -> None:
    seen = weigh(claim("ezviz", "http", DECLARES), claim("hikvision", "onvif", DECLARES))
    assert identified(seen.maker) == ["hikvision", "ezviz"]
    assert seen.contradictions == ()


def test_a_subsidiarys_mark_also_speaks_for_its_owner() -> None:
    alone = weigh(claim("hikvision", "http", SUGGESTS))
    both = weigh(
        claim("hikvision", "http", SUGGESTS), claim("hilook", "address-block", SUGGESTS, "brand")
    )
    assert identified(alone.maker) == []
    assert identified(both.maker) == ["hikvision"]


def test_a_resellers_mark_does_not_speak_for_whoever_may_have_built_it() -> None:
    seen = weigh(
        claim("hikvision", "http", SUGGESTS), claim("annke", "address-block", SUGGESTS, "brand")
    )
    assert identified(seen.maker) == []


def test_details_take_the_best_strength_then_the_most_families() -> None:
    seen = weigh(
        claim("weak", "http", SUGGESTS, "model"),
        claim("weak", "tls", SUGGESTS, "model"),
        claim("strong", "onvif", DECLARES, "model"),
        claim("V1", "http", CHARACTERISTIC, "firmware"),
        claim("V2", "http", CHARACTERISTIC, "firmware"),
        claim("V2", "onvif", CHARACTERISTIC, "firmware"),
        claim("B", "http", CHARACTERISTIC, "serial"),
        claim("A", "onvif", CHARACTERISTIC, "serial"),
    )
    assert [c.value for c in seen.model] == ["strong", "weak"]
    assert seen.firmware[0].value == "V2"
    assert seen.firmware[0].identified
    assert [c.value for c in seen.serial] == ["A", "B"]
    assert not seen.serial[0].identified


def test_a_recorder_that_also_calls_itself_a_camera_is_a_recorder() -> None:
    seen = weigh(
        claim("camera", "onvif", CHARACTERISTIC, "product_class"),
        claim("recorder", "http", CHARACTERISTIC, "product_class"),
    )
    assert seen.product_class[0].value == "recorder"


def test_details_from_a_refuted_rule_fall_with_their_maker() -> None:
    seen = weigh(
        claim("axis", "tls", DECLARES),
        claim("hikvision", "http", SUGGESTS, name="page"),
        claim("DS-2CD1", "http", SUGGESTS, "model", name="page"),
        claim("P3245", "http", SUGGESTS, "model", name="other"),
    )
    assert [c.value for c in seen.model] == ["P3245"]


def test_details_are_kept_while_no_maker_is_settled() -> None:
    seen = weigh(
        claim("axis", "tls", SUGGESTS),
        claim("hikvision", "http", SUGGESTS, name="page"),
        claim("DS-2CD1", "http", SUGGESTS, "model", name="page"),
    )
    assert [c.value for c in seen.model] == ["DS-2CD1"]


CLAIMS = st.builds(
    Evidence,
    rule=st.sampled_from(["r1", "r2", "r3"]),
    family=st.sampled_from(["http", "tls", "onvif", "address-block"]),
    strength=st.sampled_from(Strength),
    field=st.sampled_from(["f", "g"]),
    value=st.text(max_size=3),
    probe=st.just("p"),
    port=st.sampled_from([None, 80, 443]),
    attribute=st.sampled_from(
        ["maker", "brand", "product_class", "model", "firmware", "serial", "future"]
    ),
    asserted=st.sampled_from(
        ["axis", "hikvision", "hilook", "ezviz", "dahua", "General", "camera", "other", "\x1b[0m"]
    ),
)


@given(st.lists(CLAIMS, max_size=12), st.randoms())
def test_the_order_of_the_evidence_changes_nothing(claims: list[Evidence], random: object) -> None:
    shuffled = list(claims)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert identify(claims, vendors()) == identify(shuffled, vendors())
    assert identify(claims + claims, vendors()) == identify(claims, vendors())


@given(st.lists(CLAIMS, max_size=12))
def test_whoever_is_identified_is_related_to_everyone_else_who_is(claims: list[Evidence]) -> None:
    known = vendors()
    for candidates in (identify(claims, known).maker, identify(claims, known).brand):
        names = identified(candidates)
        assert all(known.related(one, other) for one in names for other in names)
        assert names == [c.value for c in candidates][: len(names)]
