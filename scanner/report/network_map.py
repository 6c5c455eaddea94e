"""Who hangs where: a picture a subnet, in it the switches, on them the devices.

Findings get a frame with address, maker and port; the others only a mark and their address, so
that five hundred devices still fit. Every verdict has a shape of its own: see `svg.mark`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby

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
_MOST = 100
"""Devices of one panel."""
TALLEST = 1300.0
"""Height of a picture that still fits a page of A4, at the width of its text."""
_NAMED = 20
"""Devices the words name; all of them are in the table."""
_NUMBER = re.compile("[0-9]+")
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
    """The pictures in address order: one a subnet, several where it fills more than a page."""
    sheets_of = {place: list(sheets(held)) for place, held in figures.places(report).items()}
    numbers = count(1)
    for place, sheets_ in sheets_of.items():
        for number, sheet in enumerate(sheets_, 1):
            part = f", part {number} of {len(sheets_)}" if len(sheets_) > 1 else ""
            yield _picture(f"map-{next(numbers)}", place + part, sheet)


def sheets(devices: Sequence[Finding]) -> Iterator[tuple[Panel, ...]]:
    """The panels of a subnet, one below the other, as many as a printed page holds."""
    sheet: list[Panel] = []
    for title, held in _groups(devices):
        y = sheet[-1].y + sheet[-1].height + _GAP if sheet else 0.0
        panel = _placed(title, held, y)
        if sheet and panel.y + panel.height > TALLEST:
            yield tuple(sheet)
            sheet, panel = [], _placed(title, held, 0.0)
        sheet.append(panel)
    if sheet:
        yield tuple(sheet)


def _groups(devices: Sequence[Finding]) -> Iterator[tuple[str, Sequence[Finding]]]:
    """Devices by what they hang on, then in address order; very many of one in several groups."""
    for (_, name), same in groupby(sorted(devices, key=_order), key=hung_on):
        held = list(same)
        title = _titled(name, held)
        for start in range(0, len(held), _MOST):
            yield title + (" (continued)" if start else ""), held[start : start + _MOST]


def _placed(title: str, held: Sequence[Finding], y: float) -> Panel:
    """A panel with its top at `y`: findings in frames first, below them the others."""
    framed = [d for d in held if d.verdict in FINDINGS]
    plain = [d for d in held if d.verdict not in FINDINGS]
    top = _grid(framed, y + _HEAD, _COLUMNS, _TALL, framed=True)
    below = _bottom(top, y + _HEAD) + (6 if top and plain else 0)
    cells = (*top, *_grid(plain, below, _NARROW_COLUMNS, _LOW, framed=False))
    height = _bottom(cells, y + _HEAD) + _PAD - y
    return Panel(title, y, height, cells)


def hung_on(device: Finding) -> tuple[int, str]:
    """A name such as `Switch sw-1`, and its rank: switches, what none knew, then recorders."""
    if device.behind:
        return 2, f"Recorder {device.behind.recorder}"
    switch = device.place.rpartition(", port ")[0]
    return (0, f"Switch {switch}") if switch else (1, "No switch told where")


def port_of(device: Finding) -> str:
    """The port of the switch, or the channel of the recorder."""
    if device.behind:
        return f"channel {device.behind.channel}"
    return device.place.rpartition(", port ")[2].split(" ")[0]


def _order(device: Finding) -> tuple[int, str, str, int, str]:
    rank, name = hung_on(device)
    counted = _NUMBER.sub(lambda number: number.group().zfill(10), name)
    channel = device.behind.channel if device.behind else 0
    return rank, counted, name, channel, figures.address_key(device.ip)


def _titled(name: str, held: Sequence[Finding]) -> str:
    listed = sum(d.verdict is Verdict.LISTED for d in held)
    shown = fitted(name, _SIZE, _ROOM * 0.6)
    return f"{shown}: {wording.count(len(held), 'device')}, {listed:,} listed"


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


def _picture(name: str, title: str, sheet: Sequence[Panel]) -> Picture:
    devices = [cell.device for panel in sheet for cell in panel.cells]
    height = sheet[-1].y + sheet[-1].height
    return Picture(name, title, _words(devices), WIDTH, height, "".join(map(_panel, sheet)))


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
    port = port_of(device)
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
        figures.hangs_on(device),
    )
    return ", ".join(filter(None, parts))


def _words(devices: Sequence[Finding]) -> str:
    found = [d for d in devices if d.verdict is Verdict.LISTED]
    named = ", ".join(_placed_at(d) for d in found[:_NAMED])
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    listed = (
        f"{wording.count(len(found), 'listed device')}: {named}{more}" if found else "none listed"
    )
    return f"{wording.count(len(devices), 'device')}; {listed}."


def _placed_at(device: Finding) -> str:
    where = figures.hangs_on(device)
    return f"{device.ip} at {where}" if where else device.ip
