"""What every worker has in common: one JSON job line in, JSON lines out, an end with the parent.

The parent keeps standard input open for as long as it wants the answer. When it closes it, or
stops reading, or dies, the worker ends at once.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping

Line = Mapping[str, object]
Job = Mapping[str, object]
Jobs = Mapping[str, Callable[[Job], Iterator[Iterable[Line]]]]
"""Job name → function that yields batches of lines; a batch is written at once."""
MAX_JOB = 16 * 1024 * 1024
_STDIN = 0


def serve(jobs: Jobs) -> None:
    """Do the one job on standard input; what goes wrong in an expected way is an `error` line.

    `{"error": "bad-job" | "not-permitted" | "failed", "reason": …}`; the exit status stays 0.
    """
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if (line := _job_line()) is None:
        return
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for batch in _answer(jobs, line):
        _write(batch)


def _answer(jobs: Jobs, line: bytes) -> Iterator[Iterable[Line]]:
    try:
        job = json.loads(line)
        name = str(job.get("do")) if isinstance(job, dict) else ""
        if name not in jobs:
            raise ValueError(f"the job has to name one of {', '.join(jobs)} under 'do'")
        yield from jobs[name](job)
    except PermissionError as error:
        yield [{"error": "not-permitted", "reason": str(error)}]
    except OSError as error:
        yield [{"error": "failed", "reason": error.strerror or str(error)}]
    except ValueError as error:
        yield [{"error": "bad-job", "reason": str(error)}]


def _write(batch: Iterable[Line]) -> None:
    data = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in batch)
    sys.stdout.buffer.write(data.encode())
    sys.stdout.buffer.flush()


def _job_line() -> bytes | None:
    """The first line of standard input, None when it ends before the line does."""
    line = b""
    while not line.endswith(b"\n") and len(line) < MAX_JOB:
        data = os.read(_STDIN, 65536)
        if not data:
            return None
        line += data
    return line


def _end_with_parent() -> None:
    while os.read(_STDIN, 65536):
        pass
    os._exit(1)
