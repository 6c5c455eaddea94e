"""What only the organisation knows, in the profile file (TOML) beside its answers → `Details`.

[organisation]
name = "Example Ltd."
timezone = "America/New_York"   # whose midnight ends a business day
mitigation = "All cameras are on a network without a way out."
prevention = "Purchases are checked against the lists."
prevention_planned = "The catalogue is cut to checked makers in January."

[[contracts]]
number = "0000-24-C-0001"
clause = "52.204-25"
orders = ["0001"]
officer = "C. Officer"

[[suppliers]]
name = "Example Cameras Inc."
uei = "EXAMPLE00001"
cage = "0EX00"
makers = ["hikvision"]          # or brands; or macs, or serials: any of them is enough
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from scanner.errors import DataError
from scanner.remedy import Contract, Details, Supplier

TABLES = ("organisation", "contracts", "suppliers")
Short = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Long = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Mac = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Organisation(_Shape):
    name: Short = ""
    timezone: Short = ""
    mitigation: Long = ""
    prevention: Long = ""
    prevention_planned: Long = ""


class _Contract(_Shape):
    number: Short
    clause: Short = ""
    orders: list[Short] = []
    officer: Short = ""


class _Supplier(_Shape):
    name: Short
    uei: Short = ""
    cage: Short = ""
    macs: list[Mac] = []
    serials: list[Short] = []
    makers: list[Short] = []


class _Details(_Shape):
    organisation: _Organisation = _Organisation()
    contracts: list[_Contract] = []
    suppliers: list[_Supplier] = []


def details(
    path: Path, tables: Mapping[str, Any], clauses: AbstractSet[str], vendors: AbstractSet[str]
) -> Details:
    """The tables of a profile that are no questions. DataError names the entry that is wrong."""
    try:
        read = _Details.model_validate({k: v for k, v in tables.items() if k in TABLES})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise DataError(path, ".".join(map(str, first["loc"])), first["msg"]) from error
    for number, row in enumerate(read.contracts):
        _known(path, f"contracts.{number}.clause", [row.clause] if row.clause else [], clauses)
    for number, supplier in enumerate(read.suppliers):
        _known(path, f"suppliers.{number}.makers", supplier.makers, vendors)
    own = read.organisation
    return Details(
        name=own.name,
        zone=_zone(path, own.timezone) if own.timezone else None,
        contracts=tuple(
            Contract(c.number, c.clause, tuple(c.orders), c.officer) for c in read.contracts
        ),
        suppliers=tuple(map(_supplier, read.suppliers)),
        mitigation=own.mitigation,
        prevention=own.prevention,
        prevention_planned=own.prevention_planned,
    )


def _known(path: Path, entry: str, given: list[str], known: AbstractSet[str]) -> None:
    for each in given:
        if each not in known:
            raise DataError(path, entry, f"{each!r} is not known here; see `camcensus lists show`")


def _supplier(row: _Supplier) -> Supplier:
    macs = tuple(mac.lower().replace("-", ":") for mac in row.macs)
    return Supplier(row.name, row.uei, row.cage, macs, tuple(row.serials), tuple(row.makers))


def _zone(path: Path, name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        reason = f"{name!r} is no time zone that this machine knows, such as America/New_York"
        raise DataError(path, "organisation.timezone", reason) from error
