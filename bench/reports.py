"""How long does each format take for 100,000 devices, how large is it, how much memory?

The evidence is made up, the report on it is the program's own: assessed once, then written by one
process a format. Two fifths of the devices are listed, a fifth are to be reviewed.
"""

import asyncio
import json
import pickle
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

from bench import census
from bench.contest import Contestant, Row, Shot, contest
from bench.process import run
from scanner import app
from scanner.report import formats

DEVICES = 100_000
DAY = date(2026, 11, 23)
LEFT_OUT = ("pdf",)
"""Refuses so large a report."""


def rows() -> Iterator[Row]:
    """The quickest of the data formats comes first, the others are compared with it."""
    with tempfile.TemporaryDirectory() as folder:
        kept = _assessed(Path(folder))
        wanted = ["csv", *(n for n in formats.known() if n not in ("csv", "html", *LEFT_OUT))]
        places = {name: f"{name}={folder}/report.{name}" for name in wanted}
        places["html, pages"] = f"html={folder}/pages/"
        yield from contest(
            f"Writing {DEVICES:,} devices",
            [Contestant(name, partial(_written, place, kept)) for name, place in places.items()],
        )


def _assessed(folder: Path) -> Path:
    evidence, kept = folder / "evidence.jsonl", folder / "report.pickle"
    census.write(evidence, DEVICES)
    judgement = app.Judgement(app.knowledge(), DAY)
    report = asyncio.run(app.assess([evidence], judgement))
    kept.write_bytes(pickle.dumps(report, pickle.HIGHEST_PROTOCOL))
    return kept


def _written(wanted: str, kept: Path) -> Shot:
    command = [sys.executable, "-m", "bench.rendering", wanted, str(kept)]
    done = run(command, watched=True)
    told = json.loads(done.output)
    found = f"{told['bytes'] / 1e6:.0f} MB written"
    return Shot(told["seconds"], found, {"MB in one process": round(done.largest)})
