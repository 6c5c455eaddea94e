"""OFAC's advanced XML (`cons_advanced.xml`, `sdn_advanced.xml`).

Names stand with the parties, dates and lists with the sanctions entries at the end of the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element

from scanner.updates import fields, files
from scanner.updates.api import CMIC, Row, Source

WANTED = frozenset({"AreaCode", "Country", "Location", "DistinctParty", "SanctionsEntry"})
_ISSUED = re.compile(
    r"<(?:\w+:)?DateOfIssue\b[^>]*>\s*<(?:\w+:)?Year>(\d{4})</(?:\w+:)?Year>\s*"
    r"<(?:\w+:)?Month>(\d{1,2})</(?:\w+:)?Month>\s*<(?:\w+:)?Day>(\d{1,2})<"
)


@dataclass(frozen=True, slots=True)
class _Party:
    names: tuple[str, ...]
    locations: tuple[str, ...]


def accepts(head: str) -> bool:
    """The root element tells."""
    return bool(re.search(r"<(?:\w+:)?Sanctions[\s>]", head))


def edition(head: str) -> date | None:
    """The date of issue."""
    found = _ISSUED.search(head)
    return fields.day("{}-{:0>2}-{:0>2}".format(*found.groups())) if found else None


def rows(path: Path) -> Iterator[Row]:
    """Every sanctions entry with the names of its party."""
    countries: dict[str, str] = {}
    locations: dict[str, str] = {}
    parties: dict[str, _Party] = {}
    for where, element in files.xml_elements(path, WANTED):
        match files.local(element):
            case "AreaCode" | "Country":
                name = element.get("Description") or element.text or ""
                countries[element.get("CountryID") or element.get("ID") or ""] = name
            case "Location":
                locations[element.get("ID", "")] = _country(element, countries)
            case "DistinctParty":
                parties.update(_profiles(element))
            case _:
                yield _row(element, parties, locations, where)


def _country(location: Element, countries: dict[str, str]) -> str:
    for each in files.children(location, "LocationCountry"):
        return fields.country(countries.get(each.get("CountryID", ""), ""))
    return ""


def _profiles(party: Element) -> Iterator[tuple[str, _Party]]:
    for profile in files.children(party, "Profile"):
        named: list[tuple[bool, list[str]]] = []
        places: list[str] = []
        other = False
        for each in profile.iter():
            match files.local(each):
                case "Alias":
                    other = each.get("Primary") != "true"
                case "DocumentedName":
                    named.append((other, []))
                case "NamePartValue" if named:
                    named[-1][1].append(each.text or "")
                case "VersionLocation":
                    places.append(each.get("LocationID", ""))
        named.sort(key=lambda found: found[0])
        names = fields.unique(" ".join(" ".join(parts).split()) for _, parts in named)
        yield profile.get("ID", ""), _Party(names, fields.unique(places))


def _row(entry: Element, parties: dict[str, _Party], locations: dict[str, str], where: str) -> Row:
    party = parties.get(entry.get("ProfileID", ""), _Party((), ()))
    programs = fields.unique(c.text or "" for c in files.children(entry, "Comment"))
    kept = any("CMIC" in each for each in programs)
    return Row(
        list=CMIC if kept else f"ofac:{'; '.join(programs)[:40]}",
        name=party.names[0] if party.names else "",
        where=where,
        aliases=party.names[1:],
        countries=fields.unique(locations.get(each, "") for each in party.locations),
        start=_entered(entry),
        citation="; ".join(programs),
    )


def _entered(entry: Element) -> date | None:
    for event in files.children(entry, "EntryEvent"):
        parts = [next(files.children(event, n), None) for n in ("Year", "Month", "Day")]
        texts = [(part.text or "").strip() if part is not None else "" for part in parts]
        return fields.day("{:0>4}-{:0>2}-{:0>2}".format(*texts))
    return None


SOURCE: Source = Source("ofac-xml", "OFAC advanced XML", "A", accepts, rows, edition)
