"""Hashes under which device icons are known."""

import base64
import hashlib

import mmh3


def mmh3_text(icon: bytes) -> str:
    """Signed 32-bit MurmurHash3 of the base64 with a line break every 76 characters, in decimal.

    The form in which the internet scanners publish icon hashes.
    """
    return str(mmh3.hash(base64.encodebytes(icon)))


def md5_text(icon: bytes) -> str:
    """MD5 of the bytes in hex; an identifier here, not a protection."""
    return hashlib.md5(icon, usedforsecurity=False).hexdigest()
