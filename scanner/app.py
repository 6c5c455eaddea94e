"""The pipeline: targets → evidence → findings → report. No printing, no arguments, no clock.

scan     = collect + assess
collect  : Options ─▶ Scan (sources, probes) ─▶ evidence file
assess   : evidence ─▶ Assessment (Knowledge, date) ─▶ ScanReport
and `delivery` : ScanReport ─▶ formats ─▶ files
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from scanner import data, evidence
from scanner.assess.assessment import NOTHING_SAID, Assessment
from scanner.assess.matcher import Matcher
from scanner.collect import machine, scope
from scanner.collect.visit import Listener
from scanner.model import Credential, Knowledge, Organisation, Record, RunInfo, ScanReport, Verdict
from scanner.remedy import Details
from scanner.scan import TOOL, Earlier, Options, Scan, earlier_run, on_interface, plan_target

CAMERA_CLASSES = frozenset({"camera", "recorder", "door-station", "access-terminal", "encoder"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What findings depend on besides the evidence."""

    knowledge: Knowledge
    as_of: date
    site: str = ""
    organisation: Organisation = NOTHING_SAID

    def start(self) -> Assessment:
        """An assessment that has seen nothing yet."""
        return Assessment(
            self.knowledge,
            self.as_of,
            site=self.site,
            tool=TOOL,
            organisation=self.organisation,
        )


class Progress(Listener):
    """Counts for a person who waits. This one shows nothing."""

    def listening(self, seconds: float) -> None:
        """From now on nothing but hosts that are heard, for that long."""

    def show(self, seen: int, probed: int, listed: int) -> None:
        """Hosts seen, hosts done, hosts of listed makers so far."""


class _Running(Listener):
    """Assesses while the scan runs, so that progress can say what was found."""

    def __init__(self, assessment: Assessment, progress: Progress) -> None:
        self._assessment, self._progress = assessment, progress
        self._seen: set[str] = set()
        self._probed = self._listed = 0

    def record(self, record: Record) -> None:
        self._assessment.add(record)
        if ip := getattr(record, "ip", None):
            self._seen.add(ip)
            self._show()

    def probed(self, ip: str) -> None:
        self._probed += 1
        self._listed += self._assessment.finding(ip).verdict is Verdict.LISTED
        self._show()

    def limitation(self, text: str) -> None:
        self._progress.limitation(text)

    def _show(self) -> None:
        self._progress.show(len(self._seen), self._probed, self._listed)


def knowledge(data_dir: Path | None = None) -> Knowledge:
    """Rules, lists, vendors and ports. DataError names the file and entry that is wrong."""
    return data.load(data_dir)


@dataclass(frozen=True, slots=True)
class Files:
    """What the organisation wrote about itself, its devices and what it would buy."""

    profile: Path | None = None
    waivers: Path | None = None
    prices: Path | None = None
    catalogue: Path | None = None
    decisions: Path | None = None


def organisation(knowledge: Knowledge, files: Files) -> Organisation:
    """What the organisation's files say. DataError names the entry that is wrong."""
    lists = {each.id for each in knowledge.lists}
    clauses = {each.id for each in knowledge.clauses}
    vendors = {each.id for each in knowledge.vendors}
    profile = files.profile
    return Organisation(
        replies=data.read_profile(profile, knowledge.questions) if profile else (),
        waivers=data.read_waivers(files.waivers, lists) if files.waivers else (),
        details=data.read_details(profile, clauses, vendors) if profile else Details(),
        choices=data.read_choices(files.decisions) if files.decisions else (),
        prices=data.read_prices(files.prices) if files.prices else None,
        catalogue=data.read_catalogue(files.catalogue) if files.catalogue else (),
    )


def lab_program() -> Path:
    """The practice network, a program of its own."""
    return data.lab_dir() / "lab.py"


def this_machine() -> Sequence[str]:
    """What can be seen from here and what not, in sentences. Sends nothing."""
    here = machine.look()
    return (*here.possible, *here.lost)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A scan ready to start: nothing has been sent yet."""

    scan: Scan
    run: RunInfo
    addresses: int


def prepare(options: Options, knowledge: Knowledge) -> Prepared:
    """Look at this machine, check the scope. UsageError before anything is sent."""
    here = on_interface(machine.look(), options.interface, listening=options.passive is not None)
    earlier = earlier_run(options.resume) if options.resume else Earlier()
    target = plan_target(options, knowledge, here, earlier)
    scan = Scan(options, target, here, earlier, _credentials(options, knowledge))
    return Prepared(scan, scan.run, scope.size(target))


def _credentials(options: Options, knowledge: Knowledge) -> tuple[Credential, ...]:
    vendors = {vendor.id for vendor in knowledge.vendors}
    path = options.credentials
    return data.read_credentials(path, os.environ, vendors) if path else ()


async def collect(
    prepared: Prepared, judgement: Judgement, path: Path, progress: Progress
) -> ScanReport:
    """Run the scan into the evidence file; the report on what it saw."""
    assessment = judgement.start()
    running = _Running(assessment, progress)
    blocks = _camera_blocks(judgement.knowledge)
    await prepared.scan.collect(path, running, blocks, lambda ip: _vendors(assessment, ip))
    return await _report(assessment)


def _vendors(assessment: Assessment, ip: str) -> set[str]:
    """The identified maker and brand of an address, as far as the scan has come."""
    found = assessment.finding(ip)
    return {c.value for c in (found.maker, found.brand) if c and c.identified}


def _camera_blocks(known: Knowledge) -> Callable[[str], bool]:
    """Is a MAC in a block of somebody whose hardware is usually a camera or recorder?"""
    cameras = {v.id for v in known.vendors if v.product_class in CAMERA_CLASSES}
    blocks = Matcher((), known.blocks)
    return lambda mac: any(e.asserted in cameras for e in blocks.address(mac))


async def assess(paths: Iterable[Path | str], judgement: Judgement) -> ScanReport:
    """The report on evidence files. The same files and judgement give the same report."""
    return await _judge((evidence.read(path) for path in paths), judgement)


async def judge(records: Iterable[Record | evidence.Damage], judgement: Judgement) -> ScanReport:
    """The same for records from anywhere."""
    return await _judge((records,), judgement)


async def _judge(
    files: Iterable[Iterable[Record | evidence.Damage]], judgement: Judgement
) -> ScanReport:
    assessment = judgement.start()
    for file in files:
        assessment.begin_file()
        for record in file:
            assessment.add(record)
    return await _report(assessment)


async def _report(assessment: Assessment) -> ScanReport:
    names = await data.registered_names(assessment.unknown_macs())
    return await asyncio.to_thread(assessment.report, names, last=True)


def has_gaps(report: ScanReport) -> bool:
    """True when nobody may read the report as clean: gaps in coverage, or a camera unnamed."""
    unnamed = (d for d in report.devices if d.verdict is Verdict.UNDETERMINED)
    is_seen = report.coverage.complete and not report.coverage.uninspected
    return not is_seen or any(d.product_class in CAMERA_CLASSES for d in unnamed)
