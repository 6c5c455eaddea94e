"""eCFR XML of title 15: the Entity List is Supplement No. 4 to part 744.

Tables of five columns: country (blank when as above), entity, licence requirement, licence
policy, citation. The entity's cell is prose: name, `a.k.a., the following … aliases:` with
dashed lines, then addresses.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element

from scanner.updates import fields, files
from scanner.updates.api import ENTITY_LIST, Row, Source

COLUMNS = 5
TITLE = re.compile(r"Supplement\s+No\.\s*4\s+to\s+Part\s+744", re.I)
_AMENDED = re.compile(r"<AMDDATE>\s*([A-Z][a-z]+\.? \d{1,2}, \d{4})")
_AKA = re.compile(r",?\s*a\.k\.a\.,?\s*(?:the following\b[^:]*:)?", re.I)
_DASH = re.compile(r"\s*[\u2013\u2014]\s*|\n\s*-\s+")
_AND = re.compile(r"[;,]?\s*(?:\band\b)?\s*$")
_FORMS = "Ltd|Inc|LLC|Limited|Corp|Corporation|Company|Group|Institute|University"
_TO_LEGAL_FORM = re.compile(
    rf"^.*?\b(?:{_FORMS})\b\.?(?=[,;]?(?:\s+(?!(?:{_FORMS}|Co|and|of)\b|\()|\s*$))"
)


def accepts(head: str) -> bool:
    """Divisions of the Code of Federal Regulations."""
    return bool(re.search(r"<(?:ECFR|DLPSTEXTCLASS|DIV[1-9])\b", head))


def edition(head: str) -> date | None:
    """The day of the last amendment."""
    found = _AMENDED.search(head)
    return fields.day(found[1]) if found else None


def rows(path: Path) -> Iterator[Row]:
    """Every entity of the supplement; other divisions are passed over."""
    number = 0
    for where, division in files.xml_elements(path, frozenset({"DIV9"})):
        if not TITLE.search(f"{division.get('N', '')} {_heading(division)}"):
            continue
        place, last = where, ""
        for table_row in files.children(division, "TR"):
            cells = [_text(c) for c in table_row if files.local(c) == "TD"]
            if len(cells) != COLUMNS or not cells[1]:
                continue
            number += 1
            last = cells[0] or last
            yield _row(cells, fields.country(last), f"{place}, row {number}")


def _heading(division: Element) -> str:
    return next((_text(each) for each in files.children(division, "HEAD")), "")


def _text(element: Element) -> str:
    """The text with a line end where a paragraph or a break stands."""
    pieces: list[str] = []
    for event in element.iter():
        if event is not element and files.local(event) in {"P", "FP", "BR", "br", "LI"}:
            pieces.append("\n")
        pieces.append(" ".join((event.text or "").split()))
        if event is not element:
            pieces.append(" " + " ".join((event.tail or "").split()))
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(filter(None, lines))


def _row(cells: list[str], country: str, where: str) -> Row:
    _, entity, requirement, policy, citation = cells
    name, *rest = _AKA.split(entity, maxsplit=1)
    aliases: tuple[str, ...] = ()
    if rest:
        aliases = tuple(_AND.sub("", _without_address(a)) for a in _DASH.split(rest[0]) if a)
    else:
        name = _without_address(name)
    names = fields.with_short_form(_AND.sub("", name))
    return Row(
        list=ENTITY_LIST,
        name=names[0],
        where=where,
        aliases=fields.unique((*names[1:], *aliases)),
        countries=fields.unique([country]),
        start=_first_day(citation),
        citation="; ".join(fields.pages(citation)) or citation,
        remarks=" ".join(filter(None, (requirement, policy))).replace("\n", " "),
    )


def _without_address(text: str) -> str:
    """The name a text begins with: to the line's end, else to the end of its legal form."""
    line = text.split("\n", 1)[0].strip()
    form = _TO_LEGAL_FORM.search(line)
    return form[0] if form else line.split(", ", 1)[0]


def _first_day(citation: str) -> date | None:
    """The day of the first citation: `84 FR 54002, 10/9/19.`"""
    found = re.search(r"\bFR\s*\d+,?\s+(\d{1,2})/(\d{1,2})/(\d{2,4})", citation)
    if not found:
        return None
    month, day, year = found.groups()
    century = "" if len(year) == 4 else "20" if int(year) < 70 else "19"
    return fields.day(f"{month}/{day}/{century}{year}")


SOURCE: Source = Source("ecfr-xml", "eCFR, Supplement 4 to part 744", "A", accepts, rows, edition)
