"""What a recorder says of the cameras behind it, whatever protocol it says it in."""

from dataclasses import dataclass
from ipaddress import ip_address

CHANNELS_CAP = 1024
NOWHERE = frozenset({"0.0.0.0", "192.168.0.0", "::"})  # noqa: S104 - what an empty slot shows


@dataclass(frozen=True, slots=True)
class Slot:
    """One channel: `state` is `online`, `offline`, `empty` or `unknown`; numbers begin with 1.

    `inner`: the camera hangs on the recorder's own network, so that its address says nothing here.
    """

    number: int
    state: str
    address: str = ""
    inner: bool = False
    fields: tuple[tuple[str, str], ...] = ()


def address(text: str) -> str:
    """The address in its usual spelling; empty for what is none, and for that of an empty slot."""
    try:
        known = str(ip_address(text.strip()))
    except ValueError:
        return ""
    return "" if known in NOWHERE else known


def number(text: str) -> int | None:
    """A channel number as a device writes it; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else None
