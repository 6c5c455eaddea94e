"""The practice LAN whose devices want a login, and what one scan of it leaves behind."""

import json
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from scanner.collect.logins.permit import is_login
from tests.lab.client import Lab, Record

DEVICES = Path(__file__).parents[1] / "lab" / "logins"
PASSWORD = "right-Pass-1"  # noqa: S105 - of emulated devices
OTHER = "second-Pass-3"
TOLD = "recorder-Knows-9"
"""What the recorders tell of their cameras' passwords."""
SECRETS = (PASSWORD, OTHER, TOLD)
EVERYBODY = 'addresses = ["10.77.0.0/24"]'
_REQUEST = re.compile(rb"(?:GET|POST) \S+ HTTP/1\.1\r\n")


def entry(
    name: str, password: str = PASSWORD, whom: str = EVERYBODY, user: str = "inspector"
) -> str:
    """One entry of a credentials file."""
    return (
        f'[[credentials]]\nname = "{name}"\nkind = "http"\n{whom}\n'
        f'user = "{user}"\npassword = "{password}"\n'
    )


def requests(record: Record) -> list[bytes]:
    """The requests of one connection."""
    starts = [m.start() for m in _REQUEST.finditer(record.data)]
    return [record.data[a:b] for a, b in pairwise([*starts, len(record.data)])]


@dataclass(frozen=True)
class Run:
    """One scan: exit code, what it wrote and said, what the devices saw."""

    code: int
    folder: Path
    said: str
    journal: list[Record]
    commands: frozenset[str] = field(default_factory=frozenset)
    """Command lines of every process seen meanwhile."""

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        """The evidence."""
        text = (self.folder / "evidence.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    @cached_property
    def report(self) -> Mapping[str, Any]:
        """The report."""
        report: Mapping[str, Any] = json.loads((self.folder / "report.json").read_text())
        return report

    def logins(self) -> dict[str, dict[str, Any]]:
        """How the login ended, by address."""
        return {i["ip"]: i for i in self.lines if i.get("probe") == "login"}

    def attempts(self) -> Counter[str]:
        """Requests with credentials that each device received until one was answered well."""
        return Counter(r.device for r in self.journal for q in requests(r) if is_login(q))


def scan(lab: Lab, folder: Path, credentials: str = "", *arguments: str) -> Run:
    """Scan the LAN, or what the arguments name, with the entries of a credentials file."""
    since = lab.mark()
    outputs = [f"-o{name}={folder / f'report.{name}'}" for name in ("json", "html", "csv")]
    command = [sys.executable, "-m", "scanner", "scan", *(arguments or (lab.network,))]
    command += ["--evidence", str(folder / "evidence.jsonl"), *outputs]
    if credentials:
        file = folder / "credentials.toml"
        file.write_text(credentials)
        file.chmod(0o600)
        command += ["--credentials", str(file)]
    watch = _Watch()
    with watch:
        ended = lab.run(command, timeout=110, env={"HOME": str(folder)})
    said = ended.stdout + ended.stderr
    assert ended.returncode in (0, 1, 3), said
    return Run(ended.returncode, folder, said, lab.journal(since), frozenset(watch.seen))


class _Watch:
    """Notes the command line and environment of every process that lives for a moment."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(process.read_bytes().replace(b"\0", b" ").decode())
                except OSError:
                    continue
            time.sleep(0.05)
