"""What holds for every test: nothing blocks the event loop, no packet leaves this machine."""

import ipaddress
import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from blockbuster import blockbuster_ctx

from tests.lab_fixture import lab

__all__ = ["lab"]


def pytest_configure() -> None:
    """A shell starts background jobs with SIGINT ignored; programs under test must hear it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def nothing_blocks_the_loop() -> Iterator[None]:
    """A blocking call of the product inside a coroutine fails the test."""
    with blockbuster_ctx(["scanner"]):
        yield


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the test process itself only loopback may be reached; namespaces are child programs."""
    real = socket.socket.connect

    def connect(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            assert ipaddress.ip_address(address[0]).is_loopback, f"a test went out to {address}"
        real(sock, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
