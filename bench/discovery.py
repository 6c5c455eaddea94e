"""What finding hosts in every way adds to a scan of the practice LAN of 200 hosts."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.contest import Contestant, Row, Shot, contest
from bench.office import office, priced
from bench.process import run
from scanner.collect import sources
from tests.lab.client import Lab

PLAIN = frozenset({"arp", "neighbours", "touch"})


def rows() -> Iterator[Row]:
    """Every source against the plain ones; the listening window is 3 s, overlapped with probing."""
    others = {d.name for d in sources.discoveries()} - PLAIN - {sources.PASSIVE}
    left_out = ",".join(sorted(others | sources.NAME_SERVICES))
    with office() as lab, tempfile.TemporaryDirectory(prefix="camcensus-bench-") as name:
        folder = Path(name)
        contestants = [
            Contestant("camcensus collect", lambda: ours(lab, folder), 3),
            Contestant(
                "camcensus collect, ARP and touches only",
                lambda: ours(lab, folder, "--without", left_out),
                3,
            ),
        ]
        yield from contest("Discovery of a /24, 200 hosts", contestants)


def ours(lab: Lab, folder: Path, *options: str) -> Shot:
    """Hosts of the evidence."""
    evidence = folder / "evidence.jsonl"
    told = [lab.network, "--evidence", str(evidence), *options]
    command = [sys.executable, "-m", "scanner", "collect", *told]
    environment = {**lab.environment(), "HOME": str(folder)}

    def shoot() -> Shot:
        done = run(lab.command(command), environment=environment, good=(0, 3))
        lines = map(json.loads, evidence.read_text(encoding="utf-8").splitlines())
        hosts = {line["ip"] for line in lines if line["type"] == "host"}
        return Shot(done.seconds, f"{len(hosts)} hosts")

    return priced(lab, shoot)
