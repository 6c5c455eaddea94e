"""What may leave with the operator's login: the few reads, with that login, once."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.guard import Guard
from scanner.collect.logins.permit import Permit, is_login
from scanner.collect.never_send import refuse
from scanner.collect.wire import digest, http, onvif
from scanner.collect.wire.digest import Challenge
from scanner.model import Secret, WebLogin

INFO = "/ISAPI/System/deviceInfo"
CHALLENGE = Challenge("IP Camera(C0001)", "n0nce", "", "auth")
LOGIN = WebLogin(Secret("inspector"), Secret("s3cret"))
CALL = (
    b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>'
    b'<d:%s xmlns:d="http://www.onvif.org/ver10/device/wsdl"/></e:Body></e:Envelope>'
)
BASIC = digest.basic("inspector", "s3cret")


def permit(login: WebLogin = LOGIN) -> Permit:
    return Permit(login, lambda: True)


def get(target: str, authorization: str = "") -> bytes:
    request = http.get(target, "10.0.0.1")
    return http.authorised(request, authorization) if authorization else request


def answered(target: str, user: str = "inspector", uri: str = "") -> bytes:
    words = ("GET", uri or target)
    return get(target, digest.answer(CHALLENGE, (user, "s3cret"), words, "0wn"))


def post(body: bytes) -> bytes:
    return http.post(onvif.SERVICE_PATH, "10.0.0.1", body, "application/soap+xml")


def token(call: bytes, user: str = "inspector") -> bytes:
    now = datetime.now(UTC)
    return post(onvif.with_token(CALL % call, user, "s3cret", b"nonce", now))


def reason(payload: bytes, login: WebLogin = LOGIN, port: int = 80, *, tls: bool = False) -> str:
    return permit(login).refuse(port, payload, tls=tls) or ""


READS = [
    get(INFO),
    answered(INFO),
    answered("/ISAPI/ContentMgmt/InputProxy/channels"),
    answered("/ISAPI/ContentMgmt/InputProxy/channels/status"),
    answered("/cgi-bin/magicBox.cgi?action=getSystemInfo"),
    answered("/cgi-bin/configManager.cgi?action=getConfig&name=RemoteDevice"),
    answered("/cgi-bin/LogicDeviceManager.cgi?action=getCameraAll"),
    post(CALL % b"GetDeviceInformation"),
    token(b"GetDeviceInformation"),
    token(b"GetNetworkInterfaces"),
]


@pytest.mark.parametrize("payload", READS)
def test_the_reads_may_leave_with_the_operators_leave(payload: bytes) -> None:
    assert reason(payload) == ""


@pytest.mark.parametrize("payload", [r for r in READS if is_login(r)])
def test_without_that_leave_no_login_may(payload: bytes) -> None:
    assert refuse("tcp", 80, payload)
    assert Guard(80, False, None).refuse([payload])


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (answered(INFO, "admin"), "another user"),
        (answered(INFO, uri="/ISAPI/Security/users"), "another target"),
        (answered("/ISAPI/Security/users"), "not one of the reads"),
        (answered("/ISAPI/ContentMgmt/InputProxy/channels/1"), "not one of the reads"),
        (answered("/cgi-bin/configManager.cgi?action=getConfig&name=All"), "not one of the reads"),
        (answered("/cgi-bin/configManager.cgi?action=setConfig"), "setconfig in the target"),
        (answered("/ISAPI/System/reboot"), "reboot in the target"),
        (get(INFO, "Bearer abc"), "another form"),
        (get(INFO, digest.basic("inspector", "other")), "not those of this set"),
        (get(INFO, BASIC), "Basic would tell the password"),
        (get(INFO).replace(b"GET", b"PUT"), "not one of the reads"),
        (get(INFO).replace(b"\r\n\r\n", b"\r\nCookie: a\r\n\r\n"), "header cookie"),
        (answered(INFO).replace(b"Auth", b"Authorization: x\r\nAuth", 1), "header authorization"),
        (answered(INFO) + b"x", "not one of the reads"),
        (post(CALL % b"GetUsers"), "ONVIF call GetUsers"),
        (post(CALL % b"SystemReboot"), "ONVIF call SystemReboot"),
        (token(b"SetUser"), "ONVIF call SetUser"),
        (token(b"GetDeviceInformation", "admin"), "another user"),
        (token(b"GetDeviceInformation").replace(b"Digest", b"Text\x20\x20"), "without a password"),
        (b"\xa0\x01", "not a plain HTTP request"),
    ],
)
def test_nothing_else_may(payload: bytes, why: str) -> None:
    assert why in reason(payload)


@pytest.mark.parametrize("port", [8000, 37777, 34567])
def test_a_login_goes_to_no_port_that_hears_nothing(port: int) -> None:
    assert reason(answered(INFO), port=port)


@pytest.mark.parametrize(
    ("allowed", "tls", "may"),
    [
        ("", False, False), ("", True, False), ("tls", False, False), ("tls", True, True),
        ("clear", False, True),
    ],
)  # fmt: skip
def test_basic_goes_only_where_the_operator_allows_it(allowed: str, tls: bool, may: bool) -> None:
    login = WebLogin(Secret("inspector"), Secret("s3cret"), basic=allowed)
    assert (reason(get(INFO, BASIC), login, tls=tls) == "") is may


def test_one_attempt_and_no_more_until_it_is_accepted() -> None:
    written: list[str] = []
    once = Permit(LOGIN, lambda: not written.append("attempt"))  # type: ignore[func-returns-value]
    assert once.spend(get(INFO)) is None
    assert written == []
    assert once.spend(answered(INFO)) is None
    assert once.spend(answered(INFO)) == "this login was tried before"
    assert written == ["attempt"]
    once.accept()
    assert once.spend(answered(INFO)) is None
    assert written == ["attempt"]


def test_what_was_tried_elsewhere_is_not_tried() -> None:
    assert Permit(LOGIN, lambda: False).spend(answered(INFO)) == "this login was tried before"


def test_an_acceptance_without_an_attempt_is_none() -> None:
    free = permit()
    free.accept()
    assert not free.accepted


def test_a_request_that_follows_is_judged_and_counted_too() -> None:
    guard = Guard(80, False, permit())
    assert guard.follow(lambda _: answered("/ISAPI/System/reboot"), b"") is None
    assert guard.follow(lambda _: answered(INFO), b"") == answered(INFO)
    assert guard.follow(lambda _: answered(INFO), b"") is None


@given(st.binary(max_size=300))
def test_no_bytes_raise(noise: bytes) -> None:
    coded = b64encode(noise).decode()
    for payload in (noise, answered(INFO) + noise, post(noise), get(INFO, f"Digest {coded}")):
        permit().refuse(80, payload, tls=True)
        is_login(payload)
