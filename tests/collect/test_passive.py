"""The listening source against a scripted network: whose is what was heard?"""

from collections.abc import Mapping

import pytest

from scanner.collect.api import Unseen
from scanner.collect.discovery import passive
from scanner.model import Observation, Sighting
from tests.collect.test_discovery import ETH0, Scripted, scope

MAC, OTHER = "44:19:b6:00:00:01", "3c:ef:8c:00:00:02"
LOCAL = "fe80::4619:b6ff:fe00:1%eth0"


def host(ip: str, mac: str = MAC, name: str = "") -> Mapping[str, object]:
    return {"ip": ip, "mac": mac, "hostname": name, "at": 1.0, "by": "arp", "fields": []}


def said(ip: str, field: str, value: str) -> Mapping[str, object]:
    return {"ip": ip, "at": 1.0, "protocol": "ssdp", "fields": [[field, value]]}


async def listen(*lines: Mapping[str, object], raw: bool = True) -> tuple[list[Sighting], str]:
    """The sightings, and what stayed unseen."""
    net = Scripted(scope("10.9.0.0/24"), lines=lines, tables=[{}], raw=raw)
    seen: list[Sighting] = []
    try:
        async for sighting in passive.DISCOVERY.sightings(net):
            seen.append(sighting)
    except Unseen as unseen:
        return seen, str(unseen)
    return seen, ""


async def test_a_host_and_what_it_said() -> None:
    lines = [host("10.9.0.7", name="CAM"), said("10.9.0.7", "ssdp.server", "x")]
    seen, unseen = await listen(*lines)
    assert seen == [
        Sighting("10.9.0.7", "passive", MAC, "CAM"),
        Sighting("10.9.0.7", "ssdp", observations=(Observation("ssdp.server", "x"),)),
    ]
    assert unseen == ""


async def test_a_second_hardware_address_is_kept_beside_the_first() -> None:
    seen, _ = await listen(host("10.9.0.7"), host("10.9.0.7", OTHER))
    assert [s.observations for s in seen] == [(), (Observation("mac.address", OTHER),)]


async def test_ipv6_addresses_belong_to_whoever_uses_the_hardware() -> None:
    seen, unseen = await listen(host(LOCAL), host("2001:db8::7"))
    local, far = seen
    assert (local.ip, local.mac) == (LOCAL, MAC)
    assert (far.ip, far.mac) == ("", MAC)
    assert far.observations == (Observation("ipv6.address", "2001:db8::7"),)
    assert unseen == ""


async def test_who_is_out_of_scope_is_named_but_not_taken_in() -> None:
    seen, unseen = await listen(host("192.168.1.64"), said("192.168.1.64", "ssdp.server", "x"))
    assert seen == []
    assert f"{MAC} has 192.168.1.64" in unseen


async def test_losses_are_told() -> None:
    _, unseen = await listen({"full": "eth0"}, {"done": True, "dropped": 1200})
    assert "1,200 frames came too fast" in unseen
    assert "too many hosts or messages on eth0" in unseen


async def test_without_raw_packets_the_neighbour_table_is_watched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passive, "LOOK", 0.1)
    tables = [{}, {"10.9.0.7": MAC, "192.168.1.1": OTHER}]
    net = Scripted(scope("10.9.0.0/24"), raw=False, tables=tables)
    seen = [sighting async for sighting in passive.DISCOVERY.sightings(net)]
    assert seen == [Sighting("10.9.0.7", "neighbours", MAC)]
    assert net.jobs == []


async def test_it_listens_on_the_links_in_scope_else_on_all() -> None:
    net = Scripted(scope("10.50.0.0/24"), tables=[{}])
    assert [s async for s in passive.DISCOVERY.sightings(net)] == []
    (job,) = net.jobs
    assert (job["do"], job["interfaces"]) == ("listen", [ETH0.name])
