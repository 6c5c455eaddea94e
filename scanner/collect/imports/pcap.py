"""Captures of network traffic: what hosts announced, asked and answered in them."""

from collections.abc import Iterable, Mapping

from scanner.collect.api import Import, Imported, Origin
from scanner.collect.tables import WorkerImport, utc
from scanner.model import Host, Observation, ProbeResult, ProbeStatus

NAME = "pcap"


def _read(line: Mapping[str, object]) -> Iterable[Imported]:
    match line:
        case {"origin": {"first_packet": started}}:
            yield Origin((("first_packet", _time(started) or "unknown"),))
        case {"ip": str(ip), "protocol": str(protocol), "at": at, "fields": list(fields)}:
            said = tuple(Observation(str(name), str(value)) for name, value in fields)
            started = _time(at)
            yield ProbeResult(ip, protocol, ProbeStatus.OK, started=started, observations=said)
        case {"ip": str(ip), "at": at}:
            mac, hostname = (str(line.get(key) or "") or None for key in ("mac", "hostname"))
            yield Host(ip, mac, (NAME,), _time(at), hostname)


def _time(seconds: object) -> str | None:
    """Packets of some files have no time."""
    return utc(str(seconds)) if seconds else None


IMPORT: Import = WorkerImport(NAME, "captured traffic (tcpdump, Wireshark: pcap, pcapng)", _read)
