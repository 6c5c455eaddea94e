"""The evidence file: model values ↔ JSON Lines (`evidence-1`). The border between the two halves.

One object a line, `type` first. Unknown types are skipped, unknown keys kept out of the way,
a torn or broken line is reported and skipped; everything else in the file stays usable.
"""

import io
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from scanner.errors import EvidenceError
from scanner.model import (
    Attempt,
    Channel,
    Gap,
    Host,
    Observation,
    ProbeResult,
    ProbeStatus,
    Record,
    RunEnd,
    RunInfo,
    Subnet,
)

_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
SCHEMA = "evidence-1"
CHANNEL_STATES = ("online", "offline", "empty", "unknown")
MAX_LINE = 4 * 1024 * 1024
"""Characters. The largest honest line is a capped page with its headers, far below this."""
SHORT = 64
"""Characters up to which equal texts of a file are kept once: most of it is the same few words."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A line that could not be read: its number from 1, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def dump(record: Record) -> str:
    """One line of JSON without the line end."""
    return json.dumps(_as_dict(record), ensure_ascii=False, separators=(",", ":"))


def load(lines: Iterable[str]) -> Iterator[Record | Damage]:
    """Records in file order; a damaged line yields `Damage` and the reading goes on."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = _parse(line)
        except _MALFORMED as error:
            yield Damage(number, _reason(error, line))
        else:
            if record is not None:
                yield record


def _reason(error: Exception, line: str) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "torn (no line end)" if not line.endswith("\n") else f"not JSON ({error.msg})"
    if isinstance(error, KeyError):
        return f"key {error} is missing"
    return str(error) or type(error).__name__


def _parse(line: str) -> Record | None:
    if len(line) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE} characters")
    item = json.loads(line)
    if not isinstance(item, dict):
        raise ValueError("not a JSON object")
    reader = _READERS.get(str(item.get("type")))
    return reader(item) if reader else None


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{key} is not text")
    text = value.encode("utf-8", "backslashreplace").decode()  # lone surrogates cannot be written
    return sys.intern(text) if len(text) <= SHORT else text


def _maybe_text(item: dict[str, Any], key: str) -> str | None:
    value = item.get(key)
    return None if value is None else _text(value, key)


def _texts(item: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(_text(v, key) for v in item.get(key) or ())


def _read_run(item: dict[str, Any]) -> RunInfo:
    if item.get("schema") not in (None, SCHEMA):
        raise ValueError(f"schema is {item['schema']!r}, this program reads {SCHEMA!r}")
    return RunInfo(
        run=_text(item["run"], "run"),
        tool=_text(item.get("tool", ""), "tool"),
        started=_text(item.get("started", ""), "started"),
        sensor=_text(item.get("sensor", ""), "sensor"),
        scope=_texts(item, "scope"),
        excluded=_texts(item, "excluded"),
        settings=tuple(sorted((str(k), str(v)) for k, v in (item.get("settings") or {}).items())),
        limitations=_texts(item, "limitations"),
        subnets=tuple(_read_subnet(s) for s in item.get("subnets") or ()),
    )


def _read_subnet(item: dict[str, Any]) -> Subnet:
    gaps = tuple(
        Gap(_text(g["what"], "what"), _text(g["why"], "why")) for g in item.get("gaps") or ()
    )
    return Subnet(_text(item["network"], "network"), _maybe_text(item, "interface"), gaps)


def _read_host(item: dict[str, Any]) -> Host:
    return Host(
        ip=_text(item["ip"], "ip"),
        mac=_maybe_text(item, "mac"),
        seen_by=_texts(item, "seen_by"),
        at=_maybe_text(item, "at"),
        hostname=_maybe_text(item, "hostname"),
    )


def _read_result(item: dict[str, Any]) -> ProbeResult:
    port = item.get("port")
    if port is not None and (not isinstance(port, int) or not 0 <= port <= 65535):
        raise ValueError("port is not a number from 0 to 65535")
    seconds = None if item.get("seconds") is None else float(item["seconds"])
    if seconds is not None and not math.isfinite(seconds):
        raise ValueError("seconds is not a finite number")
    return ProbeResult(
        ip=_text(item["ip"], "ip"),
        probe=_text(item["probe"], "probe"),
        port=port,
        status=ProbeStatus(item["status"]),
        reason=_maybe_text(item, "reason"),
        started=_maybe_text(item, "started"),
        seconds=seconds,
        observations=tuple(_read_observation(o) for o in item.get("observations") or ()),
    )


def _read_observation(item: dict[str, Any]) -> Observation:
    return Observation(
        field=_text(item["field"], "field"),
        value=_text(item["value"], "value"),
        raw_sha256=_maybe_text(item, "raw_sha256"),
    )


def _read_attempt(item: dict[str, Any]) -> Attempt:
    return Attempt(
        ip=_text(item["ip"], "ip"),
        device=_text(item.get("device", item["ip"]), "device"),
        entry=_text(item["entry"], "entry"),
        port=int(item["port"]),
        at=_text(item.get("at", ""), "at"),
    )


def _read_channel(item: dict[str, Any]) -> Channel:
    if item["state"] not in CHANNEL_STATES:
        raise ValueError(f"state is none of {', '.join(CHANNEL_STATES)}")
    return Channel(
        ip=_text(item["ip"], "ip"),
        channel=int(item["channel"]),
        state=item["state"],
        address=_maybe_text(item, "address") or "",
        inner=item.get("inner") is True,
        at=_text(item.get("at", ""), "at"),
        observations=tuple(_read_observation(o) for o in item.get("observations") or ()),
    )


def _read_end(item: dict[str, Any]) -> RunEnd:
    return RunEnd(
        finished=_text(item["finished"], "finished"),
        hosts=int(item.get("hosts", 0)),
        results=int(item.get("results", 0)),
        complete=item.get("complete") is True,
        limitations=_texts(item, "limitations"),
    )


_READERS: dict[str, Callable[[dict[str, Any]], Record]] = {
    "run": _read_run,
    "host": _read_host,
    "result": _read_result,
    "attempt": _read_attempt,
    "channel": _read_channel,
    "end": _read_end,
}


def _as_dict(record: Record) -> dict[str, Any]:
    match record:
        case RunInfo():
            return {
                "type": "run", "schema": SCHEMA, "run": record.run, "tool": record.tool,
                "started": record.started, "sensor": record.sensor, "scope": record.scope,
                "excluded": record.excluded, "settings": dict(record.settings),
                "limitations": record.limitations,
                "subnets": [asdict(s) for s in record.subnets],
            }  # fmt: skip
        case Host():
            return {
                "type": "host", "ip": record.ip, "mac": record.mac, "seen_by": record.seen_by,
                "at": record.at, "hostname": record.hostname,
            }  # fmt: skip
        case ProbeResult():
            return {
                "type": "result", "ip": record.ip, "probe": record.probe, "port": record.port,
                "status": record.status.value, "reason": record.reason, "started": record.started,
                "seconds": record.seconds,
                "observations": [_observation(o) for o in record.observations],
            }  # fmt: skip
        case Attempt():
            return {
                "type": "attempt", "ip": record.ip, "device": record.device,
                "entry": record.entry, "port": record.port, "at": record.at,
            }  # fmt: skip
        case Channel():
            return {
                "type": "channel", "ip": record.ip, "channel": record.channel,
                "state": record.state, "address": record.address or None, "inner": record.inner,
                "at": record.at, "observations": [_observation(o) for o in record.observations],
            }  # fmt: skip
        case RunEnd():
            return {
                "type": "end", "finished": record.finished, "hosts": record.hosts,
                "results": record.results, "complete": record.complete,
                "limitations": record.limitations,
            }  # fmt: skip


def _observation(observation: Observation) -> dict[str, str]:
    item = {"field": observation.field, "value": observation.value}
    if observation.raw_sha256:
        item["raw_sha256"] = observation.raw_sha256
    return item


class Writer:
    """Appends records to an evidence file, each line whole and with the system before the next.

    The file takes its name with `publish`; until then an older file of that name stays as it was.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(path.name + ".part")
        try:
            descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise EvidenceError(f"{path}: cannot be written: {error.strerror}") from error
        self._file = os.fdopen(descriptor, "wb", buffering=0)

    def write(self, record: Record) -> None:
        """One line. EvidenceError when the disk is full or gone; earlier lines stay usable."""
        line = (dump(record) + "\n").encode()
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise EvidenceError(
                f"{self.path}: cannot be written: {error.strerror}; "
                "what was collected until now is in the file and can be assessed or resumed"
            ) from error

    def publish(self) -> None:
        """Give the file its name, in place of an older one."""
        self._part.replace(self.path)

    def close(self) -> None:
        """Nothing more will be written."""
        self._file.close()

    def discard(self) -> None:
        """Close, and leave nothing behind of a file that did not take its name."""
        self.close()
        self._part.unlink(missing_ok=True)


def read(path: Path | str) -> Iterator[Record | Damage]:
    """Records of a file, `-` for standard input. EvidenceError when it cannot be opened or read."""
    try:
        with open_text(path) as file:
            yield from load(iter(lambda: file.readline(MAX_LINE + 1), ""))
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be read: {error.strerror}") from error


def open_text(path: Path | str) -> TextIO:
    """A file as text lines ended by line feeds only; bytes that are not UTF-8 become `\\xNN`."""
    if str(path) == "-":
        return io.TextIOWrapper(sys.stdin.buffer, "utf-8", "backslashreplace", "\n")
    return Path(path).open(encoding="utf-8", errors="backslashreplace", newline="\n")
