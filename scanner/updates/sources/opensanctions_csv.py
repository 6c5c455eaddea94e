"""OpenSanctions `targets.simple.csv`: the operator's own copy, none is shipped."""

from collections.abc import Iterator
from pathlib import Path

from scanner.updates import fields, files
from scanner.updates.api import CMIC, DOD_1260H, ENTITY_LIST, FCC, SECTION_889, Row, Source

COLUMNS = ("id", "schema", "name", "aliases", "countries", "addresses", "program_ids", "dataset")
PROGRAMS = {
    "US-BIS-EL": ENTITY_LIST,
    "US-NS-CMIC": CMIC,
    "US-DOD-1260H": DOD_1260H,
    "US-FCC": FCC,
}
DATASETS = {"us_special_leg": SECTION_889}


def accepts(head: str) -> bool:
    """The header row tells."""
    header = head.split("\n", 1)[0].split(",")
    return "program_ids" in header and "schema" in header


def lists(programs: tuple[str, ...], datasets: tuple[str, ...]) -> tuple[str, ...]:
    """Our ids, or the programs as they are called there."""
    named = [PROGRAMS.get(each, f"opensanctions:{each}") for each in programs]
    named += [DATASETS[each] for each in datasets if each in DATASETS]
    return tuple(dict.fromkeys(named)) or ("opensanctions:",)


def rows(path: Path) -> Iterator[Row]:
    """Every target, once for each of its programs. Listing dates are not in this file."""
    for where, record in files.csv_rows(path, COLUMNS):
        programs = fields.unique(record["program_ids"].split(";"))
        datasets = fields.unique(record["dataset"].split(";"))
        for list_id in lists(programs, datasets):
            yield Row(
                list=list_id,
                name=record["name"].strip(),
                where=where,
                aliases=fields.unique(record["aliases"].split(";")),
                countries=fields.unique(map(fields.country, record["countries"].split(";"))),
                addresses=fields.unique(record["addresses"].split(";")),
            )


SOURCE: Source = Source("opensanctions-csv", "OpenSanctions targets.simple.csv", "B", accepts, rows)
