"""One finding and one contract clause → the drafted report, filled as far as anybody knows.

What the network showed is for a person to confirm, what nobody knows for a person to fill in.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from scanner.assess import clocks
from scanner.assess.reasons import because
from scanner.model import Clause, Finding, ListingMatch, ScanReport
from scanner.remedy import (
    Contract,
    Details,
    Origin,
    Packet,
    PacketField,
    PacketPart,
    PlanItem,
    ReportingPeriod,
    Supplier,
    finding_id,
)

SEEN = "as the device says"
NOT_KNOWN = ("", Origin.PERSON, "")
KINDS = {
    "camera": "Network camera",
    "recorder": "Video recorder",
    "door-station": "Door station",
    "access-terminal": "Access terminal",
    "encoder": "Video encoder",
    "network": "Network device",
}
MAX_EVIDENCE = 12
Filled = tuple[str, Origin, str]
"""Text, where it comes from, and how that is known."""


@dataclass(frozen=True, slots=True)
class Matter:
    """The device, the list's row and what the organisation said that a packet is made of."""

    device: Finding
    match: ListingMatch
    item: PlanItem | None
    details: Details
    contract: Contract | None


def found(report: ScanReport, clause: Clause) -> Iterator[tuple[str, Finding, ListingMatch]]:
    """Id, device and listing of each finding that the clause is about."""
    for device in report.devices:
        for match in device.listings:
            if match.list_id == clause.list_id:
                yield finding_id(device.identity, match.list_id), device, match


def make_packet(
    report: ScanReport,
    clause: Clause,
    matter: Matter,
    identified: datetime,
    sent: datetime | None = None,
) -> Packet:
    """The packet, with deadlines counted from the moment the device was `identified`."""
    ends = clocks.deadlines(clause, identified, matter.details.zone, sent)
    parts = tuple(
        PacketPart(deadline, tuple(_fields(period, matter)), period.note)
        for period, deadline in zip(clause.periods, ends, strict=True)
    )
    device, match = matter.device, matter.match
    return Packet(
        clause=clause.id,
        citation=clause.citation,
        addressee=(matter.contract and matter.contract.officer) or clause.addressee,
        starts=clause.starts,
        finding=finding_id(device.identity, match.list_id),
        device=device.identity,
        organisation=matter.details.name,
        listing=(
            f"{match.path}; listed as “{match.listed_as}” since {match.since.isoformat()} "
            f"({match.citation}), edition of {match.edition.isoformat()}"
        ),
        parts=parts,
        evidence=tuple(
            f"{e.field}: {e.value} (rule {e.rule}, {e.strength.word})"
            for e in device.evidence[:MAX_EVIDENCE]
        ),
        run=report.run.run,
        tool=report.tool,
        as_of=report.as_of.isoformat(),
    )


def _fields(period: ReportingPeriod, matter: Matter) -> Iterator[PacketField]:
    for key, label in period.fields:
        value, origin, basis = FILLERS[key](matter)
        yield PacketField(key, label, value, origin if value else Origin.PERSON, basis)


def _said(text: str) -> Filled:
    return (text, Origin.PROFILE, "profile") if text else NOT_KNOWN


def supplier(matter: Matter) -> Supplier | None:
    """Who sold the device by the profile: one of its units before one of its brand or maker."""
    device, names = matter.device, _vendors(matter.device)
    sold = matter.details.suppliers
    exact = [
        s for s in sold if device.mac in s.macs or (device.serial and device.serial in s.serials)
    ]
    usual = [s for s in sold if names.intersection(s.vendors)]
    fitting = exact or usual
    return fitting[0] if len(fitting) == 1 else None


def _vendors(device: Finding) -> set[str]:
    return {c.value for c in (device.maker, device.brand) if c}


def _supplier_name(matter: Matter) -> Filled:
    return _said(sold.name) if (sold := supplier(matter)) else NOT_KNOWN


def _supplier_uei(matter: Matter) -> Filled:
    return _said(sold.uei) if (sold := supplier(matter)) else NOT_KNOWN


def _supplier_cage(matter: Matter) -> Filled:
    return _said(sold.cage) if (sold := supplier(matter)) else NOT_KNOWN


def _contract_number(matter: Matter) -> Filled:
    return _said(matter.contract.number) if matter.contract else NOT_KNOWN


def _order_numbers(matter: Matter) -> Filled:
    return _said(", ".join(matter.contract.orders)) if matter.contract else NOT_KNOWN


def _brand(matter: Matter) -> Filled:
    device = matter.device
    if device.brand and device.brand_name:
        other = device.maker_name not in ("", device.brand_name)
        produced = f"; produced by {device.maker_name}" if other else ""
        return device.brand_name + produced, Origin.SCAN, because(device.brand)
    if device.maker and device.maker_name:
        return device.maker_name, Origin.SCAN, because(device.maker)
    return NOT_KNOWN


def _model(matter: Matter) -> Filled:
    return matter.device.model, Origin.SCAN, SEEN


def _kind(matter: Matter) -> Filled:
    """A device says a number, and not whose number it is."""
    del matter
    return NOT_KNOWN


def _description(matter: Matter) -> Filled:
    device = matter.device
    parts = {
        "serial number": device.serial,
        "MAC": device.mac or "",
        "firmware": device.firmware,
        "address": device.ip,
        "site": device.site,
        "plugged in at": device.place,
        "first seen": device.first_seen,
    }
    told = (f"{name} {text}" for name, text in parts.items() if text)
    what = KINDS.get(device.product_class, "Device")
    return ", ".join((what, *told)), Origin.SCAN, "the scan's record"


def _mitigation(matter: Matter) -> Filled:
    done = f"Done: {matter.details.mitigation}" if matter.details.mitigation else ""
    steps = " ".join(matter.item.mitigation) if matter.item else ""
    advised = f"Recommended: {steps}" if steps else ""
    if not (done or advised):
        return NOT_KNOWN
    origin = Origin.PLAN if advised else Origin.PROFILE
    return " ".join(filter(None, (done, advised))), origin, "profile and plan"


def _further(matter: Matter) -> Filled:
    item = matter.item
    if item is None or item.decision is None:
        return NOT_KNOWN
    due = f", until {item.decision.due.isoformat()}" if item.decision.due else ""
    owner = f", by {item.decision.owner}" if item.decision.owner else ""
    note = f" {item.decision.note}" if item.decision.note else ""
    return f"Decided: {item.agreed.value}{due}{owner}.{note}", Origin.PLAN, "the decision on it"


FILLERS: Mapping[str, Callable[[Matter], Filled]] = {
    "contract_number": _contract_number,
    "order_numbers": _order_numbers,
    "supplier_name": _supplier_name,
    "supplier_uei": _supplier_uei,
    "supplier_cage": _supplier_cage,
    "brand": _brand,
    "model_number": _model,
    "model_number_kind": _kind,
    "item_description": _description,
    "mitigation_known": _mitigation,
    "mitigation_further": _further,
    "prevention_efforts": lambda matter: _said(matter.details.prevention),
    "prevention_future": lambda matter: _said(matter.details.prevention_planned),
}
