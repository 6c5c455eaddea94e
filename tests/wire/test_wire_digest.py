"""HTTP authentication: the examples of the RFCs, odd servers, hostile challenges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import digest
from scanner.collect.wire.digest import Challenge

RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={},'
    ' nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",'
    ' opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def response(challenge: str, login: tuple[str, str], target: str, own: str = CNONCE) -> str:
    read = digest.digest([challenge])
    assert read is not None
    return digest.answer(read, login, ("GET", target), own)


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616(algorithm: str, expected: str) -> None:
    login = ("Mufasa", "Circle of Life")
    said = response(RFC_7616.format(algorithm), login, "/dir/index.html")
    assert f'response="{expected}"' in said
    assert f"algorithm={algorithm}" in said
    assert "nc=00000001" in said
    assert "Circle" not in said


def test_the_example_of_rfc_2617() -> None:
    challenge = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int",'
        ' nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    said = response(challenge, ("Mufasa", "Circle Of Life"), "/dir/index.html", "0a4f113b")
    assert 'response="6629fae49393a05397450978507c4ef1"' in said


def test_a_server_of_rfc_2069_gets_neither_count_nor_nonce_of_ours() -> None:
    said = response('Digest realm="r", nonce="n"', ("u", "p"), "/")
    assert "qop" not in said
    assert "cnonce" not in said


def test_the_form_of_the_reference_with_stale_is_read() -> None:
    header = 'Digest qop="auth", realm="IP Camera(C0001)", nonce="0000", stale="FALSE"'
    assert digest.digest([header]) == Challenge("IP Camera(C0001)", "0000", "", "auth")


@pytest.mark.parametrize(
    "header",
    [
        'Basic realm="a", Digest realm="r", nonce="n", qop="auth"',
        'Digest realm="r", nonce="n", qop="auth", Basic realm="a"',
        'Negotiate, Digest realm="r",nonce="n",qop=auth, Basic realm="a"',
    ],
)
def test_several_challenges_in_one_header(header: str) -> None:
    assert digest.digest([header]) == Challenge("r", "n", "", "auth")
    assert digest.offers_basic([header])


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Digest",
        'Digest realm="r"',
        'Digest realm="r", nonce=""',
        'Digest realm="r", nonce="n", qop="auth-int"',
        'Digest realm="r", nonce="n", algorithm=SHA-512-256',
        'Digest realm="r", nonce="n\\", response=\\"x"',
        'Digest realm="r\r\nX: y", nonce="n"',
        f'Digest realm="r", nonce="{"n" * 2000}"',
        'Basic realm="Digest realm=1, nonce=2"',
    ],
)
def test_what_cannot_be_answered_has_no_answer(header: str) -> None:
    assert digest.digest([header]) is None


def test_a_challenge_within_a_text_is_none() -> None:
    assert not digest.offers_basic(['Digest realm="x, Basic realm=y", nonce="n"'])


def test_basic_is_that_of_rfc_7617() -> None:
    assert digest.basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


@given(st.lists(st.text(max_size=200), max_size=4))
def test_whatever_a_server_says_the_answer_is_one_plain_line(headers: list[str]) -> None:
    headers = [*headers, *(f"Digest nonce=1, realm={header}" for header in headers)]
    digest.offers_basic(headers)
    challenge = digest.digest(headers)
    if challenge is not None:
        said = digest.answer(challenge, ("user", "secret"), ("GET", "/"), "own")
        assert said.isascii()
        assert said.isprintable()
        assert said.count('"') % 2 == 0
