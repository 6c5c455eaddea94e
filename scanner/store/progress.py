"""How a site, or all of them, came along: one point a run, or a day."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select

from scanner.model import Decision, Progress, State, Verdict
from scanner.store import decisions
from scanner.store.runs import FINISHED, Run, RunStore
from scanner.store.tables import DEVICES, RUNS


def progress(store: RunStore, site: str | None, until: str = "9") -> tuple[Progress, ...]:
    """Points of one site, a run each; of all sites together when None, a day each."""
    conditions = [RUNS.c.state == FINISHED, *([] if site is None else [RUNS.c.site == site])]
    runs = [run for run in reversed(store.all(*conditions)) if run.started <= until]
    with store.database.reading() as connection:
        here = None
        if site is not None:
            here = set(connection.scalars(select(DEVICES.c.id).where(DEVICES.c.site == site)))
        made = [d for d in decisions.history(connection) if here is None or d.device in here]
    points = tuple(_points(runs, made))
    if site is not None:
        return points
    return tuple({point.at[:10]: point for point in points}.values())


def _points(runs: Sequence[Run], made: Iterable[Decision]) -> Iterator[Progress]:
    """Of each series its latest run counts, of each finding its latest state."""
    waiting = sorted(made, key=lambda d: d.at)[::-1]
    newest: dict[tuple[str, str], Run] = {}
    verdicts: Counter[Verdict] = Counter()
    state_of: dict[int, State] = {}
    states: Counter[State] = Counter()
    for run in runs:
        before = newest.get(run.series)
        newest[run.series] = run
        verdicts.update(dict(run.verdicts))
        verdicts.subtract(dict(before.verdicts) if before else {})
        at = run.finished or run.started
        while waiting and waiting[-1].at <= at:
            decision = waiting.pop()
            states[state_of.get(decision.device, decision.state)] -= decision.device in state_of
            state_of[decision.device] = decision.state
            states[decision.state] += 1
        yield Progress(
            at,
            run.run,
            tuple((verdict, verdicts[verdict]) for verdict in Verdict),
            tuple((state, states[state]) for state in State if states[state]),
        )
