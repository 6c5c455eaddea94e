"""The plan as a table (CSV) that a person edits in a spreadsheet, and back again.

A row is a device. The columns of `DECIDED` are read back, the others are there to be looked at.
A cell that a spreadsheet would take for a formula starts with an apostrophe, which is taken off
again when the table comes back, so that nothing is lost on the way.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path

from scanner.data.given import given_text
from scanner.errors import DataError
from scanner.model import Finding, ScanReport
from scanner.remedy import Choice, Disposition, PlanItem
from scanner.report.csv import cell, row

DECIDED = ("decision", "owner", "due", "note", "who", "when")
SHOWN = (
    "device", "priority", "ip", "mac", "serial", "site", "maker", "model", "class", "verdict",
    "proposed", "rule", "phase",
)  # fmt: skip
MOST = 500
"""Characters of one value that a person writes."""
FAULTS_SHOWN = 20
_ACTING = "=+\\-@\uff1d\uff0b\uff0d\uff20'"
_TO_GUARD = re.compile(rf'(^|;)(?=[\s"]*[{_ACTING}])')
_GUARDED = re.compile(rf"(^|;)'(?=[\s\"]*[{_ACTING}])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def device_id(identity: str) -> str:
    """A short name for a device; it begins with a letter, so that no spreadsheet counts with it."""
    return "d" + sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:11]


def lines(report: ScanReport) -> Iterator[bytes]:
    """The table: UTF-8 with a byte order mark, a header, one row a device in order of priority."""
    yield "\ufeff".encode() + row((*SHOWN, *DECIDED))
    for item in report.plan.items if report.plan else ():
        device = report.devices[item.number - 1]
        yield row((*map(cell, _shown(item, device)), *_decided(item.decision)))


def _shown(item: PlanItem, device: Finding) -> tuple[str, ...]:
    return (
        device_id(item.identity),
        str(item.priority),
        device.ip,
        device.mac or "",
        device.serial,
        device.site,
        device.maker_name,
        device.model,
        device.product_class,
        device.verdict.value,
        item.disposition.value,
        item.rule,
        item.phase,
    )


def _decided(choice: Choice | None) -> tuple[str, ...]:
    if choice is None:
        return ("",) * len(DECIDED)
    texts = (
        choice.disposition.value if choice.disposition else "",
        choice.owner,
        choice.due.isoformat() if choice.due else "",
        choice.note,
        choice.who,
        choice.when.isoformat() if choice.when else "",
    )
    return tuple(map(guarded, texts))


def guarded(text: str) -> str:
    """The text as a spreadsheet may hold it; `unguarded` gives it back."""
    return _TO_GUARD.sub(r"\1'", text)


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return _GUARDED.sub(r"\1", text)


def read(path: Path, report: ScanReport) -> dict[str, Choice | None]:
    """Identity → the decision of its row, None where every cell was emptied.

    DataError names every bad line; then nothing of the table is used.
    """
    known = {device_id(device.identity): device for device in report.devices}
    read: dict[str, Choice | None] = {}
    faults: list[str] = []
    for number, cells in rows(path, ("device", *DECIDED)):
        try:
            device = known.get(cells["device"].strip())
            if device is None:
                raise ValueError(f"{cells['device']!r} is no device of this report")
            if device.identity in read:
                raise ValueError(f"{cells['device']} stands twice")
            read[device.identity] = _choice(device, cells)
        except ValueError as error:
            faults.append(f"line {number}: {error}")
    if faults:
        more = f"; and {len(faults) - FAULTS_SHOWN} more" if len(faults) > FAULTS_SHOWN else ""
        raise DataError(path, "", "; ".join(faults[:FAULTS_SHOWN]) + more)
    return read


def rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Line and cells of each row of a CSV that must have the columns; DataError names the line."""
    text = given_text(path)
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise DataError(path, "line 1", f"lacks the columns {', '.join(missing)}")
        for cells in reader:
            if None in cells or None in cells.values():
                reason = "has not as many cells as the header"
                raise DataError(path, f"line {reader.line_num}", reason)
            yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(path, f"line {reader.line_num + 1}", f"is not CSV: {error}") from error


def _choice(device: Finding, cells: Mapping[str, str]) -> Choice | None:
    texts = {name: unguarded(cells[name]) for name in DECIDED}
    given = any(text.strip() for text in texts.values())
    return _decision(device.keys, texts) if given else None


def _decision(keys: tuple[str, ...], cells: Mapping[str, str]) -> Choice:
    """A decision from what a person wrote. ValueError says what is wrong with it."""
    return Choice(
        keys=keys,
        disposition=_disposition(cells["decision"].strip()),
        owner=checked("owner", cells["owner"]),
        due=_day("due", cells["due"].strip()),
        note=checked("note", cells["note"]),
        who=checked("who", cells["who"]),
        when=_day("when", cells["when"].strip()),
    )


def _disposition(text: str) -> Disposition | None:
    words = [each.value for each in Disposition]
    if text and text not in words:
        raise ValueError(f"the decision {text!r} is none of {', '.join(words)}")
    return Disposition(text) if text else None


def checked(name: str, text: str) -> str:
    """The text as it is. ValueError for what a table or a report could not show whole."""
    if _CONTROL.search(text):
        raise ValueError(f"{name} holds a line break or another control character")
    if len(text) > MOST:
        raise ValueError(f"{name} is longer than {MOST} characters")
    return text


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(f"{name} is {text!r}: write a day such as 2027-01-15") from error
