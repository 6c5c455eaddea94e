"""No model grammar of a listed maker may match another maker's product name."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LISTED = frozenset(
    {"dahua", "hikvision", "huawei", "hytera", "kedacom", "tiandy", "tp-link", "uniview", "zte"}
)
MODEL_FIELDS = (
    "dahua.devicetype",
    "dahua.updateserial",
    "dhip.devicetype",
    "isapi.model",
    "onvif.model",
    "sadp.devicedescription",
    "upnp.modelname",
    "wsd.scope",
)
SPEAKS_THE_FRAME = frozenset({"dhip-model-any", "sadp-model-any"})
"""Rules whose maker follows from the protocol that carries the text, not from the text."""

Rule = dict[str, Any]


@cache
def rules(field: str) -> list[Rule]:
    """The rules of one field as they stand in the file."""
    path = ROOT / "rules" / "fingerprints" / f"{field}.yml"
    loaded: list[Rule] = yaml.load(  # the C loader: the files are large
        path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )["rules"]
    return loaded


def grammars(field: str) -> list[Rule]:
    """The rules of the field that read a listed maker from a model name."""
    return [
        rule
        for rule in rules(field)
        if rule["asserts"].get("maker") in LISTED
        and rule["asserts"].get("model") == "$model"
        and rule["id"] not in SPEAKS_THE_FRAME
    ]


def as_sent(field: str, model: str) -> str:
    """The model name in the form the field carries it."""
    if field != "wsd.scope":
        return model
    return "onvif://www.onvif.org/hardware/" + model.replace(" ", "%20")


def other_makers() -> list[tuple[str, str]]:
    """(maker, model) pairs of the list beside this file."""
    text = Path(__file__).with_name("other_makers_models.txt").read_text(encoding="utf-8")
    return [(maker, model) for maker, model in (line.split("\t") for line in text.splitlines())]


def test_the_list_is_large_and_has_no_repeats() -> None:
    pairs = other_makers()
    assert len(pairs) >= 150
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize("field", MODEL_FIELDS)
def test_every_model_field_has_grammars_of_listed_makers(field: str) -> None:
    assert grammars(field)


@pytest.mark.parametrize("field", MODEL_FIELDS)
def test_no_listed_grammar_matches_another_makers_model(field: str) -> None:
    compiled = [(rule["id"], re.compile(rule["pattern"])) for rule in grammars(field)]
    hits = [
        (name, maker, model)
        for maker, model in other_makers()
        for name, pattern in compiled
        if pattern.search(as_sent(field, model))
    ]
    assert hits == []


@pytest.mark.parametrize("field", MODEL_FIELDS)
def test_no_two_listed_makers_claim_one_example(field: str) -> None:
    claims = [
        (rule["id"], other["id"], example["text"])
        for rule in grammars(field)
        for other in grammars(field)
        for example in other["examples"]
        if rule["asserts"]["maker"] != other["asserts"]["maker"]
        and re.search(rule["pattern"], example["text"])
    ]
    assert claims == []


@pytest.mark.parametrize(
    ("model", "maker", "product_class"),
    [
        ("DS-2CD2143G2-I", "hikvision", "camera"),
        ("iDS-7204HUHI-M1", "hikvision", "recorder"),
        ("DS-7804HQH-K1", "hikvision", "recorder"),
        ("DS-7708N-I4", "hikvision", "recorder"),
        ("DS-KV6113-WPE1(C)", "hikvision", "door-station"),
        ("DS-K1T342MWX", "hikvision", "access-terminal"),
        ("DS-TCG406-E", "hikvision", "camera"),
        ("IPC-HDW1431T1-S4", "dahua", "camera"),
        ("DH-XVR5108HS-I3", "dahua", "recorder"),
        ("DHI-NVR1108HS-S3/H", "dahua", "recorder"),
        ("VTO2000A", "dahua", "door-station"),
        ("IPC2122LB-SF40-A", "uniview", "camera"),
        ("IPC324LE-ADF28K-H", "uniview", "camera"),
        ("IPC-T23S-A40-V2", "uniview", "camera"),
        ("NVR301-04-P4", "uniview", "recorder"),
        ("TC-C32TS", "tiandy", "camera"),
    ],
)
def test_known_models_give_maker_and_class(model: str, maker: str, product_class: str) -> None:
    found = [
        rule["asserts"] for rule in grammars("onvif.model") if re.search(rule["pattern"], model)
    ]
    assert {(a["maker"], a.get("product_class")) for a in found} == {(maker, product_class)}
