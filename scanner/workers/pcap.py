"""Capture files, pcap and pcapng, also compressed by gzip. `python -m scanner.workers.pcap`.

This file uses scapy, which is GPL-2.0-only. It is reachable only as a child program. scapy reads
the file, packet by packet as bytes; those are taken apart by the codecs that listening uses, since
a packet that scapy dissects costs a hundred times as much.
"""

import gzip
import logging
import zlib
from collections import Counter
from collections.abc import Iterator
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import IO, Any

from scapy.error import Scapy_Exception
from scapy.utils import RawPcapNgReader, RawPcapReader

from scanner.collect.wire.frames import LINKS
from scanner.collect.wire.notebook import Notebook
from scanner.workers import heard
from scanner.workers.stdio import Job, Line, serve

MAX_BLOCK = 16 * 1024 * 1024
"""Bytes asked for at once; a damaged length must not fill the memory."""
LINES = 256
"""Written at once."""

_GZIP = b"\x1f\x8b"
_RECORD_HEADS = (4, 16)
"""Bytes asked for where a block of pcapng or a record of pcap begins: there a file may end."""


class Bounded:
    """A file that ends where it is damaged, and knows whether that was in the middle of a packet.

    Damaged is also where more is asked for than any honest block has.
    """

    def __init__(self, file: IO[bytes] | gzip.GzipFile) -> None:
        self._file = file
        self.cut_short = False

    def read(self, size: int) -> bytes:
        """So many bytes, fewer at the end."""
        data, is_sound = b"", True
        try:
            data = self._file.read(size) if size <= MAX_BLOCK else b""
        except (EOFError, OSError, zlib.error):
            is_sound = False
        is_end = is_sound and not data and size in _RECORD_HEADS
        self.cut_short |= len(data) < size and not is_end
        return data


class Capture:
    """The packets of a file: bytes, seconds since 1970 (0 when unknown), kind of link."""

    def __init__(self, file: BufferedReader) -> None:
        is_gzip = file.peek(2)[:2] == _GZIP
        self._file = Bounded(gzip.GzipFile(fileobj=file) if is_gzip else file)
        try:
            self._packets = RawPcapReader(self._file)
        except Scapy_Exception as error:
            raise ValueError("this is not a capture file (pcap or pcapng)") from error

    def __iter__(self) -> Iterator[tuple[bytes, float, int]]:
        if isinstance(self._packets, RawPcapNgReader):
            for frame, about in self._packets:
                yield frame, _seconds(about), about.linktype
        else:
            scale = 1e-9 if self._packets.nano else 1e-6
            link = self._packets.linktype & 0xFFFF
            for frame, about in self._packets:
                yield frame, about.sec + about.usec * scale, link

    @property
    def cut_short(self) -> bool:
        """True when the file ended within a packet."""
        return self._file.cut_short


def _seconds(about: Any) -> float:
    if about.tshigh is None:
        return 0.0
    return float(((about.tshigh << 32) | about.tslow) / about.tsresol)


def read(job: Job) -> Iterator[list[Line]]:
    """`path` → what the packets say of the hosts on the network, each thing once."""
    with Path(str(job.get("path"))).open("rb") as file:
        lines = _lines(Capture(file))
        while batch := list(islice(lines, LINES)):
            yield batch


def _lines(capture: Capture) -> Iterator[Line]:
    notebook = Notebook()
    first: dict[str, float] = {}
    unread: Counter[int] = Counter()
    when = 0.0
    for number, (frame, when, link) in enumerate(capture):
        if number == 0:
            yield {"origin": {"first_packet": when}}
        unread[link] += link not in LINKS
        for one in notebook.note(frame, when, link):
            first.setdefault(one.ip, when)
            yield from heard.lines(one, when)
    for one in notebook.rest(when):
        yield from heard.lines(one, when)
    lasting = (ip for ip, begun in first.items() if notebook.last[ip] >= begun + 1)
    yield from ({"ip": ip, "at": notebook.last[ip]} for ip in lasting)
    yield from _remarks(capture, notebook, unread)


def _remarks(capture: Capture, notebook: Notebook, unread: Counter[int]) -> Iterator[Line]:
    for link, count in sorted((+unread).items()):
        remark = f"Packets of link type {link}, which is not read: {count}."
        yield {"remark": remark, "partial": True}
    if notebook.full:
        remark = "Too many hosts or messages for one capture: not all were kept."
        yield {"remark": remark, "partial": True}
    if capture.cut_short:
        yield {"remark": "The capture ends within a packet.", "partial": True}


if __name__ == "__main__":
    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    serve({"read": read})
