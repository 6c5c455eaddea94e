"""The operator's waivers (YAML) → `Waiver` values.

groups:
  lobby:
  - {mac: '44:19:b6:00:00:01'}
  - {ip: 10.7.0.0/28}
waivers:
- id: lobby-2026
  devices: [{group: lobby}, {serial: 'DS-2CD2143G2-I0001'}]
  lists: [us-ndaa-889]
  reason: Replacement is ordered.
  approver: A. Person, security
  from: 2026-11-01
  until: 2027-01-31
  evidence: purchase order 4711
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from ipaddress import ip_network
from pathlib import Path

from scanner.data import shapes, strict_yaml
from scanner.data.files import Source
from scanner.data.shapes import MarkRow, WaiverFile, WaiverRow
from scanner.errors import DataError
from scanner.model import Waiver


def read_waivers(path: Path, lists: AbstractSet[str]) -> tuple[Waiver, ...]:
    """The waivers in written order; `lists` are the known ids. DataError names what is wrong."""
    source = Source(path.parent, path.name)
    document = source.checked(shapes.WAIVERS)
    if fault := next(_faults(source, document, lists), None):
        raise fault
    return tuple(_waiver(row, document.groups) for row in document.waivers)


def _faults(source: Source, document: WaiverFile, lists: AbstractSet[str]) -> Iterator[DataError]:
    for name, marks in document.groups.items():
        for index, mark in enumerate(marks):
            where: strict_yaml.Path = ("groups", name, index)
            yield from _mark_faults(source, where, mark)
            if mark.group:
                yield source.fault(where, "a group holds devices, not groups")
    seen = set()
    for number, row in enumerate(document.waivers):
        yield from _row_faults(source, document, number, lists)
        if row.id in seen:
            yield source.fault(("waivers", number), "the id stands twice")
        seen.add(row.id)


def _row_faults(
    source: Source, document: WaiverFile, number: int, lists: AbstractSet[str]
) -> Iterator[DataError]:
    row = document.waivers[number]
    where = ("waivers", number)
    if row.until < row.start:
        yield source.fault(where, f"ends on {row.until}, before it starts on {row.start}")
    for name in row.lists:
        if name not in lists:
            yield source.fault(where, f"{name!r} is no list; there are: {', '.join(sorted(lists))}")
    for mark in row.devices:
        yield from _mark_faults(source, where, mark)
        if mark.group and mark.group not in document.groups:
            yield source.fault(where, f"{mark.group!r} is no group of this file")


def _mark_faults(source: Source, where: strict_yaml.Path, mark: MarkRow) -> Iterator[DataError]:
    try:
        ip_network(mark.ip or "::")
    except ValueError as error:
        yield source.fault(where, str(error))


def _waiver(row: WaiverRow, groups: Mapping[str, Sequence[MarkRow]]) -> Waiver:
    marks = [each for mark in row.devices for each in (groups.get(mark.group) or [mark])]
    return Waiver(
        id=row.id,
        macs=tuple(m.mac.lower().replace("-", ":") for m in marks if m.mac),
        serials=tuple(m.serial for m in marks if m.serial),
        networks=tuple(ip_network(m.ip) for m in marks if m.ip),
        lists=tuple(row.lists),
        reason=row.reason,
        approver=row.approver,
        start=row.start,
        until=row.until,
        evidence=row.evidence,
    )
