"""Runs the contestants in turn and makes a table of what came out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

HEAD = (
    "What",
    "Tool",
    "Runs",
    "Seconds (min / median / max)",
    "Times ours",
    "Found",
    "Cost at most",
)


@dataclass(frozen=True, slots=True)
class Shot:
    """One whole process: seconds from its start to its end, what it found, what that cost."""

    seconds: float
    found: str
    cost: Mapping[str, int] = field(default_factory=dict)
    """Unit → amount."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A tool with its options, and how often it is worth running."""

    name: str
    shoot: Callable[[], Shot]
    runs: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """All runs of one contestant, beside the median of ours, the first of its contest."""

    what: str
    tool: str
    shots: Sequence[Shot]
    ours: float

    @property
    def median(self) -> float:
        """Seconds."""
        return median(shot.seconds for shot in self.shots)

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of `HEAD`."""
        seconds = [shot.seconds for shot in self.shots]
        spread = (min(seconds), self.median, max(seconds))
        return (
            self.what,
            self.tool,
            str(len(seconds)),
            " / ".join(f"{s:.2f}" for s in (spread if len(seconds) > 1 else seconds)),
            f"{self.median / self.ours:.1f}",
            "; ".join(dict.fromkeys(shot.found for shot in self.shots)),
            _most(shot.cost for shot in self.shots),
        )


def contest(what: str, contestants: Sequence[Contestant]) -> Iterator[Row]:
    """Ours first. They take turns, so that other load on the machine meets all of them alike."""
    shots: dict[str, list[Shot]] = {c.name: [] for c in contestants}
    for turn in range(max(c.runs for c in contestants)):
        for contestant in contestants:
            if turn < contestant.runs:
                shots[contestant.name].append(contestant.shoot())
    ours = median(shot.seconds for shot in shots[contestants[0].name])
    for name, own in shots.items():
        yield Row(what, name, own, ours)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Lines of a Markdown table."""
    for cells in (HEAD, ("---",) * len(HEAD), *(row.cells() for row in rows)):
        yield f"| {' | '.join(cells)} |"


def _most(costs: Iterable[Mapping[str, int]]) -> str:
    """The largest amount of each unit."""
    most: dict[str, int] = {}
    for cost in costs:
        most.update({unit: max(most.get(unit, 0), amount) for unit, amount in cost.items()})
    return ", ".join(f"{amount:,} {unit}" for unit, amount in most.items())
