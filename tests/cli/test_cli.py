"""The command line: exit codes, and an answer that helps for every mistake."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import data, evidence
from scanner.model import Host, Observation, ProbeResult, ProbeStatus, Record, RunEnd, RunInfo

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the program with a home and a working directory of its own."""

    def run(
        *arguments: str, stdin: str = "", **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "scanner", *arguments],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "HOME": str(tmp_path), **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


MISTAKES = [
    (["scan", "10.0.0.300"], "target '10.0.0.300' is not an address"),
    (["scan", "10.0.0.0/8"], "--max-hosts"),
    (["scan", "8.8.8.0/24"], "--allow-public"),
    (["scan", "10.0.0.0/30", "--exclude", "10.0.0.0/24"], "exclusions leave no address"),
    (["scan", "127.0.0.1", "-p", "80,http"], "'http' is not a port"),
    (["scan", "127.0.0.1", "-p", "70000"], "1-65535"),
    (["scan", "127.0.0.1", "-p", "80/gopher"], "gopher"),
    (["scan", "127.0.0.1", "-o", "pdf"], "FORMAT=PATH"),
    (["scan", "127.0.0.1", "-o", "word=x.doc"], "no report format 'word'; there are:"),
    (["scan", "127.0.0.1", "--interface", "nosuch0"], "no usable interface"),
    (["scan", "127.0.0.1", "-o", "json=a", "-o", "csv=a"], "names 'a' twice"),
    (["scan", "127.0.0.1", "-o", "csv=reports/"], "csv is one file"),
    (["scan", "-iL", "/nonexistent/targets"], "cannot be read"),
    (["scan", "no-such-host.invalid"], "does not resolve"),
    (["scan", "127.0.0.1", "--resume", "/nonexistent.jsonl"], "cannot be read"),
    (["scan", "127.0.0.1", "--evidence", "/nonexistent/e.jsonl"], "cannot be written"),
    (["assess", "/nonexistent.jsonl"], "cannot be read"),
    (["assess", "x", "--as-of", "yesterday"], "--as-of"),
    (["report", "abc"], "no run begins with 'abc'"),
    (["report"], "no run is kept yet"),
    (["lists", "show", "hikvison"], "hikvision"),
    (["--config", "/nonexistent.toml", "runs"], "cannot be read"),
    (["scan", "127.0.0.1", "--data", "/nonexistent"], "no data directory"),
]


@pytest.mark.parametrize(("arguments", "text"), MISTAKES, ids=lambda v: " ".join(v)[:60])
def test_mistake_gets_an_answer_and_exit_code_two(
    run: Run, arguments: list[str], text: str
) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2, ended.stderr
    assert text in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_full_disk_for_a_report_is_told(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, AXIS)
    ended = run("assess", str(file), "-o", "html=/dev/full")
    assert ended.returncode == 2
    assert "/dev/full: cannot be written: No space left on device" in ended.stderr


def test_full_disk_for_evidence_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "e.jsonl.part").symlink_to("/dev/full")
    ended = run("scan", "127.0.0.1", "-p", "9", "--evidence", str(tmp_path / "e.jsonl"))
    assert ended.returncode == 2
    assert "No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr


def shipped_copy(folder: Path) -> Path:
    """The shipped data, to be broken."""
    for name in ("vendors", "rules", "reports"):
        shutil.copytree(data.data_dir() / name, folder / "data" / name)
    return folder / "data"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "rules/fingerprints/http.server.yml",
            "strength: characteristic",
            "strength: sure",
            "'declares'",
        ),
        ("rules/lists/us-bis-entity-list.yml", "vendor: dahua", "vendor: dahau", "dahau"),
        ("rules/ports.yml", "service: rtsp", "service: gopher", "port 554, line"),
        ("vendors/vendors.yml", "vendors:", "vendors: [", "vendors.yml"),
    ],
)
def test_broken_data_file_is_refused_with_file_and_reason(
    run: Run, tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    copy = shipped_copy(tmp_path)
    text = (copy / name).read_text()
    assert old in text
    (copy / name).write_text(text.replace(old, new, 1))
    ended = run("lists", "show", "--data", str(copy))
    assert ended.returncode == 2
    assert name in ended.stderr
    assert said in ended.stderr


def result(probe: str, port: int, *said: tuple[str, str], ip: str = "10.0.0.9") -> ProbeResult:
    seen = tuple(Observation(field, value) for field, value in said)
    return ProbeResult(ip, probe, ProbeStatus.OK, port, observations=seen)


RUN = RunInfo(
    "3f2b8c1e-0000-4000-8000-000000000001",
    "camcensus 0.1.0",
    "2026-11-23T10:00:00Z",
    scope=("10.0.0.0/24",),
)
END = RunEnd("2026-11-23T10:00:09Z", 1, 2, complete=True)
NOTHING = RunEnd("2026-11-23T10:00:09Z", 0, 0, complete=True)
AXIS: list[Record] = [
    RUN,
    Host("10.0.0.9", "00:40:8c:12:34:56", ("arp",), "2026-11-23T10:00:01Z"),
    result("tcp", 80, ("tcp.open", "80")),
    result("http", 80, ("http.www_authenticate", 'Digest realm="AXIS_00408C123456", nonce="1"')),
    END,
]
DAHUA: list[Record] = [
    RUN,
    Host("10.0.0.9", "3c:ef:8c:12:34:56", ("arp",), "2026-11-23T10:00:01Z"),
    result("tcp", 554, ("tcp.open", "554")),
    result("rtsp", 554, ("rtsp.server", "Dahua Rtsp Server")),
    END,
]
CAMERA: list[Record] = [
    RUN,
    Host("10.0.0.9", None, ("touch",), "2026-11-23T10:00:01Z"),
    result("tcp", 554, ("tcp.open", "554")),
    result("rtsp", 554, ("rtsp.server", "Hipcam RealServer/V1.0")),
    END,
]


def write(folder: Path, records: list[Record]) -> Path:
    path = folder / "evidence.jsonl"
    path.write_text("".join(evidence.dump(r) + "\n" for r in records))
    return path


@pytest.mark.parametrize(
    ("records", "code"),
    [(AXIS, 0), (DAHUA, 1), (AXIS[:-1], 3), (AXIS[1:-1], 3), ([RUN, NOTHING], 0), (CAMERA, 3)],
    ids=["not listed", "listed", "killed run", "foreign file", "nothing there", "unnamed camera"],
)
def test_exit_code_tells_the_outcome(
    run: Run, tmp_path: Path, records: list[Record], code: int
) -> None:
    file = str(write(tmp_path, records))
    ended = run("assess", file)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert run("assess", file, "--exit-zero").returncode == 0


def test_as_of_a_day_before_the_listing_finds_nothing_listed(run: Run, tmp_path: Path) -> None:
    file = str(write(tmp_path, DAHUA))
    before = json.loads(run("assess", file, "-o", "json=-", "--as-of", "2019-01-01").stdout)
    after = json.loads(run("assess", file, "-o", "json=-", "--as-of", "2019-10-09").stdout)
    assert before["devices"][0]["verdict"] == "not-listed"
    assert "us-bis-entity-list" in {m["list"] for m in after["devices"][0]["listings"]}


def test_torn_evidence_is_reported_and_used(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, DAHUA)
    file.write_text(file.read_text() + '{"type":"result","ip":"10.0.')
    ended = run("assess", str(file), "-o", "json=-")
    assert ended.returncode == 1
    assert "torn" in json.loads(ended.stdout)["coverage"]["damaged_lines"][0]


def test_evidence_from_standard_input(run: Run, tmp_path: Path) -> None:
    text = write(tmp_path, DAHUA).read_text()
    assert run("assess", "-", stdin=text).returncode == 1


def test_report_on_standard_output_is_nothing_but_the_report(run: Run, tmp_path: Path) -> None:
    ended = run("assess", str(write(tmp_path, DAHUA)), "-o", "json=-")
    assert json.loads(ended.stdout)["schema"] == "report-1"
    assert "traces back to a listed maker" in ended.stderr


def test_no_colour_without_a_terminal(run: Run, tmp_path: Path) -> None:
    ended = run("assess", str(write(tmp_path, DAHUA)))
    assert "\x1b" not in ended.stdout + ended.stderr


def test_run_is_kept_and_rendered_again(run: Run, tmp_path: Path) -> None:
    first = run("scan", "127.0.23.9", "-p", "9", "-o", f"json={tmp_path / 'a.json'}")
    assert first.returncode in (0, 3), first.stderr
    listed = run("runs").stdout.split()
    assert "finished" in listed
    again = run("report", listed[0], "-o", f"json={tmp_path / 'b.json'}")
    assert again.returncode == first.returncode
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    kept = tmp_path / ".local/share/camcensus"
    assert {p.stat().st_mode & 0o077 for p in (kept, *kept.rglob("*.db"))} == {0}


def test_home_that_cannot_be_written_is_no_obstacle(run: Run) -> None:
    ended = run("scan", "127.0.23.9", "-p", "9", HOME="/proc")
    assert ended.returncode in (0, 3), ended.stderr
    assert "will not show this run" in ended.stderr
    path = re.search(r"Evidence: (\S+)", ended.stderr)
    assert path
    Path(path[1]).unlink()


def test_settings_come_from_file_environment_and_option_in_that_order(
    run: Run, tmp_path: Path
) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text("[scan]\nmax-rate = 100\nhost-timeout = 9\n")
    shown = run("--config", str(settings), "config", CAMCENSUS_SCAN_MAX_RATE="50").stdout
    scan = shown.split("[scan]")[1]
    assert "max-rate = 50.0  # environment" in scan
    assert "host-timeout = 9.0  # default map" in scan


@pytest.mark.parametrize(
    ("text", "said"),
    [("[scan]\nspeed = 3\n", "scan.speed"), ("[scann]\n", "scann"), ("[scan\n", "is not TOML")],
)
def test_wrong_settings_are_refused(run: Run, tmp_path: Path, text: str, said: str) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text(text)
    ended = run("--config", str(settings), "runs")
    assert ended.returncode == 2
    assert said in ended.stderr


def test_targets_and_exclusions_from_files(run: Run, tmp_path: Path) -> None:
    targets, excluded = tmp_path / "targets", tmp_path / "excluded"
    targets.write_text("# office\n127.0.23.8/30  # cameras\n")
    excluded.write_text("127.0.23.9\n")
    ended = run("scan", "-iL", str(targets), "--exclude-file", str(excluded), "-p", "9")
    assert "Scope: 127.0.23.8/30 (3 addresses)" in ended.stderr


def test_doctor_says_what_can_be_seen(run: Run) -> None:
    ended = run("doctor")
    assert ended.returncode == 0
    assert "TCP touches" in ended.stdout


def test_lists_show_prints_the_rows_of_a_maker(run: Run) -> None:
    shown = run("lists", "show", "dahua").stdout
    assert "us-bis-entity-list" in shown
    assert "since 2019-10-09" in shown
    assert "us-ofac-ns-cmic: not on the list as of" in shown


def test_help_is_quick_to_import(run: Run) -> None:
    """No third-party library but click is loaded for --help."""
    code = "import sys; import scanner.cli; print(sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout
    for heavy in ("rich", "pydantic", "jinja2", "sqlalchemy", "scapy", "cryptography"):
        assert f"'{heavy}'" not in loaded
