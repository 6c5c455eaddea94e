"""A large report in parts: which devices stand on which page, and where an address is found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.model import Finding, ScanReport, Verdict
from scanner.remedy import Plan, PlanItem
from scanner.report import figures

SIZE = 500
"""Devices of a page: about a megabyte and a half, which any browser opens at once."""
WITH_ARTICLE = (Verdict.LISTED, Verdict.REVIEW)


@dataclass(frozen=True, slots=True)
class Part:
    """A page of devices, numbered from 1: a report of these devices and their part of the plan."""

    number: int
    of: int
    first: int
    report: ScanReport

    @property
    def name(self) -> str:
        """The file's name."""
        return _name(self.number)

    @property
    def last(self) -> int:
        """Number of its last device in the whole report."""
        return self.first + len(self.report.devices) - 1

    @property
    def before(self) -> str:
        """The name of the page before; empty for the first."""
        return _name(self.number - 1) if self.number > 1 else ""

    @property
    def after(self) -> str:
        """The name of the next page; empty for the last."""
        return _name(self.number + 1) if self.number < self.of else ""


@dataclass(frozen=True, slots=True)
class Place:
    """A device and the link that leads to it."""

    device: Finding
    link: str


def parts(report: ScanReport) -> Sequence[Part]:
    """The devices in the order of the report, a page at a time."""
    starts = range(0, len(report.devices), SIZE)
    plans = _plans(report)
    return tuple(
        Part(number, len(starts), start + 1, _cut(report, start, plans.get(number - 1)))
        for number, start in enumerate(starts, 1)
    )


def places(parts: Sequence[Part]) -> Iterator[Place]:
    """Every device in address order."""
    found = (
        Place(device, _link(part, number))
        for part in parts
        for number, device in enumerate(part.report.devices, 1)
    )
    yield from sorted(found, key=lambda place: figures.address_key(place.device.ip))


def _name(number: int) -> str:
    return f"devices-{number:05}.html"


def _link(part: Part, number: int) -> str:
    found = part.report.devices[number - 1].verdict in WITH_ARTICLE
    return f"{part.name}#device-{number}" if found else part.name


def _cut(report: ScanReport, start: int, plan: Plan | None) -> ScanReport:
    return replace(report, devices=report.devices[start : start + SIZE], plan=plan)


def _plans(report: ScanReport) -> dict[int, Plan]:
    """The plan of each page, its items counting from the first device of the page."""
    if report.plan is None:
        return {}
    items: dict[int, list[PlanItem]] = {}
    for item in report.plan.items:
        page, place = divmod(item.number - 1, SIZE)
        items.setdefault(page, []).append(replace(item, number=place + 1))
    return {page: replace(report.plan, items=tuple(held)) for page, held in items.items()}
