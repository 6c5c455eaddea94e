"""A large LAN made cheaply: two network namespaces, and a kernel that has all the addresses.

`ip route add local` makes the far kernel answer ARP for whole blocks of addresses, refuse
connections to all of their ports, and accept those that `bench.web` listens on.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network
from types import TracebackType
from typing import TextIO, cast

from bench.process import ROOT

BLOCK = 8
"""Addresses in a row that live; the blocks are spread evenly over the network."""


class CheapLan:
    """A context manager; `alive` addresses (a multiple of 8) of the network have somebody."""

    def __init__(self, network: str, alive: int) -> None:
        self.network = IPv4Network(network)
        self.hosts = [first + i for first in _blocks(self.network, alive) for i in range(BLOCK)]
        self._near, self._far = (f"camcensus-bench-{os.getpid()}-{end}" for end in ("near", "far"))
        self._web: subprocess.Popen[str] | None = None

    def command(self, arguments: Sequence[str]) -> list[str]:
        """What to run so that the command runs on the scanner's machine; its interface is s0."""
        return ["ip", "netns", "exec", self._near, *arguments]

    def serve(self, addresses: Sequence[IPv4Address]) -> None:
        """Start web servers on these addresses."""
        program = [sys.executable, "-m", "bench.web", *map(str, addresses)]
        command = ["ip", "netns", "exec", self._far, *program]
        self._web = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        if not cast(TextIO, self._web.stdout).readline():
            raise RuntimeError("bench.web did not start")

    def __enter__(self) -> "CheapLan":
        try:
            self._build()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._web:
            self._web.terminate()
            self._web.communicate()
        self._remove()

    def _build(self) -> None:
        scanner, size = self.network[-2], self.network.prefixlen
        cable = f"link add s0 netns {self._near} type veth peer name n0 netns {self._far}"
        _ip([f"netns add {self._near}", f"netns add {self._far}", cable])
        own = [f"address add {scanner}/{size} dev s0", "link set s0 up", "link set lo up"]
        _ip(own, "-netns", self._near)
        blocks = [f"route add local {first}/29 dev lo" for first in self.hosts[::BLOCK]]
        back = f"route add {scanner} dev n0"
        _ip(["link set lo up", "link set n0 up", back, *blocks], "-netns", self._far)

    def _remove(self) -> None:
        for name in (self._near, self._far):
            with suppress(subprocess.CalledProcessError):
                _ip([f"netns delete {name}"])


def _blocks(network: IPv4Network, alive: int) -> list[IPv4Address]:
    """First addresses of the blocks; the first and the last block of the network stay empty."""
    number, room = alive // BLOCK, network.num_addresses // BLOCK - 2
    return [network[BLOCK * (1 + k * room // number)] for k in range(number)]


def _ip(lines: Sequence[str], *options: str) -> None:
    script = "\n".join(lines) + "\n"
    command = ["ip", *options, "-batch", "-"]
    subprocess.run(command, input=script, check=True, capture_output=True, text=True)
