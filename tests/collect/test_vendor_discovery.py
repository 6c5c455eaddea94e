"""The makers' own discovery protocols: what is asked how often, what is heard of whom."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from scanner.collect.api import Discovery, Unseen
from scanner.collect.discovery import dahua_5050, dhip, sadp, sadp_l2
from scanner.collect.discovery.sadp_l2 import SadpFrames
from scanner.collect.never_send import refuse
from scanner.model import Observation, Sighting
from tests.collect.netns import NETWORK, SCANNER, Lan, inside, lan
from tests.collect.test_discovery import Scripted, discover, scope, seen

GROUP = "239.255.255.250"
SADP = (
    b'<?xml version="1.0" encoding="UTF-8"?>\r\n<ProbeMatch><Uuid>another-one</Uuid>\r\n'
    b"<Types>%b</Types>\r\n<DeviceDescription>DS-2CD0000-TEST</DeviceDescription>\r\n"
    b"<MAC>44-19-b6-00-00-01</MAC>\r\n<IPv4Address>198.51.100.7</IPv4Address>\r\n</ProbeMatch>\r\n"
)
DHIP = (
    b'{"mac":"3c:ef:8c:00:00:01","method":"client.notifyDevInfo",'
    b'"params":{"deviceInfo":{"DeviceType":"NVR-TEST","RemoteVideoInputChannels":16}}}\n\0'
)
OLD = b"\xb3" + bytes(0x77) + b"3c:ef:8c:00:00:02DVR-TESTSerialNo:1A00000PAU00001\r\n"


async def answers(source: Discovery, *datagrams: tuple[str, bytes]) -> list[Sighting]:
    """Sightings of 10.9.0.7 and others that said this."""
    return await seen(source, Scripted(scope(NETWORK), datagrams=datagrams))


@pytest.mark.parametrize(
    ("source", "group", "port", "kinds"),
    [
        (sadp.DISCOVERY, GROUP, 37020, 2),
        (dhip.DISCOVERY, "239.255.255.251", 37810, 1),
        (dahua_5050.DISCOVERY, None, 5050, 1),
    ],
)
async def test_each_asks_at_most_three_times(
    source: Discovery, group: str | None, port: int, kinds: int
) -> None:
    net = Scripted(scope(NETWORK))
    assert await seen(source, net) == []
    (asked,) = net.jobs
    assert (asked["group"], asked["port"], asked["seconds"]) == (group, port, 0.3)
    said, broadcasts = asked["said"], asked["broadcasts"]
    assert isinstance(said, Sequence)
    assert isinstance(broadcasts, Sequence)
    payloads = [*said, *broadcasts]
    assert broadcasts
    assert len(set(payloads)) == kinds
    assert all(1 < payloads.count(payload) <= 3 for payload in payloads)
    assert [refuse("udp", port, payload) for payload in payloads] == [None] * len(payloads)


async def test_sadp_believes_the_packet_and_keeps_what_is_new() -> None:
    both = [("10.9.0.7", SADP % b"inquiry"), ("10.9.0.7", SADP % b"inquiry_v32")]
    first, second = await answers(sadp.DISCOVERY, *both, *both, ("10.9.0.8", b"\xff<Hello"))

    assert (first.ip, first.mac, first.source) == ("10.9.0.7", None, "sadp")
    said = {o.field: o.value for o in first.observations}
    assert said["sadp.ipv4address"] == "198.51.100.7"
    assert said["sadp.mac"] == "44-19-b6-00-00-01"
    assert all(o.raw_sha256 and len(o.raw_sha256) == 64 for o in first.observations)
    assert [(o.field, o.value) for o in second.observations] == [("sadp.types", "inquiry_v32")]


async def test_dahua_in_both_forms_keeps_channels_and_names() -> None:
    (new,) = await answers(dhip.DISCOVERY, ("10.9.0.7", bytes(32) + DHIP))
    assert {o.field: o.value for o in new.observations} == {
        "dhip.mac": "3c:ef:8c:00:00:01",
        "dhip.devicetype": "NVR-TEST",
        "dhip.remotevideoinputchannels": "16",
    }
    (old,) = await answers(dahua_5050.DISCOVERY, ("10.9.0.7", OLD))
    assert (old.source, old.mac) == ("dahua-5050", None)
    assert ("dhip.serialno", "1A00000PAU00001") in [(o.field, o.value) for o in old.observations]


async def test_the_layer_2_form_runs_one_bounded_job_a_link() -> None:
    fields = [["sadp.devicesn", "DS-TEST"], ["sadp.mac", "44:19:b6:00:00:01"]]
    answer = {"ip": "10.9.0.7", "mac": "3c:ef:8c:00:00:01", "fields": fields}
    lines: list[Mapping[str, object]] = [answer, {"done": True}]
    net = Scripted(scope("10.0.0.0/8", excluded="10.9.0.128/25"), lines=lines, raw=False)

    (sighting,) = await seen(sadp_l2.DISCOVERY, net)
    assert sighting == Sighting(
        "10.9.0.7",
        SadpFrames.name,
        observations=(
            Observation("mac.address", "3c:ef:8c:00:00:01"),
            Observation("sadp.devicesn", "DS-TEST"),
            Observation("sadp.mac", "44:19:b6:00:00:01"),
        ),
    )
    (job,) = net.jobs
    assert (job["worker"], job["do"], job["interface"]) == ("l2", "sadp", "eth0")
    assert job["addresses"] == ["10.9.0.0/25"]
    assert int(str(job["copies"])) <= 3
    assert float(str(job["seconds"])) > int(str(job["copies"])) * float(str(job["wait"]))


async def test_the_layer_2_form_tells_of_devices_outside_the_scope() -> None:
    lines = [{"ip": f"198.51.100.{n % 20}", "mac": "x", "fields": []} for n in range(40)]
    net = Scripted(scope(NETWORK), lines=[*lines, {"done": True}])
    with pytest.raises(
        Unseen, match=r"not in the scope.*: x has 198\.51\.100\.0, .* and 4 more\. "
    ):
        await seen(sadp_l2.DISCOVERY, net)


Answer = Callable[[socket.socket, bytes, tuple[str, int]], object]


@contextlib.contextmanager
def device(built: Lan, ip: str, port: int, group: str, answer: Answer) -> Iterator[None]:
    """Something at the far end that hears the port, on the group too when there is one."""

    def ear() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ip))
        sock.bind(("", port))
        if group:
            member = socket.inet_aton(group) + socket.inet_aton(ip)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        sock.settimeout(0.05)
        return sock

    sock, stop = inside(built.far, ear), threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                answer(sock, *sock.recvfrom(65536))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        sock.close()


def heard(built: Lan) -> dict[tuple[str, str], dict[str, str]]:
    """(source, field's value) pairs of all sources, run together in the scanner's namespace."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for sighting in built.near_by(lambda: discover(raw=True)):
        said = found.setdefault((sighting.source, sighting.ip), {})
        said.update((o.field, o.value) for o in sighting.observations)
    return found


def asked(built: Lan, port: int) -> list[bytes]:
    """What reached the far end on a UDP port."""
    packets = [p for p in built.not_arp() if p[9] == socket.IPPROTO_UDP]
    return [p[28:] for p in packets if int.from_bytes(p[22:24], "big") == port]


@pytest.mark.parametrize("to", ["asker", "group"])
def test_sadp_on_a_real_link(to: str) -> None:
    def answer(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        if b"<Types>inquiry</Types>" in data:
            sock.sendto(SADP % b"inquiry", peer if to == "asker" else (GROUP, 37020))

    with lan("10.9.0.20") as built, device(built, "10.9.0.20", 37020, GROUP, answer):
        found = heard(built)
    assert found["sadp", "10.9.0.20"]["sadp.devicedescription"] == "DS-2CD0000-TEST"
    assert ("sadp", SCANNER) not in found
    assert 2 <= len(asked(built, 37020)) <= 6, "copies that had no time any more are left out"
    assert all(refuse("udp", 37020, payload) is None for payload in asked(built, 37020))


def test_dahua_on_a_real_link() -> None:
    with (
        lan("10.9.0.20") as built,
        device(built, "10.9.0.20", 37810, "239.255.255.251", lambda s, _, p: s.sendto(DHIP, p)),
        device(built, "10.9.0.20", 5050, "", lambda s, _, p: s.sendto(OLD, (p[0], 5050))),
    ):
        found = heard(built)
    assert found["dhip", "10.9.0.20"]["dhip.remotevideoinputchannels"] == "16"
    assert found["dahua-5050", "10.9.0.20"]["dhip.devicetype"] == "DVR-TEST"
    assert len(asked(built, 37810)) == 3
    assert len(asked(built, 5050)) == 2


def test_hostile_answers_on_a_real_link_add_nothing() -> None:
    dtd = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    bomb = (SADP % b"inquiry").replace(b"<ProbeMatch>", dtd + b"<ProbeMatch>")

    def answer(sock: socket.socket, _data: bytes, peer: tuple[str, int]) -> None:
        for reply in (b"x" * 60_000, bomb, b"<ProbeMatch>" * 5000, DHIP[:-9], b'{"a":' * 9000):
            sock.sendto(reply, peer)

    with (
        lan("10.9.0.20") as built,
        device(built, "10.9.0.20", 37020, GROUP, answer),
        device(built, "10.9.0.20", 37810, "239.255.255.251", answer),
        device(built, "10.9.0.20", 5050, "", answer),
    ):
        found = heard(built)
    assert ("arp", "10.9.0.20") in found
    assert {source for source, _ in found}.isdisjoint({"sadp", "dhip", "dahua-5050"})


def test_raw_frames_on_a_real_link() -> None:
    with lan("10.9.0.20") as built:
        found = heard(built)
    frames = [f for _, f in built.frames if f[12:14] == b"\x80\x33"]
    assert len(frames) == sadp_l2.COPIES
    assert all(refuse("ethernet", 0x8033, frame[14:]) is None for frame in frames)
    assert {frame[6:12].hex(":") for frame in frames} == {built.near_mac}
    assert ("sadp-l2", "10.9.0.20") not in found
