"""Devices keep their number through repairs, moves and swaps; strangers never get it."""

import random
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from scanner.store.identity import Key, Known, Seen, is_universal, resolve, seen
from tests.store.site import Camera, finding

SITES = ("hq", "branch")


def serial(number: int) -> str:
    """An invented serial number."""
    return f"4K01234PAZ{number:05}"


def mac(number: int) -> str:
    """A universal address."""
    return f"3c:ef:8c:00:{number >> 8:02x}:{number & 255:02x}"


class Histories(RuleBasedStateMachine):
    """Two sites with devices that are scanned, repaired, moved, swapped and replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[tuple[str, int], int] = {}
        self.devices: dict[int, Camera] = {}
        self.given: dict[int, int] = {}
        self.known: dict[int, Known] = {}
        self.owner: dict[tuple[str, str], int] = {}
        self.count = self.macs = 0
        self.wrong = ""

    def _new(self, speaks: bool) -> int:
        self.count += 1
        self.macs += 1
        self.devices[self.count] = Camera(
            "", mac(self.macs), serial(self.count) if speaks else "", maker="dahua"
        )
        return self.count

    @initialize(speaks=st.lists(st.booleans(), min_size=2, max_size=6))
    def begin(self, speaks: list[bool]) -> None:
        for number, speaking in enumerate(speaks):
            self.places[SITES[number % 2], number + 10] = self._new(speaking)
        for site in SITES:
            self._scan(site)

    @rule(data=st.data(), to=st.integers(10, 30), site=st.sampled_from(SITES))
    def another_lease_or_another_site(self, data: st.DataObject, to: int, site: str) -> None:
        place = data.draw(st.sampled_from(sorted(self.places)))
        if (site, to) not in self.places:
            self.places[site, to] = self.places.pop(place)
            self._scan(site)

    @rule(data=st.data())
    def two_change_places(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(sorted(self.places)))
        other = data.draw(st.sampled_from(sorted(self.places)))
        self.places[one], self.places[other] = self.places[other], self.places[one]
        for site in {one[0], other[0]}:
            self._scan(site)

    @rule(data=st.data())
    def a_repair_gives_a_new_address(self, data: st.DataObject) -> None:
        number = self.places[data.draw(st.sampled_from(sorted(self.places)))]
        if self.devices[number].serial:
            self.macs += 1
            self.devices[number] = replace(self.devices[number], mac=mac(self.macs))

    @rule(data=st.data(), speaks=st.booleans())
    def a_device_is_replaced(self, data: st.DataObject, speaks: bool) -> None:
        place = data.draw(st.sampled_from(sorted(self.places)))
        self.places[place] = self._new(speaks)

    @rule(data=st.data())
    def a_board_is_used_again_elsewhere(self, data: st.DataObject) -> None:
        place = data.draw(st.sampled_from(sorted(self.places)))
        old = self.devices[self.places[place]]
        if old.serial:
            new = self._new(speaks=True)
            self.devices[new] = replace(self.devices[new], mac=old.mac)
            self.places[place] = new

    @rule(site=st.sampled_from(SITES))
    def scan(self, site: str) -> None:
        self._scan(site)

    def _scan(self, site: str) -> None:
        here = sorted((ip, n) for (where, ip), n in self.places.items() if where == site)
        found = [
            seen(finding(replace(self.devices[n], ip=f"192.0.2.{ip}"), site)) for ip, n in here
        ]
        newest = list(self.known.values())[::-1]
        for (_, number), one, device in zip(here, found, resolve(found, newest), strict=True):
            self._judge(number, device)
            self._learn(one, device or len(self.known) + 1, number)

    def _judge(self, number: int, device: int | None) -> None:
        before = self.given.get(number)
        if before is not None and device != before:
            self.wrong = f"{self.devices[number]} was {before} and is {device}"
        if before is None and device in self.given.values():
            self.wrong = f"{self.devices[number]} was never seen and is {device}"

    def _learn(self, one: Seen, device: int, number: int) -> None:
        self.given[number] = device
        for key in one.keys:
            self.owner[key.kind, key.value] = device
        earlier = self.known.pop(device, Known(device, frozenset(), one.place))
        self.known[device] = replace(
            earlier, keys=earlier.keys | one.keys, place=one.place, maker=one.maker
        )
        for other in self.known.values():
            mine = {k for k in other.keys if self.owner[k.kind, k.value] == other.device}
            self.known[other.device] = replace(other, keys=frozenset(mine))

    @invariant()
    def every_device_has_its_own_number(self) -> None:
        assert not self.wrong, self.wrong
        assert len(set(self.given.values())) == len(self.given)


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=150, stateful_step_count=15, deadline=None)

HERE = ("hq", "192.0.2.7")


def device(number: int, *keys: Key, place: tuple[str, str] = HERE, maker: str = "") -> Known:
    return Known(number, frozenset(keys), place, maker)


def one(*keys: Key, place: tuple[str, str] = HERE, maker: str = "") -> Seen:
    return Seen(frozenset(keys), place, maker)


S1, S2 = Key("serial", "SERIAL0001", "onvif.serial"), Key("serial", "SERIAL0002", "onvif.serial")
OTHER_FIELD = Key("serial", "ACCC8E000001", "upnp.serial")
M1, M2 = Key("mac", "3c:ef:8c:00:00:01"), Key("mac", "3c:ef:8c:00:00:02")
ELSEWHERE = ("branch", "198.51.100.1")


@pytest.mark.parametrize(
    ("found", "known", "is_it"),
    [
        (one(S1, M2), device(1, S1, M1), True),
        (one(S2, M1), device(1, S1, M1), False),
        (one(OTHER_FIELD, M1), device(1, S1, M1), True),
        (one(M1, place=ELSEWHERE), device(1, M1), True),
        (one(), device(1, S1, M1), True),
        (one(M2), device(1, M1), False),
        (one(M2), device(1, S1), True),
        (one(maker="axis"), device(1, maker="dahua"), False),
        (one(maker="axis"), device(1), True),
        (one(place=ELSEWHERE), device(1), False),
    ],
)
def test_one_finding_and_one_device(found: Seen, known: Known, is_it: bool) -> None:
    assert resolve([found], [known]) == [1 if is_it else None]


def test_a_key_that_several_hosts_share_says_nothing() -> None:
    gateway = [one(M1, place=("hq", f"192.0.2.{n}")) for n in range(5)]
    assert resolve(gateway, [device(1, M1, place=("other", "192.0.2.1"))]) == [None] * 5


def test_no_device_is_given_twice() -> None:
    assert resolve([one(S1), one(M1, place=ELSEWHERE)], [device(1, S1, M1)]) == [1, None]


def test_the_order_of_findings_does_not_matter() -> None:
    found = [one(Key("serial", serial(n)), place=("hq", str(n))) for n in range(30)]
    known = [device(n + 1, Key("serial", serial(n)), place=("hq", str(30 - n))) for n in range(30)]
    random.Random(1).shuffle(found)
    for finding_, number in zip(found, resolve(found, known), strict=True):
        [key] = finding_.keys
        assert key.value == serial((number or 0) - 1)


@pytest.mark.parametrize("text", ["", "0000000000", "12345678", "1234", "x" * 100, "00-00-00-00"])
def test_a_serial_that_may_belong_to_many_is_no_key(text: str) -> None:
    assert seen(finding(Camera("192.0.2.1", serial=text))).keys == frozenset()


def test_spelling_of_a_serial_does_not_matter() -> None:
    texts = ("DS-2CD 2032-i0001", "ds2cd2032I0001")
    assert len({seen(finding(Camera("192.0.2.1", serial=t))).keys for t in texts}) == 1


@pytest.mark.parametrize(
    ("address", "universal"),
    [("3c:ef:8c:00:00:01", True), ("02:00:00:00:00:01", False), ("01:00:5e:00:00:01", False),
     ("", False), ("zz:00", False)],
)  # fmt: skip
def test_made_up_hardware_addresses_are_no_keys(address: str, universal: bool) -> None:
    assert is_universal(address) is universal
