"""Imports read in tests: samples, texts, and the lines of a worker."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner import importing
from scanner.collect.api import Imported, OddLine, Remark
from scanner.importing import GivenFile
from scanner.model import Host, ProbeResult

SAMPLES = Path(__file__).parent / "samples"


@dataclass(frozen=True)
class Texts:
    """An `ImportFile` of lines, and of what a worker would say."""

    texts: tuple[str, ...] = ()
    said: tuple[Mapping[str, object], ...] = ()

    def lines(self) -> Iterator[str]:
        yield from self.texts

    async def worker(self, name: str) -> AsyncIterator[Mapping[str, object]]:
        for line in self.said:
            yield json.loads(json.dumps(line))


def read(name: str, file: Texts | GivenFile) -> list[Imported]:
    """Everything the import of that name makes of the file."""
    chosen = importing.find(name)

    async def every() -> list[Imported]:
        return [item async for item in chosen.records(file)]

    return asyncio.run(every())


def sample(name: str, file: str) -> list[Imported]:
    """Everything the import makes of a sample file."""
    return read(name, GivenFile.at(str(SAMPLES / file)))


def hosts(items: Iterable[Imported]) -> dict[str, Host]:
    """Address → the last host line."""
    return {item.ip: item for item in items if isinstance(item, Host)}


def macs(items: Sequence[Imported]) -> dict[str, str | None]:
    """Address → hardware address of every host, the last one given."""
    known = dict.fromkeys(hosts(items))
    given = {i.ip: i.mac for i in items if isinstance(i, Host) and i.mac}
    return known | given


def said(items: Iterable[Imported], ip: str) -> dict[str, str]:
    """Field → value of everything observed of an address."""
    results = (item for item in items if isinstance(item, ProbeResult) and item.ip == ip)
    return {o.field: o.value for result in results for o in result.observations}


def odd(items: Iterable[Imported]) -> list[OddLine]:
    """The lines that could not be used."""
    return [item for item in items if isinstance(item, OddLine)]


def remarks(items: Iterable[Imported]) -> list[str]:
    """What is to be known of the file."""
    return [item.text for item in items if isinstance(item, Remark)]
