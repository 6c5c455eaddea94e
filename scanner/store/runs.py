"""Runs kept and found again, with their evidence and what was concluded."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select, update

from scanner.errors import CamcensusError, UsageError
from scanner.evidence import Damage
from scanner.model import Decision, Finding, KeptRun, Record, Standing, Verdict
from scanner.store import decisions, devices, packing, parts, trees
from scanner.store.database import Database
from scanner.store.devices import Sitting
from scanner.store.spool import Spool
from scanner.store.tables import CLOCKS, RUNS

RUNNING, FINISHED, INTERRUPTED, FAILED = "running", "finished", "interrupted", "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One row: `state` is running, finished, interrupted or failed; times are ISO 8601 UTC.

    `evidence` is the file it was collected into, `held` true when the store has what it says.
    `editions` are pairs of list id and edition date that the verdicts rest on.
    """

    run: str
    started: str
    finished: str
    state: str
    scope: str
    evidence: str
    listed: int = 0
    review: int = 0
    undetermined: int = 0
    not_listed: int = 0
    devices: int = 0
    site: str = ""
    excluded: str = ""
    complete: bool | None = None
    as_of: str = ""
    editions: tuple[tuple[str, str], ...] = ()
    held: bool = False
    number: int = 0

    @property
    def series(self) -> tuple[str, str]:
        """Runs of one series asked the same of the same site, and follow one another."""
        return self.site, self.scope

    @property
    def side(self) -> KeptRun:
        """The run as far as comparing needs it."""
        return KeptRun(
            run=self.run,
            started=self.started,
            site=self.site,
            scope=_texts(self.scope),
            excluded=_texts(self.excluded),
            complete=self.complete,
            as_of=self.as_of,
            editions=self.editions,
        )

    @property
    def verdicts(self) -> tuple[tuple[Verdict, int], ...]:
        """Devices by verdict."""
        counts = (self.listed, self.review, self.undetermined, self.not_listed)
        kinds = (Verdict.LISTED, Verdict.REVIEW, Verdict.UNDETERMINED, Verdict.NOT_LISTED)
        return tuple(zip(kinds, counts, strict=True))


_KEPT = [f.name for f in fields(Run) if f.name not in ("held", "number", "editions")]


Differing = tuple[tuple[Standing, ...], tuple[Standing, ...], int]
"""What two runs concluded of devices they do not agree on, and the number of the others."""


class RunStore:
    """Runs in a database, and under one directory, private to its owner, what is not in it yet."""

    def __init__(self, directory: Path, url: str = "") -> None:
        self.directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            directory.chmod(0o700)
            (directory / "runs").mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise CamcensusError(f"{directory}: cannot keep runs here: {error.strerror}") from error
        self.spool = Spool(directory / "runs")
        self.database = Database(url, directory)

    def evidence_path(self, run: str) -> Path:
        """Where a run's evidence is collected when the operator names no file."""
        return self.spool.directory / f"{run}.jsonl"

    def start(self, run: Run) -> None:
        """Note that a run has begun, or ended without evidence; one resumed keeps what it has."""
        with self.database.writing() as connection:
            _put_row(connection, run)

    def pending(self) -> tuple[Run, ...]:
        """Runs whose evidence is said to lie in a file, and is not in the store."""
        return self.all(RUNS.c.host_tree.is_(None), RUNS.c.evidence != "")

    def save(
        self, run: Run, records: Iterable[Record | Damage], findings: Sequence[Finding]
    ) -> tuple[Standing, ...]:
        """Take a run in, all of it or nothing; a run that is there already is replaced."""
        packed = packing.pack(records)
        hosts: list[tuple[trees.Leaf, bytes]] = [([*key], v) for key, v in packed.said.items()]
        with self.database.writing() as connection:
            number = _put_row(connection, run)
            sitting = Sitting(number, run.run, run.started)
            standings = devices.settle(connection, sitting, findings)
            concluded: list[tuple[trees.Leaf, bytes]] = [
                ([s.device], _dense(s)) for s in sorted(standings, key=lambda s: s.device)
            ]
            values = {
                "host_tree": trees.put(connection, hosts, trees.neighbours),
                "device_tree": trees.put(connection, concluded, trees.numbered),
            }
            connection.execute(update(RUNS).where(RUNS.c.id == number).values(values))
            connection.execute(delete(CLOCKS).where(CLOCKS.c.run_id == number))
            connection.execute(insert(CLOCKS).values(run_id=number, clock=packed.clock))
        return standings

    def all(self, *conditions: ColumnElement[bool]) -> tuple[Run, ...]:
        """Every run that meets the conditions, newest first."""
        query = select(RUNS, RUNS.c.host_tree.is_not(None).label("held")).where(*conditions)
        query = query.order_by(RUNS.c.started.desc(), RUNS.c.id.desc())
        with self.database.reading() as connection:
            return tuple(_run(row) for row in connection.execute(query).mappings())

    def find(self, prefix: str = "") -> Run:
        """The newest run, or the one whose id begins with `prefix`. UsageError when unclear."""
        found = self.all(RUNS.c.run.startswith(prefix, autoescape=True))
        if not found:
            what = f"no run begins with {prefix!r}" if prefix else "no run is kept yet"
            raise UsageError(f"{what}; `camcensus runs` lists them")
        if prefix and len(found) > 1:
            raise UsageError(f"{len(found)} runs begin with {prefix!r}; give more of the id")
        return found[0]

    def records(self, run: Run) -> Iterator[Record | Damage]:
        """The evidence of a run. UsageError when it was pruned or never came."""
        query = (
            select(RUNS.c.host_tree, CLOCKS.c.clock)
            .join(CLOCKS, CLOCKS.c.run_id == RUNS.c.id)
            .where(RUNS.c.run == run.run)
        )
        with self.database.reading() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                raise UsageError(f"run {run.run[:8]}: its evidence is not kept (pruned, or none)")
            [leaves] = trees.leaves(connection, [row.host_tree])
            data = trees.data(connection, leaves)
        said = (((head, ip), data[part]) for head, ip, part in sorted(leaves))
        return packing.unpack(said, row.clock)

    def standings(self, run: Run) -> tuple[Standing, ...]:
        """What the run concluded of each device."""
        with self.database.reading() as connection:
            return self._read(connection, self._leaves(connection, [run]))[0]

    def differing(self, pairs: Sequence[tuple[Run, Run]]) -> list[Differing]:
        """Of each pair what its runs concluded differently; what they share is not read."""
        with self.database.reading() as connection:
            leaves = self._leaves(connection, [run for pair in pairs for run in pair])
            apart = []
            same = []
            for old, new in zip(leaves[::2], leaves[1::2], strict=True):
                shared = {tuple(leaf) for leaf in old} & {tuple(leaf) for leaf in new}
                same.append(len(shared))
                apart += [[x for x in side if tuple(x) not in shared] for side in (old, new)]
            read = self._read(connection, apart)
        return list(zip(read[::2], read[1::2], same, strict=True))

    def met(self, runs: Sequence[Run]) -> list[frozenset[int]]:
        """The devices that each run met."""
        with self.database.reading() as connection:
            return [
                frozenset(leaf[0] for leaf in leaves) for leaves in self._leaves(connection, runs)
            ]

    def series(self, run: Run) -> tuple[Run, ...]:
        """Every run of the same site and scope, newest first."""
        return self.all(RUNS.c.site == run.site, RUNS.c.scope == run.scope)

    def devices(self, numbers: Iterable[int]) -> Mapping[int, RowMapping]:
        """Number → what is known of the device, as its table has it."""
        with self.database.reading() as connection:
            return devices.rows(connection, numbers)

    def starts(self, numbers: Iterable[int]) -> Mapping[int, str]:
        """Number of a run → its start."""
        found: dict[int, str] = {}
        with self.database.reading() as connection:
            for some in parts.batches(sorted(numbers)):
                query = select(RUNS.c.id, RUNS.c.started).where(RUNS.c.id.in_(some))
                found |= {row.id: row.started for row in connection.execute(query)}
        return found

    def decided(self, numbers: Iterable[int]) -> Mapping[int, Decision]:
        """The latest decision on each of the devices that has one."""
        with self.database.reading() as connection:
            return decisions.latest(connection, numbers)

    def history(self, device: int) -> tuple[Decision, ...]:
        """Every decision on the device, oldest first."""
        with self.database.reading() as connection:
            return decisions.history(connection, [device])

    def decide(self, made: Iterable[Decision]) -> None:
        """Add decisions to the ledger, all of them or none."""
        with self.database.writing() as connection:
            decisions.append(connection, made)

    def _leaves(self, connection: Connection, runs: Sequence[Run]) -> list[list[trees.Leaf]]:
        tree_of: dict[int, str] = {}
        for some in parts.batches([run.number for run in runs]):
            query = select(RUNS.c.id, RUNS.c.device_tree).where(RUNS.c.id.in_(some))
            tree_of |= {number: tree or "[]" for number, tree in connection.execute(query)}
        return trees.leaves(connection, [tree_of[run.number] for run in runs])

    def _read(
        self, connection: Connection, runs: Sequence[Sequence[trees.Leaf]]
    ) -> list[tuple[Standing, ...]]:
        data = trees.data(connection, [leaf for leaves in runs for leaf in leaves])
        read = {number: json.loads(text) for number, text in data.items()}
        return [tuple(_standing(d, read[p]) for d, p in leaves) for leaves in runs]


def _put_row(connection: Connection, run: Run) -> int:
    """Insert or update the row of a run; its number."""
    values = {name: getattr(run, name) for name in _KEPT}
    values["editions"] = json.dumps(dict(run.editions))
    known = connection.scalar(select(RUNS.c.id).where(RUNS.c.run == run.run))
    if known is not None:
        connection.execute(update(RUNS).where(RUNS.c.id == known).values(values))
        return int(known)
    made = connection.execute(insert(RUNS).values(values).returning(RUNS.c.id))
    return int(made.scalar_one())


def _texts(text: str) -> tuple[str, ...]:
    return tuple(text.split(", ")) if text else ()


def _run(row: RowMapping) -> Run:
    editions = tuple(sorted(json.loads(row["editions"] or "{}").items()))
    kept = {name: row[name] for name in _KEPT}
    return Run(**kept, editions=editions, held=bool(row["held"]), number=row["id"])


_EMPTY = asdict(Standing("", Verdict.UNDETERMINED))


def _dense(standing: Standing) -> bytes:
    """What is not empty; the number of the device stands in the tree."""
    kept = {k: v for k, v in asdict(replace(standing, device=0)).items() if v != _EMPTY[k]}
    kept |= {"ip": standing.ip, "verdict": standing.verdict.value}
    return parts.dense(kept)


def _standing(device: int, kept: Mapping[str, Any]) -> Standing:
    whole = {**kept, "device": device, "verdict": Verdict(kept["verdict"])}
    whole["lists"] = tuple(kept.get("lists", ()))
    return Standing(**whole)
