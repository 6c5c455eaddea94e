"""What each command does: asks `app`, keeps the list of runs, chooses the exit code."""

import asyncio
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from scanner import app, delivery, evidence, importing, keeping
from scanner.collect import sources
from scanner.console import Waiting, Writing, console, say
from scanner.errors import CamcensusError, UsageError
from scanner.model import Limits, Record, ScanReport, Verdict
from scanner.report.terminal import summary
from scanner.report.text import excerpt
from scanner.scan import Options
from scanner.store.runs import FAILED, FINISHED, INTERRUPTED, Run

T = TypeVar("T")
CLEAN, FOUND, WRONG, INCOMPLETE, STOPPED = 0, 1, 2, 3, 130
ODD_SHOWN = 5
"""Lines of an imported file that could not be used and are named one by one."""
IN_THE_LAB = """
echo "Practice network: emulated devices in $CAMCENSUS_LAB_NETWORK, $CAMCENSUS_LAB_MODE" >&2
exec "$@" "$CAMCENSUS_LAB_NETWORK"
"""
BETWEEN_TARGETS = re.compile(r"\s*,\s*(?=[^,]*(?:\.[^,]*\.[^,]*\.|:|[A-Za-z])|$)")


def scan(*, outputs: Sequence[str], exit_zero: bool, **given: Any) -> int:
    """Collect and assess; an interrupted scan writes evidence but no report."""
    chosen = delivery.outputs(outputs)
    made = _collect(judgement(**given), given)
    if made is None:
        return STOPPED
    return _deliver(made, chosen, given["data"], exit_zero=exit_zero)


def collect(**given: Any) -> int:
    """Collect only."""
    made = _collect(app.Judgement(app.knowledge(given["data"]), _day(None)), given)
    if made is None:
        return STOPPED
    return CLEAN if made.coverage.complete else INCOMPLETE


def assess(
    *, evidence: Sequence[str], outputs: Sequence[str], exit_zero: bool, **given: Any
) -> int:
    """Evidence files to a report."""
    chosen = delivery.outputs(outputs)
    made = asyncio.run(app.assess(evidence, judgement(**given)))
    return _deliver(made, chosen, given["data"], exit_zero=exit_zero)


def judgement(
    *,
    data: Path | None,
    as_of: datetime | None,
    site: str,
    decisions: Path | None,
    **given: Any,
) -> app.Judgement:
    """The knowledge, the day and what the organisation says, by the options of a report."""
    known = app.knowledge(data)
    chosen = decisions_file(decisions)
    files = {name: given[name] for name in ("profile", "waivers", "prices", "catalogue")}
    kept = chosen if chosen.is_file() or (decisions and not given.get("may_begin")) else None
    said = app.organisation(known, app.Files(**files, decisions=kept))
    return app.Judgement(known, _day(as_of), site, said)


def records_of(given: Mapping[str, Any]) -> Iterator[Record | evidence.Damage]:
    """The evidence of the files named, or of a kept run."""
    return keeping.records(given["evidence"], given["run"], given["store"])


def decisions_file(given: Path | None) -> Path:
    """Where decisions on devices are kept: the file named, or one beside the runs."""
    return given or keeping.DIRECTORY.expanduser() / "plan.json"


def formats() -> Sequence[tuple[str, str]]:
    """Names of the formats that can be imported, and what each is."""
    return [(each.name, each.about) for each in importing.formats()]


def import_file(*, name: str, file: str, evidence: Path | None, sensor: str) -> int:
    """Another tool's file to an evidence file."""
    chosen, given = importing.find(name), importing.GivenFile.at(file)
    if evidence is None and file == importing.STDIN:
        raise UsageError("say with --evidence where to write what comes from standard input")
    out = evidence or Path(f"{file}.evidence.jsonl")
    try:
        made = asyncio.run(_until_stopped(importing.convert(chosen, given, out, sensor)))
    except asyncio.CancelledError:
        return STOPPED
    for odd in made.odd[:ODD_SHOWN]:
        say(f"Not used: line {odd.line}: {excerpt(odd.reason, 200)}")
    if made.odd_count > ODD_SHOWN:
        say(f"Not used: {made.odd_count - ODD_SHOWN:,} more lines")
    for remark in made.remarks:
        say(excerpt(remark, 300))
    say(f"Wrote {out} (hosts: {len(made.hosts):,}, results: {made.results:,})")
    return CLEAN if made.whole and not made.odd_count else INCOMPLETE


def report(*, run: str, store: str, outputs: Sequence[str], exit_zero: bool, **given: Any) -> int:
    """A kept run's evidence to a report."""
    chosen = delivery.outputs(outputs)
    kept = keeping.opened(store)
    made = keeping.report(kept, kept.find(run), judgement(**given))
    return _deliver(made, chosen, given["data"], exit_zero=exit_zero)


def runs(*, store: str) -> int:
    """One line a run."""
    for run in keeping.opened(store).all():
        click.echo(
            f"{run.run[:8]}  {run.started}  {run.state:<11}  {run.devices:>6} hosts"
            f"  {run.listed:>5} listed  {run.review:>5} review  {_where(run)}"
        )
    return CLEAN


def _where(run: Run) -> str:
    return excerpt(f"{run.site}: {run.scope}" if run.site else run.scope, 200)


def doctor() -> int:
    """The facts about this machine, one a line."""
    for line in app.this_machine():
        click.echo(line)
    return CLEAN


def demo(*, directory: Path | None, loopback: bool) -> int:
    """Scan the practice network in a child program, which removes it whatever happens."""
    folder = directory or Path(tempfile.mkdtemp(prefix="camcensus-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    lab = [sys.executable, str(app.lab_program()), "run"]
    lab += [f"--loopback={'always' if loopback else 'auto'}"]
    lab += ["--journal", str(folder / "journal.jsonl"), "--"]
    scan = [sys.executable, "-m", "scanner", "scan", "--evidence", str(folder / "evidence.jsonl")]
    scan += ["--site", "practice network"]
    for name, ending in delivery.endings():
        scan += ["-o", f"{name}={folder / f'report.{ending}'}"]
    with _child([*lab, "sh", "-c", IN_THE_LAB, "sh", *scan]) as child:
        code = child.wait()
    say(f"Reports, evidence and the devices' journal: {folder}")
    return code


@contextmanager
def _child(command: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A child that is told of our end and waited for, so that it can clean up after itself."""
    child = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        yield child
    except KeyboardInterrupt:
        child.wait()
        raise


def lists_check(*, data: Path | None) -> int:
    """Age of every list; exit code 1 when a check is overdue."""
    today, late = _day(None), 0
    for each in app.knowledge(data).lists:
        due = each.checked + timedelta(days=each.check_every_days)
        late += today > due
        state = "OVERDUE" if today > due else "in time"
        click.echo(
            f"{each.id:<32}edition {each.edition}  checked {each.checked}  due {due}  {state}"
        )
    return FOUND if late else CLEAN


def lists_update(
    *,
    file: Path,
    accept: Sequence[str],
    reject: Sequence[str],
    apply: bool,
    every: bool,
    **given: Any,
) -> int:
    """A downloaded list compared with those held, and on request written as a new edition."""
    from scanner import renewal  # noqa: PLC0415 - its libraries are for this command only
    from scanner.updates import told  # noqa: PLC0415

    edition: datetime | None = given["edition"]
    request = renewal.Request(
        file=file,
        decisions=given["decisions"] or keeping.DIRECTORY.expanduser() / "decisions.json",
        today=_day(None),
        accepted=dict(map(_answer, accept)),
        rejected=reject,
        data_dir=given["data"],
        edition=edition.date() if edition else None,
        format=given["format"],
        lists=given["lists"],
        max_loss=given["max_loss"] / 100,
    )
    made = renewal.compared(request)
    click.echo(f"{made.source.title}: {file}")
    for each in made.comparisons:
        for line in told.lines(each, every=every):
            click.echo(line)
    if apply:
        for path in renewal.apply(made):
            say(f"Wrote {path}")
        return CLEAN
    if any(each.refusals for each in made.comparisons):
        return WRONG
    return FOUND if any(each.needs_a_person for each in made.comparisons) else CLEAN


def _answer(text: str) -> tuple[str, str]:
    """`ID=vendor` apart."""
    row, equals, vendor = text.partition("=")
    if not (row and equals and vendor):
        raise UsageError(f"--accept {text!r}: write ID=VENDOR, for example 1f3a9c0b2d=hikvision")
    return row, vendor


def _collect(judgement: app.Judgement, given: dict[str, Any]) -> ScanReport | None:
    """Run a scan with its progress and its place in the list of runs; None when interrupted."""
    options = _options(given)
    if (
        options.resume
        and not options.resume.exists()
        and options.resume.name == str(options.resume)
    ):
        found = keeping.evidence_of(keeping.opened(given["store"]), str(options.resume))
        options = replace(options, resume=Path(found))
    prepared = app.prepare(options, judgement.knowledge)
    say(f"Scope: {', '.join(prepared.run.scope)} ({prepared.addresses:,} addresses)")
    for limitation in prepared.run.limitations:
        say(f"Not possible here: {limitation}")
    path = given["evidence"] or options.resume
    kept = keeping.Kept(prepared.run, path, judgement, given["data"], given["store"])
    say(f"Evidence: {kept.path}")
    try:
        with Waiting() as waiting:
            if options.passive:
                waiting.listening(options.passive)
            work = app.collect(prepared, judgement, kept.path, waiting)
            made = asyncio.run(_until_stopped(work))
    except (KeyboardInterrupt, asyncio.CancelledError):
        kept.finish(INTERRUPTED)
        say(f"Interrupted. What was collected is in {kept.path}")
        how = f"--passive {options.passive:g} " if options.passive else ""
        how += f"--without {','.join(sorted(options.without))} " if options.without else ""
        say(f"Go on:  camcensus scan {how}--resume {kept.path}")
        say(f"Judge:  camcensus assess {kept.path}")
        return None
    except CamcensusError:
        kept.finish(FAILED)
        raise
    return kept.finish(FINISHED, made)


async def _until_stopped(work: Coroutine[Any, Any, T]) -> T:
    """The work's result; SIGTERM ends it the way Ctrl-C does."""
    task = asyncio.ensure_future(work)
    with suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def _deliver(
    made: ScanReport, chosen: Sequence[delivery.Output], data: Path | None, *, exit_zero: bool
) -> int:
    """Write the reports, print the summary, choose the exit code."""
    for output in chosen:
        with Writing(output.path) as writing:
            delivery.write(made, output, data, writing.show)
        if output.path != delivery.STDOUT:
            say(f"Wrote {output.path}")
        if advice := delivery.advice(made, output):
            say(advice)
    on_stdout = any(output.path == delivery.STDOUT for output in chosen)
    console(stderr=on_stdout).print(summary(made))
    if exit_zero:
        return CLEAN
    if made.count(Verdict.LISTED) or made.count(Verdict.REVIEW):
        return FOUND
    return INCOMPLETE if app.has_gaps(made) else CLEAN


def _day(given: datetime | None) -> date:
    return given.date() if given else datetime.now(UTC).date()


def _options(given: dict[str, Any]) -> Options:
    usual, per_host = Limits(), given["per_host"]
    return Options(
        targets=(*given["targets"], *_listed_in(given["input_list"])),
        excluded=(*_split(given["exclude"]), *_listed_in(given["exclude_file"])),
        ports=given["ports"],
        limits=replace(
            usual,
            packets_per_second=given["max_rate"],
            connections_per_host=per_host or usual.connections_per_host,
            connections_per_camera=per_host or usual.connections_per_camera,
            host_timeout=given["host_timeout"],
            max_hosts=given["max_hosts"],
        ),
        allow_public=given["allow_public"],
        arp=not given["no_arp"],
        layer2_discovery=given["layer2_discovery"],
        interface=given["interface"],
        resume=given["resume"],
        sensor=given["sensor"],
        credentials=given["credentials"],
        passive=given["passive"],
        without=sources.chosen(given["without"]),
    )


def _split(texts: Iterable[str]) -> Iterator[str]:
    """Comma-separated targets apart; a comma within one octet belongs to its target."""
    for text in texts:
        yield from (piece for piece in BETWEEN_TARGETS.split(text) if piece)


def _listed_in(path: str | None) -> tuple[str, ...]:
    """The targets of a file, several a line allowed, `#` begins a comment."""
    if path is None:
        return ()
    try:
        with evidence.open_text(path) as file:
            return tuple(word for line in file for word in line.partition("#")[0].split())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
