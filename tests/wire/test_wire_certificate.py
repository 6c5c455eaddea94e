"""Certificates as devices carry them, good and odd."""

import datetime
import hashlib
import warnings
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import certificate

NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "ZheJiang"),
        x509.NameAttribute(NameOID.LOCALITY_NAME, "HangZhou"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "EXAMPLE, Ltd."),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "DVRNVR"),
        x509.NameAttribute(NameOID.COMMON_NAME, "www.example.com"),
    ]
)
TEXT = "CN=www.example.com,OU=DVRNVR,O=EXAMPLE\\, Ltd.,L=HangZhou,ST=ZheJiang,C=CN"


def signed(name: x509.Name) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    start = datetime.datetime(2019, 12, 17, tzinfo=datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(5)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=6000))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.DER)


@cache
def der() -> bytes:
    return signed(NAME)


def test_names_in_rfc4514_order() -> None:
    digest = hashlib.sha256(der()).hexdigest()
    assert certificate.read(der()) == certificate.Certificate(digest, TEXT, TEXT)


VERSION_AND_SERIAL = bytes.fromhex("a003020102020105")


def test_serial_zero_is_read_without_a_warning() -> None:
    odd = der().replace(VERSION_AND_SERIAL, bytes.fromhex("a003020102020100"))
    assert odd != der()
    assert certificate.read(odd).subject == TEXT


def test_names_of_forbidden_length_are_read_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        odd = signed(
            x509.Name(
                [
                    x509.NameAttribute(NameOID.COUNTRY_NAME, "CHN", _validate=False),
                    x509.NameAttribute(NameOID.COMMON_NAME, "x" * 99, _validate=False),
                    x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@example.com"),
                ]
            )
        )
    assert certificate.read(odd).subject == f"emailAddress=a@example.com,CN={'x' * 99},C=CHN"


def test_certificate_without_a_name_is_read() -> None:
    assert certificate.read(signed(x509.Name([]))).subject == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"191217000000Z", b"19121700000xZ"),
        (VERSION_AND_SERIAL, bytes.fromhex("a003020109020105")),
        (b"HangZhou", b"Hang\xff\xfeou"),
    ],
)
def test_what_the_decoder_refuses_still_has_its_digest(old: bytes, new: bytes) -> None:
    assert old in der()
    odd = der().replace(old, new)
    assert certificate.read(odd) == certificate.Certificate(hashlib.sha256(odd).hexdigest())


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30", der() + b"trailing", der()[:-1], der()[:100]],
    ids=["empty", "one byte", "trailing", "cut by one", "cut"],
)
def test_cut_and_trailing_bytes(data: bytes) -> None:
    found = certificate.read(data)
    assert found == certificate.Certificate(hashlib.sha256(data).hexdigest())


@given(st.data())
def test_any_change_of_a_certificate_is_read(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(der()) - 1))
    patch = data.draw(st.binary(min_size=1, max_size=8))
    odd = der()[:at] + patch + der()[at + len(patch) :]
    assert certificate.read(odd).sha256 == hashlib.sha256(odd).hexdigest()


@given(st.binary(max_size=512))
def test_any_bytes(data: bytes) -> None:
    assert len(certificate.read(data).sha256) == 64
