"""A file that the operator wrote: read whole, capped, as text."""

from pathlib import Path

from scanner.errors import DataError

MAX_BYTES = 16 * 1024 * 1024


def given_text(path: Path, most: int = MAX_BYTES) -> str:
    """UTF-8, with or without a byte order mark. DataError says why it cannot be read."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(most + 1)
    except OSError as error:
        raise DataError(path, "", f"cannot be read: {error.strerror}") from error
    if len(raw) > most:
        raise DataError(path, "", f"is larger than {most} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(path, f"line {line}", "is not UTF-8 text") from error
