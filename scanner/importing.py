"""Files of other tools wired: format and file → run line, records, end line in an evidence file."""

import codecs
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from scanner import evidence, plugins
from scanner.collect.api import Import, Imported, OddLine, Origin, Remark
from scanner.collect.net import Pace
from scanner.collect.segment import Segment
from scanner.collect.visit import now
from scanner.errors import CamcensusError, UsageError
from scanner.model import Host, ProbeResult, RunEnd, RunInfo, Target, utc_text
from scanner.scan import TOOL

MAX_LINE = 64 * 1024
"""Characters of a line; the rest of a longer one is left out."""
MAX_ODD = 100
"""Odd lines kept to be shown; the rest is counted."""
STDIN = "-"
START_SECONDS, BYTES_PER_SECOND = 60.0, 2_000_000
"""A worker's life: some time to start, and a tenth of the speed at which it usually reads."""
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""How Windows marks the encoding of text."""


@dataclass(frozen=True, slots=True)
class GivenFile:
    """`ImportFile` on this machine. `size` in bytes, `modified` as seconds since 1970.

    `-` is standard input, of which neither is known; only formats of text lines may come from it.
    """

    path: str
    absolute: str = ""
    size: int | None = None
    modified: float | None = None

    @classmethod
    def at(cls, path: str) -> "GivenFile":
        """The file of that name, looked at. CamcensusError when there is none."""
        if path == STDIN:
            return cls(path)
        try:
            found = Path(path).stat()
        except OSError as error:
            raise CamcensusError(f"{path}: cannot be read: {error.strerror}") from error
        return cls(path, str(Path(path).absolute()), found.st_size, found.st_mtime)

    @property
    def name(self) -> str:
        """Its name without the folder."""
        return "standard input" if self.path == STDIN else Path(self.path).name

    @property
    def settings(self) -> Iterator[tuple[str, str]]:
        """What the run line says of it."""
        yield "imported_file", self.name
        if self.size is not None:
            yield "imported_bytes", str(self.size)
        if self.modified is not None:
            yield "imported_modified", utc_text(datetime.fromtimestamp(self.modified, UTC))

    def lines(self) -> Iterator[str]:
        """See `ImportFile.lines`."""
        with self._open() as file:
            while line := file.readline(MAX_LINE):
                yield line.rstrip("\r\n")
                while not line.endswith("\n") and (line := file.readline(MAX_LINE)):
                    pass

    async def worker(self, name: str) -> AsyncIterator[Mapping[str, object]]:
        """See `ImportFile.worker`."""
        if self.path == STDIN:
            raise UsageError(f"files of the format {name} are not read from standard input")
        seconds = START_SECONDS + (self.size or 0) / BYTES_PER_SECOND
        nobody = Segment(Target(()), Pace(0), Pace(0), attached=(), raw=False)
        job = {"do": "read", "path": self.absolute, "seconds": seconds}
        async for line in nobody.worker(name, job):
            yield line

    def _open(self) -> TextIO:
        if self.path == STDIN:
            return evidence.open_text(STDIN)
        with Path(self.path).open("rb") as file:
            head = file.read(4)
        encoding = next((e for mark, e in _MARKS.items() if head.startswith(mark)), "utf-8")
        return Path(self.path).open(encoding=encoding, errors="backslashreplace", newline="\n")


@dataclass(slots=True)
class Summary:
    """What came of an import."""

    hosts: set[str] = field(default_factory=set)
    results: int = 0
    odd: list[OddLine] = field(default_factory=list)
    odd_count: int = 0
    remarks: list[str] = field(default_factory=list)
    whole: bool = True
    """False when some of the file was not read: it has no end, or is too large."""

    def add(self, item: Imported) -> None:
        """Count one thing that was read."""
        match item:
            case Host():
                self.hosts.add(item.ip)
            case ProbeResult():
                self.results += 1
            case OddLine():
                self.odd_count += 1
                self.odd += [item] if len(self.odd) < MAX_ODD else []
            case Remark():
                self.remarks.append(item.text)
                self.whole &= not item.partial

    def end(self, file: GivenFile) -> RunEnd:
        """The last line of the evidence."""
        odd = [f"Lines that could not be used: {self.odd_count}."] if self.odd_count else []
        limitations = tuple(f"{file.name}: {text}" for text in (*self.remarks, *odd))
        return RunEnd(now(), len(self.hosts), self.results, self.whole, limitations)


def formats() -> tuple[Import, ...]:
    """Every import, in the order of their names."""
    found: tuple[Import, ...] = plugins.load("scanner.collect.imports", "IMPORT")
    return tuple(sorted(found, key=lambda each: each.name))


def find(name: str) -> Import:
    """The import of that name. UsageError names those there are."""
    known = {each.name: each for each in formats()}
    if name not in known:
        raise UsageError(f"no format is called {name!r}; there are {', '.join(known)}")
    return known[name]


async def convert(chosen: Import, file: GivenFile, out: Path, sensor: str) -> Summary:
    """Read the file into an evidence file, which appears whole or not at all.

    CamcensusError when the file cannot be read, or holds nothing of the format.
    """
    writer = evidence.Writer(out)
    try:
        summary = await _copy(chosen, file, writer, sensor)
        if not summary.hosts and file.size != 0:
            raise UsageError(_nothing(chosen, file, summary))
        writer.write(summary.end(file))
        writer.publish()
    except OSError as error:
        raise CamcensusError(f"{file.path}: cannot be read: {error.strerror or error}") from error
    finally:
        writer.discard()
    return summary


async def _copy(chosen: Import, file: GivenFile, writer: evidence.Writer, sensor: str) -> Summary:
    """Everything but the end line. The run line waits for what the file says of its own making."""
    summary = Summary()
    items = chosen.records(file)
    item = await anext(items, None)
    origin = item.settings if isinstance(item, Origin) else ()
    writer.write(_run(chosen, file, sensor, origin))
    while item is not None:
        summary.add(item)
        if isinstance(item, Host | ProbeResult):
            writer.write(item)
        item = await anext(items, None)
    return summary


def _run(
    chosen: Import, file: GivenFile, sensor: str, origin: tuple[tuple[str, str], ...]
) -> RunInfo:
    settings = (("imported_format", chosen.name), *file.settings, *origin)
    return RunInfo(
        run=str(uuid.uuid4()),
        tool=TOOL,
        started=now(),
        sensor=sensor,
        settings=tuple(sorted(settings)),
        limitations=(f"{file.name} ({chosen.name}) was imported: its hosts were asked nothing.",),
    )


def _nothing(chosen: Import, file: GivenFile, summary: Summary) -> str:
    first = next((f"; line {odd.line}: {odd.reason}" for odd in summary.odd), "")
    return f"{file.path}: no host was found in it, read as {chosen.name}: {chosen.about}{first}"
