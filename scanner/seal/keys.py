"""Ed25519 keys (RFC 8032) as PEM files: PKCS #8 the private, SubjectPublicKeyInfo the public."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from scanner.errors import CamcensusError, UsageError

MAX_BYTES = 16_384
_OTHERS = 0o077


def new(path: Path) -> Path:
    """Write a key to `path`, for its owner only, and its public key beside it, which is returned.

    UsageError when either is there already.
    """
    public = path.with_name(path.name + ".pub")
    for each in (path, public):
        if each.exists() or each.is_symlink():
            raise UsageError(f"{each}: is there already; a key is never overwritten")
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(path, private, 0o600)
    _write(public, _pem(key.public_key()), 0o644)
    return public


def _write(path: Path, content: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except OSError as error:
        raise CamcensusError(f"{path}: cannot be written: {error.strerror}") from error


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def private(path: Path) -> Ed25519PrivateKey:
    """The key of a file that only its owner can read."""
    raw = _read(path)
    if path.stat().st_mode & _OTHERS:
        raise UsageError(f"{path}: others can read this key; chmod 600 it")
    try:
        key = serialization.load_pem_private_key(raw, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path}: is not a private key that `camcensus key new` made") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path}: is not an Ed25519 key")
    return key


def public(path: Path) -> Ed25519PublicKey:
    """The public key of a file."""
    try:
        key = serialization.load_pem_public_key(_read(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path}: is not a public key (PEM)") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{path}: is not an Ed25519 key")
    return key


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def signs(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Is this the key's signature of the message?"""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
