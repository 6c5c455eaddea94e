"""The nouns of what follows a finding: reporting deadlines, decisions, the replacement plan."""

from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256


class Unit(StrEnum):
    """What a reporting period is counted in."""

    BUSINESS_DAYS = "business-days"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class ReportingPeriod:
    """How long there is for one report. `after` is `identification` or the id of another report.

    `fields` are the keys and labels of what the report has to say.
    """

    report: str
    title: str
    count: int
    unit: Unit
    after: str
    fields: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The latest time for one report, if the count really began when `began` says.

    `began` and `due` are ISO 8601: a day, which is over at its midnight in `zone`, for business
    days; a moment in UTC for hours. `assumed` is true when `began` is itself a deadline.
    """

    clause: str
    citation: str
    report: str
    title: str
    count: int
    unit: Unit
    starts: str
    began: str
    due: str
    zone: str
    holidays: tuple[str, ...] = ()
    """Federal holidays on weekdays that were left out of the count, with their names."""
    assumed: bool = False
    grade: str = "B"


class Disposition(StrEnum):
    """What becomes of a device."""

    KEEP = "keep"
    ISOLATE = "isolate"
    REPLACE = "replace"
    REMOVE = "remove"
    INVESTIGATE = "investigate"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the organisation settled for the device that has any of these `keys`."""

    keys: tuple[str, ...]
    disposition: Disposition | None = None
    owner: str = ""
    due: date | None = None
    note: str = ""
    who: str = ""
    when: date | None = None


class Screening(StrEnum):
    """What the lists say of a candidate's maker, as of the report's date."""

    OFFERED = "offered"
    FLAGGED = "flagged"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a maker states about its own product, and who recorded it; never our finding."""

    about: str
    scope: str
    """`model`, `line` or `brand`."""
    source: str
    url: str = ""
    made: date | None = None
    read: date | None = None


@dataclass(frozen=True, slots=True)
class Traits:
    """What a device is like and its replacement has to match; empty or None is not known."""

    product_class: str = ""
    form_factor: str = ""
    resolution: str = ""
    poe_class: str = ""
    channels: int | None = None
    onvif_profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """One trait to match: its value, empty when not known, and how that is known."""

    trait: str
    value: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A product, or without a model a maker, that may take a device's place."""

    id: str
    maker: str
    """Vendor id; empty when no vendor of the data has the name."""
    maker_name: str
    model: str
    traits: Traits
    source: str
    screening: Screening
    lists: tuple[str, ...] = ()
    """Why it is flagged or could not be checked, in sentences."""
    statement: Statement | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A replacement that no known requirement rules out, and the traits still to be compared."""

    replacement: str
    to_check: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """The operator's own estimate, from low to high."""

    low: Decimal
    high: Decimal

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.high + other.high)


@dataclass(frozen=True, slots=True)
class PlanItem:
    """What is proposed for one device. `number` is its place in the report's devices, from 1."""

    number: int
    identity: str
    disposition: Disposition
    rule: str
    reason: str
    priority: int
    order: tuple[str, ...]
    phase: str
    requirements: tuple[Requirement, ...] = ()
    mitigation: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    cost: Span | None = None
    hours: Span | None = None
    decision: Choice | None = None

    @property
    def agreed(self) -> Disposition:
        """What a person decided; until then what is proposed."""
        return (self.decision and self.decision.disposition) or self.disposition


@dataclass(frozen=True, slots=True)
class Phase:
    """A step of the plan."""

    id: str
    title: str
    goal: str


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over the devices of one site, phase or budget year, or over all.

    `units` are devices to be replaced, `unpriced` those of them that the price file has nothing
    for. `cost` and `hours` are None when none is priced.
    """

    by: str
    name: str
    units: int
    dispositions: tuple[tuple[Disposition, int], ...]
    cost: Span | None = None
    hours: Span | None = None
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of every device of a report, most pressing first.

    `currency` is that of the operator's price file, empty without one; `unmatched` are decisions
    on devices that this report does not hold.
    """

    order: tuple[str, ...]
    items: tuple[PlanItem, ...]
    phases: tuple[Phase, ...]
    replacements: tuple[Replacement, ...] = ()
    totals: tuple[Total, ...] = ()
    currency: str = ""
    unmatched: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract of the organisation, as its profile has it."""

    number: str
    clause: str = ""
    orders: tuple[str, ...] = ()
    officer: str = ""


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who sold which devices: those with these MACs or serials, or of these makers or brands."""

    name: str
    uei: str = ""
    cage: str = ""
    macs: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """What the organisation says of itself beyond yes and no; by default nothing."""

    name: str = ""
    zone: tzinfo | None = None
    contracts: tuple[Contract, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    mitigation: str = ""
    prevention: str = ""
    prevention_planned: str = ""


class Origin(StrEnum):
    """Where the text of a packet's field comes from; PERSON is nowhere yet."""

    SCAN = "scan"
    PROFILE = "profile"
    PLAN = "plan"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class PacketField:
    """One thing a report has to say. What a scan inferred is for a person to confirm."""

    key: str
    label: str
    value: str
    origin: Origin
    basis: str = ""

    @property
    def needs_a_person(self) -> bool:
        """True when it is empty, or rests on what a scan saw or a plan proposes."""
        return self.origin is not Origin.PROFILE


@dataclass(frozen=True, slots=True)
class PacketPart:
    """One report of the clause: when it is due, and what it says."""

    deadline: Deadline
    fields: tuple[PacketField, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    """A report under a contract clause about one finding, drafted; nothing is ever sent."""

    clause: str
    citation: str
    addressee: str
    starts: str
    finding: str
    device: str
    organisation: str
    listing: str
    parts: tuple[PacketPart, ...]
    evidence: tuple[str, ...]
    run: str
    tool: str
    as_of: str


def finding_id(identity: str, list_id: str) -> str:
    """A short name for "this device is on this list", the same in every report."""
    return sha256(f"{identity}\n{list_id}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
