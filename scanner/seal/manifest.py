"""What a bundle holds and what its report was made with (schema `bundle-1`)."""

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanner.errors import CamcensusError

NAME, SIGNATURE = "manifest.json", "manifest.sig"
MAX_BYTES = 4 * 1024 * 1024
CHUNK = 1 << 16
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)
"""Days a report can be judged by."""
_SAFE = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\z"
"""Relative, and no part of it begins with a dot."""


class Altered(CamcensusError):
    """A bundle is not what was bundled: the message names the first thing that is not."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Strict):
    """A file of the bundle: size in bytes, SHA-256 in hex."""

    name: Annotated[str, Field(max_length=200, pattern=_SAFE)]
    size: Annotated[int, Field(ge=0, strict=True)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}\z")]


class Manifest(_Strict):
    """Every file but itself and its signature, in name order, and the terms of the judgement.

    `clock` says where `as_of` comes from, `cards` is the version of the network card table,
    `public_key` the raw Ed25519 key in hex, empty when unsigned.
    """

    manifest: Literal["bundle-1"] = "bundle-1"
    tool: str
    cards: str
    as_of: Annotated[date, Field(ge=FIRST, le=LAST)]
    clock: str
    site: str
    lists: dict[str, date]
    public_key: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?\z")]
    files: tuple[Entry, ...]

    def dump(self) -> bytes:
        """UTF-8 JSON, the same bytes for the same content."""
        return (self.model_dump_json(indent=1) + "\n").encode()

    def find(self, name: str) -> Entry:
        """The entry of a file. Altered when there is none."""
        for each in self.files:
            if each.name == name:
                return each
        raise Altered(f"{name}: is missing")


def load(raw: bytes) -> Manifest:
    """Altered when the bytes are not what `dump` writes."""
    try:
        made = Manifest.model_validate_json(raw)
        exact = made.dump() == raw
    except (ValidationError, UnicodeError) as error:
        raise Altered(f"{NAME}: is not a manifest of a bundle") from error
    names = [each.name for each in made.files]
    if not exact or names != sorted(set(names)):
        raise Altered(f"{NAME}: is not as camcensus writes it")
    return made


def entries(folder: Path) -> tuple[Entry, ...]:
    """Every file below a folder, measured, in name order."""
    files = sorted((p.relative_to(folder).as_posix(), p) for p in folder.rglob("*") if p.is_file())
    return tuple(_entry(name, path) for name, path in files)


def _entry(name: str, path: Path) -> Entry:
    with path.open("rb") as file:
        size, digest = measured(iter(lambda: file.read(CHUNK), b""))
    return Entry(name=name, size=size, sha256=digest)


def measured(pieces: Iterable[bytes]) -> tuple[int, str]:
    """Size and SHA-256 (hex) of what comes in pieces."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()
