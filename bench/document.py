"""How long does the PDF report of 200 devices take? Beside it a browser printing the HTML report.

Whole processes: ours from the start of Python to the file on disk.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.contest import Contestant, Row, Shot, contest
from bench.process import run
from scanner.report import formats
from tests.report import samples

DEVICES, RUNS = 200, 5
CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")


def rows() -> Iterator[Row]:
    """Ours, and chromium on the page that it prints."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        page = folder / "report.html"
        write(page)
        contestants = [
            Contestant("camcensus, -o pdf", lambda: ours(folder), RUNS),
            Contestant("camcensus, -o html", lambda: ours(folder, "html"), RUNS),
            Contestant("chromium --print-to-pdf of -o html", lambda: printed(folder, page), RUNS),
        ]
        yield from contest(f"Report of {DEVICES} devices", contestants)


def ours(folder: Path, name: str = "pdf") -> Shot:
    """A process that makes the report and writes it."""
    path = folder / f"ours.{name}"
    return _shot([sys.executable, "-m", "bench.document", str(path)], folder, path)


def printed(folder: Path, page: Path) -> Shot:
    """A browser that prints the page."""
    path = folder / "printed.pdf"
    return _shot([*CHROMIUM, f"--print-to-pdf={path}", page.as_uri()], folder, path)


def _shot(command: Sequence[str], folder: Path, path: Path) -> Shot:
    done = run(command, environment={**os.environ, "HOME": str(folder)}, watched=True)
    size = path.stat().st_size // 1000
    return Shot(done.seconds, f"{size:,} kB", {"MB together": round(done.together)})


def write(path: Path) -> None:
    """The report in the format that the path ends in."""
    form = formats.find(path.suffix[1:])
    path.write_bytes(b"".join(form.render(samples.campus(DEVICES), samples.templates)))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
