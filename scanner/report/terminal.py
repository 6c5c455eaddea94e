"""The short summary for a terminal. What a device says can neither colour nor move anything."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scanner.model import Finding, ScanReport, Verdict
from scanner.report import remedy_wording, wording
from scanner.report.figures import by_list, by_verdict, findings, maker_label, sold_as
from scanner.report.text import excerpt, visible

ROWS = 20
"""Findings shown; the rest is counted and left to the written report."""
STYLES = {
    Verdict.LISTED: "bold red",
    Verdict.REVIEW: "bold yellow",
    Verdict.NOT_LISTED: "green",
    Verdict.UNDETERMINED: "dim",
}


def summary(report: ScanReport) -> RenderableType:
    """Headline, counts, findings, coverage and the next step, for a console of the caller."""
    found = [device for group in findings(report).values() for _, device in group]
    parts: list[RenderableType] = [Text(wording.headline(report), style="bold"), _counts(report)]
    if found:
        parts += [Text(), _table(found[:ROWS])]
    if len(found) > ROWS:
        parts.append(Text(f"… and {len(found) - ROWS:,} more in the report", style="dim"))
    if any(figure.entries for figure in by_list(report)):
        parts += [Text(), _labelled("Lists", _lists(report))]
    for label, line in (
        ("Concerns", wording.conclusion(report)),
        ("Waived", wording.waived_line(report)),
        ("Plan", remedy_wording.summary(report)),
    ):
        if line:
            parts.append(_labelled(label, line))
    parts += [Text(), _labelled("Coverage", wording.coverage_line(report.coverage))]
    parts.append(_labelled("Next", wording.next_steps(report)[0]))
    if report.lists:
        parts.append(_labelled("Editions", wording.editions(report)))
    parts.append(Text(wording.NOTICE, style="dim"))
    return Group(*parts)


def _counts(report: ScanReport) -> Text:
    pieces = (
        Text(
            f"{number:,} {wording.LABELS[verdict].lower()}",
            style=STYLES[verdict] if number else "dim",
        )
        for verdict, number in by_verdict(report).items()
    )
    return Text(" · ").join(pieces)


def _lists(report: ScanReport) -> str:
    joined = (f for f in by_list(report) if f.entries)
    return ", ".join(f"{f.edition.title} {f.listed + f.review:,}" for f in joined)


def _labelled(label: str, text: str) -> Text:
    return Text.assemble((f"{label}: ", "bold"), visible(text))


def _table(devices: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("Verdict", "Address", "Maker", "Model"):
        table.add_column(heading, overflow="fold")
    table.add_column("Lists", justify="right")
    for device in devices:
        table.add_row(*_row(device))
    return table


def _row(device: Finding) -> tuple[Text, ...]:
    maker = excerpt(maker_label(device) or wording.UNKNOWN_MAKER, 40)
    label = f" (sold as {excerpt(sold_as(device), 40)})" if sold_as(device) else ""
    others = len(device.other_addresses)
    return (
        Text(wording.LABELS[device.verdict], style=STYLES[device.verdict]),
        Text(excerpt(device.ip, 45) + (f" +{others}" if others else "")),
        Text(maker + label),
        Text(excerpt(device.model, 40)),
        Text(str(len({match.list_id for match in device.listings}))),
    )
