"""The shapes of the files people write: strict types, no unknown key."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter

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


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RuleRow(_Shape):
    """One fingerprint."""

    id: Id
    pattern: Text
    asserts: Annotated[dict[Attribute, Text], Field(min_length=1)]
    strength: Literal["suggests", "characteristic", "declares"]
    certainty: Literal["real", "code", "doc"]
    examples: Annotated[list[dict[str, str]], Field(min_length=1)]
    rejects: Annotated[list[str], Field(min_length=1)]
    source: Text


class RuleFile(_Shape):
    """`rules/fingerprints/<field>.yml`."""

    field: FieldName
    family: Family
    rules: Annotated[list[RuleRow], Field(min_length=1)]


class VendorRow(_Shape):
    """One maker or brand."""

    id: Id
    name: Text
    label: Text
    role: Literal["maker", "brand"]
    country: Country | None = None
    product_class: ProductClass = "unknown"
    registry: list[Text] = []


class RelationRow(_Shape):
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


class VendorFile(_Shape):
    """`vendors/vendors.yml`."""

    vendors: Annotated[list[VendorRow], Field(min_length=1)]
    relations: list[RelationRow]


class CheckRow(_Shape):
    """When a list was last looked at, and how that is done."""

    last: date
    every_days: Annotated[int, Field(ge=1, le=3660)]
    how: Text


class ExpectRow(_Shape):
    """How many entities a sound file holds."""

    min: Annotated[int, Field(ge=1)]
    max: Annotated[int, Field(ge=1)]


class EntityRow(_Shape):
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


class NotListedRow(_Shape):
    """A snapshot that was read and does not hold the vendor."""

    vendor: Id
    as_of: AsOf
    grade: Literal["A"]
    note: Note = ""


class ListFile(_Shape):
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
    entities: list[EntityRow]
    not_listed: list[NotListedRow] = []


class PortRow(_Shape):
    """`rules/ports.yml`: a TCP port and what usually answers there."""

    port: Annotated[int, Field(ge=1, le=65535)]
    service: Literal["http", "https", "tls", "rtsp", "greeting", "silent"]
    why: Text
    default: bool


RULES = TypeAdapter(RuleFile)
VENDORS = TypeAdapter(VendorFile)
LIST = TypeAdapter(ListFile)
PORTS: TypeAdapter[list[PortRow]] = TypeAdapter(Annotated[list[PortRow], Field(min_length=1)])
