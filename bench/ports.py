"""Which ports are open? Our port probes and nmap's, on the practice LAN of 200 hosts.

Both find the hosts by ARP first. Ours never has two connections to a host at once.
"""

import re
import sys
from collections.abc import Iterator, Sequence

from bench.contest import Contestant, Row, Shot, contest
from bench.office import PORT_LIST, office, open_ports, priced
from bench.process import run
from scanner.model import Limits
from tests.lab.client import Lab

TUNED = ("-T4", "--min-rate", "5000", "--max-retries", "2")


def rows() -> Iterator[Row]:
    """Ours at its default pace and without a limit, nmap's two ways, plain and tuned."""
    with office() as lab:
        contestants = [
            Contestant("camcensus port probes", lambda: ours(lab, Limits().packets_per_second), 5),
            Contestant("camcensus port probes, no rate limit", lambda: ours(lab, 0), 5),
            Contestant("nmap -sS", lambda: nmap(lab, "-sS"), 3),
            Contestant("nmap -sT", lambda: nmap(lab, "-sT"), 3),
            Contestant(f"nmap -sS {' '.join(TUNED)}", lambda: nmap(lab, "-sS", *TUNED), 3),
        ]
        yield from contest("18 ports of 200 hosts", contestants)


def ours(lab: Lab, rate: float) -> Shot:
    """Packets a second, 0 for no limit."""
    command = [sys.executable, "-m", "bench.knock", lab.network, str(rate), PORT_LIST]
    return priced(lab, lambda: _shot(lab, command, r"\n"))


def nmap(lab: Lab, *options: str) -> Shot:
    """Options besides the ports."""
    command = ["nmap", "-n", *options, "-p", PORT_LIST, "-oG", "-", lab.network]
    return priced(lab, lambda: _shot(lab, command, "/open/"))


def _shot(lab: Lab, command: Sequence[str], one: str) -> Shot:
    """Counts the matches of `one` in the output: each is an open port."""
    done = run(lab.command(command), environment=lab.environment())
    return Shot(done.seconds, f"{len(re.findall(one, done.output))} of {open_ports(lab)} open")
