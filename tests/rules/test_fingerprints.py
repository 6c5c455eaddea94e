"""Every rule holds what its examples and rejects promise; the tests are the data."""

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from scanner import data
from scanner.model import Example, FingerprintRule

KNOWLEDGE = data.load()
RULES = KNOWLEDGE.rules
BY_FIELD: dict[str, list[FingerprintRule]] = defaultdict(list)
for _rule in RULES:
    BY_FIELD[_rule.field].append(_rule)


def asserted(rule: FingerprintRule, attribute: str) -> str | None:
    return dict(rule.asserts).get(attribute)


def examples() -> Iterator[tuple[FingerprintRule, Example]]:
    return ((rule, example) for rule in RULES for example in rule.examples)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule(rule: FingerprintRule) -> None:
    pattern = re.compile(rule.pattern)
    for example in rule.examples:
        match = pattern.search(example.text)
        assert match, example.text
        assert dict(example.captures).items() <= match.groupdict().items()
    for text in rule.rejects:
        assert not pattern.search(text), text


def test_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_no_rule_matches_nothing_at_all() -> None:
    """A rule that fires on an empty value would fire on every device."""
    assert [rule.id for rule in RULES if re.search(rule.pattern, "")] == []


def test_no_earlier_rule_of_another_maker_takes_an_example() -> None:
    stolen = []
    for rule, example in examples():
        maker = asserted(rule, "maker")
        for earlier in BY_FIELD[rule.field]:
            if earlier is rule:
                break
            other = asserted(earlier, "maker")
            if maker and other and maker != other and re.search(earlier.pattern, example.text):
                stolen.append(
                    f"{earlier.id} ({other}) takes {example.text!r} of {rule.id} ({maker})"
                )
    assert stolen == []


def test_a_group_that_an_attribute_needs_is_shown_in_an_example() -> None:
    """`model: $model` without an example that captures a model proves nothing."""
    silent = []
    for rule in RULES:
        wanted = {value[1:] for _, value in rule.asserts if value.startswith("$")}
        shown = {name for example in rule.examples for name, _ in example.captures}
        silent += [f"{rule.id}: {name}" for name in sorted(wanted - shown)]
    assert silent == []


@pytest.mark.parametrize("maker", ["hikvision", "dahua", "uniview", "tiandy", "axis", "hanwha"])
def test_a_maker_is_known_by_several_families(maker: str) -> None:
    families = {rule.family for rule in RULES if asserted(rule, "maker") == maker}
    assert len(families) >= 2
