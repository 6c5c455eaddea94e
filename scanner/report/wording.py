"""The sentences the formats share, so that every rendering says the same thing the same way."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from scanner.model import (
    Answer,
    Applicability,
    Coverage,
    Finding,
    ListEdition,
    ListingMatch,
    Relation,
    ScanReport,
    Strength,
    SubnetCoverage,
    Verdict,
)
from scanner.remedy import Deadline, Unit

TITLE = "Surveillance hardware of listed makers"
UNKNOWN_MAKER = "Maker not known"
NOTICE = (
    "This report states what devices said on the network and what dated public lists say about "
    "their makers. It is not legal advice and attests nothing. Whether a list concerns this "
    "organisation is for the organisation to decide."
)

NO_REGIME = (
    "A listed maker is present. None of the covered regimes was found to concern this "
    "organisation by its own answers; what becomes of the devices is its own decision."
)

LABELS: Mapping[Verdict, str] = {
    Verdict.LISTED: "Listed",
    Verdict.REVIEW: "Review",
    Verdict.NOT_LISTED: "Not listed",
    Verdict.UNDETERMINED: "Undetermined",
}
MEANINGS: Mapping[Verdict, str] = {
    Verdict.LISTED: "The maker was identified, and it or its owner is on at least one of the "
    "lists used.",
    Verdict.REVIEW: "The evidence points to a listed maker without settling it, or contradicts "
    "itself. A person has to look.",
    Verdict.NOT_LISTED: "The maker was identified, the probes were complete, and none of the "
    "lists used holds it.",
    Verdict.UNDETERMINED: "What was seen does not tell who made the device. This is a gap, not a "
    "clean result.",
}
STRENGTHS: Mapping[Strength, str] = {
    Strength.DECLARES: "the device names its maker, or speaks a protocol only that maker's "
    "firmware speaks",
    Strength.CHARACTERISTIC: "a text that only this family of firmware sends",
    Strength.SUGGESTS: "a hint, such as a registered address block; never enough alone",
}
RELATIONS: Mapping[Relation, str] = {
    Relation.NAMED: "named on the list",
    Relation.SUBSIDIARY: "subsidiary of the listed entity",
    Relation.BRAND: "brand of the listed entity",
    Relation.PRODUCER: "units produced by the listed entity",
}
ANSWERS: Mapping[Applicability, str] = {
    Applicability.APPLIES: "It concerns this organisation, by the answer on record.",
    Applicability.DOES_NOT_APPLY: "It does not concern this organisation, by the answer on record.",
    Applicability.ASK: "Whether it concerns this organisation is not answered yet.",
}
STATUSES: Mapping[str, str] = {
    "ok": "answered",
    "refused": "answered that nothing listens there",
    "timeout": "no answer in time",
    "unreachable": "no way to the address",
    "closed-early": "connection closed before the answer was whole",
    "protocol-error": "the answer was not what the protocol allows",
    "tls-error": "no agreement on TLS",
    "not-permitted": "this machine may not send it",
    "out-of-scope": "outside the ranges asked for",
    "skipped": "left out, see the reasons given with the device",
    "bug": "the scanner failed; please report it",
}


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 device`, `1,200 devices`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def day(value: date) -> str:
    """ISO 8601 calendar date."""
    return value.isoformat()


def moment(text: str) -> str:
    """`2026-11-23 10:00:00 UTC` for the time form of reports; any other text as it is."""
    whole = len(text) == 20 and text[10] == "T" and text.endswith("Z")
    return f"{text[:10]} {text[11:19]} UTC" if whole else text


def headline(report: ScanReport) -> str:
    """The one sentence a reader in a hurry takes away."""
    listed, review = report.count(Verdict.LISTED), report.count(Verdict.REVIEW)
    if listed:
        total = count(len(report.devices), "device")
        return (
            f"{listed:,} of {total} {'traces' if listed == 1 else 'trace'} back to a listed maker."
        )
    if review:
        needs = "needs a person to look" if review == 1 else "need a person to look"
        return f"No device is established as listed; {review:,} {needs}."
    if not report.devices:
        return "No device was found."
    if report.coverage.complete and not report.coverage.uninspected:
        return "No device of a listed maker was found, and the scan was complete."
    return "Nothing listed was found in what could be seen, but not everything could be seen."


def listing(match: ListingMatch) -> str:
    """Who is on which list since when, by which citation and edition."""
    return (
        f"On the {match.title} since {day(match.since)} ({match.citation}), "
        f"listed as “{match.listed_as}”; edition of {day(match.edition)}."
    )


def completeness(coverage: Coverage) -> str:
    """Whether the scan saw what it was asked to see."""
    if coverage.complete is None:
        return "It is not known whether the scan was complete: the evidence does not say."
    whole = "The scan was complete." if coverage.complete else "The scan was not complete."
    return " ".join(filter(None, (whole, not_inspected(coverage))))


def not_inspected(coverage: Coverage) -> str:
    """How many channels of recorders nobody looked at; empty when there are none."""
    if not coverage.uninspected:
        return ""
    known = sum(each.channels or 0 for each in coverage.uninspected)
    recorders = count(len(coverage.uninspected), "recorder")
    more = " at least" if any(each.channels is None for each in coverage.uninspected) else ""
    channels = count(known, "channel") if known else "An unknown number of channels"
    was = "was" if known == 1 else "were"
    return f"{channels}{more if known else ''} of {recorders} {was} not inspected."


def subnet_line(subnet: SubnetCoverage) -> str:
    """Who was seen in a subnet, and what could not be."""
    way = f"by {subnet.interface}" if subnet.interface else "routed"
    seen = (
        f"{count(subnet.hosts, 'host')}, {subnet.with_mac:,} with a MAC, {subnet.silent:,} silent"
    )
    return f"{subnet.network} ({way}): {seen}. {gaps(subnet)}"


def gaps(subnet: SubnetCoverage) -> str:
    """What could not be seen in a subnet, each with its reason."""
    told = "; ".join(f"no {gap.what} ({gap.why})" for gap in subnet.gaps)
    return f"Gaps: {told}." if told else "No gap is known."


def subnets_with_gaps(coverage: Coverage) -> str:
    """How many subnets could not be seen in every way; empty when there is none."""
    partly = sum(bool(subnet.gaps) for subnet in coverage.subnets)
    return f"Gaps in {partly:,} of {count(len(coverage.subnets), 'subnet')}." if partly else ""


def coverage_line(coverage: Coverage) -> str:
    """What was asked and what answered, in one line."""
    asked = (
        ""
        if coverage.addresses is None
        else f"{count(coverage.addresses, 'address', 'addresses')} asked, "
    )
    silent = count(len(coverage.silent_hosts), "host")
    told = (
        f"{asked}{count(coverage.hosts, 'host')} seen, {count(coverage.results, 'probe result')}, "
        f"{silent} silent. {completeness(coverage)}"
    )
    return " ".join(filter(None, (told, subnets_with_gaps(coverage))))


def age(edition: ListEdition) -> str:
    """How old the edition is and when somebody last looked for a newer one."""
    overdue = " This check is overdue." if edition.overdue else ""
    old = f"Edition of {day(edition.edition)}, {count(edition.age_days, 'day')} old"
    return f"{old}; last checked {day(edition.checked)}.{overdue}"


def open_questions(report: ScanReport) -> dict[str, tuple[str, str]]:
    """List id → (title, question) of the joined lists whose question nobody has answered."""
    matches = (m for d in report.devices for m in d.listings)
    return {
        m.list_id: (m.title, m.question)
        for m in matches
        if m.applicability is Applicability.ASK and m.question
    }


def conclusion(report: ScanReport) -> str:
    """What the organisation's own answers come to; empty without a finding or a question."""
    matches = [m for d in report.devices for m in d.listings]
    if not matches or not report.profile:
        return ""
    if all(reply.answer is Answer.NO for reply in report.profile):
        left = _titles(matches, Applicability.ASK)
        return NO_REGIME + (f" Not settled by these answers: {left}." if left else "")
    return " ".join(_by_answers(report, matches))


def _by_answers(report: ScanReport, matches: Sequence[ListingMatch]) -> Iterable[str]:
    if concerned := _titles(matches, Applicability.APPLIES):
        yield f"By the answers on record these lists concern this organisation: {concerned}."
    if spared := _titles(matches, Applicability.DOES_NOT_APPLY):
        yield f"By the answers on record these do not: {spared}."
    if unknown := sum(reply.answer is Answer.UNKNOWN for reply in report.profile):
        yield (
            f"{unknown} of {count(len(report.profile), 'question')} about this organisation "
            f"{'is' if unknown == 1 else 'are'} not answered; what is not answered is not clean."
        )


def _titles(matches: Iterable[ListingMatch], state: Applicability) -> str:
    return ", ".join(sorted({m.title for m in matches if m.applicability is state}))


def waiver(match: ListingMatch) -> str:
    """Who accepted this listing, why and until when; empty when nobody did."""
    if match.waiver is None:
        return ""
    given = match.waiver
    return (
        f"Waived until {day(given.until)} by {given.approver}: {given.reason} "
        f"(waiver {given.id}, evidence: {given.evidence})"
    )


def waived_line(report: ScanReport) -> str:
    """How many listed devices have a waiver, for all their listings or for some; may be empty."""
    wholly = [_waived(d) for d in report.devices if any(m.waiver for m in d.listings)]
    if not wholly:
        return ""
    part = len(wholly) - sum(wholly)
    tail = f", {part:,} of them for some of its lists only" if part else ""
    return f"{count(len(wholly), 'device')}{tail}. Waived devices stay in every count."


def _waived(device: Finding) -> bool:
    return all(match.waiver for match in device.listings)


def editions(report: ScanReport) -> str:
    """Every list that took part with its edition, age and state of its check, in one line."""
    return "; ".join(f"{e.id} {day(e.edition)}, {_old(e)}" for e in report.lists)


def _old(edition: ListEdition) -> str:
    overdue = ", check overdue" if edition.overdue else ""
    return f"{count(edition.age_days, 'day')} old{overdue}"


def next_steps(report: ScanReport) -> tuple[str, ...]:
    """What to do now, most pressing first; never empty."""
    steps = (
        *_about_findings(report),
        *_about_gaps(report),
        *_about_lists(report.lists),
    )
    return steps or ("Nothing has to be done now. Scan again when the network or a list changes.",)


def _about_findings(report: ScanReport) -> Iterable[str]:
    listed, review = report.count(Verdict.LISTED), report.count(Verdict.REVIEW)
    questions = [title for title, _ in open_questions(report).values()]
    if questions:
        yield (
            "Find out which lists concern this organisation by answering the question that goes "
            f"with each: {', '.join(questions)}."
        )
    if _may_start_a_clock(report):
        yield (
            "Tell whoever handles government contracts today: under some of them, learning of such "
            "a device starts a short reporting period."
        )
        yield from report.clocks
        yield from map(deadline, report.deadlines)
    if listed:
        devices = count(listed, "listed device")
        yield f"Decide what becomes of {devices}: isolate, replace or keep, and why."
    if review:
        yield (
            f"Look at {count(review, 'device')} under review: read the label, ask the supplier who "
            "built the unit, write down the answer."
        )


def deadline(value: Deadline) -> str:
    """When a report is due at the latest; what starts the count is said beside it."""
    zone = "" if value.unit is Unit.HOURS else f", midnight in {value.zone}"
    start = "the one before is sent on its last day" if value.assumed else "the scan identified it"
    return (
        f"{value.citation}, {value.title.lower()}: due {moment(value.due)}{zone}, if {start}. "
        f"{value.starts}"
    )


def _may_start_a_clock(report: ScanReport) -> bool:
    return any(
        m.list_id == "us-ndaa-889" and m.applicability is not Applicability.DOES_NOT_APPLY
        for d in report.devices
        for m in d.listings
    )


def _about_gaps(report: ScanReport) -> Iterable[str]:
    unknown = report.count(Verdict.UNDETERMINED)
    if unknown:
        yield f"Find out who made {count(unknown, 'undetermined device')}."
    if report.coverage.uninspected:
        yield (
            "Look behind the recorders, whose cameras were not inspected: scan again with "
            "--credentials, or read the labels of the cameras."
        )
    if not report.coverage.complete:
        yield "Close the gaps named under “What could not be seen”, then scan again."


def _about_lists(lists: Iterable[ListEdition]) -> Iterable[str]:
    overdue = [edition.title for edition in lists if edition.overdue]
    if overdue:
        yield f"Check for a newer edition, the last check is overdue: {', '.join(overdue)}."
