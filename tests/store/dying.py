"""A run that dies: writes evidence as a scan does, and ends at the point it is told.

python -m tests.store.dying HOME KIND NUMBER [URL]; every acknowledged line goes to standard output.
KIND is `line` or `statement` (killed at the line written, at the statement of the database), or
`limit` (no file may grow beyond so many bytes) or `none`.
"""

import os
import resource
import signal
import sys
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from scanner import app, evidence, keeping
from scanner.errors import EvidenceError
from scanner.evidence import Writer
from scanner.model import RunInfo
from scanner.store.runs import FINISHED
from tests.store.site import Camera, records

CAMERAS = [Camera(f"192.0.2.{n}", serial=f"4K01234PAZ{n:05}") for n in range(1, 41)]
LINES = records(CAMERAS, "dying", 1)


def main() -> None:
    """One run; the end of the process is its end."""
    home, kind, number, url = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    keeping.DIRECTORY = home
    judgement = app.Judgement(app.knowledge(), date(2026, 1, 12))
    info = next(r for r in LINES if isinstance(r, RunInfo))
    kept = keeping.Kept(info, None, judgement, None, url)
    if kind == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (number, number))
    writer = Writer(kept.path)
    writer.publish()
    try:
        for line, record in enumerate(LINES):
            writer.write(record)
            sys.stdout.write(evidence.dump(record) + "\n")
            sys.stdout.flush()
            if (kind, line) == ("line", number):
                os.kill(os.getpid(), signal.SIGKILL)
    except EvidenceError:
        kept.finish("failed")
        sys.exit(2)
    if kind == "statement":
        _die_at(number)
    kept.finish(FINISHED)


def _die_at(number: int) -> None:
    counted = count()

    @event.listens_for(Engine, "before_cursor_execute")
    def _(*_: Any) -> None:
        if next(counted) == number:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
