"""How much memory does a scan of a large LAN need? 5,000 hosts, 300 of them with a web page.

All processes are looked at many times a second; megabytes of resident memory, counted in full
for each process even where they share it.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.contest import Contestant, Row, Shot, contest
from bench.lan import BLOCK, CheapLan
from bench.process import run

ALIVE, WEB = 5000, 300


def rows() -> Iterator[Row]:
    """One whole scan with default settings: it takes minutes at the default pace."""
    with CheapLan("10.66.0.0/19", ALIVE) as lan, tempfile.TemporaryDirectory() as folder:
        blocks = lan.hosts[::BLOCK]
        lan.serve(blocks[: 2 * WEB : 2])
        contestants = [Contestant("camcensus scan -o html=… -o json=…", lambda: ours(lan, folder))]
        yield from contest("Whole job, 5,000 hosts, 300 web pages", contestants)


def ours(lan: CheapLan, folder: str) -> Shot:
    """Exit code 0 or 3: nothing listed is there."""
    evidence = Path(folder, "evidence.jsonl")
    outputs = [f"{name}={Path(folder, f'report.{name}')}" for name in ("html", "json")]
    options = ["--evidence", str(evidence), "-o", outputs[0], "-o", outputs[1]]
    command = [sys.executable, "-m", "scanner", "scan", str(lan.network), *options]
    done = run(
        lan.command(command), environment={**os.environ, "HOME": folder}, good=(0, 3), watched=True
    )
    memory = {"MB in one process": round(done.largest), "MB together": round(done.together)}
    return Shot(done.seconds, _found(lan, evidence), memory)


def _found(lan: CheapLan, evidence: Path) -> str:
    alive = set(map(str, lan.hosts))
    seen: set[str] = set()
    answered: set[str] = set()
    pages: set[str] = set()
    for line in evidence.open(encoding="utf-8"):
        record = json.loads(line)
        if record.get("ip") in alive:
            seen.add(record["ip"])
            if record.get("probe") == "tcp" and record["status"] in ("ok", "refused"):
                answered.add(record["ip"])
            if any(o["field"] == "http.title" for o in record.get("observations", ())):
                pages.add(record["ip"])
    return (
        f"{len(seen):,} of {ALIVE:,} hosts, {len(answered):,} by TCP, {len(pages)} of {WEB} pages"
    )
