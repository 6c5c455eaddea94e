"""Runs on their way into the store: noted when they begin, taken in when they end or died."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from scanner import app, evidence
from scanner.console import say
from scanner.errors import CamcensusError, UsageError
from scanner.model import Record, RunInfo, ScanReport, Verdict, utc_text
from scanner.store.progress import progress
from scanner.store.runs import FAILED, FINISHED, INTERRUPTED, RUNNING, Run, RunStore
from scanner.store.spool import SUFFIX, Held, Note

DIRECTORY = Path("~/.local/share/camcensus")


def opened(url: str = "") -> RunStore:
    """The store, with everything taken in that earlier commands could not."""
    store = RunStore(DIRECTORY.expanduser(), url)
    for held in (*store.spool.left(), *_never_taken_in(store)):
        try:
            _take_in(store, held.note)
        except CamcensusError as error:
            say(f"Run {held.note.run[:8]} is not in the store yet: {error}")
            held.leave()
        else:
            held.done()
    return store


def evidence_of(store: RunStore, prefix: str) -> str:
    """The evidence file of a run that can be resumed. UsageError when there is none any more."""
    run = store.find(prefix)
    if run.evidence and Path(run.evidence).exists():
        return run.evidence
    raise UsageError(f"run {run.run[:8]} is {run.state}: there is nothing to resume")


def records(
    files: Sequence[Path | str], prefix: str, url: str
) -> Iterator[Record | evidence.Damage]:
    """The evidence of the files, of the run when there are none; newest run when not named."""
    if files:
        return (record for file in files for record in evidence.read(file))
    store = opened(url)
    return _of_run(store, store.find(prefix))


def _of_run(store: RunStore, run: Run) -> Iterator[Record | evidence.Damage]:
    """From the store; of a run that is not taken in yet, from its file."""
    return store.records(run) if run.held else evidence.read(run.evidence)


def report(store: RunStore, run: Run, judgement: app.Judgement) -> ScanReport:
    """The report on a kept run, or on a running one as far as it is."""
    judged = replace(judgement, site=judgement.site or run.site)
    made = asyncio.run(app.judge(_of_run(store, run), judged))
    return with_history(store, run, made)


def with_history(store: RunStore, run: Run, made: ScanReport) -> ScanReport:
    """The report with what became of the site until then, when more than one run is kept."""
    points = progress(store, run.site, until=run.started)
    return replace(made, history=points) if len(points) > 1 else made


class Kept:
    """A run's place in the store, or why it has none."""

    def __init__(
        self, run: RunInfo, path: Path | None, judgement: app.Judgement, data: Path | None, url: str
    ) -> None:
        self._judgement, self._url = judgement, url
        self._store: RunStore | None = None
        self._held: Held | None = None
        self._row: Run | None = None
        self.path = path or Path(tempfile.gettempdir(), f"camcensus-{run.run}.jsonl")
        try:
            store = opened(url)
            self.path = path or store.evidence_path(run.run)
            note = _note(run, self.path, judgement.site, data)
            self._held = store.spool.hold(note)
            store.start(_row(note, RUNNING))
            self._store = store
        except UsageError:
            raise
        except CamcensusError as error:
            say(f"`camcensus runs` will not show this run: {error}")

    def finish(self, state: str, made: ScanReport | None = None) -> ScanReport | None:
        """Take the run in, and give its report the history of its site."""
        if not self._held:
            return made
        note = replace(self._held.note, state=state)
        with suppress(OSError):
            self._held.write(note)
        try:
            store = self._store or RunStore(DIRECTORY.expanduser(), self._url)
            row = _take_in(store, note, made, self._judgement)
        except CamcensusError as error:
            say(f"Not in the store yet; the next command takes it in: {error}")
            self._held.leave()
            return made
        self._held.done()
        say(f"Kept as run {note.run[:8]}")
        return with_history(store, row, made) if made else None


def _note(run: RunInfo, path: Path, site: str, data: Path | None) -> Note:
    own_data = str(data.absolute()) if data else ""
    scope = ", ".join(run.scope)
    return Note(run.run, run.started, scope, str(path.absolute()), site or run.sensor, own_data)


def _row(note: Note, state: str) -> Run:
    return Run(note.run, note.started, "", state, note.scope, note.evidence, site=note.site)


class _Loose(Held):
    """A run that the first versions listed: there is no note to remove."""

    def __init__(self, note: Note) -> None:
        self.note = note

    def done(self) -> None:
        """Nothing to remove."""

    def leave(self) -> None:
        """Nothing to leave."""


def _never_taken_in(store: RunStore) -> Iterator[Held]:
    """Rows whose evidence lies in a file only, as the first versions left it."""
    for run in store.pending():
        noted = (store.spool.directory / f"{run.run}{SUFFIX}").exists()
        if not noted and Path(run.evidence).is_file():
            state = "" if run.state == RUNNING else run.state
            yield _Loose(Note(run.run, run.started, run.scope, run.evidence, run.site, state=state))


def _take_in(
    store: RunStore,
    note: Note,
    made: ScanReport | None = None,
    judgement: app.Judgement | None = None,
) -> Run:
    """Evidence file to store; the file goes when it was ours and the run is finished."""
    path = Path(note.evidence)
    if not path.is_file():
        row = _row(replace(note, evidence=""), note.state or FAILED)
        store.start(row)
        return row
    if made is None:
        made = asyncio.run(app.assess([path], judgement or _usual(note)))
    state = note.state or (FINISHED if made.coverage.complete else INTERRUPTED)
    ours = path.parent == store.spool.directory and state == FINISHED
    row = _ended(replace(note, evidence="" if ours else note.evidence), state, made)
    store.save(row, evidence.read(path), made.devices)
    if ours:
        path.unlink(missing_ok=True)
    return row


def _usual(note: Note) -> app.Judgement:
    """By today's lists: the day's verdict is what a run that ended unseen has."""
    knowledge = app.knowledge(Path(note.data) if note.data else None)
    return app.Judgement(knowledge, datetime.now(UTC).date(), note.site)


def _ended(note: Note, state: str, made: ScanReport) -> Run:
    return replace(
        _row(note, state),
        started=note.started or made.run.started or utc_text(datetime.now(UTC)),
        finished=made.finished,
        listed=made.count(Verdict.LISTED),
        review=made.count(Verdict.REVIEW),
        undetermined=made.count(Verdict.UNDETERMINED),
        not_listed=made.count(Verdict.NOT_LISTED),
        devices=len(made.devices),
        excluded=", ".join(made.run.excluded),
        complete=made.coverage.complete,
        as_of=made.as_of.isoformat(),
        editions=tuple((each.id, each.edition.isoformat()) for each in made.lists),
    )
