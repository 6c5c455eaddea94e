"""The lab for tests and benches: start it, run commands in it, read its journal."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

PROGRAM = Path(__file__).resolve().parent / "lab.py"
_PATIENCE = 30.0


class NotPermitted(Exception):
    """This machine permits no network namespaces; the text says why."""


@dataclass(frozen=True, slots=True)
class LabDevice:
    """A device as the lab describes it; `truth` is what it is and the verdict it deserves."""

    name: str
    kind: str
    about: str
    ip: str
    mac: str
    truth: Mapping[str, str]
    tcp: tuple[int, ...]
    udp: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the journal. `data` is what the device received; times as `time.monotonic`."""

    event: str
    """`tcp` (one connection) or `udp` (one datagram)."""
    device: str
    ip: str
    port: int
    peer: str
    data: bytes
    received_bytes: int
    sent_bytes: int
    opened: float
    closed: float
    ended: str = ""
    tls: bool = False
    multicast: bool = False
    destination: str = ""


class Lab:
    """A running practice LAN; a context manager that leaves nothing behind.

    `options` are those of `lab.py serve`. Raises NotPermitted where the machine does not allow it.
    """

    def __init__(self, *options: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="camcensus-lab-")
        self._journal = Path(self._folder.name) / "journal.jsonl"
        command = [sys.executable, str(PROGRAM), "serve", "--journal", str(self._journal)]
        self._process = subprocess.Popen(
            [*command, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._about = self._read()
        self.mode: str = self._about["mode"]
        self.network: str = self._about["network"]
        self.scanner: str = self._about["scanner"]
        self.notes: list[str] = self._about["notes"]
        self.devices = {item["name"]: _device(item) for item in self._about["devices"]}
        self.process_id = self._process.pid

    def __enter__(self) -> "Lab":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def command(self, arguments: Sequence[str], user: str | None = None) -> list[str]:
        """What to run so that the command runs on the scanner's machine."""
        if not self._about["enter"]:
            assert not user, "on loopback addresses everybody is who started the lab"
            return list(arguments)
        as_user = ["--user", user] if user else []
        return [*self._about["enter"], *as_user, "--", *arguments]

    def environment(self) -> dict[str, str]:
        """This process's environment and the lab's variables."""
        return {**os.environ, **self._about["environment"]}

    def run(
        self,
        arguments: Sequence[str],
        *,
        user: str | None = None,
        timeout: float = 60.0,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the scanner's machine, as `user` if given; what it printed."""
        return subprocess.run(
            self.command(arguments, user),
            env={**self.environment(), **(env or {})},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def mark(self) -> int:
        """A point in the journal for `journal(since=…)`."""
        self._settle()
        return self._journal.stat().st_size

    def journal(self, since: int = 0) -> list[Record]:
        """All connections and datagrams so far, in the order in which they ended."""
        self._settle()
        with self._journal.open("rb") as file:
            file.seek(since)
            items = [json.loads(line) for line in file]
        return [_record(item) for item in items if item["event"] != "lab"]

    def close(self) -> None:
        """Take the LAN down; RuntimeError when a device failed in a way nobody wrote."""
        _, said = self._process.communicate(timeout=_PATIENCE)
        self._folder.cleanup()
        if "Traceback" in said:
            raise RuntimeError(said)

    def _settle(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        if line := self._process.stdout.readline():
            return dict(json.loads(line))
        _, said = self._process.communicate(timeout=_PATIENCE)
        self._folder.cleanup()
        if self._process.returncode == os.EX_NOPERM:
            raise NotPermitted(said.strip())
        raise RuntimeError(f"the lab ended with {self._process.returncode}: {said}")


def _device(item: dict[str, Any]) -> LabDevice:
    ports = {key: tuple(item[key]) for key in ("tcp", "udp")}
    return LabDevice(**{**item, **ports})


def _record(item: dict[str, Any]) -> Record:
    at = item.get("at", 0.0)
    return Record(
        event=item["event"],
        device=item["device"],
        ip=item["ip"],
        port=item["port"],
        peer=item["peer"],
        data=base64.b64decode(item["received"]),
        received_bytes=item["received_bytes"],
        sent_bytes=item["sent_bytes"],
        opened=item.get("opened", at),
        closed=item.get("closed", at),
        ended=item.get("ended", ""),
        tls=item.get("tls", False),
        multicast=item.get("multicast", False),
        destination=item.get("destination", ""),
    )
