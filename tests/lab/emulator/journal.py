"""The journal: one JSON line for every connection and datagram a device received.

Times are CLOCK_MONOTONIC seconds, so they compare with `time.monotonic()` of any process.
"""

import base64
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

KEPT = 64 * 1024
"""Bytes of one connection that are written down; the rest is counted."""


class Journal:
    """A file that receives whole lines, each written out at once."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="ascii", buffering=1)

    def write(self, event: str, **record: object) -> None:
        """Append one record."""
        self._file.write(json.dumps({"event": event, **record}) + "\n")

    def close(self) -> None:
        """Nothing is written after this."""
        self._file.close()


@dataclass(slots=True)
class TcpRecord:
    """What one connection looked like from the device's side."""

    device: str
    ip: str
    port: int
    peer: str
    tls: bool = False
    opened: float = field(default_factory=time.monotonic)
    received: bytearray = field(default_factory=bytearray)
    received_bytes: int = 0
    sent_bytes: int = 0
    ended: str = "device"
    """Who ended it: `peer`, `device`, `tls` (no handshake) or `lab` (still open at the end)."""

    def add(self, data: bytes) -> None:
        """Note received bytes."""
        self.received += data[: KEPT - len(self.received)]
        self.received_bytes += len(data)

    def write(self, journal: Journal) -> None:
        """Close the record now."""
        journal.write(
            "tcp",
            device=self.device,
            ip=self.ip,
            port=self.port,
            peer=self.peer,
            tls=self.tls,
            opened=self.opened,
            closed=time.monotonic(),
            received=base64.b64encode(self.received).decode(),
            received_bytes=self.received_bytes,
            truncated=self.received_bytes > len(self.received),
            sent_bytes=self.sent_bytes,
            ended=self.ended,
        )


@dataclass(frozen=True, slots=True)
class UdpRecord:
    """One datagram as it reached a device."""

    device: str
    ip: str
    port: int
    peer: str
    destination: str
    multicast: bool
    data: bytes

    def write(self, journal: Journal, sent_bytes: int) -> None:
        """Write it with the number of bytes the device answered."""
        journal.write(
            "udp",
            device=self.device,
            ip=self.ip,
            port=self.port,
            peer=self.peer,
            destination=self.destination,
            multicast=self.multicast,
            at=time.monotonic(),
            received=base64.b64encode(self.data).decode(),
            received_bytes=len(self.data),
            sent_bytes=sent_bytes,
        )
