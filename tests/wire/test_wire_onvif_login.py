"""ONVIF with a login: the clock, the token, the texts that say stop."""

from base64 import b64decode
from datetime import UTC, datetime
from hashlib import sha1

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import onvif

ASKED = (
    b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>'
    b'<d:GetDeviceInformation xmlns:d="http://www.onvif.org/ver10/device/wsdl"/>'
    b"</e:Body></e:Envelope>"
)
NOON = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)
DATE = (
    "<Envelope><Body><GetSystemDateAndTimeResponse><SystemDateAndTime><LocalDateTime><Time>"
    "<Hour>1</Hour></Time></LocalDateTime><UTCDateTime><Time><Hour>{}</Hour><Minute>0</Minute>"
    "<Second>5</Second></Time><Date><Year>2026</Year><Month>11</Month><Day>23</Day></Date>"
    "</UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse></Body></Envelope>"
)


def texts(message: bytes) -> dict[str, str]:
    return {e.tag.rpartition("}")[2]: e.text or "" for e in fromstring(message).iter()}


def test_the_token_is_that_of_the_username_token_profile() -> None:
    nonce = b"0123456789abcdef"
    message = onvif.with_token(ASKED, "in<spector", "s3cret", nonce, NOON)
    told = texts(message)
    created = told["Created"]
    assert created == "2026-11-23T12:00:05Z"
    assert b64decode(told["Nonce"]) == nonce
    expected = sha1(nonce + created.encode() + b"s3cret", usedforsecurity=False).digest()
    assert b64decode(told["Password"]) == expected
    assert told["Username"] == "in<spector"
    assert b"s3cret" not in message
    assert b"PasswordText" not in message


def test_the_token_stands_before_the_body() -> None:
    root = fromstring(onvif.with_token(ASKED, "u", "p", b"n", NOON))
    assert [child.tag.rpartition("}")[2] for child in root] == ["Header", "Body"]


@given(st.text(max_size=30), st.text(max_size=30), st.binary(max_size=30))
def test_any_login_makes_well_formed_ascii(user: str, password: str, nonce: bytes) -> None:
    plain = user.encode("ascii", "ignore").decode()
    if plain.isprintable() or not plain:
        password = password.encode("utf-8", "ignore").decode()
        message = onvif.with_token(ASKED, plain, password, nonce, NOON)
        assert message.isascii()
        assert texts(message)["Username"] == plain


def test_the_clock_is_that_of_utc() -> None:
    assert onvif.clock(DATE.format(12).encode()) == NOON


@pytest.mark.parametrize("hour", ["", "25", "-1", "twelve", "99999"])
def test_a_clock_that_cannot_be_is_none(hour: str) -> None:
    assert onvif.clock(DATE.format(hour).encode()) is None


@given(st.binary(max_size=300))
def test_no_answer_raises(data: bytes) -> None:
    onvif.clock(data)
    onvif.wants_login(data)
    onvif.clock(DATE.format(data.decode("latin-1")).encode())
    onvif.why_not(data.decode("latin-1"))


@pytest.mark.parametrize(
    ("fault", "stops"),
    [
        ("The device is locked because of entering wrong username/password many times.", True),
        ("Invalid username or password! You still have 2 attempt(s).", True),
        ("Sender not Authorized. You still have 24 attempt(s).", False),
        ("Sender not Authorized", False),
    ],
)
def test_texts_that_say_stop(fault: str, stops: bool) -> None:
    assert bool(onvif.why_not(fault)) is stops


FAULT = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code>'
    "<s:Value>s:Sender</s:Value><s:Subcode><s:Value>{}</s:Value></s:Subcode></s:Code>"
    "</s:Fault></s:Body></s:Envelope>"
)


@pytest.mark.parametrize(
    ("subcode", "wants"),
    [
        ("ter:NotAuthorized", True),
        ("wsse:FailedAuthentication", True),
        ("ter:ActionNotSupported", False),
    ],
)
def test_a_fault_that_wants_a_login(subcode: str, wants: bool) -> None:
    assert onvif.wants_login(FAULT.format(subcode).encode()) is wants
    assert not onvif.wants_login(subcode.encode())
