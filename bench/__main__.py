"""`python -m bench [PART …]`: one Markdown table of medians and ratios."""

import argparse
import os
import platform
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import FrameType

from bench import discovery, document, job, judge, memory, ports, reports, sweep
from bench.contest import Row, table
from bench.process import run

PARTS: Mapping[str, Callable[[], Iterable[Row]]] = {
    "sweep": sweep.rows,
    "ports": ports.rows,
    "discovery": discovery.rows,
    "job": job.rows,
    "memory": memory.rows,
    "judge": judge.rows,
    "reports": reports.rows,
    "document": document.rows,
}
PROGRAMS = {"arp-scan": "arp-scan", "chromium": "chromium", "ip": "iproute2", "nmap": "nmap"}
"""Program → the Debian package that has it."""


def main() -> None:
    """Run the parts named, or all of them, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="*", metavar="|".join(PARTS), help="default: all of them")
    chosen = parser.parse_args().part or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if problem := what_is_missing():
        sys.exit(problem)
    signal.signal(signal.SIGTERM, _leave)
    before = _load()
    rows = [row for part in chosen for row in _told(part)]
    print("\n".join(table(rows)))
    print(f"\n{_machine()}; load {before} before, {_load()} after.")


def what_is_missing() -> str:
    """Why no comparison can be made here, and what to do; empty when one can."""
    if os.geteuid() != 0:
        return "bench: network namespaces and raw packets need root"
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if not missing:
        return ""
    wanted = Path(__file__).with_name("debian-packages.txt")
    return (
        f"bench: not installed: {', '.join(missing)}. On Debian: apt-get install "
        f"{' '.join(missing)} (all that is needed: {wanted})"
    )


def _told(part: str) -> Iterable[Row]:
    for row in PARTS[part]():
        print(f"bench: {part}: {row.tool}: {row.median:.2f} s", file=sys.stderr)
        yield row


def _machine() -> str:
    """What the figures were taken on."""
    nmap, arp_scan = (_version(program) for program in ("nmap", "arp-scan"))
    python, linux = platform.python_version(), platform.release()
    tools = f"nmap {nmap}, arp-scan {arp_scan}, Python {python}, Linux {linux}"
    return f"{tools}, {os.cpu_count()} cores"


def _version(program: str) -> str:
    """The first number it prints of itself."""
    found = re.search(r"\d[\d.]*", run([program, "--version"]).output)
    return found.group() if found else "of unknown version"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _leave(number: int, _frame: FrameType | None) -> None:
    """An end by signal still removes the namespaces."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
