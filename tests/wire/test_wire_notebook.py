"""A stream of frames: each thing once, names that come before addresses, floods."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.wire import notebook, ssdp
from scanner.collect.wire.frames import Heard
from scanner.collect.wire.notebook import Notebook
from tests.wire import test_wire_dhcp, test_wire_ssdp
from tests.wire.packets import CAMERA, arp, ethernet, ipv4, said_by, udp
from tests.wire.test_wire_dhcp import message
from tests.wire.test_wire_frames import ANNOUNCEMENTS

IP, MAC = "192.0.2.12", CAMERA.hex(":")
ARP = ethernet(0x0806, arp(IP))
NOTIFY = said_by(IP, ssdp.PORT, test_wire_ssdp.NOTIFY)


def dhcp(body: bytes, source: str = "0.0.0.0") -> bytes:
    return ethernet(0x0800, ipv4(source, "255.255.255.255", 17, udp(68, 67, body)))


DISCOVER = dhcp(message(1, (12, b"AMC000B0_CE1428")))
REQUEST = dhcp(test_wire_dhcp.REQUEST)
ACK = dhcp(message(5, given=IP), "192.0.2.2")


def listen(*frames: bytes, rest: bool = True) -> list[Heard]:
    book = Notebook()
    heard = [h for n, frame in enumerate(frames) for h in book.note(frame, float(n))]
    return [*heard, *(book.rest(float(len(frames))) if rest else ())]


def names(heard: Iterable[Heard]) -> list[tuple[str, str]]:
    return [(h.ip, value) for h in heard for name, value in h.fields if name == "dhcp.hostname"]


def test_everything_is_said_once() -> None:
    once = listen(ARP, NOTIFY)
    assert listen(ARP, NOTIFY, ARP, NOTIFY, NOTIFY) == once
    assert [h.protocol for h in once] == ["arp", "ssdp"]


def test_a_new_value_alone_is_passed_on() -> None:
    changed = said_by(IP, ssdp.PORT, test_wire_ssdp.NOTIFY.replace(b"3.8.8", b"3.8.9"))
    *_, last = listen(NOTIFY, changed)
    assert [name for name, _ in last.fields] == ["ssdp.server"]


@pytest.mark.parametrize("frames", [(DISCOVER, ARP), (ARP, DISCOVER), (REQUEST, ACK)])
def test_a_name_finds_its_address(frames: tuple[bytes, ...]) -> None:
    assert names(listen(*frames, rest=False)) == [(IP, "AMC000B0_CE1428")]


def test_a_client_that_was_never_answered_has_what_it_asked_for() -> None:
    assert names(listen(REQUEST, rest=False)) == []
    assert names(listen(REQUEST)) == [(IP, "AMC000B0_CE1428")]
    assert names(listen(DISCOVER)) == []


def test_the_last_time_is_kept() -> None:
    book = Notebook()
    for when, frame in ((10.0, ARP), (20.0, NOTIFY), (90.0, NOTIFY)):
        list(book.note(frame, when))
    assert book.last == {IP: 90.0}


def test_another_hardware_address_is_news() -> None:
    other = ethernet(0x0806, arp(IP, bytes.fromhex("3cef8c000002")))
    assert [h.mac for h in listen(ARP, other, ARP)] == [MAC, "3c:ef:8c:00:00:02"]


def test_a_talkative_host_is_bounded() -> None:
    def notify(n: int) -> bytes:
        return said_by(IP, ssdp.PORT, test_wire_ssdp.NOTIFY.replace(b"3.8.8", b"%d" % n))

    heard = listen(*(notify(n) for n in range(2000)))
    assert len(heard) == notebook.MAX_MESSAGES


def test_a_flood_of_hosts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "MAX_HOSTS", 10)
    book = Notebook()
    for n in range(100):
        list(book.note(ethernet(0x0806, arp(f"192.0.2.{n + 1}")), 0.0))
    assert len(book.last) == 10
    assert book.full


def test_a_flood_of_messages_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "MAX_NEWS", 10)
    book = Notebook()
    for n in range(100):
        list(book.note(ethernet(0x0806, arp(f"192.0.2.{n + 1}")), 0.0))
    assert book.full
    assert len(book._known) == 10


@given(st.lists(st.sampled_from([ARP, DISCOVER, REQUEST, ACK, *ANNOUNCEMENTS.values()])))
def test_in_any_order_nothing_is_said_twice(frames: list[bytes]) -> None:
    heard = listen(*frames)

    said = [(h.ip, field) for h in heard for field in h.fields]
    assert len(said) == len(set(said))
    assert all(h.ip == IP for h in heard)


@given(st.lists(st.binary()))
def test_any_frames_are_noted(frames: list[bytes]) -> None:
    book = Notebook()
    heard = [h for frame in frames for h in book.note(frame, 1.0)]
    assert {h.ip for h in heard} == set(book.last)
