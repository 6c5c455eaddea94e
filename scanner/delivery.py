"""Reports into files: what `-o FORMAT=PATH` asks for, and files that appear whole or not at all."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner import data
from scanner.errors import CamcensusError, UsageError
from scanner.model import ScanReport
from scanner.report import formats

STDOUT = "-"
LARGE = 5_000
"""Devices beyond which one page of HTML opens slowly."""
Told = Callable[[int], None]
"""Called with the number of bytes written until now, for a person who waits."""


@dataclass(frozen=True, slots=True)
class Output:
    """A report to write: its format and where to, `-` being standard output."""

    format: formats.Format
    path: str


def outputs(texts: Sequence[str]) -> tuple[Output, ...]:
    """`html=report.html` … → outputs. UsageError for what cannot be written as asked."""
    made = tuple(_output(text) for text in texts)
    paths = [each.path for each in made]
    if twice := next((path for path in paths if paths.count(path) > 1), ""):
        raise UsageError(f"-o names {twice!r} twice; each report needs a place of its own")
    return made


def _output(text: str) -> Output:
    name, equals, path = text.partition("=")
    if not (equals and path):
        raise UsageError(f"-o {text!r}: write FORMAT=PATH, for example html=report.html")
    made = Output(formats.find(name), path)
    if _is_folder(path) and not isinstance(made.format, formats.FolderFormat):
        raise UsageError(f"-o {text!r}: {name} is one file; give a file name")
    return made


def _is_folder(path: str) -> bool:
    return path.endswith(("/", os.sep)) or Path(path).is_dir()


def listed() -> Sequence[tuple[str, str]]:
    """Names of the report formats, and what each holds."""
    return [(name, each.about.holds) for name, each in formats.known().items()]


def endings() -> Sequence[tuple[str, str]]:
    """Names of the report formats, and how their files usually end."""
    return [(name, each.about.ending) for name, each in formats.known().items()]


def write(
    report: ScanReport, output: Output, data_dir: Path | None = None, told: Told = lambda _: None
) -> None:
    """Render into a file or folder. CamcensusError names the file that cannot be written."""

    def templates(name: str) -> str:
        return data.template(name, data_dir)

    if output.path == STDOUT:
        sys.stdout.buffer.writelines(output.format.render(report, templates))
        sys.stdout.buffer.flush()
    elif isinstance(output.format, formats.FolderFormat) and _is_folder(output.path):
        _write_folder(Path(output.path), output.format, report, templates, told)
    else:
        write_file(Path(output.path), _counted(output.format.render(report, templates), told))


def advice(report: ScanReport, output: Output) -> str:
    """What would suit so large a report better; empty for most."""
    paged = isinstance(output.format, formats.FolderFormat) and output.format.numbered
    if not paged or len(report.devices) <= LARGE or _is_folder(output.path):
        return ""
    return (
        f"{output.path} holds {len(report.devices):,} devices on one page and may open slowly; "
        f"-o {output.format.name}=DIR/ writes pages of them"
    )


def _counted(pieces: Iterable[bytes], told: Told, before: int = 0) -> Iterator[bytes]:
    for piece in pieces:
        before += len(piece)
        told(before)
        yield piece


def _write_folder(
    folder: Path,
    format: formats.FolderFormat,
    report: ScanReport,
    templates: formats.Templates,
    told: Told,
) -> None:
    """File by file, the first to open last; numbered files of an older report go."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CamcensusError(f"{folder}: cannot be made: {error.strerror}") from error
    names, size = set(), 0
    for page in format.pages(report, templates):
        path = folder / page.name
        write_file(path, _counted(page.pieces, told, size))
        size += path.stat().st_size
        names.add(page.name)
    for old in folder.glob(format.numbered) if format.numbered else ():
        if old.name not in names:
            old.unlink()


def write_file(path: Path, pieces: Iterable[bytes]) -> None:
    """A file that appears whole or not at all. CamcensusError when it cannot be written."""
    part = path if path.exists() and not path.is_file() else path.with_name(path.name + ".part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(pieces)
        part.replace(path)
    except OSError as error:
        raise CamcensusError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        if part != path:
            part.unlink(missing_ok=True)
