"""The guards of conftest.py really guard."""

import socket
import time

import pytest
from blockbuster import BlockingError

from scanner.collect import visit


async def test_a_blocking_call_of_the_product_on_the_loop_is_caught() -> None:
    code = compile("time.sleep(0.001)", str(visit.__file__), "exec")
    with pytest.raises(BlockingError):
        exec(code, {"time": time})  # noqa: S102


def test_a_connection_beyond_loopback_is_caught() -> None:
    with socket.socket() as sock, pytest.raises(AssertionError, match="went out"):
        sock.connect(("192.0.2.1", 80))
