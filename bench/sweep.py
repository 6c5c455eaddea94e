"""Who is there? Our ARP worker, arp-scan and nmap on a /16, and on a /24 with everybody's defaults.

Whole processes. On the /16 one pass, no limit on the rate and 0.1 s of waiting for late answers:
the same for us and for the tuned arp-scan.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from bench.contest import Contestant, Row, Shot, contest
from bench.lan import CheapLan
from bench.process import run
from scanner.collect.discovery import arp
from scanner.model import Limits

ARP_SCAN = ("arp-scan", "--interface=s0", "--quiet", "--plain")
TUNED = ("--bandwidth=1000M", "--retry=1", "--timeout=100")
NMAP = ("nmap", "-n", "-sn", "-PR")


def rows() -> Iterator[Row]:
    """A /16 as fast as it goes, then a /24 as the tools come."""
    with CheapLan("10.66.0.0/16", 5000) as lan:
        sweep = Sweep(lan)
        contestants = [
            Contestant("camcensus ARP worker, 1 pass", lambda: sweep.ours(0, 1, 0.1), 9),
            Contestant("arp-scan -B 1000M -r1 -t100", lambda: sweep.arp_scan(*TUNED), 9),
            Contestant("arp-scan -B 1000M", lambda: sweep.arp_scan(TUNED[0]), 3),
            Contestant(
                "nmap -sn -T4 --min-rate 10000", lambda: sweep.nmap("-T4", "--min-rate=10000")
            ),
        ]
        yield from contest("Sweep of a /16, 5,000 alive, no rate limit", contestants)
    rate = Limits().packets_per_second * arp.SHARE
    with CheapLan("10.66.0.0/24", 200) as lan:
        sweep = Sweep(lan)
        contestants = [
            Contestant("camcensus ARP worker", lambda: sweep.ours(rate, arp.PASSES, arp.WAIT), 5),
            Contestant("arp-scan", sweep.arp_scan, 5),
            Contestant("nmap -sn", sweep.nmap, 5),
        ]
        yield from contest("Sweep of a /24, 200 alive, everybody's defaults", contestants)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Sweeps of one LAN."""

    lan: CheapLan

    def ours(self, rate: float, passes: int, wait: float) -> Shot:
        """Our worker: requests a second (0: no limit), passes, seconds to wait after each."""
        job = {"do": "arp-sweep", "interface": "s0", "addresses": [str(self.lan.network)]}
        settings = {"rate": rate, "passes": passes, "wait": wait}
        command = self.lan.command([sys.executable, "-m", "scanner.workers.l2"])
        done = run(command, line=json.dumps({**job, **settings}))
        lines = map(json.loads, done.output.splitlines())
        return self._shot(done.seconds, sum("ip" in line for line in lines))

    def arp_scan(self, *options: str) -> Shot:
        """One line an answer."""
        done = run(self.lan.command([*ARP_SCAN, *options, str(self.lan.network)]))
        return self._shot(done.seconds, len(done.output.splitlines()))

    def nmap(self, *options: str) -> Shot:
        """Counts itself among the hosts that are up."""
        done = run(self.lan.command([*NMAP, *options, "-oG", "-", str(self.lan.network)]))
        return self._shot(done.seconds, done.output.count("Status: Up") - 1)

    def _shot(self, seconds: float, found: int) -> Shot:
        return Shot(seconds, f"{found:,} of {len(self.lan.hosts):,}")
