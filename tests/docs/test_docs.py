"""The documents agree with the tree and with the program."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanner.cli import camcensus
from scanner.report import formats
from tests.docs import generated

ROOT = Path(__file__).parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
README = (ROOT / "README.md").read_text()


def rows() -> list[list[str]]:
    """Cells of the table "To add … write …"."""
    table = CONTRIBUTING.split("## To add")[1].split("## Practices")[0]
    lines = [line for line in table.splitlines() if line.startswith("| a")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_what_contributing_names_exists(row: list[str]) -> None:
    for path in re.findall(r"`([a-z]+/[\w./<>-]+)`", " ".join(row)):
        where = ROOT / path.split("<")[0].rstrip("/")
        assert where.exists(), path


@pytest.mark.parametrize("row", [r for r in rows() if "ending in" in r[1]], ids=lambda row: row[0])
def test_every_file_of_a_registry_ends_as_contributing_says(row: list[str]) -> None:
    folder = re.search(r"`(scanner/[\w/]+)/<", row[1])
    ending = re.search(r"ending in `(\w+: \w+) = …`", row[1])
    assert folder
    assert ending
    files = [p for p in (ROOT / folder[1]).glob("*.py") if p.name != "__init__.py"]
    line = re.compile(rf"^{ending[1]}", re.MULTILINE)
    modules = [p for p in files if line.search(p.read_text())]
    assert modules
    for module in modules:
        assert module.read_text().rstrip().splitlines()[-1].startswith(ending[1]), module.name


def test_readme_names_every_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "--help"], capture_output=True, text=True, check=True
    )
    commands = re.findall(r"^  ([a-z]+)  ", done.stdout.split("Commands:")[1], re.MULTILINE)
    assert len(commands) >= 9
    for command in commands:
        assert f"`{command}" in README or f"camcensus {command}" in README, command


def test_readme_gives_the_exit_codes() -> None:
    for code in ("0", "1", "2", "3", "130"):
        assert re.search(rf"^\| {code} \|", README, re.MULTILINE), code


@pytest.mark.parametrize("document", [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
def test_links_within_the_project_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_ci_runs_the_readmes_test_command() -> None:
    command = "python3 bootstrap.py test"
    assert command in README
    assert command in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("document", generated.PARTS, ids=lambda path: path.name)
def test_lists_of_formats_follow_the_registry(document: Path) -> None:
    assert "<!-- formats -->" in document.read_text()
    assert generated.renewed(document) == document.read_text(), "python -m tests.docs.generated"


@pytest.mark.parametrize("command", ["scan", "assess", "report"])
def test_help_lists_every_format_of_the_registry(command: str) -> None:
    listed = CliRunner().invoke(camcensus, [command, "--help"]).output.split("Report formats:")[1]
    assert re.findall(r"^  (\w+)  ", listed, re.MULTILINE) == list(formats.known())
