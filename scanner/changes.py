"""`camcensus diff` and `progress`: what became of devices, and of sites over time."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from scanner import app, data, delivery, keeping
from scanner.assess.comparison import Background, Rule, compare
from scanner.commands import CLEAN, FOUND
from scanner.errors import UsageError
from scanner.model import Comparison, Verdict
from scanner.report import changes as rendering
from scanner.store.devices import standing
from scanner.store.progress import progress as points
from scanner.store.runs import FINISHED, Differing, Run, RunStore

FORMATS = ("text", "json", "html")


def diff(
    *, runs: Sequence[str], store: str, outputs: Sequence[str], every_site: bool, **given: Any
) -> int:
    """Compare runs; exit code 1 when anything changed."""
    chosen = [_output(text) for text in outputs] or [("text", delivery.STDOUT)]
    kept = keeping.opened(store)
    rule = Rule(given["gone_after"], given["gone_days"])
    pairs = every_pair(kept) if every_site else _pair(kept, runs)
    made = compared(kept, pairs, rule)
    if not every_site and len(runs) < 2:
        newest = pairs[0][1] if pairs else _newest(kept, *runs)
        made += [again] if (again := judged_again(kept, newest, given)).changes else []
    for name, path in chosen:
        _write(path, _rendered(name, made, given["data"]))
    return FOUND if any(each.changes for each in made) else CLEAN


def compared(store: RunStore, pairs: Sequence[tuple[Run, Run]], rule: Rule) -> list[Comparison]:
    """Each pair of runs compared, by what the store knows besides."""
    differing = store.differing(pairs)
    background = _background(store, differing)
    made = []
    for (before, after), (old, new, same) in zip(pairs, differing, strict=True):
        missing = {s.device for s in old} - {s.device for s in new}
        missed = _missed(store, after, rule) if missing else ()
        made.append(
            compare(
                (before.side, old),
                (after.side, new),
                replace(background, missed=missed),
                rule,
                same,
            )
        )
    return made


def _background(store: RunStore, differing: Sequence[Differing]) -> Background:
    devices = {s.device for old, new, _ in differing for s in (*old, *new)}
    rows = store.devices(devices)
    starts = store.starts({n for r in rows.values() for n in (r["first_run"], r["last_run"])})
    return Background(
        first_run={n: starts.get(r["first_run"], "") for n, r in rows.items()},
        latest={n: (r["site"], r["ip"], r["last_seen"]) for n, r in rows.items()},
        decided=store.decided(devices),
    )


def _missed(store: RunStore, after: Run, rule: Rule) -> Sequence[tuple[str, frozenset[int]]]:
    """The complete runs of the series until `after`, as many as the rule may need."""
    until = [
        run
        for run in store.series(after)
        if run.complete and run.held and run.started <= after.started
    ]
    days = rule.days + 1
    runs: list[Run] = []
    for run in until:
        runs.append(run)
        if len(runs) >= rule.runs and _days(run, until[0]) >= days:
            break
    return list(zip((run.started for run in runs), store.met(runs), strict=True))


def _days(earlier: Run, later: Run) -> int:
    started = (datetime.fromisoformat(run.started) for run in (earlier, later))
    first, last = started
    return (last - first).days


def _pair(store: RunStore, wanted: Sequence[str]) -> list[tuple[Run, Run]]:
    """The two runs named, or one and the one before it; none when there is no earlier one."""
    if len(wanted) > 2:
        raise UsageError("name two runs at most")
    if len(wanted) == 2:
        first, second = (store.find(each) for each in wanted)
        pair = (first, second) if first.started <= second.started else (second, first)
        _held(*pair)
        return [pair]
    after = _newest(store, *wanted)
    earlier = [r for r in store.series(after) if r.started < after.started and r.held]
    return [(earlier[0], after)] if earlier else []


def _newest(store: RunStore, wanted: str = "") -> Run:
    """The run named, else the newest whose evidence is in the store."""
    if wanted:
        run = store.find(wanted)
        _held(run)
        return run
    runs = [run for run in store.all() if run.held]
    if not runs:
        raise UsageError("no run is kept yet; `camcensus runs` lists them")
    return runs[0]


def _held(*runs: Run) -> None:
    for run in runs:
        if not run.held:
            raise UsageError(f"run {run.run[:8]} ({run.state}): what it saw is not in the store")


def every_pair(store: RunStore) -> list[tuple[Run, Run]]:
    """Of every series its newest finished run and the one before."""
    held = sorted((r for r in store.all() if r.held and r.state == FINISHED), key=_series)
    newest = (list(runs)[:2] for _, runs in groupby(held, key=_series))
    return [(runs[1], runs[0]) for runs in newest if len(runs) == 2]


def _series(run: Run) -> tuple[str, str]:
    return run.series


def judged_again(store: RunStore, run: Run, given: dict[str, Any]) -> Comparison:
    """A kept run as it was judged then, and by the lists of the day asked for; no new scan."""
    day = given["as_of"].date() if given["as_of"] else datetime.now(UTC).date()
    judgement = app.Judgement(app.knowledge(given["data"]), day, run.site)
    report = asyncio.run(app.judge(store.records(run), judgement))
    old = store.standings(run)
    numbers = {(s.site, s.ip): s.device for s in old}
    new = [
        replace(standing(f), device=numbers[f.site, f.ip])
        for f in report.devices
        if (f.site, f.ip) in numbers
    ]
    editions = tuple((each.id, each.edition.isoformat()) for each in report.lists)
    after = replace(run.side, as_of=day.isoformat(), editions=editions)
    return compare((run.side, old), (after, new), Background({}, {}, {}), Rule())


def _output(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if name not in FORMATS or not (equals and path):
        raise UsageError(f"-o {text!r}: write FORMAT=PATH; formats: {', '.join(FORMATS)}")
    return name, path


def _rendered(name: str, made: Sequence[Comparison], own_data: Path | None) -> Iterator[str]:
    if name == "html":
        yield from rendering.html(made, lambda file: data.template(file, own_data))
    elif name == "json":
        yield from (f"{line}\n" for line in rendering.jsons(made))
    else:
        lines = [line for each in made for line in rendering.text(each)]
        yield from (f"{line}\n" for line in lines or ["There is no earlier run to compare with."])


def _write(path: str, pieces: Iterable[str]) -> None:
    if path == delivery.STDOUT:
        click.echo("".join(pieces), nl=False)
    else:
        delivery.write_file(Path(path), (piece.encode() for piece in pieces))


def progress(*, site: str | None, format: str, store: str) -> int:
    """One line a run of a site, or a day of all sites."""
    found = points(keeping.opened(store), site)
    if format == "json":
        click.echo(json.dumps([asdict(point) for point in found]))
        return CLEAN
    click.echo(f"{'':20}" + "".join(f"{v.value:>14}" for v in Verdict) + "  ledger")
    for point in found:
        counts = "".join(f"{number:>14,}" for _, number in point.verdicts)
        states = ", ".join(f"{state.value} {n:,}" for state, n in point.states)
        click.echo(f"{point.at:20}{counts}  {states}")
    return CLEAN
