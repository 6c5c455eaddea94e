"""One format of one report, in a process of its own: prints seconds of rendering and bytes written.

`python -m bench.rendering FORMAT=PATH PICKLE`, the pickle being a report of `bench.reports`.
"""

import gc
import json
import pickle
import sys
import time
from pathlib import Path

from scanner import delivery


def main() -> None:
    """Load, write, tell."""
    wanted, kept = sys.argv[1:]
    gc.disable()
    with Path(kept).open("rb") as file:
        report = pickle.load(file)  # noqa: S301 - made by the process that started this one
    gc.enable()
    gc.freeze()
    (output,) = delivery.outputs([wanted])
    started = time.perf_counter()
    delivery.write(report, output)
    seconds = time.perf_counter() - started
    place = Path(output.path)
    size = sum(p.stat().st_size for p in (place.iterdir() if place.is_dir() else [place]))
    print(json.dumps({"seconds": seconds, "bytes": size}))


if __name__ == "__main__":
    main()
