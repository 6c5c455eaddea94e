"""`rules/fingerprints/*.yml` → fingerprint rules, each proven on its own examples and rejects."""

import re
import warnings
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import get_args

from scanner.data import shapes
from scanner.data.files import Source, listing
from scanner.data.patterns import PatternFault, compiled
from scanner.data.shapes import RuleFile, RuleRow
from scanner.model import DataFile, Example, FingerprintRule, Strength

FOLDER = "rules/fingerprints"
SPEAKERS = frozenset({
    "mac", "http", "tls", "rtsp", "wsd", "onvif", "sadp", "dhip", "isapi", "dahua", "ssdp", "upnp",
    "mdns", "snmp", "ftp", "ssh", "telnet", "tcp", "dhcp", "netbios", "llmnr", "switch", "channel",
})  # fmt: skip
"""First words of observation field names: who was speaking."""

_PRODUCT_CLASSES = frozenset(get_args(shapes.ProductClass))
_FROM_DEVICE = frozenset({"model", "firmware", "serial"})


def read_rules(
    root: Path, vendors: AbstractSet[str]
) -> tuple[tuple[FingerprintRule, ...], tuple[DataFile, ...]]:
    """All rules in file and written order, and the files they came from."""
    rules: dict[str, FingerprintRule] = {}
    files = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a pattern `re` warns of means two things
        for name in listing(root, FOLDER):
            source = Source(root, name)
            _read_file(source, vendors, rules)
            files.append(source.described())
    return tuple(rules.values()), tuple(files)


def _read_file(
    source: Source, vendors: AbstractSet[str], rules: dict[str, FingerprintRule]
) -> None:
    document = source.checked(shapes.RULES)
    speaker = document.field.partition(".")[0]
    if source.name != f"{FOLDER}/{document.field}.yml":
        raise source.fault(("field",), f"{document.field} belongs in a file {document.field}.yml")
    if speaker not in SPEAKERS:
        raise source.fault(("field",), f"no observation field begins with {speaker!r}")
    for index, row in enumerate(document.rules):
        reason = _fault(row, speaker, vendors)
        if row.id in rules:
            reason = f"the id is taken by a rule of {rules[row.id].field}.yml"
        if reason:
            raise source.fault(("rules", index), reason)
        rules[row.id] = _rule(row, document)


def _fault(row: RuleRow, speaker: str, vendors: AbstractSet[str]) -> str | None:
    """The first thing wrong with a rule taken by itself."""
    if not row.id.startswith(f"{speaker}-"):
        return f"its id must begin with {speaker}-, as its field does"
    try:
        expression = compiled(row.pattern)
    except PatternFault as fault:
        return str(fault)
    return _wrong_assertion(row, expression, vendors) or _wrong_text(row, expression)


def _wrong_assertion(
    row: RuleRow, expression: re.Pattern[str], vendors: AbstractSet[str]
) -> str | None:
    for attribute, value in row.asserts.items():
        if value.startswith("$"):
            if attribute not in _FROM_DEVICE:
                return f"{attribute} must be a word of ours, it cannot be taken from the device"
            if value[1:] not in expression.groupindex:
                return f"{attribute} is {value}, but the pattern has no group (?P<{value[1:]}>…)"
        elif attribute in {"maker", "brand"} and value not in vendors:
            return f"{attribute} {value!r} is no id of vendors/vendors.yml"
        elif attribute == "product_class" and value not in _PRODUCT_CLASSES:
            return f"product_class {value!r} is none of {', '.join(sorted(_PRODUCT_CLASSES))}"
    return None


def _wrong_text(row: RuleRow, expression: re.Pattern[str]) -> str | None:
    for example in row.examples:
        if reason := _wrong_example(example, expression):
            return reason
    for text in row.rejects:
        if expression.search(text):
            return f"reject {text!r} matches the pattern"
    return None


def _wrong_example(example: dict[str, str], expression: re.Pattern[str]) -> str | None:
    if "text" not in example:
        return "an example has no text"
    match = expression.search(example["text"])
    if match is None:
        return f"example {example['text']!r} does not match the pattern"
    captured = match.groupdict()
    for group, wanted in example.items():
        if group != "text" and group not in captured:
            return f"example {example['text']!r} names {group!r}, which is no group of the pattern"
        if group != "text" and captured[group] != wanted:
            return (
                f"example {example['text']!r} captures {group} {captured[group]!r}, not {wanted!r}"
            )
    return None


def _rule(row: RuleRow, document: RuleFile) -> FingerprintRule:
    return FingerprintRule(
        id=row.id,
        field=document.field,
        family=document.family,
        pattern=row.pattern,
        asserts=tuple(row.asserts.items()),
        strength=Strength[row.strength.upper()],
        examples=tuple(_example(e) for e in row.examples),
        rejects=tuple(row.rejects),
        source=row.source,
        certainty=row.certainty,
    )


def _example(row: dict[str, str]) -> Example:
    return Example(row["text"], tuple((k, v) for k, v in row.items() if k != "text"))
