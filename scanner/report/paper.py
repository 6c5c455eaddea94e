"""The printed document: every section of the report as blocks, in the order of the page."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from scanner.model import ScanReport
from scanner.report import (
    figures,
    guidance,
    network_map,
    paper_devices,
    paper_plan,
    pictures,
    wording,
)
from scanner.report.blocks import (
    Block,
    addresses,
    cell,
    facts,
    heading,
    items,
    named,
    table,
    text,
)
from scanner.report.blocks import pictures as shown

EXCLUSIONS = 100
"""Rows of the form for ranges left out; all of them are named above it."""


def sections(report: ScanReport, style: str) -> Iterator[Block]:
    """Anchor, heading and blocks of each section; `style` colours the pictures."""
    made = _sections(style)
    for name, title in guidance.SECTIONS:
        yield {"id": name, "title": title, "blocks": list(made[name](report))}


def _sections(style: str) -> Mapping[str, Callable[[ScanReport], Iterable[Block]]]:
    return {
        "summary": lambda report: summary(report, style),
        "editions": editions,
        "applicability": applicability,
        "where": lambda report: where(report, style),
        "laydown": paper_devices.laydown,
        "devices": paper_devices.devices,
        "lists": lists,
        "coverage": coverage,
        "mitigation": paper_plan.mitigation,
        "plan": paper_plan.plan,
        "clocks": paper_plan.clocks,
        "exceptions": paper_devices.exceptions,
        "closure": paper_devices.closure,
        "findings": paper_devices.findings,
        "record": record,
        "sign-off": sign_off,
    }


def cover(report: ScanReport) -> list[list[str]]:
    """Scope and dates, as name and value."""
    info, covered = report.run, report.coverage
    ended = f" to {wording.moment(report.finished)}" if report.finished else ""
    pairs = (
        ("Site", ", ".join(filter(None, figures.sites(report)))),
        ("Ranges asked", ", ".join(covered.scope) or "not known"),
        ("Left out on request", ", ".join(covered.excluded)),
        ("Scanned", (wording.moment(info.started) or "not known") + ended),
        ("Lists as of", wording.day(report.as_of)),
        ("Sensor", info.sensor),
        ("Assessed by", report.tool),
        ("Run", info.run),
    )
    rows: list[list[str]] = facts(pairs)["rows"]
    return rows


def summary(report: ScanReport, style: str) -> Iterator[Block]:
    """What a manager reads in ten seconds."""
    yield text(wording.headline(report), "lead")
    counts = figures.by_verdict(report)
    tiles = [[f"{n:,}", wording.LABELS[v], wording.MEANINGS[v], v.value] for v, n in counts.items()]
    yield {"kind": "tiles", "tiles": tiles}
    if report.devices:
        yield shown([pictures.by_verdict(report)], style, titled=False)
    yield heading("What to do next")
    yield items(wording.next_steps(report), numbered=True)
    yield heading("What was not seen")
    yield text(wording.coverage_line(report.coverage))
    yield items(report.coverage.limitations[:5])
    yield shown(pictures.charts(report), style, columns=2)


def editions(report: ScanReport) -> Iterator[Block]:
    """The lists and their ages."""
    columns = (("List", 4.0), ("Edition of", 1.5), ("Age", 1.3), ("Last checked", 2.0), ("Here", 1))
    rows = [
        (
            cell(each.edition.title, each.edition.citation),
            wording.day(each.edition.edition),
            wording.count(each.edition.age_days, "day"),
            cell(wording.day(each.edition.checked), "overdue" if each.edition.overdue else ""),
            f"{each.listed:,}",
        )
        for each in figures.by_list(report)
    ]
    if rows:
        yield table("Lists used, and listed devices here", columns, rows)
    else:
        yield text("No list took part in this report.")


def applicability(report: ScanReport) -> Iterator[Block]:
    """The organisation's answers, and the questions nobody has answered."""
    if conclusion := wording.conclusion(report):
        yield text(conclusion)
    columns = (("Question", 5.0), ("Answer", 1.4), ("By", 2.0), ("On", 1.3))
    rows = [
        (
            r.ask,
            cell(r.answer.value, ", ".join(r.detail)),
            r.who,
            wording.day(r.when) if r.when else "",
        )
        for r in report.profile
    ]
    if rows:
        yield table("The organisation's answers", columns, rows)
    else:
        yield text("The organisation has answered no question yet, so each list stays a question.")
    if still := wording.open_questions(report):
        yield heading("Questions still open")
        yield facts(still.values())


def where(report: ScanReport, style: str) -> Iterator[Block]:
    """The map, as far as it helps on paper."""
    if not report.devices:
        yield text("No device was found.")
        return
    yield text(
        "Each device at the switch port it is plugged in at, as far as switches told. Listed: "
        "square with a cross; review: triangle; undetermined: ring; not listed: dot."
    )
    yield shown(network_map.drawn(report), style)


def lists(report: ScanReport) -> Iterator[Block]:
    """Each list with what it does, whom it concerns, and the devices it reaches."""
    columns = (
        ("Entity, listed as", 3.0), ("Since", 1.3), ("Citation", 2.2), ("How joined", 1.8),
        ("Devices here", 3.0),
    )  # fmt: skip
    names = {vendor.id: vendor.name for vendor in report.vendors}
    for figure in figures.by_list(report):
        each = figure.edition
        yield heading(each.title)
        yield text(f"{each.authority}. {each.citation}. {wording.age(each)}", "quiet")
        answers = " ".join(wording.ANSWERS[answer] for answer in figure.applicability)
        decides = f"{each.question} {answers}"
        yield facts([("What it does", each.effect), ("What decides", decides)])
        rows = [
            (
                cell(names.get(match.entity, match.entity), match.listed_as),
                wording.day(match.since),
                cell(match.citation, f"grade {match.grade}"),
                wording.RELATIONS[match.relation],
                addresses(ranges),
            )
            for match, ranges in zip(figure.entries, figure.addresses, strict=True)
        ]
        if rows:
            yield table("Entries joined to devices of this report", columns, rows)
        else:
            yield text("No device of this report is joined to this list.")


def coverage(report: ScanReport) -> Iterator[Block]:
    """The record of a reasonable inquiry: what was asked, and what stayed dark."""
    seen = report.coverage
    yield text(wording.completeness(seen), "lead")
    asked = "not known" if seen.addresses is None else f"{seen.addresses:,}"
    yield facts(
        (
            ("Ranges asked", ", ".join(seen.scope) or "not known"),
            ("Left out on request", ", ".join(seen.excluded) or "nothing"),
            ("Addresses asked", asked),
            ("Hosts seen", f"{seen.hosts:,}"),
        )
    )
    yield from _gaps(report)
    columns = (("Status", 1.5), ("Probes", 1.0), ("Meaning", 5.0))
    rows = [(s, f"{n:,}", wording.STATUSES.get(s, "")) for s, n in seen.by_status]
    if rows:
        yield table(f"How {wording.count(seen.results, 'probe')} ended", columns, rows)
    silent = [
        (cell(d.ip, code=True), "; ".join(d.incomplete)) for d in report.devices if d.incomplete
    ]
    if silent:
        yield table(
            "Devices whose answers are incomplete",
            (("Address", 1.5), ("What did not answer", 5.0)),
            silent,
        )


def _gaps(report: ScanReport) -> Iterator[Block]:
    seen, recorders = report.coverage, figures.recorders(report)
    if seen.excluded:
        widths = zip(guidance.EXCLUSION_COLUMNS, (2.0, 4.0, 2.0), strict=True)
        rows = [(given, "", "") for given in seen.excluded[:EXCLUSIONS]]
        yield table(guidance.EXCLUSIONS, tuple(widths), rows, form=True)
    if seen.subnets:
        yield heading("Subnets")
        yield items([wording.subnet_line(each) for each in seen.subnets[:EXCLUSIONS]])
    if seen.limitations:
        yield heading("Limits of this scan")
        yield items(seen.limitations)
    if recorders:
        yield heading("Recorders")
        at = figures.address_ranges(device.ip for device in recorders)
        yield text(f"{guidance.RECORDERS} {named(at)}.")
    if seen.silent_hosts:
        yield heading("Hosts that said nothing")
        yield text(named(figures.address_ranges(seen.silent_hosts)) + ". Each may be a camera.")
    if notes := (*seen.damaged_lines, *report.issues):
        yield heading("Notes")
        yield items(notes)


def record(report: ScanReport) -> Iterator[Block]:
    """What is needed to get this very report again."""
    yield text("The same evidence, data files and date give the same report.")
    settings = [(cell(name, code=True), value) for name, value in report.run.settings]
    if settings:
        yield table("Settings of the scan", (("Setting", 2.0), ("Value", 5.0)), settings)
    columns = (("File", 3.0), ("Edition", 1.2), ("SHA-256", 5.0))
    rows = [(f.name, f.edition, cell(f.sha256, code=True)) for f in report.data_files]
    if rows:
        yield table("Data files used", columns, rows)


def sign_off(report: ScanReport) -> Iterator[Block]:
    """Lines to sign."""
    del report
    columns = (("", 1.3), *((title, 1.8) for title in guidance.SIGN_OFF_COLUMNS))
    rows = [(role, *[""] * len(guidance.SIGN_OFF_COLUMNS)) for role in guidance.SIGN_OFF]
    yield table(guidance.ATTESTS, columns, rows, form=True)
    yield text(wording.NOTICE, "quiet")
