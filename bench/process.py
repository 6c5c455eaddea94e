"""Whole processes under measurement: seconds, and megabytes of the process and its children."""

import subprocess
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast

ROOT = Path(__file__).resolve().parents[1]
LOOK = 0.05
"""Seconds between two looks at the memory."""


@dataclass(frozen=True, slots=True)
class Done:
    """A process that has ended well. Megabytes are 10^6 bytes of resident memory at the peak."""

    seconds: float
    output: str
    largest: float = 0.0
    together: float = 0.0


def run(
    command: Sequence[str],
    *,
    line: str = "",
    environment: Mapping[str, str] | None = None,
    good: Collection[int] = (0,),
    watched: bool = False,
) -> Done:
    """From start to end, in the checkout. `line` goes to standard input, which stays open.

    RuntimeError with the program's own words for an exit status that is not a good one.
    """
    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            cwd=ROOT,
            env=environment,
        ) as process:
            memory = Memory(process.pid, watched=watched)
            output = _talk(process, line)
            code = process.wait()
        seconds = time.perf_counter() - started
        memory.stop()
        if code not in good:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)} ended with {code}: {said.read()[-2000:]}")
    return Done(seconds, output, memory.largest, memory.together)


def _talk(process: "subprocess.Popen[str]", line: str) -> str:
    stdin, stdout = cast(TextIO, process.stdin), cast(TextIO, process.stdout)
    if line:
        stdin.write(line + "\n")
        stdin.flush()
    return stdout.read()


class Memory:
    """Looks at a process and all its children until told to stop."""

    def __init__(self, process: int, *, watched: bool) -> None:
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.largest = self.together = 0.0
        if watched:
            self._thread.start()

    def stop(self) -> None:
        """Nothing is measured after this."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            sizes = [_sizes(number) for number in family(self._process)]
            self.largest = max(self.largest, *(peak for _, peak in sizes))
            self.together = max(self.together, sum(now for now, _ in sizes))


def family(process: int) -> Iterator[int]:
    """The process and everything it started that is still there."""
    yield process
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:
        return
    for child in children.split():
        yield from family(int(child))


def _sizes(process: int) -> tuple[float, float]:
    """Megabytes of resident memory: now, and at the peak; none for a process that has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0, 0.0
    fields = dict(row.split(":", 1) for row in status.splitlines())
    now, peak = (fields.get(name, "0 kB").split()[0] for name in ("VmRSS", "VmHWM"))
    return int(now) * 1024 / 1e6, int(peak) * 1024 / 1e6
