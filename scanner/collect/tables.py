"""What imports have in common: entries → records, CSV columns, lease files, worker lines."""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, zip_longest
from typing import Literal

from scanner.collect.api import Imported, ImportFile, OddLine, Remark
from scanner.collect.wire import address
from scanner.model import Host, Observation, ProbeResult, ProbeStatus, utc_text

BATCH = 512
"""Records read at once, away from the event loop."""
MAX_NAME = 255
"""Characters kept of a host name."""
MAX_VALUE = 1024
"""Characters kept of any other value."""
MAX_QUOTED = 60
"""Characters of a text in the reason why it was not used."""
MAX_LEASES = 500_000
"""Addresses of one lease file."""
MAX_HEADER = 16
"""Lines among which a CSV has its header."""
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class LineImport:
    """An import of text lines, read by a plain function."""

    name: str
    about: str
    read: Callable[[Iterable[str]], Iterator[Imported]]

    async def records(self, file: ImportFile) -> AsyncIterator[Imported]:
        """See `Import.records`."""
        found = self.read(file.lines())
        while batch := await asyncio.to_thread(lambda: list(islice(found, BATCH))):
            for item in batch:
                yield item


@dataclass(frozen=True, slots=True)
class WorkerImport:
    """An import whose file is read by the child program of the same name, line by line."""

    name: str
    about: str
    read: Callable[[Mapping[str, object]], Iterable[Imported]]

    async def records(self, file: ImportFile) -> AsyncIterator[Imported]:
        """See `Import.records`."""
        async for line in file.worker(self.name):
            for item in common(line) or self.read(line):
                yield item


def common(line: Mapping[str, object]) -> tuple[Imported, ...]:
    """What any reading worker may say: a part it could not use, or something of the whole file."""
    if "odd" in line:
        return (OddLine(int(str(line.get("line", 0))), str(line["odd"])),)
    if "remark" in line:
        return (Remark(str(line["remark"]), partial=line.get("partial") is True),)
    return ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a table as it is written there; `at` is ISO 8601 UTC."""

    ip: str
    mac: str = ""
    hostname: str = ""
    at: str | None = None
    said: tuple[tuple[str, str], ...] = ()


def records(source: str, line: int, entry: Entry) -> Iterator[Imported]:
    """The records of an entry; none when one of its addresses is no single host's.

    A hardware address that cannot be read does not take the rest of the entry with it.
    """
    ip, mac = address.ip(entry.ip), address.mac(entry.mac) if entry.mac else ""
    if ip is None:
        yield OddLine(line, f"{quoted(entry.ip)} is not an IP address")
    if mac is None:
        yield OddLine(line, f"{quoted(entry.mac)} is not a hardware address; the rest is used")
    if not ip or (entry.mac and mac == ""):
        return
    hostname = entry.hostname.strip().rstrip(".")[:MAX_NAME]
    yield Host(ip, mac or None, (source,), entry.at, hostname or None)
    if said := tuple(Observation(f, v[:MAX_VALUE]) for f, v in entry.said if v):
        yield ProbeResult(ip, source, ProbeStatus.OK, started=entry.at, observations=said)


def quoted(value: str) -> str:
    """A text of the file, short enough for a message."""
    return repr(value if len(value) <= MAX_QUOTED else f"{value[:MAX_QUOTED]}…")


def utc(seconds: float | str) -> str | None:
    """Seconds since 1970 as evidence writes a time; None for what is none."""
    try:
        return utc_text(datetime.fromtimestamp(float(seconds), UTC))
    except (ValueError, OverflowError, OSError):
        return None


Row = tuple[int, dict[str, str]]
"""Line number, and our name of each column of the header → its value, empty in a short row."""


def rows(
    lines: Iterable[str],
    column: Callable[[str], str | None],
    required: str,
    *,
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL,
) -> Iterator[Row | OddLine]:
    """Rows of a CSV; its header is the first line that has the required column.

    `column` turns a lower-case name of the header into ours, None for one of no interest.
    """
    unread = iter(lines)
    skipped, delimiter, names = _header(unread, column, required)
    if not names:
        yield OddLine(1, f"none of the first {MAX_HEADER} lines is a header with {required!r}")
        return
    reader = csv.reader(unread, delimiter=delimiter, quoting=quoting)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield OddLine(skipped + reader.line_num, str(error))
            continue
        if any(cells):
            named = zip_longest(names, cells[: len(names)], fillvalue="")
            yield skipped + reader.line_num, {n: cell.strip() for n, cell in named if n}


def _header(
    lines: Iterator[str], column: Callable[[str], str | None], required: str
) -> tuple[int, str, tuple[str, ...]]:
    """How many lines it took, the separator, and our names of the columns in order."""
    for number, line in enumerate(islice(lines, MAX_HEADER), 1):
        for delimiter in DELIMITERS:
            cells = (cell.strip('" \t').lower() for cell in line.split(delimiter))
            names = tuple(column(cell) or "" for cell in cells)
            if required in names:
                return number, delimiter, names
    return MAX_HEADER, "", ()


class Leases:
    """The last word of a log-structured lease file on each address."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._last: dict[str, tuple[int, Entry | None]] = {}

    def put(self, line: int, entry: Entry, *, active: bool) -> Iterator[OddLine]:
        """Take in a lease; complain when there are too many."""
        if entry.ip in self._last or len(self._last) < MAX_LEASES:
            self._last[entry.ip] = line, entry if active else None
        else:
            yield OddLine(line, f"more than {MAX_LEASES:,} addresses in one file")

    def records(self) -> Iterator[Imported]:
        """The active leases, and how many others there are."""
        for line, entry in self._last.values():
            if entry:
                yield from records(self._source, line, entry)
        if idle := sum(entry is None for _, entry in self._last.values()):
            yield Remark(f"Addresses without an active lease, left out: {idle}.")
