"""Talking to the person at the terminal: messages, progress, coloured output."""

import time

import click
from rich.console import Console
from rich.text import Text

from scanner.app import Progress
from scanner.report.text import excerpt

REFRESH = 0.1
"""Seconds between two looks at the progress line."""


def say(text: str) -> None:
    """One message on standard error, away from data."""
    click.echo(text, err=True)


def console(*, stderr: bool = False) -> Console:
    """A console that takes texts literally; plain when nobody looks or NO_COLOR is set."""
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


class _Countdown:
    """How long is still listened, whenever it is looked at."""

    def __init__(self, end: float) -> None:
        self._end, self.heard = end, 0

    def __rich__(self) -> Text:
        left = max(0.0, self._end - time.monotonic())
        return Text(f"Listening: {self.heard} hosts heard, {left:.0f} s left")


class Waiting(Progress):
    """A line that says how far the scan is; silent where standard error is no terminal."""

    def __init__(self) -> None:
        self._console = console(stderr=True)
        self._status = self._console.status("Looking for hosts")
        self._begin = self._shown = time.monotonic()
        self._countdown: _Countdown | None = None

    def __enter__(self) -> "Waiting":
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def listening(self, seconds: float) -> None:
        self._countdown = _Countdown(self._begin + seconds)
        self._status.update(self._countdown)

    def limitation(self, text: str) -> None:
        self._console.print(Text(f"Not seen: {excerpt(text, 300)}"), soft_wrap=True)

    def show(self, seen: int, probed: int, listed: int) -> None:
        now = time.monotonic()
        if not self._console.is_terminal or now - self._shown < REFRESH:
            return
        self._shown = now
        if self._countdown:
            self._countdown.heard = seen
            return
        left = ""
        if probed:
            left = f", about {(now - self._begin) / probed * (seen - probed):.0f} s left"
        self._status.update(f"{seen} hosts seen, {probed} probed, {listed} listed so far{left}")


class Writing:
    """A line that says how much of a report is written; silent like `Waiting`."""

    def __init__(self, path: str) -> None:
        self._console = console(stderr=True)
        self._said = f"Writing {excerpt(path, 200)}"
        self._status = self._console.status(Text(self._said))
        self._begin = self._shown = time.monotonic()

    def __enter__(self) -> "Writing":
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def show(self, size: int) -> None:
        """Bytes written until now."""
        now = time.monotonic()
        if not self._console.is_terminal or now - self._shown < REFRESH:
            return
        self._shown = now
        self._status.update(Text(f"{self._said}: {size / 1e6:,.1f} MB, {now - self._begin:.0f} s"))
