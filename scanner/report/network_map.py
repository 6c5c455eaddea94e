"""Who hangs where: a picture a subnet, in it the switches, on them the devices.

Findings get a frame with address, maker and port; the others only a mark and their address, so
that five hundred devices still fit. Every verdict has a shape of its own: see `svg.mark`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from scanner.model import Finding, ScanReport, Verdict
from scanner.report import figures, wording
from scanner.report.svg import Picture, box, fitted, group, label, mark

LIMIT = 2_000
"""Devices of a report up to which a map helps anybody."""
WIDTH = 1000.0
_PAD = 12.0
_SIZE, _SMALL = 13.0, 11.5
_TALL, _LOW = 40.0, 22.0
_COLUMNS, _NARROW_COLUMNS = 5, 8
_HEAD = 26.0
_GAP = 14.0
_ROOM = WIDTH - 2 * _PAD
_MOST = 400
"""Devices of one picture; a fuller subnet goes on in a further one, so that paper can break."""
_NAMED = 20
"""Devices the words name; all of them are in the table."""
FINDINGS = (Verdict.LISTED, Verdict.REVIEW)


@dataclass(frozen=True, slots=True)
class Cell:
    """The place of a device: top left corner, size, and whether it has a frame."""

    device: Finding
    x: float
    y: float
    width: float
    height: float
    framed: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """A switch, a recorder, or what no switch told of; its cells lie inside."""

    title: str
    y: float
    height: float
    cells: tuple[Cell, ...]


def drawn(report: ScanReport) -> Iterator[Picture]:
    """The pictures, one a subnet with devices, in address order."""
    for number, (name, devices) in enumerate(parts(report), 1):
        yield _picture(f"map-{number}", name, devices)


def parts(report: ScanReport) -> Iterator[tuple[str, Sequence[Finding]]]:
    """Title and devices of each picture."""
    for place, devices in figures.places(report).items():
        pages = [devices[i : i + _MOST] for i in range(0, len(devices), _MOST)]
        for number, page in enumerate(pages, 1):
            yield place + (f", part {number} of {len(pages)}" if len(pages) > 1 else ""), page


def panels(devices: Sequence[Finding]) -> Iterator[Panel]:
    """The devices under their switches, findings first, one panel below the other."""
    y = 0.0
    ordered = sorted(devices, key=_switch_order)
    for switch, group_ in groupby(ordered, key=switch_of):
        held = list(group_)
        framed = [d for d in held if d.verdict in FINDINGS]
        plain = [d for d in held if d.verdict not in FINDINGS]
        top = _grid(framed, y + _HEAD, _COLUMNS, _TALL, framed=True)
        below = _bottom(top, y + _HEAD) + (6 if top and plain else 0)
        cells = (*top, *_grid(plain, below, _NARROW_COLUMNS, _LOW, framed=False))
        height = _bottom(cells, y + _HEAD) + _PAD - y
        yield Panel(_titled(switch, held), y, height, cells)
        y += height + _GAP


def switch_of(device: Finding) -> str:
    """Name of the switch a device is plugged in at, empty when none told."""
    return device.place.rpartition(", port ")[0]


def port_of(device: Finding) -> str:
    """The port of that switch."""
    return device.place.rpartition(", port ")[2]


def _switch_order(device: Finding) -> tuple[bool, str, str]:
    switch = switch_of(device)
    return not switch, switch, figures.address_key(device.ip)


def _titled(switch: str, held: Sequence[Finding]) -> str:
    where = f"Switch {switch}" if switch else "No switch told where"
    listed = sum(d.verdict is Verdict.LISTED for d in held)
    return f"{where}: {wording.count(len(held), 'device')}, {listed:,} listed"


def _grid(
    devices: Sequence[Finding], y: float, columns: int, height: float, *, framed: bool
) -> tuple[Cell, ...]:
    width = _ROOM / columns
    return tuple(
        Cell(device, _PAD + i % columns * width, y + i // columns * height, width, height, framed)
        for i, device in enumerate(devices)
    )


def _bottom(cells: Sequence[Cell], otherwise: float) -> float:
    return cells[-1].y + cells[-1].height if cells else otherwise


def _picture(name: str, title: str, devices: Sequence[Finding]) -> Picture:
    drawn_panels = list(panels(devices))
    last = drawn_panels[-1]
    body = "".join(map(_panel, drawn_panels))
    return Picture(name, title, _words(devices), WIDTH, last.y + last.height, body)


def _panel(panel: Panel) -> str:
    frame = box(0.5, panel.y + 0.5, WIDTH - 1, panel.height - 1, "panel")
    title = label(_PAD, panel.y + 18, fitted(panel.title, _SIZE, _ROOM), "strong")
    return group((frame, title, *map(_cell, panel.cells)))


def _cell(cell: Cell) -> str:
    return group(_framed(cell) if cell.framed else _plain(cell), _tip(cell.device))


def _framed(cell: Cell) -> Iterable[str]:
    device, x, y = cell.device, cell.x, cell.y
    width, height = cell.width - 8, cell.height - 6
    room = width - 32
    maker = figures.sold_as(device) or figures.maker_label(device) or wording.UNKNOWN_MAKER
    port = port_of(device).split(" ")[0]
    yield box(x, y, width, height, f"{device.verdict.value} frame")
    yield mark(device.verdict, x + 8, y + 11)
    yield label(x + 26, y + 15, fitted(device.ip, _SIZE, room), "strong")
    said = " · ".join(filter(None, (maker, port)))
    yield label(x + 26, y + 28, fitted(said, _SMALL, room), "small")


def _plain(cell: Cell) -> Iterable[str]:
    yield mark(cell.device.verdict, cell.x, cell.y + 5, 10)
    room = cell.width - 24
    yield label(cell.x + 16, cell.y + 14, fitted(cell.device.ip, _SMALL, room), "small")


def _tip(device: Finding) -> str:
    parts = (
        wording.LABELS[device.verdict],
        device.ip,
        figures.maker_label(device) or wording.UNKNOWN_MAKER,
        device.model,
        device.hostname or "",
        device.place,
    )
    return ", ".join(filter(None, parts))


def _words(devices: Sequence[Finding]) -> str:
    found = [d for d in devices if d.verdict is Verdict.LISTED]
    named = ", ".join(f"{d.ip} at {d.place}" if d.place else d.ip for d in found[:_NAMED])
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    listed = (
        f"{wording.count(len(found), 'listed device')}: {named}{more}" if found else "none listed"
    )
    return f"{wording.count(len(devices), 'device')}; {listed}."
