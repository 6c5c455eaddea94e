"""Trees of parts: chunks of neighbours, so that one change costs one chunk and not a whole run."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, TypeVar

from sqlalchemy import Connection

from scanner.store import parts

CHUNK_BITS = 6
"""A chunk holds 64 neighbouring addresses or device numbers."""
T = TypeVar("T")
Leaf = list[Any]
"""What names the entry (an address, a device), and last the number of its part."""


def put(
    connection: Connection, entries: Sequence[tuple[Leaf, bytes]], chunk: Callable[[Leaf], str]
) -> str:
    """Store the entries, sorted within their chunks; the tree as text."""
    numbers = parts.put(connection, [data for _, data in entries])
    chunks: dict[str, list[Leaf]] = {}
    for (name, _), number in zip(entries, numbers, strict=True):
        chunks.setdefault(chunk(name), []).append([*name, number])
    return json.dumps(parts.put_values(connection, list(chunks.values())), separators=(",", ":"))


def leaves(connection: Connection, trees: Iterable[str]) -> list[list[Leaf]]:
    """For each tree its leaves in order. Chunks that trees share are read once."""
    chunks = [json.loads(tree) for tree in trees]
    held = parts.get_values(connection, {number for tree in chunks for number in tree})
    return [[leaf for number in tree for leaf in held[number]] for tree in chunks]


def data(connection: Connection, found: Iterable[Leaf]) -> Mapping[int, bytes]:
    """Number of a part → its bytes, for the parts that the leaves name."""
    return parts.get(connection, (leaf[-1] for leaf in found))


def neighbours(host: Leaf) -> str:
    """The chunk of [run line, address]."""
    head, ip = host
    try:
        address = ip_address(ip)
    except ValueError:
        return f"{head} ?"
    return f"{head} {address.version} {int(address) >> CHUNK_BITS}"


def numbered(device: Leaf) -> str:
    """The chunk of [device]."""
    return str(device[0] >> CHUNK_BITS)
