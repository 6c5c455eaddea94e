"""A waiver file says which listings are accepted and until when, or is refused with the reason."""

from datetime import date
from ipaddress import ip_network
from pathlib import Path

import pytest

from scanner import data
from scanner.errors import DataError
from scanner.model import Waiver

TEXT = """\
groups:
  lobby:
  - {mac: '44-19-B6-00-00-01'}
  - {ip: 10.7.0.0/28}
waivers:
- id: lobby-2026
  devices: [{group: lobby}, {serial: 'DS-2CD2143G2-I0001'}]
  lists: [us-ndaa-889]
  reason: Replacement is ordered.
  approver: A. Person
  from: 2026-11-01
  until: 2027-01-31
  evidence: purchase order 4711
"""
LISTS = {"us-ndaa-889", "us-dod-1260h"}


def read(folder: Path, text: str) -> tuple[Waiver, ...]:
    (folder / "waivers.yml").write_text(text, "utf-8")
    return data.read_waivers(folder / "waivers.yml", LISTS)


def test_a_waiver_with_its_group(tmp_path: Path) -> None:
    (waiver,) = read(tmp_path, TEXT)
    assert waiver == Waiver(
        "lobby-2026",
        ("44:19:b6:00:00:01",),
        ("DS-2CD2143G2-I0001",),
        (ip_network("10.7.0.0/28"),),
        ("us-ndaa-889",),
        "Replacement is ordered.",
        "A. Person",
        date(2026, 11, 1),
        date(2027, 1, 31),
        "purchase order 4711",
    )


@pytest.mark.parametrize(
    ("old", "new", "entry", "reason"),
    [
        ("  reason: Replacement is ordered.\n", "", "waiver lobby-2026, line 6", "'reason' is"),
        ("approver: A. Person", "approver: ''", "waiver lobby-2026, line 10", "at least 1"),
        ("until: 2027-01-31", "until: 2026-10-01", "waiver lobby-2026", "before it starts on"),
        ("until: 2027-01-31", "until: never", "line 12", "must be a day such as"),
        ("[us-ndaa-889]", "[us-889]", "waiver lobby-2026", "'us-889' is no list; there are: us-"),
        ("[us-ndaa-889]", "[]", "line 8", "at least 1 item"),
        ("{group: lobby}", "{group: loby}", "waiver lobby-2026", "'loby' is no group"),
        ("{group: lobby}", "{}", "line 7", "needs one of mac, serial, ip and group"),
        ("{group: lobby}", "{group: lobby, ip: 10.0.0.1}", "line 7", "needs one of mac"),
        ("{ip: 10.7.0.0/28}", "{ip: 10.7.0.1/28}", "line 4", "has host bits set"),
        ("{ip: 10.7.0.0/28}", "{group: lobby}", "line 4", "a group holds devices, not groups"),
        ("44-19-B6-00-00-01", "44-19-B6", "line 3", "should match pattern"),
        ("  evidence:", "  proof: x\n  evidence:", "line 13", "key 'proof' is not known here"),
    ],
)
def test_a_wrong_file_is_refused(
    tmp_path: Path, old: str, new: str, entry: str, reason: str
) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(DataError) as caught:
        read(tmp_path, TEXT.replace(old, new))
    assert entry in caught.value.entry
    assert reason in caught.value.reason
    assert "waivers.yml" in str(caught.value)


def test_an_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the id stands twice"):
        read(tmp_path, TEXT + TEXT.split("waivers:\n")[1])
