"""The operator's catalogue of products that may be bought (CSV or TOML) → `Product` values.

    maker,model,class,form_factor,resolution,poe_class,channels,onvif,statement_url,statement_scope,statement_date,read,note
    Axis,P3265-LV,camera,dome,2 MP,class 3,,S G T,https://vendor.example/889,model,2026-05-04,2026-11-02,

Only `maker`, `model` and `class` are needed; what is left empty is not known. In TOML the same
keys stand in one `[[products]]` table a product. A statement is the maker's own, and needs its
address and the day somebody read it.
"""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from pydantic import model_validator as _model_validator

from scanner.data.given import given_text
from scanner.errors import DataError
from scanner.provision import Product
from scanner.remedy import Statement, Traits

Text = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Channels = Annotated[
    int | None, BeforeValidator(lambda v: int(v) if str(v).isascii() and str(v).isdecimal() else v)
]
Day = Annotated[
    date | None, BeforeValidator(lambda v: date.fromisoformat(v) if isinstance(v, str) and v else v)
]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    maker: Name
    model: Name
    # `class` is a word of the language, so the field cannot have that name here.
    product_class: Literal["camera", "recorder", "door-station", "access-terminal", "encoder"]
    form_factor: Text = ""
    resolution: Annotated[str, StringConstraints(pattern=r"^([0-9]{1,3}(\.[0-9])? MP)?$")] = ""
    poe_class: Text = ""
    channels: Channels = None
    onvif: Annotated[str, StringConstraints(pattern=r"^([ACDGMST]( [ACDGMST])*)?$")] = ""
    statement_url: Annotated[str, StringConstraints(pattern=r"^(https://\S+)?$")] = ""
    statement_scope: Literal["", "model", "line", "brand"] = ""
    statement_date: Day = None
    read: Day = None
    note: Text = ""

    @_model_validator(mode="after")
    def _stated(self) -> "_Row":
        parts = (self.statement_scope, self.read)
        if self.statement_url and not all(parts):
            raise ValueError("a statement needs statement_scope and read, the day it was read")
        if not self.statement_url and any((*parts, self.statement_date)):
            raise ValueError("statement_scope, statement_date and read need a statement_url")
        return self


def read_catalogue(path: Path) -> tuple[Product, ...]:
    """Every product in written order. DataError names the entry; nothing of the file is used."""
    text = given_text(path)
    rows = _toml(path, text) if path.suffix.lower() == ".toml" else _csv(path, text)
    return tuple(_product(path, where, row) for where, row in rows)


def _toml(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError(path, "", f"is not TOML: {error}") from error
    products = tables.pop("products", [])
    if tables or not isinstance(products, list):
        raise DataError(path, next(iter(tables), "products"), "only [[products]] belongs here")
    for number, row in enumerate(products, 1):
        if not isinstance(row, dict):
            raise DataError(path, f"product {number}", "is not a table")
        yield f"product {number}", row


def _csv(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise DataError(
                    path, f"line {reader.line_num}", "has not as many cells as the header"
                )
            yield f"line {reader.line_num}", {k: v.strip() for k, v in row.items() if v.strip()}
    except csv.Error as error:
        raise DataError(path, f"line {reader.line_num + 1}", f"is not CSV: {error}") from error


def _product(path: Path, where: str, given: Mapping[str, Any]) -> Product:
    values = {("product_class" if key == "class" else key): v for key, v in given.items()}
    try:
        row = _Row.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])).replace("product_class", "class")
        reason = first["msg"].removeprefix("Value error, ")
        raise DataError(path, ", ".join(filter(None, (where, field))), reason) from error
    return Product(
        maker=row.maker,
        model=row.model,
        traits=Traits(
            row.product_class,
            row.form_factor,
            row.resolution,
            row.poe_class,
            row.channels,
            tuple(row.onvif.split()),
        ),
        source=f"catalogue {path.name}",
        statement=_statement(path, row) if row.statement_url else None,
        note=row.note,
    )


def _statement(path: Path, row: _Row) -> Statement:
    return Statement(
        about="section 889",
        scope=row.statement_scope,
        source=f"catalogue {path.name}",
        url=row.statement_url,
        made=row.statement_date,
        read=row.read,
    )
