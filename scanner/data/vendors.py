"""`vendors/` → makers and brands, who makes for whom, and the registered address blocks."""

import csv
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from scanner.data import shapes
from scanner.data.files import Source
from scanner.data.shapes import RelationRow, VendorFile
from scanner.errors import DataError
from scanner.model import AddressBlock, DataFile, Relation, Vendor, VendorRelation

VENDORS = "vendors/vendors.yml"
BLOCKS = "vendors/oui.csv"
COLUMNS = "prefix,bits,organisation,vendor"
EDITION = "# data date: "

_DIGITS = {"24": 6, "28": 7, "36": 9}
_HEX = frozenset("0123456789abcdef")
LOCAL = frozenset("2367abef")
"""Second digits of locally administered addresses: nobody's block."""


def normalised(name: str) -> str:
    """An organisation's name with only its letters and digits left, in lower case."""
    return "".join(c for c in name.lower() if c.isalnum())


def read_vendors(root: Path) -> tuple[tuple[Vendor, ...], tuple[VendorRelation, ...], DataFile]:
    """All vendors and relations in written order."""
    source = Source(root, VENDORS)
    document = source.checked(shapes.VENDORS)
    _check_vendors(source, document)
    _check_relations(source, document)
    vendors = tuple(
        Vendor(
            id=row.id,
            name=row.name,
            country=row.country or "",
            role=row.role,
            product_class=row.product_class,
            label=row.label,
            registry=tuple(row.registry),
        )
        for row in document.vendors
    )
    return vendors, tuple(_relation(row) for row in document.relations), source.described()


def _check_vendors(source: Source, document: VendorFile) -> None:
    ids: set[str] = set()
    names: dict[str, str] = {}
    for index, row in enumerate(document.vendors):
        if row.id in ids:
            raise source.fault(("vendors", index), "the id stands twice")
        ids.add(row.id)
        for name in map(normalised, row.registry):
            if not name:
                raise source.fault(("vendors", index), "a registry name has no letter or digit")
            if name in names:
                raise source.fault(
                    ("vendors", index), f"the registry name {name!r} belongs to {names[name]} too"
                )
            names[name] = row.id


def _check_relations(source: Source, document: VendorFile) -> None:
    ids = {row.id for row in document.vendors}
    seen = set()
    for index, row in enumerate(document.relations):
        where = ("relations", index)
        for vendor in (row.subject, row.maker):
            if vendor not in ids:
                raise source.fault(where, f"{vendor!r} is no id of this file")
        if row.subject == row.maker:
            raise source.fault(where, "subject and maker are the same")
        if row.start and row.end and row.end < row.start:
            raise source.fault(where, f"ends on {row.end}, before it starts on {row.start}")
        key = (row.subject, row.maker, row.relation, row.start)
        if key in seen:
            raise source.fault(where, f"{row.relation} of {row.maker} stands twice")
        seen.add(key)


def _relation(row: RelationRow) -> VendorRelation:
    return VendorRelation(
        subject=row.subject,
        maker=row.maker,
        relation=Relation(row.relation),
        note=row.note,
        grade=row.grade,
        source=row.source,
        start=row.start,
        end=row.end,
        scope=row.scope,
        share=row.share,
    )


def read_blocks(root: Path, vendors: AbstractSet[str]) -> tuple[tuple[AddressBlock, ...], DataFile]:
    """The registered address blocks in file order. The file's edition is its data date."""
    source = Source(root, BLOCKS)
    edition, rows = "", []
    for number, line in enumerate(source.text.splitlines(), 1):
        if line.startswith("#"):
            edition = line.removeprefix(EDITION) if line.startswith(EDITION) else edition
        else:
            rows.append((number, line))
    blocks: dict[str, AddressBlock] = {}
    for number, block in _blocks(source, rows):
        reason = _wrong_block(block, blocks, vendors)
        if reason:
            raise DataError(source.path, f"line {number}", reason)
        blocks[block.prefix] = block
    return tuple(blocks.values()), source.described(edition)


def _blocks(source: Source, rows: list[tuple[int, str]]) -> Iterator[tuple[int, AddressBlock]]:
    number, header = rows[0] if rows else (1, "")
    if header != COLUMNS:
        raise DataError(source.path, f"line {number}", f"the first row must be {COLUMNS}")
    try:
        cells_of_rows = csv.reader((line for _, line in rows[1:]), strict=True)
        for (number, _), cells in zip(rows[1:], cells_of_rows, strict=True):
            if len(cells) != 4 or cells[1] not in _DIGITS:
                raise DataError(
                    source.path, f"line {number}", f"a row is {COLUMNS} with 24, 28 or 36 bits"
                )
            prefix, bits, organisation, vendor = cells
            yield number, AddressBlock(prefix, int(bits), organisation, vendor or None)
    except (csv.Error, ValueError) as error:
        raise DataError(
            source.path, f"line {number}", "the quotes of the next row do not match"
        ) from error


def _wrong_block(
    block: AddressBlock, known: dict[str, AddressBlock], vendors: AbstractSet[str]
) -> str | None:
    if len(block.prefix) != _DIGITS[str(block.bits)] or not _HEX.issuperset(block.prefix):
        return f"{block.prefix!r} is not {_DIGITS[str(block.bits)]} lower-case hexadecimal digits"
    if block.prefix[1] in LOCAL:
        return f"{block.prefix} is locally administered, which nobody can register"
    if block.prefix in known:
        return f"{block.prefix} stands twice"
    if block.vendor is not None and block.vendor not in vendors:
        return f"vendor {block.vendor!r} is no id of {VENDORS}"
    return None
