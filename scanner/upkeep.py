"""`camcensus store`: back up, check, prune, give evidence back."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from scanner import delivery, evidence, keeping
from scanner.commands import CLEAN, WRONG
from scanner.console import say
from scanner.errors import UsageError
from scanner.evidence import Damage
from scanner.model import Record
from scanner.report.text import excerpt
from scanner.store import upkeep
from scanner.store.runs import Run, RunStore
from scanner.store.upkeep import Keep


def backup(*, file: Path, store: str) -> int:
    """One file with everything."""
    upkeep.backup(keeping.opened(store), file)
    say(f"Wrote {file}. Look into it with --store sqlite:///{file.absolute()}")
    return CLEAN


def restore(*, file: Path, store: str) -> int:
    """A backup into an empty store."""
    upkeep.restore(keeping.opened(store), file)
    say(f"Restored {file}")
    return CLEAN


def check(*, store: str) -> int:
    """Exit code 2 when anything cannot be read back."""
    kept = keeping.opened(store)
    faults = 0
    for fault in upkeep.check(kept):
        faults += 1
        click.echo(excerpt(fault, 500))
    runs = kept.all()
    say(f"{len(runs):,} runs, {upkeep.size(kept) / 1e6:,.1f} MB, {faults:,} faults")
    return WRONG if faults else CLEAN


def prune(*, keep: str, dry_run: bool, store: str) -> int:
    """Forget the evidence of older runs."""
    kept = keeping.opened(store)
    runs = upkeep.outdated(kept, _keep(keep), datetime.now(UTC))
    for run in runs:
        click.echo(excerpt(f"{run.run[:8]}  {run.started}  {run.site}: {run.scope}", 200))
    if dry_run:
        say(f"{len(runs):,} runs would lose their evidence; nothing was changed")
        return CLEAN
    before = upkeep.size(kept)
    swept = upkeep.prune(kept, runs)
    freed = (before - upkeep.size(kept)) / 1e6
    say(
        f"{len(runs):,} runs lost their evidence, their counts stay; {swept:,} parts and "
        f"{freed:,.1f} MB went"
    )
    return CLEAN


def _keep(text: str) -> Keep:
    match = re.fullmatch(r"([1-9][0-9]{0,5})(d?)", text)
    if not match:
        raise UsageError(f"--keep {text!r}: write a number of runs such as 52, or of days as 400d")
    number = int(match[1])
    return Keep(days=number) if match[2] else Keep(runs=number)


def export(*, run: str, file: str, every: bool, store: str) -> int:
    """Evidence of a run, or of all, as evidence files."""
    kept = keeping.opened(store)
    if not every:
        return _export(kept, kept.find(run), file)
    folder = Path(file)
    if file == delivery.STDOUT:
        raise UsageError("--all writes a file for each run: name a folder")
    folder.mkdir(parents=True, exist_ok=True)
    for each in (r for r in kept.all() if r.held):
        name = re.sub(r"[^0-9A-Za-z-]", "_", each.run)[:100]
        _export(kept, each, str(folder / f"{each.number}-{name}.jsonl"))
    return CLEAN


def _export(store: RunStore, run: Run, file: str) -> int:
    records = store.records(run)
    if file == delivery.STDOUT:
        for line in _lines(records):
            click.echo(line, nl=False)
    else:
        delivery.write_file(Path(file), _lines(records))
        say(f"Wrote {file}")
    return CLEAN


def _lines(records: Iterator[Record | Damage]) -> Iterator[bytes]:
    for record in records:
        if isinstance(record, Damage):
            say(f"Left out, as it was damaged: {excerpt(str(record), 200)}")
        else:
            yield f"{evidence.dump(record)}\n".encode()
