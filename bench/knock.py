"""`python -m bench.knock NETWORK RATE PORT,…`: our ARP sweep and port probes, and nothing else.

Prints one line for each open port. The command line has no such mode: a scan asks each open port
at once what it is.
"""

import asyncio
import sys
from dataclasses import replace
from ipaddress import ip_network

from scanner.collect import machine
from scanner.collect.discovery import arp
from scanner.collect.engine import Engine
from scanner.collect.net import Paces
from scanner.collect.segment import Segment
from scanner.collect.visit import Listener, Plan
from scanner.model import Limits, Port, ProbeResult, Record, Target


class Printer(Listener):
    """Prints what is open."""

    def record(self, record: Record) -> None:
        if isinstance(record, ProbeResult):
            for seen in record.observations:
                print(record.ip, seen.value)


async def main(network: str, rate: float, numbers: list[int]) -> None:
    """Default limits but for the rate, in packets a second; 0 is no limit."""
    limits = replace(Limits(), packets_per_second=rate)
    ports = tuple(Port(number, "silent") for number in numbers)
    target = Target((ip_network(network),), ports=ports, limits=limits)
    here = machine.look()
    paces = replace(Paces.of(limits), room=here.room)
    segment = Segment(
        target, paces.packets, paces.discovery, attached=here.interfaces, raw=here.raw
    )
    await Engine(Plan(target, ()), (arp.DISCOVERY,), segment, Printer(), paces).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), [int(p) for p in sys.argv[3].split(",")]))
