"""Files somebody downloaded, streamed: CSV rows, JSON objects and XML elements with their place.

Whatever is wrong with a file ends in a `DataError` that says where.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from scanner.errors import DataError

MAX_BYTES = 512 * 1024 * 1024
"""The largest published file, OFAC's advanced XML, is about a quarter of this."""
MAX_OBJECT = MAX_LINE = 4 * 1024 * 1024
MAX_DEPTH = 64
HEAD = 64 * 1024
CHUNK = 256 * 1024


class Place:
    """Where in a file the reading is."""

    def __init__(self, path: Path) -> None:
        self.path, self.text = path, ""

    def fault(self, reason: str) -> DataError:
        """The error for this place."""
        return DataError(self.path, self.text, reason)


@contextmanager
def reading(path: Path) -> Iterator[tuple[TextIO, Place]]:
    """The file as UTF-8 text; faults of reading become errors a person can act on."""
    place = Place(path)
    try:
        if not path.is_file():
            raise place.fault("is not a file that can be read")
        if path.stat().st_size > MAX_BYTES:
            raise place.fault(f"is larger than {MAX_BYTES} bytes")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield stream, place
    except UnicodeDecodeError as error:
        raise place.fault(f"is not UTF-8 text after this place ({error.reason})") from error
    except OSError as error:
        raise place.fault(f"cannot be read: {error.strerror}") from error


def head(path: Path) -> str:
    """The first characters, for telling formats apart."""
    with reading(path) as (stream, _):
        return stream.read(HEAD)


def csv_rows(path: Path, needed: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """`line 3` and its cells by column name; the columns `needed` must be there."""
    cells_of_rows = csv_cells(path)
    where, header = next(cells_of_rows, ("line 1", []))
    names = [name.strip() for name in header]
    missing = [name for name in needed if name not in names]
    if missing:
        raise DataError(path, where, f"has no column {missing[0]!r}")
    if len(set(names)) != len(names):
        raise DataError(path, where, "names a column twice")
    for place, cells in cells_of_rows:
        if len(cells) != len(names):
            raise DataError(path, place, f"{len(cells)} columns, {len(names)} expected")
        yield place, dict(zip(names, cells, strict=True))


def csv_cells(path: Path) -> Iterator[tuple[str, list[str]]]:
    """`line 3` and its cells, blank lines left out."""
    with reading(path) as (stream, place):
        rows = csv.reader(_lines(stream, place), strict=True)
        try:
            for cells in rows:
                place.text = f"line {rows.line_num}"
                if cells:
                    yield place.text, cells
        except csv.Error as error:
            place.text = f"line {rows.line_num}"
            raise place.fault(f"is not CSV: {error}") from error


def _lines(stream: TextIO, place: Place) -> Iterator[str]:
    while line := stream.readline(MAX_LINE):
        if len(line) >= MAX_LINE:
            raise place.fault(f"is followed by a line longer than {MAX_LINE} characters")
        yield line


def json_objects(path: Path, opening: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """`entry 3` and the object, of the array that begins where `opening` (a pattern) ends."""
    with reading(path) as (stream, place):
        buffer = _Buffer(stream, place)
        buffer.skip(opening)
        number = 0
        while not buffer.ended():
            number += 1
            place.text = f"entry {number}"
            yield place.text, _object(buffer.value(), place)


def json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """`line 3` and its object, blank lines left out."""
    with reading(path) as (stream, place):
        for number, line in enumerate(_lines(stream, place), 1):
            place.text = f"line {number}"
            if line.strip():
                yield place.text, _object(_loaded(line, place), place)


def _loaded(text: str, place: Place) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise place.fault(f"is not JSON: {_told(error)}") from error


def _object(value: object, place: Place) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise place.fault("is not a JSON object")
    return value


def _told(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"


class _Buffer:
    """A window over the text of an array, as wide as its widest value."""

    def __init__(self, stream: TextIO, place: Place) -> None:
        self._stream, self._place = stream, place
        self._decoder = json.JSONDecoder()
        self._text, self._at, self._first = "", 0, True

    def _more(self) -> bool:
        """Widen the window; False at the end of the file."""
        piece = self._stream.read(max(CHUNK, len(self._text) - self._at))
        self._text, self._at = self._text[self._at :] + piece, 0
        return bool(piece)

    def skip(self, opening: str) -> None:
        """Go to just after the opening, which has to stand among the first characters."""
        self._text = self._stream.read(HEAD)
        found = re.search(opening, self._text)
        if not found:
            raise self._place.fault("the list of entries was not found at its beginning")
        self._at = found.end()

    def _next(self) -> str:
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                raise self._place.fault("the file ends too early: download it again")

    def ended(self) -> bool:
        """Is the array closed? Otherwise the window stands at a value."""
        sign = self._next()
        if sign == "]":
            return True
        if not self._first:
            if sign != ",":
                raise self._place.fault(f"is followed by {sign!r}, not by a comma")
            self._at += 1
            self._next()
        self._first = False
        return False

    def value(self) -> object:
        """The value here."""
        while True:
            try:
                value, self._at = self._decoder.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                too_long = len(self._text) - self._at > MAX_OBJECT
                if too_long or isinstance(error, RecursionError) or not self._more():
                    raise self._place.fault(f"is not JSON: {_told(error)}") from error
            else:
                return value


def xml_elements(path: Path, wanted: frozenset[str]) -> Iterator[tuple[str, Element]]:
    """Each whole element of a wanted local name, and what was read of the rest is forgotten."""
    with reading(path) as (_, place):
        try:
            yield from _elements(path, wanted, place)
        except (ParseError, ValueError, LookupError) as error:
            reason = "uses entities or a DTD" if isinstance(error, DefusedXmlException) else error
            raise place.fault(f"is not XML that can be read: {reason}") from error


def _elements(path: Path, wanted: frozenset[str], place: Place) -> Iterator[tuple[str, Element]]:
    above: list[tuple[Element, bool]] = []
    inside = number = 0
    for event, element in iterparse(str(path), events=("start", "end"), forbid_dtd=True):
        if event == "start":
            is_wanted = local(element) in wanted
            above.append((element, is_wanted))
            inside += is_wanted
            if len(above) > MAX_DEPTH:
                raise place.fault(f"is nested deeper than {MAX_DEPTH} elements")
            continue
        _, is_wanted = above.pop()
        inside -= is_wanted
        if inside:
            continue
        if is_wanted:
            number += 1
            place.text = f"{local(element)} {number}"
            yield place.text, element
        element.clear()
        if above:
            above[-1][0].remove(element)


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return _bare(str(element.tag))


@lru_cache(maxsize=512)
def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """Every element of that local name below."""
    return (each for each in element.iter() if local(each) == name)


def text_of(value: object, depth: int = 4) -> str:
    """A JSON value as text: lists joined by `; `, mappings by `, `, null and what lies deeper as
    nothing."""
    if value is None or not depth:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(filter(None, (text_of(each, depth - 1) for each in value.values())))
    if isinstance(value, list):
        return "; ".join(texts_of(value, depth))
    return str(value)


def texts_of(value: object, depth: int = 4) -> tuple[str, ...]:
    """The texts of a JSON list, or the one text of another value."""
    values = value if isinstance(value, list) else [value]
    return tuple(filter(None, (text_of(each, depth - 1) for each in values)))
