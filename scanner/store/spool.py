"""Notes of runs that live: a file each, held locked, so that a killed run is known by its note."""

import errno
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from scanner.errors import CamcensusError, UsageError

SUFFIX = ".note"

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(frozen=True, slots=True)
class Note:
    """What has to be known of a run to take its evidence in after its end.

    `state` is how it ended, as far as anybody could still write it; `data` names data of its own.
    """

    run: str
    started: str
    scope: str
    evidence: str
    site: str = ""
    data: str = ""
    state: str = ""


class Held:
    """A note that is ours until the process ends, however it ends."""

    def __init__(self, path: Path, descriptor: int, note: Note) -> None:
        self.note, self._path, self._descriptor = note, path, descriptor

    def write(self, note: Note) -> None:
        """Say more of the run. A note that cannot be written leaves the earlier one."""
        text = json.dumps(asdict(note)).encode()
        if os.pwrite(self._descriptor, text, 0) < len(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.ftruncate(self._descriptor, len(text))
        self.note = note

    def done(self) -> None:
        """The run is in the store: the note goes."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def leave(self) -> None:
        """The run is not in the store: the note stays for the next who looks."""
        os.close(self._descriptor)


class Spool:
    """The folder of notes and of evidence files that are not in the store yet."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def hold(self, note: Note) -> Held:
        """Leave a note and hold it. UsageError when another process works on the run."""
        path = self.directory / f"{note.run}{SUFFIX}"
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise CamcensusError(f"{path}: cannot be written: {error.strerror}") from error
        if not _held(descriptor):
            os.close(descriptor)
            raise UsageError(f"run {note.run} is being worked on by another camcensus; wait for it")
        held = Held(path, descriptor, note)
        try:
            held.write(note)
        except OSError as error:
            held.done()
            raise CamcensusError(f"{path}: cannot be written: {error.strerror}") from error
        return held

    def left(self) -> Iterator[Held]:
        """Notes whose run has ended, however it ended; each is held now."""
        for path in sorted(self.directory.glob(f"*{SUFFIX}")):
            try:
                descriptor = os.open(path, os.O_RDWR)
            except OSError:
                continue
            note = _read(descriptor) if _held(descriptor) and path.exists() else None
            if note:
                yield Held(path, descriptor, note)
            else:
                os.close(descriptor)


def _held(descriptor: int) -> bool:
    try:
        _lock(descriptor)
    except OSError:
        return False
    return True


def _read(descriptor: int) -> Note | None:
    """The note; None for one that was never finished, by a run that wrote nothing yet."""
    try:
        text = os.pread(descriptor, 1_000_000, 0).decode()
        return Note(**json.JSONDecoder().raw_decode(text)[0])
    except (ValueError, TypeError):
        return None
