"""Runs the lab as the first process of a process tree of its own, so that nothing outlives it."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from . import kernel

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def supervise(work: Callable[[], int]) -> int:
    """The exit code of `work`, done in a child that dies with this process, and with it all else.

    Signals that ask to stop are passed on and stay blocked in the child until it calls `heed`;
    as the first process of its tree it would otherwise lose them. A killed child counts as
    128 + signal.
    """
    parent = os.pidfd_open(os.getpid())
    signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
    child = os.fork()
    if child == 0:
        kernel.die_with(parent)
        sys.exit(work())

    def pass_on(number: int, _frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    for number in PASSED_ON:
        signal.signal(number, pass_on)
    heed()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def heed() -> None:
    """From now on signals that ask to stop are delivered to this process."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)


def has_terminal() -> bool:
    """True when this process may read from a terminal that it could hand to a child."""
    return os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()


def take_terminal() -> None:
    """Make the calling process group the one that Ctrl-C reaches."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
