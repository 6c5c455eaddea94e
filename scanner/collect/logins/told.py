"""What a login brought."""

from dataclasses import dataclass

from scanner.collect.wire.channels import Slot
from scanner.model import Observation

LIST_CAP = 512 * 1024
"""Bytes of a list of channels: two kilobytes each on the largest recorders."""


@dataclass(frozen=True, slots=True)
class Told:
    """Observations of the device; the channels when it is a recorder that listed them."""

    observations: tuple[Observation, ...] = ()
    slots: tuple[Slot, ...] | None = None
    missed: tuple[str, ...] = ()
    """Reads that brought nothing, in words."""
