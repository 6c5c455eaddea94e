"""Capture files by hand: pcap and pcapng (tcpdump.org, IETF draft-ietf-opsawg-pcapng)."""

import struct
from collections.abc import Iterable, Iterator

START = 1_795_000_000
"""Seconds since 1970 of the first packet; each later one is a millisecond younger."""
ETHERNET = 1


def pcap(
    frames: Iterable[bytes], link: int = ETHERNET, *, order: str = "<", nano: bool = False
) -> Iterator[bytes]:
    """A pcap, piece by piece; `order` is `<` or `>` for the order of bytes."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    yield struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for n, frame in enumerate(frames):
        part = n % 1000 * (1_000_000 if nano else 1000)
        yield struct.pack(f"{order}IIII", START + n // 1000, part, len(frame), len(frame)) + frame


def pcapng(frames: Iterable[bytes], link: int = ETHERNET, *, order: str = "<") -> Iterator[bytes]:
    """A pcapng of one section with one interface, in enhanced packet blocks."""
    yield _block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))
    yield _block(order, 1, struct.pack(f"{order}HHI", link, 0, 65535))
    for n, frame in enumerate(frames):
        high, low = divmod(START * 1_000_000 + n * 1000, 2**32)
        head = struct.pack(f"{order}IIIII", 0, high, low, len(frame), len(frame))
        yield _block(order, 6, head + frame)


def _block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + size + body + size
