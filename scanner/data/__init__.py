"""Rules, lists, vendors, ports and address blocks: read once, strictly, into `Knowledge`.

Any fault names file, entry and reason, and nothing of the data is used. Everything that knows
where data files live is here.
"""

from pathlib import Path

from scanner.data import shapes
from scanner.data.aliases import read_aliases
from scanner.data.cards import registered_names
from scanner.data.catalogue import read_catalogue
from scanner.data.choices import read_choices, write_choices
from scanner.data.credentials import read_credentials
from scanner.data.editions import NewEdition, write_editions
from scanner.data.files import Source, data_dir, lab_dir, schema, template
from scanner.data.lists import read_lists
from scanner.data.prices import read_prices
from scanner.data.profiles import read_details, read_profile, write_profile
from scanner.data.regimes import read_regimes
from scanner.data.replacements import read_plan_rules
from scanner.data.rules import read_rules
from scanner.data.vendors import read_blocks, read_vendors
from scanner.data.waivers import read_waivers
from scanner.model import DataFile, Knowledge, Port

__all__ = [
    "NewEdition",
    "data_dir",
    "lab_dir",
    "load",
    "read_aliases",
    "read_catalogue",
    "read_choices",
    "read_credentials",
    "read_details",
    "read_prices",
    "read_profile",
    "read_waivers",
    "registered_names",
    "schema",
    "template",
    "write_choices",
    "write_editions",
    "write_profile",
]

PORTS = "rules/ports.yml"
NOTHING_IS_SENT = frozenset({8000, 9000, 34567, 35000, 37777, 37778, *range(9100, 9108)})
"""Private protocols, and printers that print all: data that lets one be spoken to is refused."""


def load(given: Path | None = None) -> Knowledge:
    """Everything the data directory holds, checked. Raises `DataError`."""
    root = data_dir(given)
    vendors, relations, vendor_file = read_vendors(root)
    ids = {vendor.id for vendor in vendors}
    rules, rule_files = read_rules(root, ids)
    questions, clauses, regime_file = read_regimes(root)
    lists, list_files, notes = read_lists(root, ids, {q.id: q for q in questions})
    blocks, block_file = read_blocks(root, ids)
    ports, port_file = read_ports(root)
    plan_rules, plan_file = read_plan_rules(root, ids, {each.id for each in lists})
    files = (*rule_files, *list_files, regime_file, plan_file, port_file, block_file, vendor_file)
    return Knowledge(
        rules=rules,
        vendors=vendors,
        relations=relations,
        blocks=blocks,
        lists=lists,
        ports=ports,
        files=files,
        notes=notes,
        questions=questions,
        clauses=clauses,
        plan_rules=plan_rules,
    )


def read_ports(root: Path) -> tuple[tuple[Port, ...], DataFile]:
    """The port table in written order."""
    source = Source(root, PORTS)
    ports: dict[int, Port] = {}
    rows = source.checked(shapes.PORTS)
    for index, row in enumerate(rows):
        if row.port in ports:
            raise source.fault((index,), "the port stands twice")
        if row.port in NOTHING_IS_SENT and row.service != "silent":
            raise source.fault((index,), "must be silent: nothing may be sent to this port")
        ports[row.port] = Port(row.port, row.service, row.why, row.default)
    return tuple(ports.values()), source.described()
