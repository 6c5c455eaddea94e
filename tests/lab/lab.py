"""Starts the practice LAN: `python lab.py run|serve|enter …`. Needs Python and PyYAML only."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

if __name__ == "__main__":
    # By place, so that it works wherever the folder lies and whatever the module path is.
    path = Path(__file__).resolve().parent / "emulator"
    spec = importlib.machinery.ModuleSpec("emulator", None, is_package=True)
    spec.submodule_search_locations = [str(path)]
    sys.modules["emulator"] = importlib.util.module_from_spec(spec)
    sys.exit(importlib.import_module("emulator.main").main(sys.argv[1:]))
