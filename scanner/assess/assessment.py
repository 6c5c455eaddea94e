"""The second half as one pass: evidence, knowledge and a date in, the report out.

assessment = Assessment(knowledge, as_of)
for record in records:
    assessment.add(record)
report = assessment.report(names_for(assessment.unknown_macs()))
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Protocol

from scanner.assess import clocks, subnets
from scanner.assess.applicability import Profile
from scanner.assess.behind import Recorders, placed
from scanner.assess.coverage import Ledger
from scanner.assess.device import Device, by_address
from scanner.assess.dossier import Dossier, RunKey, Slots, mac_of
from scanner.assess.explain import Bench
from scanner.assess.identify import identify
from scanner.assess.listing import Listings
from scanner.assess.matcher import Matcher
from scanner.assess.plan import make_plan
from scanner.assess.sameness import devices, stays
from scanner.assess.screening import Screen
from scanner.assess.subnets import Seen
from scanner.assess.vendors import Vendors
from scanner.assess.verdict import finding
from scanner.assess.waivers import marked, notices
from scanner.identity import is_local, mac_text
from scanner.model import (
    Attempt,
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
    SubnetCoverage,
    Uninspected,
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
    """Takes records as they come, judges at the end or at any time.

    The order of the runs, and of the lines within a run, changes nothing.
    """

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
        self._slots = Slots()
        self._dossiers: dict[tuple[RunKey, str], tuple[Dossier, ...]] = {}

    def begin_file(self) -> None:
        """What follows belongs to no run until a run line comes."""
        self._ledger.leave()

    def add(self, record: Record | Damage) -> None:
        """Take in one line."""
        match record:
            case RunInfo():
                self._ledger.begin(record)
            case RunEnd():
                self._ledger.end(record)
            case Host():
                self._dossier(record).add(record)
            case ProbeResult():
                self._ledger.result(record)
                self._recorders.result(self._ledger.now, record)
                self._dossier(record).add(record)
            case Channel():
                self._recorders.channel(self._ledger.now, record)
            case Attempt():
                pass
            case _:
                self._ledger.damage(str(record))

    def unknown_macs(self) -> tuple[str, ...]:
        """Registered addresses that no known block holds: somebody else may name their owner."""
        macs = {d.mac for found in self._dossiers.values() for d in found if d.mac}
        return tuple(sorted(m for m in macs if not is_local(m) and not self._matcher.block(m)))

    def finding(self, ip: str) -> Finding:
        """The finding on an address as the run at hand sees it, as far as the evidence goes."""
        key = (self._ledger.now, ip)
        found = self._dossiers.get(key) or (
            Dossier(self._ledger.now, ip, "", self._matcher, self._slots),
        )
        stay = max(stays(found), key=lambda s: len(s.dossiers))
        return self._finding(Device(stay.dossiers), {}, 0)

    def benches(self, ip: str) -> tuple[Bench, ...]:
        """The devices seen at the address, to be taken apart; to be asked at the end."""
        found = self._devices()
        asked = _asked(found)
        return tuple(
            Bench(
                device, self._listings, self._vendors,
                (*device.gaps, *self._run_gaps(device, asked[device.run])),
            )
            for device in found if ip in device.addresses
        )  # fmt: skip

    def _devices(self) -> list[Device]:
        """All devices, by address."""
        told = self._told()
        every = (*self._dossiers.values(), *told.values())
        found = devices(s for each in every for s in stays(each))
        return sorted(found, key=lambda d: (by_address(d.ip), d.site, d.macs, d.first_seen))

    def report(self, names: Names | None = None, *, last: bool = False) -> ScanReport:
        """Everything judged: worst verdict first, then by address.

        The `last` report lets go of each device when it is judged, to need half the memory.
        """
        hosts, silent = self._hosts()
        by_subnet = self._subnets(frozenset(silent))
        counted = replace(self._ledger.coverage(hosts, silent), subnets=by_subnet)
        findings, uninspected = self._judge(names or {}, last=last)
        lists = tuple(_edition(e, self._as_of) for e in self._knowledge.lists)
        return ScanReport(
            run=self._ledger.run(),
            finished=self._ledger.finished,
            tool=self._tool,
            as_of=self._as_of,
            data_files=self._knowledge.files,
            lists=lists,
            coverage=_with(counted, uninspected),
            devices=tuple(findings),
            issues=tuple(self._issues(lists)),
            vendors=self._mentioned(findings),
            profile=self._profile.replies,
            clocks=tuple(clause.clock for clause in self._clauses()),
            deadlines=tuple(self._deadlines(findings)),
            plan=self._plan(findings),
        )

    def _subnets(self, silent: Collection[str]) -> tuple[SubnetCoverage, ...]:
        """Each address of a site counts once, whoever has used it."""
        has_mac: dict[tuple[str, str], bool] = {}
        for (run, ip), found in self._dossiers.items():
            told = has_mac.get((run.site, ip), False)
            has_mac[run.site, ip] = told or any(d.mac for d in found)
        hosts = (Seen(ip, known, ip in silent) for (_, ip), known in has_mac.items())
        return subnets.coverage(self._ledger.run().subnets, hosts)

    def _judge(self, names: Names, *, last: bool) -> tuple[list[Finding], list[Uninspected]]:
        found = self._devices()
        if last:
            self._dossiers = {}
        asked = _asked(found)
        found.reverse()
        findings: list[Finding] = []
        uninspected: list[Uninspected] = []
        while found:
            device = found.pop()
            judged = self._finding(device, names, asked[device.run])
            findings.append(judged)
            keys = {(d.run, d.ip) for d in device.dossiers}
            uninspected += self._recorders.uninspected(keys, judged)
        return sorted(findings, key=lambda f: SEVERITY.index(f.verdict)), uninspected

    def _told(self) -> dict[tuple[RunKey, str], tuple[Dossier, ...]]:
        """Dossiers of cameras that only a recorder sees; what it tells of others goes to theirs."""
        told: dict[tuple[RunKey, str], tuple[Dossier, ...]] = {}
        for key, behind, host, result in self._recorders.cameras(self._macs):
            home = self._dossiers if key in self._dossiers else told
            dossier = self._at(home, *key, mac_text(mac_of(result)))
            dossier.add(host)
            dossier.add(result)
            dossier.behind, dossier.is_told = behind, home is told
        return told

    def _macs(self, key: tuple[RunKey, str]) -> tuple[str, ...] | None:
        found = self._dossiers.get(key)
        return None if found is None else tuple(d.mac for d in found if d.mac)

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

    def _dossier(self, record: Host | ProbeResult) -> Dossier:
        mac = mac_text(mac_of(record))
        return self._at(self._dossiers, self._ledger.now, record.ip, mac)

    def _at(
        self, home: dict[tuple[RunKey, str], tuple[Dossier, ...]], run: RunKey, ip: str, mac: str
    ) -> Dossier:
        found = home.get((run, ip), ())
        known = next((d for d in found if d.mac == mac), None)
        if known is None:
            known = Dossier(run, ip, mac, self._matcher, self._slots)
            home[run, ip] = (*found, known)
        return known

    def _hosts(self) -> tuple[int, tuple[str, ...]]:
        """How many addresses were seen, and those that were asked and gave no sign."""
        signs: dict[tuple[str, str], bool] = {}
        asked: set[tuple[str, str]] = set()
        for (run, ip), found in self._dossiers.items():
            for dossier in found:
                signs[run.site, ip] = signs.get((run.site, ip), False) or dossier.answered
                asked |= {(run.site, ip)} if dossier.results else set()
        silent = sorted((by_address(ip), ip, site) for site, ip in asked if not signs[site, ip])
        return len(signs), tuple(ip for _, ip, _ in silent)

    def _finding(self, device: Device, names: Names, asked: int) -> Finding:
        judged = finding(
            device,
            identify(device.claims, self._vendors),
            self._listings,
            self._vendors,
            gaps=(*device.gaps, *self._run_gaps(device, asked)),
            site=self._site or device.site,
            registered_to=self._owner(device, names),
        )
        seen = placed(judged, device.behind) if device.behind else judged
        return marked(seen, self._waivers, self._as_of)

    def _run_gaps(self, device: Device, asked: int) -> Iterable[str]:
        """Questions that never came to the host, by what its runs asked of others.

        Nothing can be asked of a camera that only its recorder sees.
        """
        if device.is_told:
            return
        if device.ports_asked < asked and self._ledger.cut_short(device.site):
            yield CUT_SHORT
        if device.asked:
            return
        if self._ledger.overheard(device.site):
            yield NOT_ASKED_BY_CHOICE
        elif self._ledger.imported:
            yield NOT_ASKED

    def _owner(self, device: Device, names: Names) -> str:
        mac = next(iter(device.macs), "")
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
    return assessment.report(names, last=True)


def _with(counted: Coverage, uninspected: Iterable[Uninspected]) -> Coverage:
    """The coverage with the recorders whose cameras nobody looked at."""
    found = tuple(uninspected)
    told = (*counted.limitations, *map(str, found))
    return replace(counted, limitations=told, uninspected=found)


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


def _asked(found: Iterable[Device]) -> Mapping[RunKey, int]:
    """The most ports asked of one device, by run."""
    asked: dict[RunKey, int] = {}
    for device in found:
        asked[device.run] = max(asked.get(device.run, 0), device.ports_asked)
    return asked
