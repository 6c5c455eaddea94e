"""Makes what the practice LAN stores but nobody types: test certificates and look-alike icons.

`python tools/make_lab_assets.py` writes the files that are missing; `--all` makes all anew.
Input: tests/lab/certificates/certificates.yml and tests/lab/icons/icons.yml.
"""

import base64
import random
import struct
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

LAB = Path(__file__).resolve().parent.parent / "tests" / "lab"
_FROM, _UNTIL = datetime(2019, 12, 17, tzinfo=UTC), datetime(2037, 12, 31, tzinfo=UTC)
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_ICON_SIZE = 270
"""Bytes: encodes to five lines, so that the last four letters are one block of the hash."""
_MASK = 0xFFFF_FFFF
_C1, _C2, _ADD = 0xCC9E2D51, 0x1B873593, 0xE6546B64


def main(arguments: list[str]) -> None:
    """Write every asset that is missing, or all."""
    anew = "--all" in arguments
    for name, entry in _entries("certificates").items():
        _write(LAB / "certificates" / f"{name}.pem", lambda e=entry: certificate(**e), anew)
    for name, wanted in _entries("icons").items():
        _write(LAB / "icons" / f"{name}.ico", lambda w=wanted: icon(w), anew)


def _entries(kind: str) -> dict[str, Any]:
    data = yaml.safe_load((LAB / kind / f"{kind}.yml").read_text(encoding="utf-8"))
    return dict(data)


def _write(path: Path, make: Any, anew: bool) -> None:
    if anew or not path.exists():
        path.write_bytes(make())
        print(path.relative_to(LAB))


def certificate(subject: str, issuer: str = "", weak: bool = False) -> bytes:
    """PEM of a new key and a certificate for it; `weak` is RSA 1024, as once was usual."""
    key = _weak_key() if weak else ec.generate_private_key(ec.SECP256R1())
    signer = ec.generate_private_key(ec.SECP256R1()) if issuer else key
    unsigned = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(_escaped(subject)))
        .issuer_name(x509.Name.from_rfc4514_string(_escaped(issuer or subject)))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
    )
    signed = unsigned.sign(signer, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + signed.public_bytes(serialization.Encoding.PEM)


def _weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505


def _escaped(name: str) -> str:
    """RFC 4514 escapes for the values that try to look like formulas and markup."""
    fields = (field.partition("=") for field in name.split(","))
    special = str.maketrans({c: f"\\{c}" for c in '"<>;='})
    return ",".join(f"{key}={value.translate(special)}" for key, _, value in fields)


def icon(wanted: int) -> bytes:
    """A one-pixel ICO whose favicon hash (MurmurHash3 of its base64 lines) is `wanted`."""
    pixel = struct.pack("<LllHHLLllLL", 40, 1, 2, 1, 32, 0, 8, 0, 0, 0, 0) + b"\x80" * 4 + bytes(4)
    head = struct.pack("<HHHBBBBHHLL", 0, 1, 1, 1, 1, 0, 0, 1, 32, len(pixel), 22) + pixel
    choose = random.Random(wanted)  # noqa: S311
    while True:
        body = head + choose.randbytes(_ICON_SIZE - 3 - len(head))
        if end := _last_three(body, wanted & _MASK):
            return body + end


def _last_three(body: bytes, wanted: int) -> bytes:
    """The three bytes that complete the body, or nothing if these would not be base64."""
    text = base64.encodebytes(body + bytes(3))
    before = 0
    for position in range(0, len(text) - 5, 4):
        (block,) = struct.unpack_from("<L", text, position)
        before = (_rotated(before ^ _mixed(block), 13) * 5 + _ADD) & _MASK
    after = _unfinished(wanted) ^ len(text) ^ _mixed(ord("\n"))
    needed = _rotated((after - _ADD) * pow(5, -1, 2**32) & _MASK, 32 - 13) ^ before
    letters = struct.pack("<L", _unmixed(needed))
    return base64.b64decode(letters) if _BASE64.issuperset(letters) else b""


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & _MASK


def _mixed(block: int) -> int:
    return _rotated(block * _C1 & _MASK, 15) * _C2 & _MASK


def _unmixed(value: int) -> int:
    turned = _rotated(value * pow(_C2, -1, 2**32) & _MASK, 32 - 15)
    return turned * pow(_C1, -1, 2**32) & _MASK


def _unfinished(value: int) -> int:
    """The inverse of MurmurHash3's final avalanche, up to the length."""
    value ^= value >> 16
    value = value * pow(0xC2B2AE35, -1, 2**32) & _MASK
    value ^= value >> 13 ^ value >> 26
    value = value * pow(0x85EBCA6B, -1, 2**32) & _MASK
    return value ^ value >> 16


if __name__ == "__main__":
    main(sys.argv[1:])
