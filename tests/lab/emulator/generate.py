"""LANs of any size from a mix: `mixes/<name>.yml`, a list of devices with their shares."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from .device import Device, parse
from .errors import LabError
from .payload import HERE

_KEYS = {"share", "name", "block", "device"}


def generate(count: int, mix: str) -> list[Device]:
    """`count` devices in the proportions of the mix; the same arguments give the same devices."""
    path = HERE / "mixes" / f"{mix}.yml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yml")))
        raise LabError(f"--mix: no mix {mix!r}; there are: {known}")
    kinds = _kinds(path)
    devices: list[Device] = []
    for kind, number in zip(kinds, _numbers(count, [kind["share"] for kind in kinds]), strict=True):
        devices += (_device(kind, len(devices) + i, path) for i in range(1, number + 1))
    return devices


def _kinds(path: Path) -> list[dict[str, Any]]:
    kinds = yaml.safe_load(path.read_bytes())
    for kind in kinds:
        if not isinstance(kind, dict) or set(kind) != _KEYS:
            raise LabError(f"{path}: an entry has the keys {', '.join(sorted(_KEYS))}: {kind!r}")
    return list(kinds)


def _numbers(count: int, shares: Sequence[int]) -> list[int]:
    """Split by largest remainder, so that the parts add up."""
    exact = [count * share / sum(shares) for share in shares]
    numbers = [int(part) for part in exact]
    by_remainder = sorted(range(len(shares)), key=lambda i: numbers[i] - exact[i])
    for i in by_remainder[: count - sum(numbers)]:
        numbers[i] += 1
    return numbers


def _device(kind: dict[str, Any], serial: int, path: Path) -> Device:
    tail = serial.to_bytes(3, "big").hex(":")
    own = dict(kind["device"])
    own["mac"] = f"{kind['block']}:{tail}"
    numbers = {f"unit{width}": f"{serial:0{width}X}" for width in (4, 5, 6)}
    own["values"] = {"unit": f"{serial:05}", **numbers, **own.get("values", {})}
    return parse(f"{kind['name']}-{serial:04}", own, path)
