"""One life of a lab: build it, run a command in it or serve others, write the journal, go."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from argparse import Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path

from . import kernel
from .capture import Capture
from .errors import LabError
from .journal import Journal
from .lan import Lan
from .server import Server
from .supervise import PASSED_ON, heed, take_terminal

_SETTLE = 2.0
_GRACE = 10.0
_NOT_FOUND = 127


async def live(lan: Lan, options: Namespace) -> int:
    """Serve the LAN's devices while the command runs or until told to stop; the exit code."""
    journal = Journal(Path(options.journal))
    journal.write("lab", mode=lan.mode, network=str(lan.network), scanner=str(lan.scanner))
    wire = lan.wire(None) if options.capture else None
    capture = Capture(wire, Path(options.capture)) if wire else None
    if options.capture and not capture:
        lan.notes["no --capture: there is no cable"] = None
    server = Server(lan, journal, options.announce)
    try:
        server.open()
        for note in lan.notes:
            say(note)
        part: Callable[[Lan, Server, Namespace], Awaitable[int]]
        part = _run if options.action == "run" else _serve
        return await part(lan, server, options)
    finally:
        await server.settle(_SETTLE)
        await server.close()
        if capture:
            capture.close()
        journal.close()
        lan.close()


def say(text: str) -> None:
    """One line for a person, on standard error."""
    sys.stderr.write(f"lab: {text}\n")


async def _run(lan: Lan, server: Server, options: Namespace) -> int:
    """The command's exit code (128 + signal if it was killed), once it is over."""
    own = os.pidfd_open(os.getpid())

    def become_scanner() -> None:
        if options.terminal:
            take_terminal()
        lan.visit(options.user)
        kernel.die_with(own)
        heed()

    environment = {**os.environ, **_environment(lan, options)}
    try:
        process = await asyncio.create_subprocess_exec(
            *options.command, env=environment, process_group=0, preexec_fn=become_scanner
        )
    except (OSError, subprocess.SubprocessError) as error:
        say(f"{options.command[0]}: {getattr(error, 'strerror', error)}")
        return _NOT_FOUND
    for number in PASSED_ON:
        asyncio.get_running_loop().add_signal_handler(number, _stop, process.pid, number)
    heed()
    code = await process.wait()
    return code if code >= 0 else 128 - code


def _stop(group: int, number: int) -> None:
    _signal(group, number)
    asyncio.get_running_loop().call_later(_GRACE, _signal, group, signal.SIGKILL)


def _signal(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return  # it has ended by itself


def _environment(lan: Lan, options: Namespace) -> dict[str, str]:
    return {
        "CAMCENSUS_LAB_MODE": lan.mode,
        "CAMCENSUS_LAB_NETWORK": str(lan.network),
        "CAMCENSUS_LAB_ADDRESS": str(lan.scanner),
        "CAMCENSUS_LAB_JOURNAL": options.journal,
    }


async def _serve(lan: Lan, server: Server, options: Namespace) -> int:
    """Say what there is in one JSON line, then answer each line of standard input with one.

    A line means: tell me when the journal holds all that has happened so far.
    """
    loop = asyncio.get_running_loop()
    asked: asyncio.Queue[bool] = asyncio.Queue()

    def listen() -> None:
        while data := os.read(0, 4096):
            for _ in range(data.count(b"\n")):
                loop.call_soon_threadsafe(asked.put_nowait, True)
        loop.call_soon_threadsafe(asked.put_nowait, False)

    for number in PASSED_ON:
        loop.add_signal_handler(number, asked.put_nowait, False)
    heed()
    _print(_description(lan, options))
    threading.Thread(target=listen, daemon=True).start()
    while await asked.get():
        await server.settle(_SETTLE)
        _print({"settled": True})
    return 0


def _print(item: object) -> None:
    sys.stdout.write(json.dumps(item) + "\n")
    sys.stdout.flush()


def _description(lan: Lan, options: Namespace) -> dict[str, object]:
    entrance = lan.entrance()
    program = [sys.executable, str(Path(sys.argv[0]).resolve())]
    return {
        "mode": lan.mode,
        "network": str(lan.network),
        "scanner": str(lan.scanner),
        "journal": options.journal,
        "enter": [*program, "enter", *entrance] if entrance else [],
        "environment": _environment(lan, options),
        "notes": list(lan.notes),
        "devices": [
            {
                "name": seat.device.name,
                "kind": seat.device.kind,
                "about": seat.device.about,
                "ip": seat.ip,
                "mac": seat.device.mac,
                "truth": dict(seat.device.truth),
                "tcp": sorted(seat.device.tcp),
                "udp": sorted(seat.device.udp),
            }
            for seat in lan.seats
        ],
    }


def check_writable(path: str) -> None:
    """LabError unless a file can be written there: better now than after the scan."""
    try:
        Path(path).open("ab").close()
    except OSError as error:
        raise LabError(f"{path}: {error.strerror}") from None
