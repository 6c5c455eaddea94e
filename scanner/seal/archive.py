"""A folder as a zip whose every byte is determined, and back, believing nothing the zip says."""

import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from scanner.errors import UsageError
from scanner.seal import keys, manifest
from scanner.seal.manifest import CHUNK, NAME, SIGNATURE, Altered, Manifest

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_SIZE = 20
_ROW, _LENGTHS_AT, _LENGTHS = 46, 28, struct.Struct("<3H")
_MAX_DIRECTORY = 4 * 1024 * 1024
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OverflowError,
)
_FIXED = (
    "date_time", "compress_type", "create_system", "flag_bits",
    "volume", "internal_attr", "external_attr", "comment", "reserved",
)  # fmt: skip


def pack(folder: Path, made: Manifest, key: Ed25519PrivateKey | None, out: Path) -> None:
    """The manifest's files, the manifest and its signature, in name order."""
    raw = made.dump()
    (folder / NAME).write_bytes(raw)
    names = {each.name for each in made.files} | {NAME}
    if key:
        (folder / SIGNATURE).write_bytes(key.sign(raw))
        names.add(SIGNATURE)
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(names):
            info = _info(name)
            info.file_size = (folder / name).stat().st_size
            with (folder / name).open("rb") as source, archive.open(info, "w") as target:
                shutil.copyfileobj(source, target, CHUNK)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o100600 << 16
    return info


def unpack(path: Path, folder: Path, trusted: Ed25519PublicKey | None) -> Manifest:
    """A bundle's files into an empty folder, each as its manifest says, signed by `trusted`.

    Altered names the first thing that is not as it was bundled.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    with file:
        try:
            return _unpack(file, folder, trusted)
        except _BROKEN as error:
            raise Altered(f"is not a whole bundle: {error}") from error
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise Altered(f"{NAME}: names a file that is also a folder") from error


def _unpack(file: BinaryIO, folder: Path, trusted: Ed25519PublicKey | None) -> Manifest:
    counts = _check_end(file)
    with zipfile.ZipFile(file) as archive:
        held = _held(file, archive)
        if counts != (0, 0, len(held), len(held)):
            raise Altered("is not a whole bundle: its end was altered")
        made = _manifest(archive, held, trusted)
        _check_names(held, made)
        needed = sum(each.size for each in made.files)
        if needed > shutil.disk_usage(folder).free:
            raise UsageError(f"the bundle unpacks to {needed:,} bytes: no room in {folder.parent}")
        for each in made.files:
            target = folder / each.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as copy:
                pieces = _copied(_pieces(archive, held[each.name], each.size), copy)
                found = manifest.measured(pieces)
            if found != (each.size, each.sha256):
                raise Altered(f"{each.name}: was altered")
    return made


def _check_end(file: BinaryIO) -> tuple[int, ...]:
    """A directory of a size that can be held in memory, and nothing behind it.

    Two numbers of disks and two of entries, as the end states them.
    """
    size = file.seek(0, 2)
    tail = size - _END.size
    if tail < 0:
        raise Altered("is not a whole bundle: too short")
    file.seek(tail)
    mark, *counts, directory, _, comment = _END.unpack(file.read(_END.size))
    if mark != b"PK\5\6" or comment:
        raise Altered("is not a whole bundle: it does not end as a bundle does")
    wide = tail - _LOCATOR_SIZE - _END64.size
    if wide >= 0:
        file.seek(wide)
        found = _END64.unpack(file.read(_END64.size))
        if file.read(4) == b"PK\6\7":
            directory = max(directory, found[8])
    if directory > _MAX_DIRECTORY:
        raise Altered("is not a bundle: its directory is too large")
    return tuple(counts)


def _held(file: BinaryIO, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries, which lie one behind the other with the headers `pack` writes."""
    held: dict[str, zipfile.ZipInfo] = {}
    end = 0
    for info in archive.infolist():
        if info.orig_filename in held:
            raise Altered(f"{info.orig_filename!r}: stands twice")
        twin = _info(info.orig_filename)
        header = _header(info, twin)
        file.seek(end)
        same = all(getattr(info, field) == getattr(twin, field) for field in _FIXED)
        if info.header_offset != end or not same or file.read(len(header)) != header:
            raise Altered(f"{info.orig_filename!r}: its place in the zip was altered")
        end += len(header) + info.compress_size
        held[info.orig_filename] = info
    if archive.start_dir != end:
        raise Altered("bytes that belong to no file were added")
    _check_last(file, archive)
    return held


def _check_last(file: BinaryIO, archive: zipfile.ZipFile) -> None:
    """The directory's last row may not reach past its end, which `zipfile` would let pass."""
    *before, last = archive.infolist() or [zipfile.ZipInfo()]
    rows = sum(_ROW + len(info.orig_filename) + len(info.extra) for info in before)
    file.seek(archive.start_dir + rows + _LENGTHS_AT)
    if file.read(_LENGTHS.size) != _LENGTHS.pack(len(last.orig_filename), len(last.extra), 0):
        raise Altered(f"{last.orig_filename!r}: its place in the zip was altered")


def _header(info: zipfile.ZipInfo, twin: zipfile.ZipInfo) -> bytes:
    twin.CRC, twin.file_size, twin.compress_size = info.CRC, info.file_size, info.compress_size
    wide = info.file_size * 1.05 > zipfile.ZIP64_LIMIT
    header = twin.FileHeader(wide)
    versions = (twin.extract_version, twin.create_version)
    if (info.extract_version, info.create_version) != versions or (info.extra and not wide):
        raise Altered(f"{info.orig_filename!r}: its place in the zip was altered")
    return header


def _manifest(
    archive: zipfile.ZipFile,
    held: Mapping[str, zipfile.ZipInfo],
    trusted: Ed25519PublicKey | None,
) -> Manifest:
    raw = _small(archive, held, NAME, manifest.MAX_BYTES)
    signature = _small(archive, held, SIGNATURE, 64) if SIGNATURE in held else b""
    if trusted and not signature:
        raise Altered(f"{SIGNATURE}: is missing: the bundle is not signed")
    if trusted and not keys.signs(trusted, signature, raw):
        raise Altered(f"{NAME}: was altered, or signed with another key")
    made = manifest.load(raw)
    if made.public_key and not signature:
        raise Altered(f"{SIGNATURE}: is missing")
    if signature and not made.public_key:
        raise Altered(f"{SIGNATURE}: was added")
    own = bytes.fromhex(made.public_key)
    if own and not keys.signs(Ed25519PublicKey.from_public_bytes(own), signature, raw):
        raise Altered(f"{NAME}: was altered after it was signed")
    return made


def _small(
    archive: zipfile.ZipFile, held: Mapping[str, zipfile.ZipInfo], name: str, limit: int
) -> bytes:
    if name not in held:
        raise Altered(f"{name}: is missing")
    raw = b"".join(_pieces(archive, held[name], limit))
    if len(raw) > limit:
        raise Altered(f"{name}: was altered: it is too long")
    return raw


def _check_names(held: Mapping[str, zipfile.ZipInfo], made: Manifest) -> None:
    named = {each.name for each in made.files}
    if missing := sorted(named - held.keys()):
        raise Altered(f"{missing[0]}: is missing")
    if added := sorted(held.keys() - named - {NAME, SIGNATURE}):
        raise Altered(f"{added[0]!r}: was added")
    if named & {NAME, SIGNATURE}:
        raise Altered(f"{NAME}: names itself")


def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
    """What an entry holds, ending soon after `limit` bytes, whatever it says of itself."""
    size = 0
    try:
        with archive.open(info) as stream:
            while size <= limit and (piece := stream.read(CHUNK)):
                size += len(piece)
                yield piece
    except _BROKEN as error:
        raise Altered(f"{info.orig_filename}: was altered") from error


def _copied(pieces: Iterator[bytes], target: BinaryIO) -> Iterator[bytes]:
    for piece in pieces:
        target.write(piece)
        yield piece
