"""Evidence of a very large network: every device is one of its own, a fifth of them silent."""

from collections.abc import Iterator
from pathlib import Path

from scanner import evidence
from scanner.model import Host, Observation, ProbeResult, ProbeStatus, Record, RunEnd, RunInfo

STARTED, FINISHED = "2026-11-23T10:00:00Z", "2026-11-23T16:00:00Z"
KINDS = ("hikvision", "dahua", "hikvision", "axis", "pc", "silent", "hint", "dahua", "pc", "silent")


def write(path: Path, hosts: int) -> None:
    """A complete scan of so many hosts in 10.0.0.0/8."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(evidence.dump(record) + "\n" for record in _records(hosts))


def _records(hosts: int) -> Iterator[Record]:
    yield RunInfo("0a0a0a0a-0000-4000-8000-000000000002", "bench", STARTED, scope=("10.0.0.0/8",))
    for number in range(hosts):
        kind = KINDS[number % len(KINDS)]
        ip = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        yield Host(ip, _mac(kind, number), ("arp",), STARTED, f"{kind}-{number}")
        for port, probe, fields in _answers(kind, number):
            seen = tuple(Observation(field, value) for field, value in fields.items())
            yield ProbeResult(ip, probe, ProbeStatus.OK, port, None, STARTED, 0.1, seen)
        if kind == "silent":
            yield ProbeResult(ip, "http", ProbeStatus.TIMEOUT, 80, "no answer", STARTED, 4.0)
    yield RunEnd(FINISHED, hosts, 3 * hosts, complete=True)


def _mac(kind: str, number: int) -> str:
    prefix = {
        "hikvision": "44:19:b6",
        "hint": "44:19:b6",
        "dahua": "3c:ef:8c",
        "axis": "ac:cc:8e",
    }.get(kind, "02:00:00")
    return f"{prefix}:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def _answers(kind: str, number: int) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Port, probe and what the device says there."""
    if kind == "hikvision":
        model = "DS-2CD2143G2-I"
        serial = f"{model}20220101AAWRJ{number:08}"
        yield 80, "http", {"http.server": "App-webs/", "http.title": "index"}
        yield 37020, "sadp", {
            "sadp.devicedescription": model,
            "sadp.devicesn": serial,
            "sadp.softwareversion": "V5.7.3build 220112",
        }  # fmt: skip
        yield 3702, "wsd", {"wsd.scope": f"onvif://www.onvif.org/name/HIKVISION%20{model}"}
    elif kind == "dahua":
        yield 554, "rtsp", {"rtsp.www_authenticate": f'Digest realm="Login to {number:032x}"'}
        yield 37810, "dhip", {
            "dhip.devicetype": "IPC-HDW2431T-AS-S2",
            "dhip.vendor": "Dahua",
            "dhip.serialno": f"6G{number:013}",
            "dhip.version": "2.800.0000000.16.R",
        }  # fmt: skip
    elif kind == "axis":
        model = "AXIS M2025-LE"
        yield 80, "http", {"http.title": "AXIS", "http.www_authenticate": 'Digest realm="AXIS"'}
        yield 3702, "wsd", {"wsd.scope": f"onvif://www.onvif.org/name/{model}"}
    elif kind == "pc":
        yield 80, "http", {"http.server": "nginx", "http.title": f"intranet {number}"}
