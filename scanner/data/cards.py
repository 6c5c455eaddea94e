"""Whose network card it is, for makers that vendors/oui.csv does not hold: offline, always."""

import asyncio
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from scanner.errors import DataError

_LIBRARY = "mac-vendor-lookup"
_TABLE = "mac-vendors.txt"
_ADDRESS = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}", re.IGNORECASE)
_SUBDIVIDED = "IEEE Registration Authority"
"""Stands for blocks the registry divides further: the table has no finer ones."""


def _unowned(mac: str) -> bool:
    """True for a locally administered or group address: no registry knows its owner."""
    return bool(int(mac[:2], 16) & 0b11)


async def registered_names(macs: Iterable[str]) -> dict[str, str]:
    """MAC (colons) → organisation of its 24-bit block, for those that have a registered one."""
    wanted = [mac for mac in macs if _ADDRESS.fullmatch(mac) and not _unowned(mac)]
    if not wanted:
        return {}
    lookup = await asyncio.to_thread(_offline_lookup)
    names: dict[str, str] = {}
    for mac in wanted:
        try:
            name = await lookup.lookup(mac)
        except KeyError:
            continue
        if name != _SUBDIVIDED:
            names[mac] = name
    return names


def _offline_lookup() -> Any:
    """The library's asynchronous look-up over its packaged table, unable to download another."""
    from mac_vendor_lookup import AsyncMacLookup  # noqa: PLC0415 - imports an HTTP client, 0.3 s

    table = _packaged_table()

    class OfflineLookup(AsyncMacLookup):  # type: ignore[misc]
        def find_vendors_list(self) -> str:
            return str(table)

        async def update_vendors(self, url: str = "") -> None:
            raise DataError(table, "", "is not replaced from the network")

    lookup = OfflineLookup()
    # Its own loader logs through the root logger and so installs a handler for the whole program.
    lookup.prefixes = dict(line.split(b":", 1) for line in table.read_bytes().splitlines())
    return lookup


def _packaged_table() -> Path:
    for file in metadata.files(_LIBRARY) or ():
        if file.name == _TABLE and (table := Path(str(file.locate()))).is_file():
            return table
    raise DataError(_LIBRARY, "", f"its table {_TABLE} is not installed: install it again")
