"""The counts every format shows, worked out once from the report."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from scanner.model import (
    Applicability,
    Finding,
    IPNetwork,
    ListEdition,
    ListingMatch,
    ScanReport,
    Verdict,
)

SEVERITY = (Verdict.LISTED, Verdict.REVIEW, Verdict.UNDETERMINED, Verdict.NOT_LISTED)
"""The order in which people are told."""
SUBNET_BITS: Mapping[int, int] = {4: 24, 6: 64}
"""Prefix length, by IP version, of a network of the size people draw."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How devices with something in common, such as a maker, were judged.

    `id` is that of the maker, empty where nobody knows or where places are counted.
    """

    id: str
    label: str
    counts: Mapping[Verdict, int]

    @property
    def total(self) -> int:
        """All of these devices."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ListFigure:
    """What one list has to do with the devices of this report."""

    edition: ListEdition
    listed: int
    review: int
    entries: tuple[ListingMatch, ...]
    """One match for each distinct entry and way of joining it."""
    addresses: tuple[tuple[str, ...], ...]
    """Of each entry the devices, neighbours drawn together."""
    applicability: tuple[Applicability, ...]
    """The answers on record; empty when no device is joined to the list."""


def by_verdict(report: ScanReport) -> dict[Verdict, int]:
    """Devices by verdict, worst first, zeros included."""
    return {verdict: report.count(verdict) for verdict in SEVERITY}


def sites(report: ScanReport) -> tuple[str, ...]:
    """The sites of the devices, in name order; nameless ones count as one."""
    return tuple(sorted({device.site for device in report.devices}))


def maker_id(device: Finding) -> str:
    """Vendor id of the best maker candidate, empty when there is none."""
    return device.maker.value if device.maker else ""


def maker_label(device: Finding) -> str:
    """The maker's name as shown to people, empty when nobody knows."""
    return device.maker_name or maker_id(device)


def sold_as(device: Finding) -> str:
    """The brand on the label where it is not the maker's own; empty otherwise."""
    same = device.brand is not None and device.brand.value == maker_id(device)
    return "" if same else device.brand_name


def by_maker(report: ScanReport) -> tuple[Tally, ...]:
    """Makers, most listed devices first, then most to review, then most devices, then by name."""
    labels: dict[str, str] = {}
    counts: dict[str, dict[Verdict, int]] = {}
    for device in report.devices:
        key = maker_id(device)
        labels.setdefault(key, maker_label(device))
        row = counts.setdefault(key, dict.fromkeys(SEVERITY, 0))
        row[device.verdict] += 1
    figures = (Tally(key, labels[key], row) for key, row in counts.items())
    return tuple(sorted(figures, key=_worst_first))


def _worst_first(figure: Tally) -> tuple[int, int, bool, int, str]:
    listed, review = figure.counts[Verdict.LISTED], figure.counts[Verdict.REVIEW]
    return (-listed, -review, not figure.id, -figure.total, figure.label)


def leading(tallies: tuple[Tally, ...], limit: int) -> tuple[Tally, ...]:
    """The first ones, and one that sums up the others when there are more than `limit`."""
    if len(tallies) <= limit:
        return tallies
    others = tallies[limit - 1 :]
    counts = {verdict: sum(m.counts[verdict] for m in others) for verdict in SEVERITY}
    return (*tallies[: limit - 1], Tally("", f"{len(others):,} others", counts))


def by_place(report: ScanReport) -> tuple[Tally, ...]:
    """Sites with their subnets, most listed devices first."""
    counted = (
        Tally("", place, {verdict: sum(d.verdict is verdict for d in held) for verdict in SEVERITY})
        for place, held in places(report).items()
    )
    return tuple(sorted(counted, key=_worst_first))


def places(report: ScanReport) -> dict[str, list[Finding]]:
    """Devices by site and subnet, named `site, 192.0.2.0/24`, in the order of site and address."""
    scope = tuple(_networks(report.coverage.scope))
    held: dict[str, list[Finding]] = {}
    for device in sorted(report.devices, key=lambda d: (d.site, address_key(_reached_at(d)))):
        name = ", ".join(filter(None, (device.site, subnet(_reached_at(device), scope))))
        held.setdefault(name, []).append(device)
    return held


def _reached_at(device: Finding) -> str:
    """The address in the network: of a camera behind a recorder that of the recorder."""
    return device.behind.recorder if device.behind else device.ip


def hangs_on(device: Finding) -> str:
    """Recorder and channel, or switch and port; empty when nobody told."""
    if device.behind:
        return f"recorder {device.behind.recorder}, channel {device.behind.channel}"
    return device.place


def subnet(ip: str, scope: Iterable[IPNetwork] = ()) -> str:
    """The scanned network when it is of office size, else the /24 or /64 the address lies in."""
    try:
        address = ip_address(ip)
    except ValueError:
        return "no address"
    usual = SUBNET_BITS[address.version]
    fitting = (n for n in scope if usual <= n.prefixlen <= usual + 4 and address in n)
    found = max(fitting, key=lambda n: n.prefixlen, default=None)
    return str(found or ip_network(f"{address}/{usual}", strict=False))


def _networks(texts: Iterable[str]) -> Iterator[IPNetwork]:
    for text in texts:
        with suppress(ValueError):
            yield ip_network(text, strict=False)


def by_list(report: ScanReport) -> tuple[ListFigure, ...]:
    """One figure for each list that took part, in the order of the report."""
    return tuple(_list_figure(edition, report.devices) for edition in report.lists)


def _list_figure(edition: ListEdition, devices: Iterable[Finding]) -> ListFigure:
    listed = review = 0
    entries: dict[tuple[object, ...], ListingMatch] = {}
    held: dict[tuple[object, ...], list[str]] = {}
    answers: set[Applicability] = set()
    for device in devices:
        matches = [m for m in device.listings if m.list_id == edition.id]
        listed += bool(matches) and device.verdict is Verdict.LISTED
        review += bool(matches) and device.verdict is Verdict.REVIEW
        answers.update(m.applicability for m in matches)
        for m in matches:
            key = (m.entity, m.listed_as, m.relation, m.since)
            entries.setdefault(key, m)
            held.setdefault(key, []).append(device.ip)
    return ListFigure(
        edition,
        listed,
        review,
        tuple(entries.values()),
        tuple(address_ranges(held[key]) for key in entries),
        tuple(sorted(answers)),
    )


def laydown(report: ScanReport) -> tuple[tuple[int, Finding], ...]:
    """Devices of listed or suspected makers with their number in the report, in report order."""
    numbered = enumerate(report.devices, 1)
    return tuple((n, d) for n, d in numbered if d.verdict in (Verdict.LISTED, Verdict.REVIEW))


def waived(report: ScanReport) -> dict[str, list[tuple[Finding, ListingMatch]]]:
    """Waiver id → the devices and listings it marks."""
    marked: dict[str, list[tuple[Finding, ListingMatch]]] = {}
    for device in report.devices:
        for match in device.listings:
            if match.waiver:
                marked.setdefault(match.waiver.id, []).append((device, match))
    return marked


def recorders(report: ScanReport) -> tuple[Finding, ...]:
    """Recorders that may have cameras which neither the network nor they themselves showed."""
    unseen = {each.recorder for each in report.coverage.uninspected}
    return tuple(device for device in report.devices if device.ip in unseen)


def findings(report: ScanReport) -> dict[str, list[tuple[int, Finding]]]:
    """Listed and review devices with their number in the report, grouped by maker id."""
    groups: dict[str, list[tuple[int, Finding]]] = {f.id: [] for f in by_maker(report)}
    for number, device in enumerate(report.devices, 1):
        if device.verdict in (Verdict.LISTED, Verdict.REVIEW):
            groups[maker_id(device)].append((number, device))
    return {key: group for key, group in groups.items() if group}


def address_key(ip: str) -> str:
    """Text that sorts as the address does; what is no address sorts last, as text."""
    version, number = _numbered(ip)
    return f"{version}{number:032x}" if version else f"9{ip}"


def address_ranges(addresses: Iterable[str]) -> tuple[str, ...]:
    """Addresses in order, neighbours drawn together: `192.0.2.4`, `192.0.2.7 to 192.0.2.9`."""
    runs: list[list[str]] = []
    following = (0, 0)
    for ip in sorted(set(addresses), key=address_key):
        version, number = _numbered(ip)
        if version and (version, number) == following:
            runs[-1] = [runs[-1][0], ip]
        else:
            runs.append([ip])
        following = (version, number + 1)
    return tuple(" to ".join(run) for run in runs)


def _numbered(ip: str) -> tuple[int, int]:
    try:
        address = ip_address(ip)
    except ValueError:
        return 0, 0
    return address.version, int(address)
