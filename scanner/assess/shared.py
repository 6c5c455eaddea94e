"""Equal values kept once: a large network says the same of thousands of devices."""

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)
MOST = 20_000
"""Values remembered; beyond that they are forgotten and begun anew."""


class Shared(Generic[T]):
    """Gives back the first of all equal values, so that the others can be let go."""

    def __init__(self) -> None:
        self._known: dict[T, T] = {}

    def one(self, value: T) -> T:
        """The value, or one that equals it."""
        if len(self._known) >= MOST:
            self._known.clear()
        return self._known.setdefault(value, value)
