"""The counts every format shows, worked out once from the report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from scanner.model import Applicability, Finding, ListEdition, ListingMatch, ScanReport, Verdict

SEVERITY = (Verdict.LISTED, Verdict.REVIEW, Verdict.UNDETERMINED, Verdict.NOT_LISTED)
"""The order in which people are told."""


@dataclass(frozen=True, slots=True)
class MakerFigure:
    """How the devices of one maker (id, empty when nobody knows) were judged."""

    id: str
    label: str
    counts: Mapping[Verdict, int]

    @property
    def total(self) -> int:
        """Devices of this maker."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ListFigure:
    """What one list has to do with the devices of this report."""

    edition: ListEdition
    listed: int
    review: int
    entries: tuple[ListingMatch, ...]
    """One match for each distinct entry and way of joining it."""
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


def by_maker(report: ScanReport) -> tuple[MakerFigure, ...]:
    """Makers, most listed devices first, then most to review, then most devices, then by name."""
    labels: dict[str, str] = {}
    counts: dict[str, dict[Verdict, int]] = {}
    for device in report.devices:
        key = maker_id(device)
        labels.setdefault(key, maker_label(device))
        row = counts.setdefault(key, dict.fromkeys(SEVERITY, 0))
        row[device.verdict] += 1
    figures = (MakerFigure(key, labels[key], row) for key, row in counts.items())
    return tuple(sorted(figures, key=_maker_order))


def _maker_order(figure: MakerFigure) -> tuple[int, int, bool, int, str]:
    listed, review = figure.counts[Verdict.LISTED], figure.counts[Verdict.REVIEW]
    return (-listed, -review, not figure.id, -figure.total, figure.label)


def leading(makers: tuple[MakerFigure, ...], limit: int) -> tuple[MakerFigure, ...]:
    """The first makers, and one figure that sums up the others when there are more than `limit`."""
    if len(makers) <= limit:
        return makers
    others = makers[limit - 1 :]
    counts = {verdict: sum(m.counts[verdict] for m in others) for verdict in SEVERITY}
    return (*makers[: limit - 1], MakerFigure("", f"{len(others):,} others", counts))


def by_list(report: ScanReport) -> tuple[ListFigure, ...]:
    """One figure for each list that took part, in the order of the report."""
    return tuple(_list_figure(edition, report.devices) for edition in report.lists)


def _list_figure(edition: ListEdition, devices: Iterable[Finding]) -> ListFigure:
    listed = review = 0
    entries: dict[tuple[object, ...], ListingMatch] = {}
    answers: set[Applicability] = set()
    for device in devices:
        matches = [m for m in device.listings if m.list_id == edition.id]
        listed += bool(matches) and device.verdict is Verdict.LISTED
        review += bool(matches) and device.verdict is Verdict.REVIEW
        answers.update(m.applicability for m in matches)
        for m in matches:
            entries.setdefault((m.entity, m.listed_as, m.relation, m.since), m)
    return ListFigure(edition, listed, review, tuple(entries.values()), tuple(sorted(answers)))


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
