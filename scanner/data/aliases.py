"""`rules/aliases.yml` → other names of makers, for finding them in new editions of lists."""

from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from scanner.data import shapes
from scanner.data.files import Source

ALIASES = "rules/aliases.yml"


def read_aliases(root: Path, vendors: AbstractSet[str]) -> Mapping[str, tuple[str, ...]]:
    """Vendor id → names in written order. Raises `DataError`."""
    source = Source(root, ALIASES)
    names: dict[str, list[str]] = defaultdict(list)
    rows = source.checked(shapes.ALIASES)
    for index, row in enumerate(rows):
        if row.vendor not in vendors:
            raise source.fault((index,), f"{row.vendor!r} is no id of vendors/vendors.yml")
        if row.name in names[row.vendor]:
            raise source.fault((index,), f"the name {row.name!r} stands twice")
        names[row.vendor].append(row.name)
    return {vendor: tuple(each) for vendor, each in names.items()}
