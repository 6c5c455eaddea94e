"""Pieces of the trees: bytes named by their SHA-256, compressed, each kept once."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, insert, select

from scanner.store.tables import PARTS

AT_ONCE = 500
"""Values in one question to the database."""


def put(connection: Connection, pieces: Sequence[bytes]) -> list[int]:
    """The number of each piece; those that are not there yet are added."""
    digests = [sha256(piece).digest() for piece in pieces]
    known = _numbers(connection, digests)
    new = {d: p for d, p in zip(digests, pieces, strict=True) if d not in known}
    if new:
        rows = [{"digest": d, "data": zlib.compress(p, 9)} for d, p in new.items()]
        connection.execute(insert(PARTS), rows)
        known |= _numbers(connection, list(new))
    return [known[d] for d in digests]


def get(connection: Connection, numbers: Iterable[int]) -> Mapping[int, bytes]:
    """Number → the piece; a number that is not there is left out."""
    found: dict[int, bytes] = {}
    for some in batches(sorted(set(numbers))):
        query = select(PARTS.c.id, PARTS.c.data).where(PARTS.c.id.in_(some))
        found |= {number: zlib.decompress(data) for number, data in connection.execute(query)}
    return found


def put_values(connection: Connection, values: Sequence[Any]) -> list[int]:
    """The same for values that JSON can hold."""
    return put(connection, [dense(value) for value in values])


def get_values(connection: Connection, numbers: Iterable[int]) -> Mapping[int, Any]:
    """Number → the value."""
    return {number: json.loads(data) for number, data in get(connection, numbers).items()}


def dense(value: Any) -> bytes:
    """JSON without spaces; a lone surrogate is written as JSON escapes it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def batches(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The items, as many at once as a database takes in one question."""
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def _numbers(connection: Connection, digests: Sequence[bytes]) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for some in batches(digests):
        query = select(PARTS.c.digest, PARTS.c.id).where(PARTS.c.digest.in_(some))
        found |= {bytes(digest): number for digest, number in connection.execute(query)}
    return found
