"""YAML as people write it here: mappings, lists, text, whole numbers, dates, true/false, null.

Anchors, aliases, tags, second documents and repeated keys are refused, and so is unquoted text
that YAML 1.1 reads as something else (`NO`, `1.10`, `12:30`, `010`). The tree is built from
parser events: composing nodes recurses in C and a file of ten thousand brackets ends the process.
"""

import re
from datetime import date
from typing import Any

import yaml

MAX_DEPTH = 12

Path = tuple[str | int, ...]
"""Keys and list indexes from the top of the document to a value."""

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BOOLEANS = {"true": True, "false": False}
_NULLS = frozenset({"", "~", "null"})
_TELLING = frozenset(yaml.CSafeLoader.yaml_implicit_resolvers)
"""First characters of what YAML 1.1 may read as something other than text."""


class YamlFault(ValueError):
    """Why a text is refused, and on which line (from 1) when that is known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


def parse(text: str) -> object:
    """The document's value."""
    return _build(_Builder(text))


def line_of(text: str, path: Path) -> int:
    """The line (from 1) on which the value at the path begins, or the nearest one above it."""
    builder = _Builder(text, keep_lines=True)
    _build(builder)
    return next(
        builder.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in builder.lines
    )


def _build(builder: "_Builder") -> object:
    try:
        return builder.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlFault(f"not YAML: {error.problem}", mark.line + 1 if mark else None) from error
    except yaml.YAMLError as error:
        raise YamlFault(f"not YAML: {error}") from error


class _Builder:
    def __init__(self, text: str, *, keep_lines: bool = False) -> None:
        self.loader: Any = yaml.CSafeLoader(text)
        self.keep_lines = keep_lines
        self.lines: dict[Path, int] = {}

    def document(self) -> object:
        self.loader.get_event()
        if isinstance(self.loader.get_event(), yaml.StreamEndEvent):
            raise YamlFault("the file is empty")
        value = self.value(self.loader.get_event(), ())
        self.loader.get_event()
        if not isinstance(event := self.loader.get_event(), yaml.StreamEndEvent):
            raise YamlFault("holds a second document", _line(event))
        return value

    def value(self, event: Any, path: Path) -> object:
        if self.keep_lines:
            self.lines[path] = _line(event)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise YamlFault("anchors and aliases (&, *) are not allowed", _line(event))
        if event.tag is not None:
            raise YamlFault(f"the tag {event.tag} is not allowed", _line(event))
        if len(path) > MAX_DEPTH:
            raise YamlFault(f"nested deeper than {MAX_DEPTH} levels", _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return self.plain(event) if event.implicit[0] else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(path)
        return self.mapping(path)

    def sequence(self, path: Path) -> list[object]:
        items: list[object] = []
        while not isinstance(event := self.loader.get_event(), yaml.SequenceEndEvent):
            items.append(self.value(event, (*path, len(items))))
        return items

    def mapping(self, path: Path) -> dict[str, object]:
        items: dict[str, object] = {}
        while not isinstance(event := self.loader.get_event(), yaml.MappingEndEvent):
            key = self.value(event, (*path, "<key>"))
            if not isinstance(key, str):
                raise YamlFault(f"a key must be text, not {key!r}: put it in quotes", _line(event))
            if key in items:
                raise YamlFault(f"key {key!r} stands twice", _line(event))
            items[key] = self.value(self.loader.get_event(), (*path, key))
        return items

    def plain(self, event: Any) -> str | int | bool | date | None:
        value: str = event.value
        if value[:1] not in _TELLING:
            return value
        kind = self.loader.resolve(yaml.ScalarNode, value, (True, False)).rpartition(":")[2]
        if kind == "str":
            return value
        if kind == "null" and value in _NULLS:
            return None
        if kind == "bool" and value in _BOOLEANS:
            return _BOOLEANS[value]
        if kind == "int" and _INTEGER.fullmatch(value):
            return int(value)
        if kind == "timestamp" and _DAY.fullmatch(value):
            return _day(event)
        raise YamlFault(f"{value!r} is read as {kind}, not as text: put it in quotes", _line(event))


def _day(event: Any) -> date:
    try:
        return date.fromisoformat(event.value)
    except ValueError as error:
        raise YamlFault(f"{event.value} is no day: {error}", _line(event)) from error


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
