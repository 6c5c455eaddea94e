"""Names of network cards from mac-vendor-lookup: offline whatever happens."""

import asyncio
import logging
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import data
from scanner.data import cards
from scanner.errors import DataError

RASPBERRY = "b8:27:eb:12:34:56"
SUBDIVIDED = "70:b3:d5:12:34:56"


@pytest.fixture
async def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, with the event loop already up, no socket can be made and no name asked for."""

    def refuse(*arguments: Any, **_: Any) -> None:
        raise AssertionError(f"the network was asked for {arguments}")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
async def test_registered_names() -> None:
    names = await data.registered_names([RASPBERRY, RASPBERRY.upper(), "00:00:0c:00:00:01"])
    assert names[RASPBERRY] == names[RASPBERRY.upper()] == "Raspberry Pi Foundation"
    assert names["00:00:0c:00:00:01"].startswith("Cisco")


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "mac",
    [
        SUBDIVIDED,
        "02:00:0c:00:00:01",
        "06:27:eb:12:34:56",
        "01:00:5e:00:00:01",
        "00:00:0c",
        "b8:27",
        "",
        "b8-27-eb-12-34-56",
        "zz:27:eb:12:34:56",
        "b8:27:eb:12:34:56:78",
        "\N{FULLWIDTH DIGIT ONE}8:27:eb:12:34:56",
    ],
)
async def test_no_name_rather_than_a_wrong_one(mac: str) -> None:
    assert await data.registered_names([mac]) == {}


@pytest.mark.usefixtures("no_network")
async def test_a_missing_table_is_an_error_and_no_download(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cards, "_TABLE", "nowhere.txt")
    with pytest.raises(DataError, match=r"nowhere\.txt is not installed"):
        await data.registered_names([RASPBERRY])


@pytest.mark.usefixtures("no_network")
async def test_the_library_cannot_replace_its_table() -> None:
    lookup = await asyncio.to_thread(cards._offline_lookup)
    with pytest.raises(DataError, match="is not replaced from the network"):
        await lookup.update_vendors()


@pytest.mark.usefixtures("no_network")
async def test_a_table_in_the_home_directory_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    planted = tmp_path / "mac-vendors.txt"
    planted.write_bytes(b"B827EB:Planted\n")
    monkeypatch.setattr("mac_vendor_lookup.BaseMacLookup.cache_path", str(planted))
    assert (await data.registered_names([RASPBERRY]))[RASPBERRY] == "Raspberry Pi Foundation"


async def test_naming_leaves_logging_alone() -> None:
    before = list(logging.getLogger().handlers)
    await data.registered_names([RASPBERRY])
    assert logging.getLogger().handlers == before


def test_every_name_of_the_table_is_text() -> None:
    for line in cards._packaged_table().read_bytes().splitlines():
        assert line.partition(b":")[2].decode("utf-8")


@given(st.lists(st.text(max_size=20) | st.from_regex(r"([0-9a-f]{2}:){5}[0-9a-f]{2}"), max_size=5))
def test_hostile_addresses_never_raise(macs: list[str]) -> None:
    names = asyncio.run(data.registered_names(macs))
    assert set(names) <= set(macs)
    assert all(not int(mac[:2], 16) & 0b11 for mac in names)
