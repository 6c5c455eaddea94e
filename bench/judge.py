"""How long does the second half take for a million observations, and how much memory?

Copies of the labelled devices of `tests/truth` that say the most; each copy has its own address,
hardware address and serial number, so that few texts are met twice.
"""

import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path
from typing import Any

from bench.contest import Contestant, Row, Shot, contest
from bench.process import ROOT, run

OBSERVATIONS = 1_000_000
TALKATIVE = 12
"""Observations of a device worth copying: what a camera that answers everything says."""
PROGRAM = """
import sys
from datetime import date
from scanner import app, evidence
from scanner.assess.assessment import assess
print(len(assess(evidence.read(sys.argv[1]), app.knowledge(), date(2026, 11, 23)).devices))
"""
FIRST = int(IPv4Address("10.0.0.0"))
_OWN_NUMBER = re.compile(r"[0-9]{4,}(?=[\")']|$)")
_DEVICE_PART = re.compile(r"(?<=:)[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}$")


def rows() -> Iterator[Row]:
    """Reading and judging, as one program; no report is rendered."""
    with tempfile.TemporaryDirectory(prefix="camcensus-bench-") as name:
        folder = Path(name)
        evidence = folder / "evidence.jsonl"
        hosts = _write(evidence)
        contestants = [
            Contestant("camcensus, evidence to findings", lambda: _shoot(evidence, hosts), 3)
        ]
        yield from contest(f"{OBSERVATIONS:,} observations of {hosts:,} hosts", contestants)


def _shoot(evidence: Path, hosts: int) -> Shot:
    """In a program of its own: the findings of every host, counted."""
    done = run([sys.executable, "-c", PROGRAM, str(evidence)], watched=True)
    memory = {"MB in one process": round(done.largest), "MB together": round(done.together)}
    return Shot(done.seconds, f"{int(done.output):,} of {hosts:,} hosts judged", memory)


def _write(path: Path) -> int:
    """The evidence file; how many hosts it holds."""
    devices = list(_talkative())
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for number in count():
            for record in _copy(devices[number % len(devices)], number):
                written += len(record.get("observations", ()))
                file.write(json.dumps(record) + "\n")
            if written >= OBSERVATIONS:
                return number + 1
    raise AssertionError("count() has no end")


def _talkative() -> Iterator[list[dict[str, Any]]]:
    devices: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for path in sorted((ROOT / "tests" / "truth").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["type"] in ("host", "result"):
                devices[path.name, record["ip"]].append(record)
    for records in devices.values():
        if sum(len(r.get("observations", ())) for r in records) >= TALKATIVE:
            yield records


def _copy(records: list[dict[str, Any]], number: int) -> Iterator[dict[str, Any]]:
    ip = str(IPv4Address(FIRST + number))
    for record in records:
        made = {**record, "ip": ip}
        if record.get("mac"):
            digits = f"{number:06x}"
            own = f"{digits[:2]}:{digits[2:4]}:{digits[4:6]}"
            made["mac"] = _DEVICE_PART.sub(own, record["mac"])
        if "observations" in record:
            made["observations"] = [
                {**seen, "value": _OWN_NUMBER.sub(lambda m: _as_long(m, number), seen["value"])}
                if seen["field"] != "tcp.open" else seen
                for seen in record["observations"]
            ]  # fmt: skip
        yield made


def _as_long(match: re.Match[str], number: int) -> str:
    width = len(match.group())
    return f"{number:0{width}}"[-width:]
