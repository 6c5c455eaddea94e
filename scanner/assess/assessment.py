"""The second half as one pass: evidence, knowledge and a date in, the report out.

assessment = Assessment(knowledge, as_of)
for record in records:
    assessment.add(record)
report = assessment.report(names_for(assessment.unknown_macs()))
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from ipaddress import ip_address
from typing import Protocol

from scanner.assess import clocks
from scanner.assess.applicability import Profile
from scanner.assess.behind import Key, Recorders, placed
from scanner.assess.coverage import Ledger
from scanner.assess.dossier import Dossier
from scanner.assess.explain import Bench
from scanner.assess.identify import identify
from scanner.assess.listing import Listings
from scanner.assess.matcher import Matcher, is_local
from scanner.assess.plan import make_plan
from scanner.assess.screening import Screen
from scanner.assess.vendors import Vendors
from scanner.assess.verdict import finding
from scanner.assess.waivers import marked, notices
from scanner.model import (
    Attempt,
    Behind,
    Channel,
    Clause,
    Coverage,
    EntityList,
    Finding,
    Host,
    Knowledge,
    ListEdition,
    Organisation,
    ProbeResult,
    Record,
    RunEnd,
    RunInfo,
    ScanReport,
    Vendor,
    Verdict,
)
from scanner.remedy import Deadline, Plan

SEVERITY = (Verdict.LISTED, Verdict.REVIEW, Verdict.UNDETERMINED, Verdict.NOT_LISTED)
NOT_ASKED = "it is known from a file only, and nothing was asked of it"
NOT_ASKED_BY_CHOICE = "it was only listened to, and nothing was asked of it"
CUT_SHORT = "the run was cut short before every port of this host was asked"
NOTHING_SAID = Organisation()

Names = Mapping[str, str]
"""MAC (lower case, colons) → organisation it is registered to."""


class Damage(Protocol):
    """A line of evidence that could not be read; `str()` says which line and why."""

    @property
    def line(self) -> int: ...

    @property
    def reason(self) -> str: ...


class Assessment:
    """Takes records in file order, keeps one dossier a host, judges at the end or at any time."""

    def __init__(
        self,
        knowledge: Knowledge,
        as_of: date,
        *,
        site: str = "",
        tool: str = "",
        organisation: Organisation = NOTHING_SAID,
    ) -> None:
        self._knowledge, self._as_of, self._site, self._tool = knowledge, as_of, site, tool
        self._vendors = Vendors(knowledge.vendors, knowledge.relations, as_of)
        self._matcher = Matcher(knowledge.rules, knowledge.blocks, self._vendors)
        self._waivers = organisation.waivers
        self._profile = Profile(knowledge.questions, organisation.replies)
        self._organisation = organisation
        self._listings = Listings(knowledge.lists, self._vendors, as_of, self._profile)
        self._ledger = Ledger()
        self._recorders = Recorders()
        self._dossiers: dict[tuple[str, str], Dossier] = {}

    def add(self, record: Record | Damage) -> None:
        """Take in one line. The same address seen by two sensors is two hosts."""
        match record:
            case RunInfo():
                self._ledger.begin(record)
            case RunEnd():
                self._ledger.end(record)
            case Host():
                self._dossier(record.ip).add(record)
            case ProbeResult():
                self._ledger.result(record)
                self._recorders.result(self._ledger.sensor, record)
                self._dossier(record.ip).add(record)
            case Channel():
                self._recorders.channel(self._ledger.sensor, record)
            case Attempt():
                pass
            case _:
                self._ledger.damage(str(record))

    def unknown_macs(self) -> tuple[str, ...]:
        """Registered addresses that no known block holds: somebody else may name their owner."""
        macs = {mac for d in self._dossiers.values() for mac in d.macs}
        return tuple(sorted(m for m in macs if not is_local(m) and not self._matcher.block(m)))

    def finding(self, ip: str) -> Finding:
        """The finding on an address as seen by the latest sensor, as far as the evidence goes."""
        key = (self._ledger.sensor, ip)
        dossier = self._dossiers.get(key) or Dossier(ip, self._ledger.sensor, self._matcher)
        return self._finding(dossier, {}, 0)

    def benches(self, ip: str) -> tuple[Bench, ...]:
        """The address as each sensor saw it, to be taken apart; to be asked at the end."""
        seen = sorted((d for d in self._dossiers.values() if d.ip == ip), key=lambda d: d.site)
        return tuple(
            Bench(
                dossier, self._listings, self._vendors,
                (*dossier.gaps, *self._run_gaps(dossier, self._asked()[dossier.site])),
            )
            for dossier in seen
        )  # fmt: skip

    def _asked(self) -> Mapping[str, int]:
        """The most ports asked of one host, by site."""
        asked: dict[str, int] = {}
        for d in self._dossiers.values():
            asked[d.site] = max(asked.get(d.site, 0), d.ports_asked)
        return asked

    def report(self, names: Names | None = None) -> ScanReport:
        """Everything judged: worst verdict first, then by address."""
        cameras, seats = self._cameras()
        every = (*self._dossiers.values(), *cameras.values())
        dossiers = sorted(every, key=lambda d: (_by_address(d.ip), d.site))
        asked = self._asked()
        judged = {
            (d.site, d.ip): self._finding(
                d, names or {}, asked.get(d.site, 0), seats.get((d.site, d.ip))
            )
            for d in dossiers
        }
        findings = sorted(judged.values(), key=lambda f: SEVERITY.index(f.verdict))
        silent = tuple(d.ip for d in dossiers if d.silent)
        lists = tuple(_edition(e, self._as_of) for e in self._knowledge.lists)
        return ScanReport(
            run=self._ledger.run(),
            finished=self._ledger.finished,
            tool=self._tool,
            as_of=self._as_of,
            data_files=self._knowledge.files,
            lists=lists,
            coverage=self._coverage(silent, judged),
            devices=tuple(findings),
            issues=tuple(self._issues(lists)),
            vendors=self._mentioned(findings),
            profile=self._profile.replies,
            clocks=tuple(clause.clock for clause in self._clauses()),
            deadlines=tuple(self._deadlines(findings)),
            plan=self._plan(findings),
        )

    def _coverage(self, silent: tuple[str, ...], judged: Mapping[Key, Finding]) -> Coverage:
        counted = self._ledger.coverage(len(self._dossiers), silent)
        uninspected = tuple(self._recorders.uninspected(judged.items()))
        told = (*counted.limitations, *map(str, uninspected))
        return replace(counted, limitations=told, uninspected=uninspected)

    def _clauses(self) -> tuple[Clause, ...]:
        named = (
            contract.clause for contract in self._organisation.details.contracts if contract.clause
        )
        return self._profile.clauses(self._knowledge.clauses, named)

    def _plan(self, findings: Sequence[Finding]) -> Plan | None:
        rules = self._knowledge.plan_rules
        if not rules.proposals:
            return None
        known = self._knowledge
        screen = Screen(known.vendors, known.relations, self._listings)
        return make_plan(findings, rules, self._organisation, screen)

    def _deadlines(self, findings: Sequence[Finding]) -> Iterator[Deadline]:
        """Counted from the end of the scan: before it, nobody can have learnt of the devices."""
        if identified := clocks.moment(self._ledger.finished):
            for clause in clocks.concerned(self._clauses(), findings):
                yield from clocks.deadlines(clause, identified, self._organisation.details.zone)

    def _cameras(self) -> tuple[dict[Key, Dossier], dict[Key, Behind]]:
        """Dossiers of cameras that only a recorder sees, and where all those it sees were seen."""
        own: dict[Key, Dossier] = {}
        seats: dict[Key, Behind] = {}
        for key, behind, host, result in self._recorders.cameras(self._macs):
            dossier = self._dossiers.get(key) or own.get(key)
            if dossier is None:
                dossier = own[key] = Dossier(key[1], key[0], self._matcher)
            dossier.add(host)
            dossier.add(result)
            seats[key] = behind
        return own, seats

    def _macs(self, key: Key) -> tuple[str, ...] | None:
        return tuple(self._dossiers[key].macs) if key in self._dossiers else None

    def _dossier(self, ip: str) -> Dossier:
        key = (self._ledger.sensor, ip)
        if key not in self._dossiers:
            self._dossiers[key] = Dossier(ip, self._ledger.sensor, self._matcher)
        return self._dossiers[key]

    def _finding(
        self, dossier: Dossier, names: Names, asked: int, behind: Behind | None = None
    ) -> Finding:
        judged = finding(
            dossier,
            identify(dossier.claims, self._vendors),
            self._listings,
            self._vendors,
            gaps=(*dossier.gaps, *self._run_gaps(dossier, asked)),
            site=self._site or dossier.site,
            registered_to=self._owner(dossier, names),
        )
        seen = placed(judged, behind) if behind else judged
        return marked(seen, self._waivers, self._as_of)

    def _run_gaps(self, dossier: Dossier, asked: int) -> Iterable[str]:
        """Questions that never came to the host, by what its runs asked of others.

        Nothing can be asked of a camera that only its recorder sees.
        """
        if (dossier.site, dossier.ip) not in self._dossiers:
            return
        if dossier.ports_asked < asked and self._ledger.cut_short(dossier.site):
            yield CUT_SHORT
        if dossier.asked:
            return
        if self._ledger.overheard(dossier.site):
            yield NOT_ASKED_BY_CHOICE
        elif self._ledger.imported:
            yield NOT_ASKED

    def _owner(self, dossier: Dossier, names: Names) -> str:
        mac = next(iter(dossier.macs), "")
        block = self._matcher.block(mac)
        return block.organisation if block else names.get(mac, "")

    def _issues(self, lists: Iterable[ListEdition]) -> Iterable[str]:
        yield from self._ledger.issues()
        for edition in lists:
            if edition.overdue:
                yield (
                    f"{edition.title}: last checked for a newer edition on "
                    f"{edition.checked.isoformat()}; the next check is overdue."
                )
        yield from notices(self._waivers, self._as_of)
        yield from self._knowledge.notes

    def _mentioned(self, findings: Iterable[Finding]) -> tuple[Vendor, ...]:
        ids = {c.value for f in findings for c in (f.maker, f.brand) if c}
        ids |= {m.entity for f in findings for m in f.listings}
        return tuple(v for v in (self._vendors.get(i) for i in sorted(ids)) if v)


def assess(
    records: Iterable[Record | Damage],
    knowledge: Knowledge,
    as_of: date,
    *,
    site: str = "",
    tool: str = "",
    organisation: Organisation = NOTHING_SAID,
    names: Names | None = None,
) -> ScanReport:
    """The report on the evidence as of a date; the same arguments give the same report."""
    assessment = Assessment(knowledge, as_of, site=site, tool=tool, organisation=organisation)
    for record in records:
        assessment.add(record)
    return assessment.report(names)


def _edition(edition: EntityList, as_of: date) -> ListEdition:
    """A list with its age on the report's date; a date before the edition makes it no older."""
    return ListEdition(
        id=edition.id,
        title=edition.title,
        authority=edition.authority,
        citation=edition.citation,
        edition=edition.edition,
        checked=edition.checked,
        age_days=max(0, (as_of - edition.edition).days),
        overdue=as_of > edition.checked + timedelta(days=edition.check_every_days),
        effect=edition.effect,
        question=edition.question,
        url=edition.url,
    )


def _by_address(ip: str) -> tuple[int, int, str]:
    """IPv4, then IPv6, each by number; text that is no address last."""
    try:
        address = ip_address(ip)
    except ValueError:
        return 9, 0, ip
    return address.version, int(address), ip
