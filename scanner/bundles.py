"""`camcensus key`, `bundle` and `verify`: a report with all it rests on, and the proof of it."""

import asyncio
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from scanner import app, commands, data, delivery, evidence, keeping
from scanner.console import say
from scanner.errors import CamcensusError, UsageError
from scanner.model import Record, ScanReport
from scanner.report import formats
from scanner.report.text import excerpt
from scanner.scan import TOOL
from scanner.seal import archive, keys, manifest
from scanner.seal.manifest import CHUNK, Altered, Manifest

REPORT = "report/report.json"
DATA = ("rules", "vendors")
ROLES = ("profile", "waivers", "prices", "catalogue", "decisions")
GIVEN = "given by the operator (--as-of)"
SYSTEM = "this machine's clock (UTC), not compared with another"


def key_new(*, file: Path) -> int:
    """A private key and its public key."""
    public = keys.new(file)
    say(f"Wrote {file} (keep it to yourself) and {public} (give it to whoever verifies)")
    return commands.CLEAN


def bundle(
    *,
    sources: Sequence[str],
    out: Path,
    key: Path | None,
    outputs: Sequence[str],
    store: str,
    **given: Any,
) -> int:
    """Everything copied into a folder, judged there, measured and zipped."""
    chosen = [formats.find(name) for name in sorted({"json", *outputs})]
    signer = keys.private(key) if key else None
    judged = commands.judgement(**given)
    if not manifest.FIRST <= judged.as_of <= manifest.LAST:
        raise UsageError(
            f"--as-of {judged.as_of}: give a day from {manifest.FIRST} to {manifest.LAST}"
        )
    with _folder() as folder:
        its_site = _copy_evidence(sources, store, folder / "evidence")
        site = judged.site or its_site
        _copy_data(given["data"], folder / "data")
        _copy_files(given, folder / "files")
        report = _report(folder, judged.as_of, site)
        (folder / "report").mkdir()
        for each in chosen:
            path = folder / "report" / f"report.{each.about.ending}"
            delivery.write(report, delivery.Output(each, str(path)), given["data"])
        clock = GIVEN if given["as_of"] else SYSTEM
        made = _manifest(folder, report, site, clock, signer)
        with TemporaryDirectory(prefix="camcensus-zip-") as beside:
            packed = Path(beside, "bundle.zip")
            archive.pack(folder, made, signer, packed)
            with packed.open("rb") as file:
                delivery.write_file(out, iter(lambda: file.read(CHUNK), b""))
    signed = "signed" if signer else "not signed: --key FILE would sign it"
    say(f"Wrote {out} (files: {len(made.files)}, {signed})")
    return commands.CLEAN


def verify(*, file: Path, public_key: Path | None) -> int:
    """The bundle's files against its manifest, and its report against its evidence."""
    trusted = keys.public(public_key) if public_key else None
    try:
        with _folder() as folder:
            made = archive.unpack(file, folder, trusted)
            _check_report(folder, made)
    except Altered as error:
        click.echo(f"{file}: {excerpt(str(error), 300)}")
        return commands.FOUND
    click.echo(f"Right: {len(made.files)} files are as bundled, and {REPORT} follows from them.")
    click.echo(_signed(made, trusted=trusted is not None))
    return commands.CLEAN


def _signed(made: Manifest, *, trusted: bool) -> str:
    if trusted:
        return f"Signed with the key you gave ({made.public_key[:16]})."
    if made.public_key:
        return (
            f"Signed with key {made.public_key[:16]}, which the bundle itself names: "
            "--public-key FILE proves whose it is."
        )
    return "Not signed: whoever had the file could have made another."


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="camcensus-bundle-") as name:
        yield Path(name)


def _copy_evidence(sources: Sequence[str], store: str, folder: Path) -> str:
    """The files, or the kept run when no file is named; the run's site."""
    folder.mkdir()
    paths = [Path(source) for source in sources]
    if paths and (len(paths) > 1 or paths[0].is_file()):
        for number, path in enumerate(paths, 1):
            _copy(path, folder / f"{number:04}.jsonl")
        return ""
    kept = keeping.opened(store)
    run = kept.find(sources[0] if sources else "")
    _dump(keeping.records((), run.run, store), folder / "0001.jsonl")
    return run.site


def _dump(records: Iterable[Record | evidence.Damage], path: Path) -> None:
    """A damaged line stays one, saying why, so that the report counts it."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            if isinstance(record, evidence.Damage):
                line = " ".join(f"damaged: {record}".splitlines())
            else:
                line = evidence.dump(record)
            file.write(line + "\n")


def _copy_data(given: Path | None, folder: Path) -> None:
    root = data.data_dir(given)
    for top in DATA:
        for path in sorted((root / top).rglob("*")):
            name = path.relative_to(root)
            if path.is_file() and not any(part.startswith(".") for part in name.parts):
                _copy(path, folder / name)


def _copy_files(given: Mapping[str, Any], folder: Path) -> None:
    """The operator's files under the names of their parts, with the ending they had."""
    decisions = commands.decisions_file(given["decisions"])
    kept = decisions if given["decisions"] or decisions.is_file() else None
    for role in ROLES:
        path: Path | None = kept if role == "decisions" else given[role]
        if path:
            ending = path.suffix if path.suffix[1:].isalnum() and path.suffix.isascii() else ""
            _copy(path, folder / f"{role}{ending}")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with source.open("rb") as read, target.open("wb") as write:
            shutil.copyfileobj(read, write, CHUNK)
    except OSError as error:
        raise UsageError(f"{source}: cannot be bundled: {error.strerror}") from error


def _report(folder: Path, as_of: date, site: str) -> ScanReport:
    """The report on a bundle's evidence by a bundle's data and files."""
    known = app.knowledge(folder / "data")
    files = {path.stem: path for path in sorted((folder / "files").glob("*")) if path.stem in ROLES}
    said = app.organisation(known, app.Files(**files))
    judged = app.Judgement(known, as_of, site, said)
    return asyncio.run(app.assess(sorted((folder / "evidence").glob("*")), judged))


def _manifest(
    folder: Path, report: ScanReport, site: str, clock: str, signer: Ed25519PrivateKey | None
) -> Manifest:
    return Manifest(
        tool=TOOL,
        cards=metadata.version("mac-vendor-lookup"),
        as_of=report.as_of,
        clock=clock,
        site=site,
        lists={each.id: each.edition for each in report.lists},
        public_key=signer.public_key().public_bytes_raw().hex() if signer else "",
        files=manifest.entries(folder),
    )


def _check_report(folder: Path, made: Manifest) -> None:
    """Altered unless judging the bundle again gives its report, byte for byte."""
    said = made.find(REPORT)
    try:
        report = _report(folder, made.as_of, made.site)
    except CamcensusError as error:
        raise Altered(f"what it holds cannot be judged: {error}") from error
    pieces = formats.find("json").render(report, data.template)
    if manifest.measured(pieces) != (said.size, said.sha256):
        cards = metadata.version("mac-vendor-lookup")
        other = (made.tool, made.cards) != (TOOL, cards)
        why = f"; it was made by {made.tool} (cards {made.cards}), this is {TOOL} (cards {cards})"
        raise Altered(f"{REPORT}: does not follow from the evidence{why if other else ''}")
