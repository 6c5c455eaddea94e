"""Evidence taken apart and put together: nothing lost, and what stayed is the same bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.evidence import Damage
from scanner.model import (
    Attempt,
    Channel,
    Host,
    Observation,
    ProbeResult,
    ProbeStatus,
    Record,
    RunEnd,
    RunInfo,
)
from scanner.store.packing import pack, unpack
from tests.store.site import Camera, by_host, records

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TIMES = st.none() | st.sampled_from(
    ["2026-11-23T10:00:00Z", "2026-11-23T10:00:07Z", "2026-1-23T10:00:00Z", "yesterday", ""]
)
FIELDS = st.sampled_from(["http.title", "http.www_authenticate", "http.set_cookie", "rtsp.server"])
VALUES = TEXT | st.builds('Digest nonce="{}", opaque={}, qop="auth"'.format, TEXT, TEXT)
SAID = st.lists(
    st.builds(Observation, FIELDS, VALUES, st.none() | TEXT.filter(bool)), max_size=3
).map(tuple)
IPS = st.sampled_from(["192.0.2.1", "192.0.2.70", "192.0.2.9", "2001:db8::1", "no address"])
SECONDS = st.none() | st.floats(0, 60)
HOSTS = st.builds(Host, IPS, st.none() | TEXT, st.lists(TEXT, max_size=2).map(tuple), TIMES)
RESULTS = st.builds(
    ProbeResult, IPS, TEXT, st.sampled_from(ProbeStatus), st.none() | st.integers(0, 65535),
    st.none() | TEXT, TIMES, SECONDS, SAID,
)  # fmt: skip
RUNS = st.builds(RunInfo, TEXT, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=2).map(tuple))
ENDS = st.builds(RunEnd, TEXT, st.integers(0, 9), st.integers(0, 9), st.booleans())
DAMAGE = st.builds(Damage, st.integers(1, 99), TEXT)
NUMBERS = st.integers(0, 65535)
ATTEMPTS = st.builds(Attempt, IPS, TEXT, TEXT, NUMBERS, TEXT)
STATES = st.sampled_from(["online", "empty"])
CHANNELS = st.builds(Channel, IPS, NUMBERS, STATES, TEXT, st.booleans(), TEXT, SAID)
LINES = st.lists(
    HOSTS | RESULTS | RESULTS | ATTEMPTS | CHANNELS | RUNS | ENDS | DAMAGE, max_size=12
)


@settings(max_examples=200, deadline=None)
@given(LINES)
def test_records_come_back_as_they_were(lines: list[Record | Damage]) -> None:
    packed = pack(lines)
    assert list(unpack(packed.said.items(), packed.clock)) == by_host(lines)


def test_another_week_of_an_unchanged_site_says_the_same_bytes() -> None:
    cameras = [Camera(f"192.0.2.{n}", serial=f"SN{n:08}") for n in range(1, 20)]
    one, two = pack(records(cameras, "r1", 1)), pack(records(cameras, "r2", 2))
    assert one.said == two.said
    assert one.clock != two.clock


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        (
            "http.www_authenticate",
            'Digest nonce="abc", realm="x"',
            'Digest nonce="\x00", realm="x"',
        ),
        ("rtsp.www_authenticate", "Digest nonce=abc,opaque=1", "Digest nonce=\x00,opaque=\x00"),
        ("http.set_cookie", "id=7f3a; Path=/", "id=\x00; Path=/"),
        ("http.title", 'nonce="abc"', 'nonce="abc"'),
        ("http.set_cookie", "id=7\x00", "id=7\x00"),
    ],
)
def test_only_what_each_connection_makes_anew_goes_to_the_clock(
    field: str, value: str, kept: str
) -> None:
    said = Observation(field, value)
    line = ProbeResult("192.0.2.1", "http", ProbeStatus.OK, 80, observations=(said,))
    packed = pack([line])
    assert kept.encode().replace(b"\x00", b"\\u0000").replace(b'"', b'\\"') in b"".join(
        packed.said.values()
    )
    assert list(unpack(packed.said.items(), packed.clock)) == [line]
