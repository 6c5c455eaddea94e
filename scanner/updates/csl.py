"""A record of the Consolidated Screening List, in whichever of its two forms, as a row."""

import re
from datetime import date

from scanner.updates import fields
from scanner.updates.api import CMIC, ENTITY_LIST, Row

LISTS = {"EL": ENTITY_LIST, "CMIC": CMIC}
"""Codes of the lists that are kept here; others keep their code, as `csl:DPL`."""

_CODE = re.compile(r"\(([A-Z]{2,5})\)")
_LISTED = re.compile(r"Listing Date \(CMIC\)\W*(\d{1,2} [A-Za-z]{3} \d{4})")
_COUNTRY = re.compile(r",\s*([A-Z]{2})\s*$")


def list_id(source: str) -> str:
    """Our id of the list whose code stands in brackets: the words around it change."""
    found = _CODE.search(source)
    code = found[1] if found else source[:40]
    return LISTS.get(code, f"csl:{code}")


def row(record: dict[str, str], countries: tuple[str, ...], where: str) -> Row:
    """The row of a record whose values are texts, lists joined by `; `."""
    name, successors = fields.without_successors(record["name"])
    own, parent = fields.affiliate(name)
    remarks = f"{record['remarks']} {record['ids']}".strip()
    pages = fields.pages(record["federal_register_notice"])
    start = fields.day(record["start_date"]) or cmic_start(remarks)
    partial = record["start_date"] if not start else ""
    notes = (
        "with successors, sub-units and subsidiaries" if successors else "",
        f"start given as {partial!r}" if partial else "",
        remarks,
    )
    return Row(
        list=list_id(record["source"]),
        name=name,
        where=where,
        aliases=(*fields.with_short_form(own)[own == name :], *_aliases(record["alt_names"])),
        countries=countries,
        addresses=fields.unique(record["addresses"].split("; and ")),
        start=start,
        end=fields.day(record["end_date"]),
        citation="; ".join(pages) or record["federal_register_notice"] or record["programs"],
        remarks="; ".join(filter(None, notes)),
        parent=parent,
    )


def _aliases(text: str) -> tuple[str, ...]:
    names = (part for name in fields.alternatives(text) for part in fields.with_short_form(name))
    return fields.unique(names)


def cmic_start(remarks: str) -> date | None:
    """The listing date of an NS-CMIC entry, which stands among its identifiers or remarks."""
    found = _LISTED.search(remarks)
    return fields.day(found[1]) if found else None


def address_countries(addresses: str) -> tuple[str, ...]:
    """Country codes at the ends of addresses joined by `; `."""
    found = (_COUNTRY.search(each) for each in addresses.split(";"))
    return fields.unique(each[1] for each in found if each)
