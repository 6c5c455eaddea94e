"""`camcensus key`, `bundle` and `verify`: right, altered in every way, and hostile."""

import json
import stat
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import bundles, evidence, keeping
from scanner.cli import camcensus
from scanner.errors import CamcensusError
from scanner.model import RunInfo
from scanner.seal import archive, keys, manifest
from scanner.seal.manifest import Altered
from scanner.store.runs import FINISHED, Run

ROOT = Path(__file__).parents[2]
OFFICE = ROOT / "tests" / "assess" / "golden" / "office.jsonl"
DAY = ("--as-of", "2026-11-23")
SHARED = [HealthCheck.function_scoped_fixture]
Members = dict[str, bytes]
WAIVERS = """
waivers:
- id: lobby-2026
  devices: [{ip: 192.0.2.20}]
  lists: [us-ndaa-889]
  reason: Replacement is ordered.
  approver: A. Person
  from: 2026-11-01
  until: 2027-01-31
  evidence: purchase order 4711
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "DIRECTORY", tmp_path / "store")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(camcensus, [str(a) for a in arguments], standalone_mode=False)


def done(*arguments: object) -> str:
    ended = call(*arguments)
    assert ended.exception is None, ended.exception
    assert ended.return_value == 0, ended.output
    return ended.output


def options(folder: Path) -> tuple[object, ...]:
    files = ("--key", folder / "key", "--waivers", folder / "mine.yaml")
    return (*files, "-o", "csv", "--site", "Office")


def altered(path: Path, *arguments: object) -> str:
    ended = call("verify", path, *arguments)
    assert ended.exception is None, ended.exception
    assert ended.return_value == 1, ended.output
    return ended.output


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with key, key.pub and the signed bundle.zip."""
    folder = tmp_path_factory.mktemp("signed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "DIRECTORY", folder / "store")
        done("key", "new", folder / "key")
        (folder / "mine.yaml").write_text(WAIVERS)
        done("bundle", OFFICE, "--out", folder / "bundle.zip", *DAY, *options(folder))
    return folder


def members(path: Path) -> Members:
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def rezipped(given: Members, path: Path) -> Path:
    """A zip in the form of a bundle with these contents."""
    with zipfile.ZipFile(path, "w") as out:
        for name in sorted(given):
            info = archive._info(name)
            out.writestr(info, given[name])
    return path


def test_a_round_trip_is_right_and_says_whose_it_is(signed: Path) -> None:
    bundle = signed / "bundle.zip"
    assert "Signed with the key you gave" in done(
        "verify", bundle, "--public-key", signed / "key.pub"
    )
    assert "which the bundle itself names" in done("verify", bundle)
    held = members(bundle)
    made = json.loads(held["manifest.json"])
    assert held["evidence/0001.jsonl"] == OFFICE.read_bytes()
    assert held["files/waivers.yaml"].decode() == WAIVERS
    assert b"lobby-2026" in held["report/report.json"]
    assert held["data/vendors/oui.csv"] == (ROOT / "vendors" / "oui.csv").read_bytes()
    assert {"report/report.json", "report/report.csv", "manifest.sig"} <= held.keys()
    assert (made["as_of"], made["clock"], made["site"]) == ("2026-11-23", bundles.GIVEN, "Office")
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600


def test_the_same_gives_the_same_bytes(signed: Path, tmp_path: Path) -> None:
    done("bundle", OFFICE, "--out", tmp_path / "again.zip", *DAY, *options(signed))
    assert (tmp_path / "again.zip").read_bytes() == (signed / "bundle.zip").read_bytes()


def test_unsigned_is_right_but_told_and_not_what_a_key_asks_for(
    signed: Path, tmp_path: Path
) -> None:
    done("bundle", OFFICE, "--out", tmp_path / "b.zip", *DAY)
    assert "Not signed" in done("verify", tmp_path / "b.zip")
    assert "not signed" in altered(tmp_path / "b.zip", "--public-key", signed / "key.pub")


def test_another_key_is_named(signed: Path, tmp_path: Path) -> None:
    keys.new(tmp_path / "other")
    output = altered(signed / "bundle.zip", "--public-key", tmp_path / "other.pub")
    assert "signed with another key" in output


def test_keys_are_private_and_never_overwritten(tmp_path: Path) -> None:
    done("key", "new", tmp_path / "key")
    before = (tmp_path / "key").read_bytes()
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert isinstance(call("key", "new", tmp_path / "key").exception, CamcensusError)
    assert (tmp_path / "key").read_bytes() == before
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(CamcensusError, match="others can read"):
        keys.private(tmp_path / "key")


def _put(name: str, content: bytes) -> Callable[[Members], object]:
    return lambda held: held.update({name: content})


ALTERATIONS: list[tuple[str, Callable[[Members], object], str]] = [
    ("evidence", _put("evidence/0001.jsonl", b"{}\n"), "evidence/0001.jsonl: was altered"),
    ("data", _put("data/rules/ports.yml", b"[]\n"), "data/rules/ports.yml: was altered"),
    ("report", _put("report/report.csv", b"x"), "report/report.csv: was altered"),
    ("manifest", _put("manifest.json", b"{}"), "manifest.json: is not a manifest"),
    ("signature", _put("manifest.sig", bytes(64)), "manifest.json: was altered"),
    ("added", _put("files/waivers.yml", b"x"), "'files/waivers.yml': was added"),
    ("climbing", _put("../../outside", b"x"), "'../../outside': was added"),
    ("missing", lambda held: held.pop("report/report.csv"), "report/report.csv: is missing"),
    ("unsigned", lambda held: held.pop("manifest.sig"), "manifest.sig: is missing"),
    ("bomb", _put("report/report.csv", bytes(50_000_000)), "report/report.csv: was altered"),
]


@pytest.mark.parametrize(
    ("alter", "said"), [a[1:] for a in ALTERATIONS], ids=[a[0] for a in ALTERATIONS]
)
def test_what_was_altered_is_named(
    signed: Path, tmp_path: Path, alter: Callable[[Members], object], said: str
) -> None:
    held = members(signed / "bundle.zip")
    alter(held)
    output = altered(rezipped(held, tmp_path / "b.zip"))
    assert said in output
    assert not (tmp_path.parent / "outside").exists()


def test_the_same_name_twice_is_named(signed: Path, tmp_path: Path) -> None:
    path = rezipped(members(signed / "bundle.zip"), tmp_path / "b.zip")
    with zipfile.ZipFile(path, "a") as out, pytest.warns(UserWarning, match="Duplicate"):
        out.writestr(archive._info("report/report.csv"), b"x")
    assert "'report/report.csv': stands twice" in altered(path)


def test_a_report_that_does_not_follow_is_named_though_the_manifest_fits(
    signed: Path, tmp_path: Path
) -> None:
    with bundles._folder() as folder:
        made = archive.unpack(signed / "bundle.zip", folder, None)
        report = folder / "report" / "report.json"
        report.write_bytes(report.read_bytes().replace(b"192.0.2.20", b"192.0.2.99"))
        forged = made.model_copy(update={"public_key": "", "files": ()})
        for name in (manifest.NAME, manifest.SIGNATURE):
            (folder / name).unlink(missing_ok=True)
        forged = forged.model_copy(update={"files": manifest.entries(folder)})
        archive.pack(folder, forged, None, tmp_path / "b.zip")
    assert "report/report.json: does not follow" in altered(tmp_path / "b.zip")


def test_a_manifest_cannot_name_a_place_outside() -> None:
    entry = {"name": "../x", "size": 0, "sha256": "0" * 64}
    made = {
        "manifest": "bundle-1", "tool": "", "cards": "", "as_of": "2026-11-23", "clock": "",
        "site": "", "lists": {}, "public_key": "", "files": [entry],
    }  # fmt: skip
    with pytest.raises(Altered):
        manifest.load(json.dumps(made).encode())


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), tail=st.booleans())
def test_every_bit_changed_in_a_file_or_the_directory_is_noticed(
    signed: Path, tmp_path: Path, place: float, bit: int, tail: bool
) -> None:
    raw = bytearray((signed / "bundle.zip").read_bytes())
    reach = 8_000 if tail else len(raw)
    raw[len(raw) - reach + int(place * reach)] ^= 1 << bit
    path = tmp_path / "bent.zip"
    path.write_bytes(raw)
    with bundles._folder() as folder, suppress(Altered):
        made = archive.unpack(path, folder, keys.public(signed / "key.pub"))
        # Unused bits of a compressed stream may differ: then no byte of any file does.
        assert made.dump() == members(signed / "bundle.zip")["manifest.json"]
        assert tail is False
        assert manifest.entries(folder) == made.files


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(head=st.binary(max_size=200), cut=st.integers(0, 700_000), end=st.binary(max_size=100))
def test_verify_never_raises_on_whatever_it_is_given(
    signed: Path, tmp_path: Path, head: bytes, cut: int, end: bytes
) -> None:
    raw = (signed / "bundle.zip").read_bytes()
    path = tmp_path / "hostile.zip"
    path.write_bytes(head + raw[cut:] + end or b"x")
    assert call("verify", path).return_value == (0 if path.read_bytes() == raw else 1)


@settings(max_examples=60, deadline=None)
@given(
    raw=st.binary(max_size=300)
    | st.recursive(
        st.none() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    ).map(lambda value: json.dumps(value).encode())
)
def test_no_manifest_is_believed_that_was_not_written_so(raw: bytes) -> None:
    with pytest.raises(Altered):
        manifest.load(raw)


def test_a_file_where_a_folder_must_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"")
    clash = (*manifest.entries(tmp_path / "in"), manifest.entries(tmp_path / "in")[0])
    clash = (clash[0], clash[1].model_copy(update={"name": "a/b"}))
    made = manifest.Manifest(
        tool="", cards="", as_of=date(2026, 11, 23), clock="", site="", lists={},
        public_key="", files=clash,
    )  # fmt: skip
    rezipped({"a": b"", "a/b": b"", "manifest.json": made.dump()}, tmp_path / "b.zip")
    altered(tmp_path / "b.zip")


def test_a_kept_run_is_bundled_from_the_store(tmp_path: Path) -> None:
    records = [r for r in evidence.read(OFFICE) if not isinstance(r, evidence.Damage)]
    info = next(r for r in records if isinstance(r, RunInfo))
    store = keeping.opened()
    row = Run(info.run, info.started, "", FINISHED, "192.0.2.0/24", "", site="Hall")
    store.save(row, records, ())
    done("bundle", info.run[:8], "--out", tmp_path / "b.zip", *DAY)
    assert "Right" in done("verify", tmp_path / "b.zip")
    assert json.loads(members(tmp_path / "b.zip")["manifest.json"])["site"] == "Hall"


def test_a_damaged_line_of_a_kept_run_stays_one(tmp_path: Path) -> None:
    records = list(evidence.read(OFFICE))
    bundles._dump([*records, evidence.Damage(7, "not\nJSON")], tmp_path / "dumped.jsonl")
    again = list(evidence.read(tmp_path / "dumped.jsonl"))
    assert again[:-1] == records
    assert isinstance(again[-1], evidence.Damage)


def test_mistakes_are_not_alterations(tmp_path: Path) -> None:
    assert isinstance(call("verify", tmp_path / "none.zip").exception, CamcensusError)
    assert isinstance(
        call("bundle", "none.jsonl", "--out", tmp_path / "b.zip").exception, CamcensusError
    )
    assert not (tmp_path / "b.zip").exists()
    ancient = ("--out", tmp_path / "b.zip", "--as-of", "1850-01-01")
    assert "1900-01-01" in str(call("bundle", OFFICE, *ancient).exception)
