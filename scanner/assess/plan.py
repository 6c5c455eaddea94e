"""Findings → what becomes of each device, in which order, by what, at which cost.

The rules are data (`rules/replacements.yml`), prices and catalogue the operator's. Nothing is
estimated that nobody gave: without a price file units are counted and no more.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from ipaddress import ip_address

from scanner.assess.case import SURVEILLANCE
from scanner.assess.needs import requirements, to_check
from scanner.assess.screening import Screen
from scanner.model import Applicability, Finding, Organisation, Verdict
from scanner.provision import PlanRules, Prices, Proposal
from scanner.remedy import (
    Choice,
    Disposition,
    Option,
    Plan,
    PlanItem,
    Replacement,
    Requirement,
    Screening,
    Span,
    Total,
)

UNDATED = "no date yet"
ZERO = Decimal(0)
VERDICTS = (Verdict.LISTED, Verdict.REVIEW, Verdict.UNDETERMINED, Verdict.NOT_LISTED)
CLASSES = ("camera", "door-station", "access-terminal", "encoder", "recorder")
APPLIES = {
    Applicability.APPLIES: (0, "a list concerns the organisation"),
    Applicability.ASK: (1, "a list may concern the organisation"),
    Applicability.DOES_NOT_APPLY: (2, "no list concerns the organisation by its answers"),
}
Rank = tuple[int, str]
"""A number to sort by, and the words for it; empty where there is nothing to say."""


def make_plan(
    devices: Sequence[Finding], rules: PlanRules, organisation: Organisation, screen: Screen
) -> Plan:
    """One item for each device, most pressing first."""
    pool = (*screen.products(organisation.catalogue), *screen.makers(rules.statements))
    choices = _Choices(organisation.choices, devices)
    ranks = {n: ranking(device, rules) for n, device in enumerate(devices, 1)}
    order = sorted(ranks, key=lambda n: (*(rank for rank, _ in ranks[n]), n))
    maker = _Maker(rules, organisation.prices, pool)
    items = tuple(
        maker.item(devices[n - 1], n, place, ranks[n], choices.of(devices[n - 1]))
        for place, n in enumerate(order, 1)
    )
    return Plan(
        order=tuple(factor.words for factor in rules.order),
        items=items,
        phases=rules.phases,
        replacements=pool,
        totals=tuple(_totals(items, devices, rules, organisation.prices)),
        currency=organisation.prices.currency if organisation.prices else "",
        unmatched=choices.unmatched(),
    )


class _Choices:
    """Decisions by key. A key that several devices share names none of them."""

    def __init__(self, choices: Iterable[Choice], devices: Iterable[Finding]) -> None:
        counts = Counter(key for device in devices for key in device.keys)
        self._shared = {key for key, number in counts.items() if number > 1}
        self._here = counts.keys() - self._shared
        self._choices = tuple(choices)
        self._by_key = {key: choice for choice in self._choices for key in choice.keys}

    def of(self, device: Finding) -> Choice | None:
        keys = (key for key in device.keys if key not in self._shared)
        return next((self._by_key[key] for key in keys if key in self._by_key), None)

    def unmatched(self) -> tuple[Choice, ...]:
        return tuple(c for c in self._choices if self._here.isdisjoint(c.keys))


def ranking(device: Finding, rules: PlanRules) -> tuple[Rank, ...]:
    """Where the device stands by each factor of the order; less is more pressing."""
    return tuple(FACTORS[factor.id](device) for factor in rules.order)


def _applicability(device: Finding) -> Rank:
    states = [APPLIES[match.applicability] for match in device.listings]
    return min(states, default=(3, "" if device.verdict is Verdict.NOT_LISTED else "no listing"))


def _verdict(device: Finding) -> Rank:
    return VERDICTS.index(device.verdict), device.verdict.value


def _exposure(device: Finding) -> Rank:
    try:
        public = ip_address(device.ip).is_global
    except ValueError:
        public = False
    return (0, "public address") if public else (1, "")


def _recorder(device: Finding) -> Rank:
    is_recorder = device.product_class == "recorder"
    return (0, "recorder, what hangs behind it was not inspected") if is_recorder else (1, "")


def _class(device: Finding) -> Rank:
    if device.product_class in SURVEILLANCE:
        return CLASSES.index(device.product_class), device.product_class
    return len(CLASSES), device.product_class


def _ports(device: Finding) -> Rank:
    return -len(device.open_ports), f"open ports: {len(device.open_ports)}"


FACTORS: Mapping[str, Callable[[Finding], Rank]] = {
    "applicability": _applicability,
    "verdict": _verdict,
    "exposure": _exposure,
    "recorder": _recorder,
    "class": _class,
    "ports": _ports,
}


def proposal(device: Finding, rules: PlanRules) -> Proposal:
    """The first rule whose conditions all hold; the loader sees to it that there is one."""
    return next(rule for rule in rules.proposals if _holds(rule, device))


def _holds(rule: Proposal, device: Finding) -> bool:
    lists = {m.list_id: m.applicability for m in device.listings}
    applying = {each for each, state in lists.items() if state is Applicability.APPLIES}
    asking = {each for each, state in lists.items() if state is Applicability.ASK}
    return (
        (not rule.verdicts or device.verdict.value in rule.verdicts)
        and (not rule.applies or not applying.isdisjoint(rule.applies))
        and (not rule.asks or not asking.isdisjoint(rule.asks))
        and (not rule.holds or not lists.keys().isdisjoint(rule.holds))
        and (not rule.waived or (bool(lists) and all(m.waiver for m in device.listings)))
    )


class _Maker:
    """Makes the item of one device."""

    def __init__(
        self, rules: PlanRules, prices: Prices | None, pool: Sequence[Replacement]
    ) -> None:
        self._rules, self._prices = rules, prices
        self._products = [
            each for each in pool if each.model and each.screening is Screening.OFFERED
        ]

    def item(
        self, device: Finding, number: int, place: int, ranks: Sequence[Rank], choice: Choice | None
    ) -> PlanItem:
        rule = proposal(device, self._rules)
        agreed = (choice and choice.disposition) or rule.disposition
        replaced = agreed is Disposition.REPLACE
        needs = requirements(device, self._rules.models) if agreed is not Disposition.KEEP else ()
        priced = self._prices.cost(device.product_class) if replaced and self._prices else None
        return PlanItem(
            number=number,
            identity=device.identity,
            disposition=rule.disposition,
            rule=rule.id,
            reason=rule.reason,
            priority=place,
            order=tuple(words for _, words in ranks if words),
            phase=self._rules.phase_of[agreed],
            requirements=needs,
            mitigation=tuple(
                step.text
                for step in self._rules.steps
                if agreed in step.dispositions and device.product_class in step.classes
            ),
            options=tuple(self._options(device, needs)) if replaced else (),
            cost=priced[0] if priced else None,
            hours=priced[1] if priced else None,
            decision=choice,
        )

    def _options(self, device: Finding, needs: Sequence[Requirement]) -> Iterator[Option]:
        for product in self._products:
            if product.traits.product_class == device.product_class:
                unknown = to_check(needs, product.traits)
                if unknown is not None:
                    yield Option(product.id, unknown)


def _totals(
    items: Sequence[PlanItem],
    devices: Sequence[Finding],
    rules: PlanRules,
    prices: Prices | None,
) -> Iterator[Total]:
    sites: dict[str, list[PlanItem]] = defaultdict(list)
    phases: dict[str, list[PlanItem]] = defaultdict(list)
    years: dict[str, list[PlanItem]] = defaultdict(list)
    for item in items:
        sites[devices[item.number - 1].site].append(item)
        phases[item.phase].append(item)
        if item.agreed in (Disposition.REPLACE, Disposition.REMOVE):
            years[_year(item, prices)].append(item)
    yield _total("all", "", items)
    yield from (_total("site", name, sites[name]) for name in sorted(sites))
    yield from (_total("phase", p.title, phases[p.id]) for p in rules.phases if phases[p.id])
    yield from (_total("year", name, years[name]) for name in sorted(years))


def _year(item: PlanItem, prices: Prices | None) -> str:
    due = item.decision.due if item.decision else None
    if due is None:
        return UNDATED
    return prices.year(due) if prices else str(due.year)


def _total(by: str, name: str, items: Sequence[PlanItem]) -> Total:
    units = sum(item.agreed is Disposition.REPLACE for item in items)
    costs = [item.cost for item in items if item.cost]
    counts = Counter(item.agreed for item in items)
    return Total(
        by=by,
        name=name,
        units=units,
        dispositions=tuple((each, counts[each]) for each in Disposition if counts[each]),
        cost=_sum(costs),
        hours=_sum([item.hours for item in items if item.hours]),
        unpriced=units - len(costs),
    )


def _sum(spans: Sequence[Span]) -> Span | None:
    if not spans:
        return None
    return Span(sum((s.low for s in spans), start=ZERO), sum((s.high for s in spans), start=ZERO))
