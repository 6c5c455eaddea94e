"""Commands for those who write rules: try them on labelled evidence, explain, start a new one."""

import difflib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from scanner import app, evidence, keeping
from scanner.assess import skeleton, truth
from scanner.assess.assessment import Assessment
from scanner.assess.explain import explained
from scanner.assess.pseudonyms import Pseudonyms
from scanner.assess.scrub import Scrubber
from scanner.assess.truth import Label, Trial
from scanner.commands import CLEAN, FOUND
from scanner.console import say
from scanner.errors import EvidenceError, UsageError
from scanner.model import Knowledge, Observation, ProbeResult, Verdict
from scanner.report.text import excerpt

KEYS = frozenset({"type", "ip", "verdict", "maker", "brand", "class", "about"})
MAX_SHOWN = 400
MIN_KEY = 16
"""Bytes of a key that nobody tries out."""


def test(*, files: Sequence[Path], data: Path | None, as_of: datetime | None) -> int:
    """The gate on truth over labelled evidence: exit code 1 when it stays shut."""
    trials = list(judged(files, app.knowledge(data), _day(as_of)))
    if not trials:
        raise EvidenceError(
            "no line of type truth in these files: label the devices whose truth is known, "
            'as in {"type":"truth","ip":"192.0.2.7","verdict":"listed","maker":"dahua"}'
        )
    for line in truth.table(trials):
        click.echo(line)
    found = truth.faults(trials)
    for fault in found:
        click.echo(excerpt(f"{fault.kind}: {fault.where}: {fault.what}", MAX_SHOWN))
    say(f"{len(trials)} labelled devices, {len(found)} faults: " + ("shut" if found else "open"))
    return FOUND if found else CLEAN


def explain(
    *, ip: str, files: Sequence[Path], store: str, data: Path | None, as_of: datetime | None
) -> int:
    """What made the verdict on one host, and what would change it."""
    assessment = Assessment(app.knowledge(data), _day(as_of))
    hosts: set[str] = set()
    for record in keeping.records(files, "", store):
        assessment.add(record)
        hosts.add(getattr(record, "ip", ip))
    benches = assessment.benches(ip)
    if not benches:
        near = ", ".join(difflib.get_close_matches(ip, hosts, 3)) or "none is near"
        raise UsageError(f"no host {excerpt(ip, 60)} in this evidence (near: {near})")
    for bench in benches:
        for line in explained(bench):
            click.echo(excerpt(line, MAX_SHOWN))
    return CLEAN


def new(
    *,
    ip: str,
    field: str,
    files: Sequence[Path],
    store: str,
    number: int | None,
    data: Path | None,
) -> int:
    """The beginning of a rule for what one host said, scrubbed of what tells it from others."""
    known = app.knowledge(data)
    records = [r for r in keeping.records(files, "", store) if isinstance(r, ProbeResult)]
    said = _said(records, field, lambda each: each.ip == ip)
    value = _chosen(said, number, ip, field)
    scrubber = Scrubber(known.rules, known.blocks, Pseudonyms(secrets.token_bytes(32)))
    for record in records:
        scrubber.learn(record)
    others = _said(records, field, lambda each: each.ip != ip)
    clean, *rest = (scrubber.observation(Observation(field, v)).value for v in (value, *others))
    families = {rule.field: rule.family for rule in known.rules}
    speaker = field.partition(".")[0]
    alike = (family for name, family in families.items() if name.startswith(f"{speaker}."))
    family = families.get(field) or next(alike, "''")
    for line in skeleton.lines(field, family, clean, rest, is_new=field not in families):
        click.echo(line)
    return CLEAN


def _said(
    records: Sequence[ProbeResult], field: str, of: Callable[[ProbeResult], bool]
) -> tuple[str, ...]:
    """Different values of the field, in the order seen."""
    seen = (o.value for r in records if of(r) for o in r.observations if o.field == field)
    return tuple(dict.fromkeys(value for value in seen if value.strip()))


def _chosen(said: Sequence[str], number: int | None, ip: str, field: str) -> str:
    if not said:
        raise UsageError(f"{excerpt(ip, 60)} said nothing in the field {excerpt(field, 60)}")
    if number is None and len(said) > 1:
        shown = "\n".join(f"  {n}: {excerpt(value, 100)}" for n, value in enumerate(said, 1))
        raise UsageError(f"it said {len(said)} things there; choose with --number:\n{shown}")
    if number is not None and number > len(said):
        raise UsageError(f"--number {number}: it said {len(said)} things in this field")
    return said[(number or 1) - 1]


def judged(files: Sequence[Path], knowledge: Knowledge, day: date) -> Iterator[Trial]:
    """Every labelled device of every file; each file is assessed by itself."""
    for path in files:
        found = list(labels(path, {v.id for v in knowledge.vendors}))
        assessment = Assessment(knowledge, day)
        seen = set()
        for record in evidence.read(path):
            assessment.add(record)
            seen.add(getattr(record, "ip", ""))
        devices = assessment.report().devices
        report = {ip: device for device in devices for ip in device.addresses}
        for number, label in found:
            if label.ip not in report:
                raise EvidenceError(f"{path}: line {number}: nothing is known of {label.ip}")
            yield Trial(label, report[label.ip], f"{path}: line {number}")


def labels(path: Path, vendors: set[str]) -> Iterator[tuple[int, Label]]:
    """The truth lines of an evidence file with their numbers. EvidenceError names a wrong one."""
    try:
        with evidence.open_text(path) as file:
            for number, line in enumerate(file, 1):
                if '"truth"' in line and (item := _truth(line)) is not None:
                    try:
                        yield number, _label(item, vendors)
                    except ValueError as error:
                        raise EvidenceError(f"{path}: line {number}: {error}") from error
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be read: {error.strerror}") from error


def _truth(line: str) -> dict[str, Any] | None:
    try:
        item = json.loads(line)
    except ValueError:
        return None
    return item if isinstance(item, dict) and item.get("type") == "truth" else None


def _label(item: dict[str, Any], vendors: set[str]) -> Label:
    if odd := sorted(item.keys() - KEYS):
        raise ValueError(f"a truth line has no key {', '.join(odd)}")
    if texts := [key for key, value in item.items() if not isinstance(value, str)]:
        raise ValueError(f"{', '.join(texts)}: not text")
    if item.get("verdict") not in set(Verdict):
        raise ValueError(f"verdict is one of {', '.join(Verdict)}")
    if "ip" not in item:
        raise ValueError("ip is missing: which device is this about?")
    for key in ("maker", "brand"):
        if item.get(key) and item[key] not in vendors:
            raise ValueError(f"{key} {item[key]!r} is no id of vendors/vendors.yml")
    return Label(
        ip=item["ip"],
        verdict=Verdict(item["verdict"]),
        maker=item.get("maker"),
        brand=item.get("brand"),
        product_class=item.get("class"),
        about=item.get("about", ""),
    )


def _day(given: datetime | None) -> date:
    return (given or datetime.now(UTC)).date()


def scrub(*, source: Path, out: Path, key: Path | None, data: Path | None) -> int:
    """Evidence without what tells devices, people and places apart, into a file that is whole."""
    known = app.knowledge(data)
    scrubber = Scrubber(known.rules, known.blocks, Pseudonyms(_key(key)))
    damaged = 0
    for record in evidence.read(source):
        if isinstance(record, evidence.Damage):
            damaged += 1
        else:
            scrubber.learn(record)
    lines = list(_scrubbed(source, scrubber, {v.id for v in known.vendors}))
    if left := next((found for line in lines if (found := scrubber.left(line))), ""):
        raise EvidenceError(
            f"{source}: nothing written: {len(left)} characters of a name, number or address "
            f"would have remained (beginning with {left[:2]!r})"
        )
    _write(out, lines)
    say(f"Wrote {out} ({len(lines):,} lines, {damaged:,} damaged ones left out)")
    return CLEAN


def _key(file: Path | None) -> bytes:
    """The operator's key, or one that is gone when the program ends."""
    if file is None:
        return secrets.token_bytes(32)
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    if len(key) < MIN_KEY:
        raise UsageError(f"{file}: a key of {len(key)} bytes can be guessed; use {MIN_KEY} or more")
    return key


def _scrubbed(source: Path, scrubber: Scrubber, vendors: set[str]) -> Iterator[str]:
    for _, label in labels(source, vendors):
        made = {"type": "truth", "ip": scrubber.text(label.ip), "verdict": label.verdict.value}
        extra = {
            "maker": label.maker, "brand": label.brand, "class": label.product_class,
            "about": scrubber.text(label.about) or None,
        }  # fmt: skip
        yield json.dumps(made | {k: v for k, v in extra.items() if v is not None})
    for record in evidence.read(source):
        if not isinstance(record, evidence.Damage):
            yield evidence.dump(scrubber.scrub(record))


def _write(out: Path, lines: Sequence[str]) -> None:
    part = out.with_name(out.name + ".part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(f"{line}\n".encode() for line in lines)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise EvidenceError(f"{out}: cannot be written: {error.strerror}") from error
