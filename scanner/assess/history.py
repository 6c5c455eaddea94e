"""What the lists said and when: a maker's history, and what changed between two days."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from scanner.assess.vendors import OWNED, TRUSTED
from scanner.model import EntityList, Finding, Knowledge, ListedEntity, ScanReport, VendorRelation

STATES = {"in-force": "in force", "stayed": "stayed", "open": "not known to be in force"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something a list said on a day; the day of a snapshot may be a month or a year only."""

    day: str
    list_id: str
    vendor: str
    words: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class DeviceChange:
    """A device whose listings differ between two days: ids of lists that joined and left."""

    ip: str
    site: str
    maker: str
    joined: tuple[str, ...]
    left: tuple[str, ...]


def family(knowledge: Knowledge, vendor: str) -> tuple[VendorRelation, ...]:
    """Relations by which companies and brands belong to the vendor, or it to others."""
    return tuple(
        relation
        for relation in knowledge.relations
        if vendor in (relation.maker, relation.subject) and relation.relation in OWNED
    )


def events(lists: Iterable[EntityList], vendors: Iterable[str]) -> tuple[Event, ...]:
    """Rows, removals and snapshots without the vendors, in the order of their days."""
    wanted = frozenset(vendors)
    found = [e for each in lists for e in (*_rows(each, wanted), *_absences(each, wanted))]
    return tuple(sorted(found, key=lambda e: (e.day, e.list_id, e.vendor, e.words)))


def changes(lists: Iterable[EntityList], after: date, until: date) -> tuple[Event, ...]:
    """What began or ended on the lists after the first day and up to the second."""
    span = (after.isoformat(), until.isoformat())
    found = [e for each in lists for e in (*_rows(each), *_periods(each))]
    inside = [e for e in found if span[0] < e.day <= span[1]]
    return tuple(sorted(inside, key=lambda e: (e.day, e.list_id, e.vendor, e.words)))


def device_changes(before: ScanReport, after: ScanReport) -> tuple[DeviceChange, ...]:
    """Devices of the same evidence, judged on two days, that are joined to other lists."""
    earlier = {_name(d): {m.list_id for m in d.listings} for d in before.devices}
    found = []
    for device in after.devices:
        old = earlier.get(_name(device), set())
        new = {match.list_id for match in device.listings}
        if old != new:
            joined, left = tuple(sorted(new - old)), tuple(sorted(old - new))
            maker = device.maker_name or "maker not known"
            found.append(DeviceChange(device.ip, device.site, maker, joined, left))
    return tuple(found)


def _name(device: Finding) -> tuple[str, ...]:
    """Several devices may have had one address, and several addresses one device."""
    return (device.site, device.ip, *device.macs, device.first_seen)


def _rows(each: EntityList, wanted: frozenset[str] | None = None) -> Iterator[Event]:
    for row in each.entities:
        if row.grade in TRUSTED and (wanted is None or row.vendor in wanted):
            yield Event(row.start.isoformat(), each.id, row.vendor, _since(each, row), row.note)
            if row.end:
                words = f"as {row.listed_as!r} no longer listed since {row.end}"
                yield Event(row.end.isoformat(), each.id, row.vendor, words)


def _since(each: EntityList, row: ListedEntity) -> str:
    return (
        f"as {row.listed_as!r} since {row.start} ({row.citation}; {row.relation.value}; "
        f"grade {row.grade}; edition {each.edition})"
    )


def _absences(each: EntityList, wanted: frozenset[str]) -> Iterator[Event]:
    for row in each.not_listed:
        if row.vendor in wanted:
            words = f"not on the list as of {row.as_of} (grade {row.grade})"
            yield Event(row.as_of, each.id, row.vendor, words, row.note)


def _periods(each: EntityList) -> Iterator[Event]:
    for period in each.affiliates.periods:
        state = STATES[period.state]
        words = f"its rule for affiliates is {state} since {period.start} ({period.citation})"
        yield Event(period.start.isoformat(), each.id, "", words)
