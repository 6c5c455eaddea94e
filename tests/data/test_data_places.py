"""Where the data is found: `--data`, the installed copy, the checkout; and what is read there."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scanner import data
from scanner.data import files
from scanner.errors import DataError
from tests.data.small import FILES, data_directory

ROOT = Path(__file__).resolve().parents[2]


def installed(root: Path) -> Path:
    """The package laid out below `root` as the wheel of pyproject.toml lays it out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    ignore = shutil.ignore_patterns("__pycache__")
    for package in wheel["packages"]:
        shutil.copytree(ROOT / package, root / package, ignore=ignore)
    for source, target in wheel["force-include"].items():
        shutil.copytree(ROOT / source, root / target, ignore=ignore)
    return root


def test_the_wheel_finds_its_own_copy(tmp_path: Path) -> None:
    root = installed(tmp_path / "site")
    code = (
        "import json; from scanner import data; k = data.load(); "
        "print(json.dumps([str(data.data_dir()), str(data.lab_dir()), len(k.rules), "
        "[f.sha256 for f in k.files]]))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    where, lab, rules, digests = json.loads(found.stdout)
    knowledge = data.load()
    assert where == str(root / "scanner" / "_data")
    assert lab == str(root / "scanner" / "_data" / "lab")
    assert rules == len(knowledge.rules)
    assert digests == [file.sha256 for file in knowledge.files]


def test_a_checkout_finds_its_own_files() -> None:
    assert data.data_dir() == ROOT
    assert data.lab_dir() == ROOT / "tests" / "lab"


def test_the_operators_directory_comes_first(tmp_path: Path) -> None:
    assert data.data_dir(data_directory(tmp_path)) == tmp_path
    assert [vendor.id for vendor in data.load(tmp_path).vendors] == ["acme", "bolt"]


def test_a_package_without_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "scanner")
    with pytest.raises(DataError, match="the data files are not installed"):
        data.data_dir()
    with pytest.raises(DataError, match="the practice LAN is not installed"):
        data.lab_dir()


def test_every_file_read_has_its_digest(tmp_path: Path) -> None:
    knowledge = data.load(data_directory(tmp_path))
    assert {file.name for file in knowledge.files} == set(FILES)
    for file in knowledge.files:
        assert file.sha256 == hashlib.sha256((tmp_path / file.name).read_bytes()).hexdigest()
    editions = {file.name: file.edition for file in knowledge.files if file.edition}
    assert editions == {
        "rules/lists/some-list.yml": "2026-06-01",
        "vendors/oui.csv": "2026-10-24",
    }


def test_reading_twice_gives_equal_values(tmp_path: Path) -> None:
    data_directory(tmp_path)
    assert data.load(tmp_path) == data.load(tmp_path)


def test_template_and_schema_come_from_the_same_place(tmp_path: Path) -> None:
    data_directory(tmp_path)
    for folder in ("templates", "schema"):
        (tmp_path / "reports" / folder).mkdir(parents=True)
    (tmp_path / "reports/templates/page.html").write_text("grüße", "utf-8")
    (tmp_path / "reports/schema/report-1.json").write_text('{"type": "object"}', "utf-8")
    assert data.template("page.html", tmp_path) == "grüße"
    assert data.schema("report-1", tmp_path) == {"type": "object"}


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/b", ".", "..", ".hidden"])
def test_a_template_name_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="is not the name of a file in reports/templates"):
        data.template(name, data_directory(tmp_path))


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "line 1: not JSON"), ("[]", "is not a JSON object")],
)
def test_a_broken_schema(tmp_path: Path, text: str, reason: str) -> None:
    (data_directory(tmp_path) / "reports" / "schema").mkdir(parents=True)
    (tmp_path / "reports/schema/report-1.json").write_text(text, "utf-8")
    with pytest.raises(DataError, match=reason):
        data.schema("report-1", tmp_path)


def test_the_published_schemas_are_objects() -> None:
    names = [path.stem for path in (ROOT / "reports" / "schema").glob("*.json")]
    assert names
    assert all(data.schema(name).get("type") == "object" or data.schema(name) for name in names)
