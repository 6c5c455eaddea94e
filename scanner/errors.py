"""The few exceptions that reach a person.

CamcensusError
├── UsageError   the command line asked for something that cannot be done
├── DataError    a rule, list, vendor or settings file is wrong: file, entry, reason
└── EvidenceError  an evidence file cannot be used
"""

from pathlib import Path


class CamcensusError(Exception):
    """Base: the message is one a person can act on; the program ends with exit code 2."""


class UsageError(CamcensusError):
    """What was asked for cannot be done as asked."""


class DataError(CamcensusError):
    """A data file is wrong. Nothing of it was used."""

    def __init__(self, path: Path | str, entry: str, reason: str) -> None:
        super().__init__(f"{path}: {entry}: {reason}" if entry else f"{path}: {reason}")
        self.path, self.entry, self.reason = path, entry, reason


class EvidenceError(CamcensusError):
    """An evidence file cannot be read or written."""
