"""Sections of the printed document that hold something for each device."""

from collections.abc import Iterator

from scanner.model import Finding, ScanReport, Verdict
from scanner.report import figures, guidance, wording
from scanner.report.blocks import (
    Block,
    Cell,
    addresses,
    cell,
    chip,
    facts,
    heading,
    items,
    table,
    text,
)

DECISIVE = frozenset({"maker", "brand"})
"""What a verdict rests on. Evidence for the rest would double the pages."""


def laydown(report: ScanReport) -> Iterator[Block]:
    """Every device of a listed or suspected maker."""
    columns = (
        ("Address, MAC", 2.5), ("Where", 1.7), ("Maker", 1.5), ("Model, firmware", 2.3),
        ("Serial", 2.3), ("Lists", 2.2), ("Verdict", 1.2),
    )  # fmt: skip
    rows = [_laid_down(device) for _, device in figures.laydown(report)]
    if rows:
        number = wording.count(len(rows), "device")
        yield table(f"{number} of a listed or suspected maker", columns, rows)
    else:
        yield text("No device of a listed or suspected maker was found.")
    if unknown := report.count(Verdict.UNDETERMINED):
        yield text(f"Not in this table: {wording.count(unknown, 'undetermined device')}.")


def _laid_down(device: Finding) -> tuple[Cell, ...]:
    return (
        cell(device.ip, device.mac or "", device.hostname or "", code=True),
        cell(figures.hangs_on(device) or "not known", device.site),
        _maker(device),
        cell(device.model or "not known", device.firmware),
        cell(device.serial, code=True),
        ", ".join(dict.fromkeys(match.title for match in device.listings)),
        chip(device.verdict),
    )


def _maker(device: Finding) -> Cell:
    brand = figures.sold_as(device)
    label = figures.maker_label(device) or wording.UNKNOWN_MAKER
    return cell(label, f"sold as {brand}" if brand else "")


def devices(report: ScanReport) -> Iterator[Block]:
    """All devices, one line each."""
    columns = (
        ("Verdict", 1.6),
        ("Address", 2),
        ("MAC", 2.2),
        ("Maker", 2),
        ("Model", 2.6),
        ("Class", 1.4),
    )
    rows = [
        (
            chip(each.verdict),
            cell(each.ip, each.hostname or "", code=True),
            cell(each.mac or "", code=True),
            _maker(each),
            each.model,
            each.product_class,
        )
        for each in report.devices
    ]
    yield table("All devices seen", columns, rows) if rows else text("No device was found.")


def exceptions(report: ScanReport) -> Iterator[Block]:
    """Waivers with reason, approver and end."""
    columns = (
        ("Waiver", 2.0),
        ("Reason", 2.5),
        ("Approver", 2.0),
        ("Until", 1.3),
        ("Devices", 2.5),
    )
    rows = []
    for name, marked in figures.waived(report).items():
        given = marked[0][1].waiver
        if given:
            at = figures.address_ranges(device.ip for device, _ in marked)
            held = ", ".join(dict.fromkeys(match.title for _, match in marked))
            until = wording.day(given.until)
            rows.append(
                (
                    cell(name, given.evidence),
                    given.reason,
                    given.approver,
                    until,
                    addresses(at, held),
                )
            )
    if rows:
        yield text(wording.waived_line(report))
        yield table("Listings accepted for a time", columns, rows)
    else:
        yield text("No listing is waived.")


def closure(report: ScanReport) -> Iterator[Block]:
    """A form with a row for each listed device."""
    listed = [d for d in report.devices if d.verdict is Verdict.LISTED]
    if not listed:
        yield text("No listed device is left to be closed.")
        return
    columns = (("Device", 2.4), *((title, 1.6) for title in guidance.CLOSURE_COLUMNS))
    blank = [""] * len(guidance.CLOSURE_COLUMNS)
    rows = [(cell(d.ip, d.mac or "", d.serial, code=True), *blank) for d in listed]
    yield text(guidance.CLOSURE)
    yield table(f"Closure of {wording.count(len(rows), 'listed device')}", columns, rows, form=True)


def findings(report: ScanReport) -> Iterator[Block]:
    """The evidence behind each finding."""
    yield from _strengths()
    for maker, group in figures.findings(report).items():
        label = figures.maker_label(group[0][1]) or maker or wording.UNKNOWN_MAKER
        yield heading(f"{label}: {wording.count(len(group), 'device')}")
        for _, device in group:
            yield from _evidence(device)


def _strengths() -> Iterator[Block]:
    yield text(
        "What tells maker and brand, in three steps of strength. What tells model, class, firmware "
        "and serial number, and the source of each rule, is in the HTML and JSON reports."
    )
    yield facts((strength.word, meaning) for strength, meaning in wording.STRENGTHS.items())


def _evidence(device: Finding) -> Iterator[Block]:
    yield heading(f"{device.ip}: {wording.LABELS[device.verdict]}", 3)
    yield items((*device.reasons, *device.contradictions))
    yield from _listings(device)
    columns = (("Strength", 1.5), ("Tells", 1.6), ("What the device said", 4.0), ("Rule", 2.4))
    rows = [
        (
            cell(each.strength.word, each.family),
            cell(each.attribute, each.asserted),
            cell(each.field, each.value, code=True),
            cell(each.rule, code=True),
        )
        for each in device.evidence
        if each.attribute in DECISIVE
    ]
    if rows:
        yield table(f"How we know, {device.ip}", columns, rows)


def _listings(device: Finding) -> Iterator[Block]:
    """Which lists, since when and by which path; the section on the lists has the rest."""
    held = (f"{m.title} since {wording.day(m.since)} ({m.citation})" for m in device.listings)
    paths = dict.fromkeys(wording.RELATIONS[m.relation] for m in device.listings)
    if device.listings:
        yield text(f"{'; '.join(held)}. Joined as: {', '.join(paths)}.")
