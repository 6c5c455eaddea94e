"""`camcensus demo`: namespaces or loopback, every report, nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

DEMO = [sys.executable, "-m", "scanner", "demo", "--directory"]
pytestmark = pytest.mark.lab


def ours(folder: Path) -> list[str]:
    """Processes that carry the demo's folder in their arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in arguments:
            found.append(arguments.decode(errors="replace"))
    return found


@pytest.mark.parametrize(("option", "mode"), [([], "namespaces"), (["--loopback"], "loopback")])
def test_demo_writes_every_report_and_says_how(
    tmp_path: Path, option: list[str], mode: str
) -> None:
    ended = subprocess.run(
        [*DEMO, str(tmp_path), *option],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "Practice network: emulated devices in 1" in ended.stderr
    assert mode in ended.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["summary"]["by_verdict"]["listed"] >= 10
    for name in ("report.html", "report.pdf", "report.csv", "evidence.jsonl", "journal.jsonl"):
        assert (tmp_path / name).stat().st_size > 0
    assert ours(tmp_path) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_demo_leaves_nothing_behind(tmp_path: Path, how: signal.Signals) -> None:
    child = subprocess.Popen(
        [*DEMO, str(tmp_path)],
        env={**os.environ, "HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    evidence = tmp_path / "evidence.jsonl"
    for _ in range(300):
        if evidence.exists() and evidence.stat().st_size > 20_000:
            break
        time.sleep(0.1)
    os.killpg(child.pid, how) if how is signal.SIGINT else child.send_signal(how)
    _, said = child.communicate(timeout=30)
    assert child.returncode == 130, said
    assert json.loads(evidence.read_text().splitlines()[-1])["type"] == "end"
    assert ours(tmp_path) == []
