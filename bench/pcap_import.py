"""Time and memory of `camcensus import pcap`: a million packets of an office with 200 devices.

    python -m bench.pcap_import [PACKETS]

Made-up traffic goes into a pcap and a pcapng in a temporary folder; both are imported. Printed are
seconds, packets a second, and the largest memory of any of the two programs at work.
"""

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scanner.collect.wire import mdns, ssdp, wsd
from tests.imports.captures import pcap, pcapng
from tests.wire import test_wire_dhcp, test_wire_mdns, test_wire_ssdp, test_wire_wsd
from tests.wire.packets import arp, ethernet, ipv4, said_by, udp

DEVICES = 200
ROUNDS = 5_000
"""Different frames; a file repeats them in order."""


def address(n: int) -> str:
    return f"10.0.{n // 250}.{n % 250 + 1}"


def hardware(n: int) -> bytes:
    return bytes.fromhex("020000") + n.to_bytes(3, "big")


def notify(n: int, rng: random.Random) -> bytes:
    """Never the same twice, so that each has to be read."""
    text = test_wire_ssdp.NOTIFY.replace(b"max-age=1800", b"max-age=%d" % rng.randrange(10**9))
    return said_by(address(n), ssdp.PORT, text, to=ssdp.GROUP)


FRAMES: tuple[tuple[int, Callable[[int, random.Random], bytes]], ...] = (
    (60, lambda n, rng: ethernet(0x0800, ipv4(address(n), "10.0.9.9", 6, rng.randbytes(1200)))),
    (25, lambda n, rng: said_by(address(n), 5004, rng.randbytes(1000), to="10.0.9.9")),
    (6, lambda n, _: ethernet(0x0806, arp(address(n), hardware(n)))),
    (4, notify),
    (2, lambda n, _: said_by(address(n), mdns.PORT, test_wire_mdns.CAMERA, to=mdns.GROUP)),
    (1, lambda n, _: said_by(address(n), wsd.PORT, test_wire_wsd.MATCH)),
    (2, lambda n, _: ethernet(0x0800, ipv4("0.0.0.0", "255.255.255.255", 17, dhcp(n)))),  # noqa: S104
)


def dhcp(n: int) -> bytes:
    return udp(68, 67, test_wire_dhcp.message(3, (12, b"CAM%d" % n), mac=hardware(n)))


def traffic() -> list[bytes]:
    """Streams and connections, and among them what devices announce."""
    rng = random.Random(7)
    weights, makers = zip(*FRAMES, strict=True)
    chosen = rng.choices(makers, weights, k=ROUNDS)
    return [make(rng.randrange(DEVICES), rng) for make in chosen]


def measure(file: Path, packets: int) -> None:
    command = [sys.executable, "-m", "scanner", "import", "pcap", str(file)]
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = time.monotonic() - begin
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    size = file.stat().st_size / 1e6
    rate = packets / seconds
    print(f"{file.name}: {size:.0f} MB, {seconds:.1f} s, {rate:,.0f} packets/s, {memory:.0f} MB")
    print(f"  {done.stderr.strip()}")


def main(packets: int) -> None:
    frames = traffic()
    every = [frames[n % len(frames)] for n in range(packets)]
    with tempfile.TemporaryDirectory() as folder:
        for name, form in (("traffic.pcap", pcap), ("traffic.pcapng", pcapng)):
            file = Path(folder, name)
            with file.open("wb") as out:
                out.writelines(form(every))
            measure(file, packets)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
