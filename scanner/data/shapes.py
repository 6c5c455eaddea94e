"""The shapes of the files people write: strict types, no unknown key."""

from datetime import date
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Note = Annotated[str, StringConstraints(max_length=4000)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z0-9_]+)+$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
AsOf = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")],
    BeforeValidator(lambda value: value.isoformat() if isinstance(value, date) else value),
]
Attribute = Literal["maker", "brand", "product_class", "model", "firmware", "serial"]
Family = Literal[
    "http", "tls", "rtsp", "onvif", "vendor-discovery", "address-block", "port-pattern", "snmp",
    "ssdp-mdns", "banner", "dhcp", "serial", "credentialed",
]  # fmt: skip
ProductClass = Literal[
    "camera", "recorder", "door-station", "access-terminal", "encoder", "network", "other",
    "unknown",
]  # fmt: skip
Joined = Literal["named", "subsidiary", "brand", "producer"]
Percent = Annotated[int, Field(ge=0, le=100)]


class Shape(BaseModel):
    """Strict types, no unknown key, frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RuleRow(Shape):
    """One fingerprint."""

    id: Id
    pattern: Text
    asserts: Annotated[dict[Attribute, Text], Field(min_length=1)]
    strength: Literal["suggests", "characteristic", "declares"]
    certainty: Literal["real", "code", "doc"]
    examples: Annotated[list[dict[str, str]], Field(min_length=1)]
    rejects: Annotated[list[str], Field(min_length=1)]
    source: Text


class RuleFile(Shape):
    """`rules/fingerprints/<field>.yml`."""

    field: FieldName
    family: Family
    rules: Annotated[list[RuleRow], Field(min_length=1)]


class VendorRow(Shape):
    """One maker or brand."""

    id: Id
    name: Text
    label: Text
    role: Literal["maker", "brand"]
    country: Country | None = None
    product_class: ProductClass = "unknown"
    registry: list[Text] = []


class RelationRow(Shape):
    """Whose units a brand sells, or who owns it."""

    subject: Id
    maker: Id
    relation: Literal["subsidiary", "brand", "producer"]
    scope: Literal["all", "some"]
    start: date | None = None
    end: date | None = None
    grade: Literal["A", "B", "C"]
    source: Text
    note: Note = ""
    share: Percent | None = None


class VendorFile(Shape):
    """`vendors/vendors.yml`."""

    vendors: Annotated[list[VendorRow], Field(min_length=1)]
    relations: list[RelationRow]


class CheckRow(Shape):
    """When a list was last looked at, and how that is done."""

    last: date
    every_days: Annotated[int, Field(ge=1, le=3660)]
    how: Text


class ExpectRow(Shape):
    """How many entities a sound file holds."""

    min: Annotated[int, Field(ge=1)]
    max: Annotated[int, Field(ge=1)]


class EntityRow(Shape):
    """One dated row of a legal list."""

    vendor: Id
    listed_as: Text
    relation: Joined
    start: date
    end: date | None = None
    citation: Text
    grade: Literal["A", "B"]
    source: Text
    note: Note = ""


class NotListedRow(Shape):
    """A snapshot that was read and does not hold the vendor."""

    vendor: Id
    as_of: AsOf
    grade: Literal["A"]
    note: Note = ""


class PeriodRow(Shape):
    """From when on an affiliate test is in force, stayed, or not known to be either."""

    start: date
    state: Literal["in-force", "stayed", "open"]
    citation: Text


class AffiliateRow(Shape):
    """When a list reaches companies that belong to a listed one."""

    kind: Literal["any", "above", "at-least", "none", "open"]
    share: Percent | None = None
    words: Text
    citation: Text
    periods: list[PeriodRow] = []


class ListFile(Shape):
    """`rules/lists/<id>.yml`."""

    id: Id
    title: Text
    authority: Text
    citation: Text
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$")]
    edition: date
    check: CheckRow
    expect: ExpectRow
    condition: Text
    effect: Text
    question: Text
    grade: Literal["A", "B"]
    decided_by: list[Id]
    only: Note = ""
    affiliates: AffiliateRow
    entities: list[EntityRow]
    not_listed: list[NotListedRow] = []


class DetailRow(Shape):
    """The second part of a yes."""

    key: Id
    ask: Text
    values: list[Text] = []


class QuestionRow(Shape):
    """What only the organisation knows."""

    id: Id
    ask: Text
    explain: Text
    detail: DetailRow | None = None


FieldKey = Literal[
    "contract_number", "order_numbers", "supplier_name", "supplier_uei", "supplier_cage", "brand",
    "model_number", "model_number_kind", "item_description", "mitigation_known",
    "mitigation_further", "prevention_efforts", "prevention_future",
]  # fmt: skip


class FieldOfReportRow(Shape):
    """Something a report under a clause has to say."""

    key: FieldKey
    label: Text


class PeriodOfReportRow(Shape):
    """How long there is for one report, and what it has to say."""

    report: Id
    title: Text
    count: Annotated[int, Field(ge=1, le=1000)]
    unit: Literal["business-days", "hours"]
    after: Id
    note: Note = ""
    fields: list[FieldOfReportRow] = []


class ClauseRow(Shape):
    """A contract clause and its reporting periods."""

    id: Text
    clock: Text
    grade: Literal["A", "B"]
    list_id: Annotated[Id, Field(alias="list")]
    citation: Text
    starts: Text
    addressee: Text
    periods: Annotated[list[PeriodOfReportRow], Field(min_length=1)]


class RegimeFile(Shape):
    """`rules/regimes.yml`."""

    questions: Annotated[list[QuestionRow], Field(min_length=1)]
    clauses: list[ClauseRow]


class MarkRow(Shape):
    """A device, a range of addresses or a group; exactly one of them."""

    mac: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$")] = ""
    serial: Annotated[str, StringConstraints(max_length=200)] = ""
    ip: Annotated[str, StringConstraints(max_length=80)] = ""
    group: Note = ""

    @model_validator(mode="after")
    def _one(self) -> "MarkRow":
        if sum(map(bool, (self.mac, self.serial, self.ip, self.group))) != 1:
            raise ValueError("needs one of mac, serial, ip and group")
        return self


class WaiverRow(Shape):
    """Why listings of some devices are accepted for a time."""

    id: Id
    devices: Annotated[list[MarkRow], Field(min_length=1)]
    lists: Annotated[list[Id], Field(min_length=1)]
    reason: Text
    approver: Text
    start: Annotated[date, Field(alias="from")]
    until: date
    evidence: Text


class WaiverFile(Shape):
    """The operator's waivers."""

    groups: dict[Id, list[MarkRow]] = {}
    waivers: list[WaiverRow]


class PortRow(Shape):
    """`rules/ports.yml`: a TCP port and what usually answers there."""

    port: Annotated[int, Field(ge=1, le=65535)]
    service: Literal["http", "https", "tls", "rtsp", "greeting", "silent"]
    why: Text
    default: bool


class AliasRow(Shape):
    """`rules/aliases.yml`: another name of a maker."""

    vendor: Id
    name: Text
    grade: Literal["A", "B"]
    source: Text


RULES = TypeAdapter(RuleFile)
VENDORS = TypeAdapter(VendorFile)
LIST = TypeAdapter(ListFile)
REGIMES = TypeAdapter(RegimeFile)
WAIVERS = TypeAdapter(WaiverFile)
PORTS: TypeAdapter[list[PortRow]] = TypeAdapter(Annotated[list[PortRow], Field(min_length=1)])
ALIASES: TypeAdapter[list[AliasRow]] = TypeAdapter(Annotated[list[AliasRow], Field(min_length=1)])
