"""The operator's price file (TOML) → `Prices`. Nothing in it comes from anywhere else.

currency = "USD"
rate = [95, 125]              # for an hour of work; one number where it is certain
budget_year_begins = 10       # month; January when left out

[camera]                      # a class: camera, recorder, door-station, access-terminal, encoder
unit = [350, 800]
hours = [1, 3]
licence = 45                  # for each unit; none when left out
"""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from scanner.data.given import given_text
from scanner.errors import DataError
from scanner.provision import Price, Prices
from scanner.remedy import Span

CLASSES = ("camera", "recorder", "door-station", "access-terminal", "encoder", "network", "other")
MOST = Decimal(1_000_000_000)


def _span(value: Any) -> Any:
    """A number, or two of them from low to high."""
    ends = value if isinstance(value, list) else [value, value]
    numbers = all(isinstance(n, int | Decimal) and not isinstance(n, bool) for n in ends)
    if len(ends) != 2 or not numbers:
        raise ValueError("must be a number, or two: [low, high]")
    return Span(Decimal(ends[0]), Decimal(ends[1]))


def _ordered(span: Span) -> Span:
    if not (span.low.is_finite() and span.high.is_finite() and 0 <= span.low <= span.high <= MOST):
        raise ValueError(f"must run from low to high, between 0 and {MOST:,}")
    return span


Estimate = Annotated[Span, BeforeValidator(_span), AfterValidator(_ordered)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _Class(_Shape):
    unit: Estimate
    hours: Estimate
    licence: Estimate = Span(Decimal(0), Decimal(0))


class _File(_Shape):
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    rate: Estimate
    budget_year_begins: Annotated[int, Field(ge=1, le=12, strict=True)] = 1
    classes: dict[str, _Class]


def read_prices(path: Path) -> Prices:
    """The whole file. DataError names the entry that is wrong."""
    try:
        tables = tomllib.loads(given_text(path), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, ArithmeticError, RecursionError) as error:
        raise DataError(path, "", f"is not TOML: {error}") from error
    classes = {key: tables.pop(key) for key in CLASSES if key in tables}
    if not classes:
        raise DataError(path, "", f"prices no class; there are: {', '.join(CLASSES)}")
    try:
        read = _File.model_validate({**tables, "classes": classes})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"] if part != "classes")
        raise DataError(path, where, first["msg"].removeprefix("Value error, ")) from error
    prices = {key: Price(row.unit, row.hours, row.licence) for key, row in read.classes.items()}
    return Prices(read.currency, read.rate, prices, read.budget_year_begins)
