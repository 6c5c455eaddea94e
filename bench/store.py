"""What a year of weekly runs costs to keep, and to ask: `python -m bench.store --help`.

Each week a hundredth of a site's devices gets other firmware, another lease, or is replaced.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from scanner.assess.comparison import Rule
from scanner.changes import compared, every_pair
from scanner.store.progress import progress
from scanner.store.runs import RunStore
from scanner.store.upkeep import size
from tests.store import postgres
from tests.store.site import Camera, finding, records, row

TURNOVER = 0.01


def main() -> None:
    """Fill a store, print what it takes."""
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    for name, usual in (("sites", 200), ("devices", 500), ("weeks", 52)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--postgresql", action="store_true", help="default: SQLite")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not given.postgresql:
            measure(RunStore(Path(folder)), given)
            return
        binaries = postgres.programs()
        if binaries is None:
            sys.exit("bench: not installed: postgresql")
        with postgres.server(binaries) as server:
            measure(RunStore(Path(folder), server.database()), given)


def measure(store: RunStore, given: argparse.Namespace) -> None:
    """One Markdown table."""
    sizes, seconds = filled(store, given)
    newest = store.all()[0]
    asked: dict[str, Callable[[], object]] = {
        "last run of a site: all conclusions": lambda: store.standings(store.find(newest.run)),
        "last run of a site: all evidence": lambda: list(store.records(store.find(newest.run))),
        "diff of the newest two runs of every site": lambda: compared(
            store, every_pair(store), Rule()
        ),
        "trend of all sites": lambda: progress(store, None),
    }
    print(
        f"| {given.sites} sites, {given.devices} devices, {given.weeks} weeks "
        f"| {store.database.engine.name} |"
    )
    print("|---|---|")
    for what, ask in asked.items():
        began = time.perf_counter()
        ask()
        print(f"| {what} | {time.perf_counter() - began:.2f} s |")
    runs = given.sites * given.weeks
    weekly = (sizes[-1] - sizes[0]) / max(len(sizes) - 1, 1) / given.sites
    print(f"| store after the first week, MB | {sizes[0] / 1e6:.1f} |")
    print(f"| store at the end, MB | {sizes[-1] / 1e6:.1f} |")
    print(f"| each further run of a site, kB | {weekly / 1e3:.1f} |")
    print(f"| taking in one run, s | {seconds / runs:.2f} |")


def filled(store: RunStore, given: argparse.Namespace) -> tuple[list[int], float]:
    """Sizes after each week in bytes, and the seconds spent in the store."""
    rng = random.Random(1)
    sites = {f"site-{n:03}": _site(n, given.devices) for n in range(given.sites)}
    sizes: list[int] = []
    seconds = 0.0
    for week in range(given.weeks):
        for site, cameras in sites.items():
            run = f"{site}-{week:04}"
            lines, found = records(cameras, run, week), [finding(c, site) for c in cameras]
            began = time.perf_counter()
            store.save(row(run, week, cameras, site), lines, found)
            seconds += time.perf_counter() - began
            _turn(rng, cameras)
        sizes.append(size(store))
        print(f"bench: store: week {week + 1}: {sizes[-1] / 1e6:.1f} MB", file=sys.stderr)
    return sizes, seconds


def _site(number: int, devices: int) -> list[Camera]:
    return [
        Camera(f"10.{number}.{n // 250}.{n % 250 + 1}", _mac(number * devices + n),
               f"4K01234PAZ{number * devices + n:07}")
        for n in range(devices)
    ]  # fmt: skip


def _mac(number: int) -> str:
    return "3c:ef:8c:" + ":".join(f"{number:06x}"[i : i + 2] for i in (0, 2, 4))


def _turn(rng: random.Random, cameras: list[Camera]) -> None:
    for n in rng.sample(range(len(cameras)), max(1, int(len(cameras) * TURNOVER))):
        camera, new = cameras[n], rng.randrange(2**20, 2**24)
        cameras[n] = rng.choice([
            replace(camera, firmware=f"2.{new}"),
            replace(camera, ip=f"{camera.ip.rsplit('.', 2)[0]}.9.{n % 250 + 1}"),
            replace(camera, mac=_mac(new), serial=f"5K{new:012}"),
        ])  # fmt: skip


if __name__ == "__main__":
    main()
