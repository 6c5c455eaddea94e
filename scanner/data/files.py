"""Where the data lives, and one file of it: read once, capped, hashed, able to name a fault."""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from scanner.data import strict_yaml
from scanner.errors import DataError
from scanner.model import DataFile

MAX_BYTES = 4 * 1024 * 1024
"""The largest file of the shipped data is the address block table, below 1 MB."""

_PACKAGE = Path(__file__).resolve().parents[1]
_MARK = Path("vendors", "vendors.yml")
_NOUNS = {
    "rules": "rule",
    "vendors": "vendor",
    "relations": "relation of",
    "entities": "entity",
    "not_listed": "not_listed row",
}
_NAME_KEYS = ("id", "vendor", "subject", "port")

T = TypeVar("T")


def data_dir(given: Path | None = None) -> Path:
    """The directory holding vendors/, rules/ and reports/: `given`, else the installed copy,
    else the checkout the package lies in."""
    if given is not None:
        if not (given / _MARK).is_file():
            raise DataError(given, "", f"no data directory: it has no {_MARK.as_posix()}")
        return given
    for candidate in (_PACKAGE / "_data", _PACKAGE.parent):
        if (candidate / _MARK).is_file():
            return candidate
    raise DataError(_PACKAGE, "", "the data files are not installed: install again, or use --data")


def lab_dir() -> Path:
    """The directory of the practice LAN's devices."""
    for candidate in (_PACKAGE / "_data" / "lab", _PACKAGE.parent / "tests" / "lab"):
        if candidate.is_dir():
            return candidate
    raise DataError(_PACKAGE, "", "the practice LAN is not installed: install camcensus again")


def template(name: str, given: Path | None = None) -> str:
    """The text of a report template or stylesheet by its file name."""
    return _report_file("templates", name, given)


def schema(name: str, given: Path | None = None) -> dict[str, Any]:
    """A published JSON Schema by its name without suffix, such as `report-1`."""
    path = f"{name}.json"
    try:
        document = json.loads(_report_file("schema", path, given))
    except json.JSONDecodeError as error:
        raise DataError(path, f"line {error.lineno}", f"not JSON: {error.msg}") from error
    if not isinstance(document, dict):
        raise DataError(path, "", "is not a JSON object")
    return document


def _report_file(folder: str, name: str, given: Path | None) -> str:
    if Path(name).name != name or name.startswith("."):
        raise DataError(name, "", f"is not the name of a file in reports/{folder}")
    return Source(data_dir(given), f"reports/{folder}/{name}").text


class Source:
    """One data file under its name relative to the data directory, with slashes."""

    def __init__(self, root: Path, name: str) -> None:
        self.name, self.path = name, root / name
        self.raw = self._read()

    def _read(self) -> bytes:
        try:
            with self.path.open("rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise DataError(self.path, "", f"cannot be read: {error.strerror}") from error
        if len(raw) > MAX_BYTES:
            raise DataError(self.path, "", f"is larger than {MAX_BYTES} bytes")
        return raw

    @cached_property
    def text(self) -> str:
        """The file as text."""
        try:
            return self.raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = self.raw.count(b"\n", 0, error.start) + 1
            raise DataError(self.path, f"line {line}", "is not UTF-8 text") from error

    @cached_property
    def _document(self) -> object:
        try:
            return strict_yaml.parse(self.text)
        except strict_yaml.YamlFault as fault:
            where = f"line {fault.line}" if fault.line else ""
            raise DataError(self.path, where, fault.reason) from fault

    def checked(self, shape: TypeAdapter[T]) -> T:
        """The YAML document in its declared shape; the first deviation is the fault named."""
        try:
            return shape.validate_python(self._document)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise self.fault(_location(first), _reason(first)) from error

    def fault(self, where: strict_yaml.Path, reason: str) -> DataError:
        """The error for a value of the YAML document: names the entry and its line."""
        line = strict_yaml.line_of(self.text, where)
        return DataError(self.path, f"{_entry(self._document, where)}line {line}", reason)

    def described(self, edition: str = "") -> DataFile:
        """The file as a report names it."""
        return DataFile(self.name, hashlib.sha256(self.raw).hexdigest(), edition)


def listing(root: Path, folder: str) -> list[str]:
    """Names of the YAML files of a folder in name order; any other file there is refused."""
    try:
        paths = sorted(p for p in (root / folder).iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise DataError(root / folder, "", f"cannot be read: {error.strerror}") from error
    for path in paths:
        if path.suffix != ".yml":
            raise DataError(path, "", "only files ending in .yml belong here")
    if not paths:
        raise DataError(root / folder, "", "holds no .yml file")
    return [f"{folder}/{path.name}" for path in paths]


def _location(error: ErrorDetails) -> strict_yaml.Path:
    return tuple(part for part in error["loc"] if part != "[key]")


def _reason(error: ErrorDetails) -> str:
    *_, last = _location(error) or ("the document",)
    match error["type"]:
        case "extra_forbidden":
            return f"key {last!r} is not known here"
        case "missing":
            return f"key {last!r} is missing"
        case "string_type":
            return f"{last!r} must be text: {error['input']!r} needs quotes"
        case "date_type":
            return f"{last!r} must be a day such as 2019-10-09, without quotes"
        case _:
            message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
            return f"{last!r} {message}"


def _entry(value: object, where: strict_yaml.Path) -> str:
    """`rule http-server-app-webs, ` for a place inside that rule, as far as it can be named."""
    match where:
        case (str() as section, int() as index, *_):
            rows = value.get(section) if isinstance(value, dict) else None
        case (int() as index, *_):
            section, rows = "ports", value
        case _:
            return ""
    row = rows[index] if isinstance(rows, list) and index < len(rows) else None
    names = (row.get(key) for key in _NAME_KEYS) if isinstance(row, dict) else ()
    name = next((str(n) for n in names if n is not None), f"number {index + 1}")
    return f"{_NOUNS.get(section, section.removesuffix('s'))} {name}, "
