"""Hostile devices cost a status each: no hang, no crash, hardly any memory."""

import json
import sys
from pathlib import Path

import pytest

from tests.lab_fixture import started

pytestmark = pytest.mark.lab
MEASURED = (
    "import resource, subprocess, sys;"
    "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode;"
    "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)
ALLOWED = 16 * 1024
"""KiB that all hostile hosts together may cost beyond a scan of ordinary ones."""


def peak(folder: Path, only: str) -> tuple[int, dict[str, object]]:
    """Peak memory (KiB) of the largest process of a scan, and its report."""
    folder.mkdir()
    with started("--only", only) as lab:
        report = folder / "report.json"
        scan = [sys.executable, "-m", "scanner", "scan", lab.network, "-o", f"json={report}"]
        ended = lab.run([sys.executable, "-c", MEASURED, *scan], env={"HOME": str(folder)})
    code, kilobytes = ended.stdout.split()
    assert int(code) in (0, 1, 3), ended.stderr
    return int(kilobytes), json.loads(report.read_text())


def test_hostile_hosts_cost_hardly_any_memory(tmp_path: Path) -> None:
    ordinary, _ = peak(tmp_path / "ordinary", "office-*")
    hostile, report = peak(tmp_path / "hostile", "hostile-*")
    devices = report["devices"]
    assert isinstance(devices, list)
    assert len(devices) >= 14
    assert hostile - ordinary < ALLOWED
