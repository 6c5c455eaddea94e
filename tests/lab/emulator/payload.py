"""Bytes a device sends, written as data: text, hex, files, lengths, with `${name}` filled in."""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError

HERE = Path(__file__).resolve().parent.parent
Values = Mapping[str, str]
_NAME = re.compile(r"\$\{(\w+)\}")
_KINDS = ("text", "hex", "file", "fill", "length")


def fill_in(text: str, values: Values) -> str:
    """The text with every `${name}` replaced; unknown names are a LabError."""
    try:
        return _NAME.sub(lambda match: values[match[1]], text)
    except KeyError as error:
        raise LabError(f"nothing fills ${{{error.args[0]}}}") from None


def names_in(data: object) -> set[str]:
    """Every placeholder name used anywhere in nested data."""
    if isinstance(data, str):
        return set(_NAME.findall(data))
    if isinstance(data, Mapping):
        return set().union(*map(names_in, data.values()))
    if isinstance(data, list):
        return set().union(*map(names_in, data))
    return set()


@dataclass(frozen=True, slots=True)
class Part:
    """One piece: UTF-8 `text`, `hex`, a `file` of the lab, `fill` bytes, or a packed `length`.

    A length counts the bytes of all text parts and is written with a struct format such as `<I`.
    """

    kind: str
    value: str

    def render(self, values: Values, length: int) -> bytes:
        """The bytes of this part."""
        match self.kind:
            case "text":
                return fill_in(self.value, values).encode()
            case "hex":
                return bytes.fromhex(fill_in(self.value, values))
            case "file":
                return (HERE / self.value).read_bytes()
            case "fill":
                return b"x" * int(self.value)
            case _:
                return struct.pack(self.value, length)


@dataclass(frozen=True, slots=True)
class Payload:
    """Parts in the order they are sent."""

    parts: tuple[Part, ...] = ()

    @classmethod
    def parse(cls, data: object) -> "Payload":
        """From data: a text, or a list of texts and mappings `{text|hex|file|fill|length: …}`."""
        if isinstance(data, str):
            return cls((Part("text", data),))
        if not isinstance(data, list):
            raise LabError(f"a payload is a text or a list of parts, not {data!r}")
        return cls(tuple(_part(item) for item in data))

    def render(self, values: Values) -> bytes:
        """All bytes."""
        length = sum(len(p.render(values, 0)) for p in self.parts if p.kind == "text")
        return b"".join(part.render(values, length) for part in self.parts)


EMPTY = Payload()


def _part(item: object) -> Part:
    if isinstance(item, str):
        return Part("text", item)
    if not isinstance(item, dict) or len(item) != 1 or next(iter(item)) not in _KINDS:
        raise LabError(f"a part has one key of {', '.join(_KINDS)}, this is {item!r}")
    ((kind, value),) = item.items()
    part = Part(kind, str(value))
    if kind == "file" and not (HERE / part.value).is_file():
        raise LabError(f"no such file in the lab: {value}")
    if kind == "length":
        struct.calcsize(part.value)
    return part
