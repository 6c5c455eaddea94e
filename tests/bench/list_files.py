"""Large list files of invented parties in the documented forms, and what reading them costs.

python tests/bench/list_files.py    # writes each format to a temporary directory, measures
"""

import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
COLUMNS = (
    "_id", "source", "entity_number", "type", "programs", "name", "title", "addresses",
    "federal_register_notice", "start_date", "end_date", "standard_order", "license_requirement",
    "license_policy", "call_sign", "vessel_type", "gross_tonnage", "gross_registered_tonnage",
    "vessel_flag", "vessel_owner", "remarks", "source_list_url", "alt_names", "citizenships",
    "dates_of_birth", "nationalities", "places_of_birth", "source_information_url", "ids",
)  # fmt: skip
ENTITY_LIST = "Entity List (EL) - Bureau of Industry and Security"
SYLLABLES = "ba do fe gu hi jo ka lu mi no pe qi ra su te vo wa xi yu zo".split()  # noqa: SIM905
RECORDS = 25_000


def party(rng: random.Random) -> str:
    """An invented company name."""
    word = "".join(rng.choices(SYLLABLES, k=4)).capitalize()
    return f"{word} {rng.choice(('Technology', 'Digital', 'Trading'))} Co., Ltd."


def records(count: int) -> Iterator[dict[str, str]]:
    """Screening list records of about 1.3 kB each."""
    rng = random.Random(5)
    for number in range(count):
        yield dict.fromkeys(COLUMNS, "") | {
            "_id": f"{number:032x}",
            "source": ENTITY_LIST,
            "name": party(rng),
            "addresses": f"{number} Example Road, Hangzhou, CN",
            "federal_register_notice": f"84 FR {40_000 + number}",
            "start_date": "2019-10-09",
            "license_requirement": "For all items subject to the rules. " * 12,
            "license_policy": "Presumption of denial for all the items. " * 12,
            "alt_names": f"{party(rng)}; and {party(rng)}",
        }


def write_csv(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(records(count))


def write_json(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"total": 1, "results": [')
        for number, record in enumerate(records(count)):
            lists = {"alt_names": record["alt_names"].split("; "), "addresses": [], "ids": []}
            stream.write(("," if number else "") + json.dumps(record | lists))
        stream.write("]}")


def write_ofac_xml(path: Path, count: int) -> None:
    rng = random.Random(5)
    with path.open("w", encoding="utf-8") as stream:
        stream.write('<Sanctions xmlns="http://www.un.org/sanctions/1.0"><DistinctParties>')
        for number in range(count):
            names = "".join(
                f'<Alias Primary="{str(not n).lower()}"><DocumentedName><DocumentedNamePart>'
                f'<NamePartValue NamePartGroupID="{n}">{party(rng)}</NamePartValue>'
                "</DocumentedNamePart></DocumentedName></Alias>"
                for n in range(5)
            )
            stream.write(
                f'<DistinctParty FixedRef="{number}"><Profile ID="{number}"><Identity>{names}'
                f"</Identity></Profile></DistinctParty>"
            )
        stream.write("</DistinctParties><SanctionsEntries>")
        for number in range(count):
            stream.write(
                f'<SanctionsEntry ID="{number}" ProfileID="{number}"><EntryEvent><Date><Year>2021'
                "</Year><Month>6</Month><Day>3</Day></Date></EntryEvent><SanctionsMeasure>"
                "<Comment>CMIC-EO13959</Comment></SanctionsMeasure></SanctionsEntry>"
            )
        stream.write("</SanctionsEntries></Sanctions>")


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "consolidated.csv": write_csv,
    "consolidated.json": write_json,
    "cons_advanced.xml": write_ofac_xml,
}


def measure(path: Path) -> str:
    """Seconds, size and peak memory of one `lists update` in a process of its own."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", "scanner", "lists", "update", "--from", str(path)]
    command += ["--decisions", str(path.with_name("decisions.json"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    size = path.stat().st_size / 1e6
    first = done.stdout.splitlines()[1:2] or done.stderr.splitlines()[-1:]
    return f"{path.name:<20}{size:6.1f} MB {seconds:6.1f} s {peak:6.0f} MB peak so far  {first[0]}"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, write in WRITERS.items():
            path = Path(folder, name)
            write(path, RECORDS)
            sys.stdout.write(measure(path) + "\n")


if __name__ == "__main__":
    main()
