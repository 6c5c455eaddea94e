"""The devices of a run found again among those known, and what that means for the ledger."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from scanner.model import Decision, Finding, Standing, State, Verdict
from scanner.store import decisions, identity, parts
from scanner.store.identity import Key, Known, Seen
from scanner.store.tables import DEVICES, IDENTITIES, NOTICES

OURSELVES = "camcensus"
"""Who opens and reopens findings."""
CLOSED_BY_ABSENCE = frozenset({State.REPLACED, State.REMOVED})
CONCERNS = frozenset({Verdict.LISTED, Verdict.REVIEW})


@dataclass(frozen=True, slots=True)
class Sitting:
    """The run in which devices were seen: its number and id, and its start in UTC."""

    number: int
    run: str
    started: str


def standing(finding: Finding) -> Standing:
    """What a run concluded of a device, without what changes from run to run."""
    return Standing(
        ip=finding.ip,
        verdict=finding.verdict,
        mac=finding.mac or "",
        hostname=finding.hostname or "",
        site=finding.site,
        product_class=finding.product_class,
        maker=finding.maker.value if finding.maker else "",
        maker_name=finding.maker_name,
        model=finding.model,
        firmware=finding.firmware,
        serial=finding.serial,
        place=finding.place,
        lists=tuple(sorted({m.list_id for m in finding.listings})),
        has_gaps=bool(finding.incomplete),
    )


def settle(
    connection: Connection, sitting: Sitting, findings: Sequence[Finding]
) -> tuple[Standing, ...]:
    """The standing of each finding with its device's number; the ledger opens and reopens."""
    seen = [identity.seen(finding) for finding in findings]
    rows = _known_rows(connection, seen)
    numbers = identity.resolve(seen, _known(connection, rows.values()))
    standings = [
        replace(standing(f), device=n or 0) for f, n in zip(findings, numbers, strict=True)
    ]
    standings = _with_new(connection, sitting, standings)
    _keep_keys(connection, seen, standings)
    _follow(connection, sitting, standings, rows)
    _note(connection, sitting, standings, rows)
    return tuple(standings)


def _known_rows(connection: Connection, seen: Sequence[Seen]) -> Mapping[int, RowMapping]:
    """Rows of all devices that a key or a place of the run leads to."""
    numbers: set[int] = set()
    for some in parts.batches(sorted({key.value for s in seen for key in s.keys})):
        query = select(IDENTITIES.c.device).where(IDENTITIES.c.value.in_(some))
        numbers.update(connection.scalars(query))
    places: defaultdict[str, list[str]] = defaultdict(list)
    for site, ip in {s.place for s in seen}:
        places[site].append(ip)
    for site, ips in places.items():
        for some in parts.batches(ips):
            here = (DEVICES.c.site == site) & DEVICES.c.ip.in_(some)
            numbers.update(connection.scalars(select(DEVICES.c.id).where(here)))
    return rows(connection, numbers)


def rows(connection: Connection, numbers: Iterable[int]) -> Mapping[int, RowMapping]:
    """Number → the row of the device."""
    found: dict[int, RowMapping] = {}
    for some in parts.batches(sorted(numbers)):
        query = select(DEVICES).where(DEVICES.c.id.in_(some))
        found |= {row["id"]: row for row in connection.execute(query).mappings()}
    return found


def _known(connection: Connection, devices: Iterable[RowMapping]) -> list[Known]:
    """What each device is known by, the latest seen first."""
    ordered = sorted(devices, key=lambda row: (-row["last_run"], row["id"]))
    keys: defaultdict[int, set[Key]] = defaultdict(set)
    for some in parts.batches([row["id"] for row in ordered]):
        for row in connection.execute(select(IDENTITIES).where(IDENTITIES.c.device.in_(some))):
            keys[row.device].add(Key(row.kind, row.value, row.source))
    return [
        Known(row["id"], frozenset(keys[row["id"]]), (row["site"], row["ip"]), row["maker"])
        for row in ordered
    ]


def _with_new(
    connection: Connection, sitting: Sitting, standings: Sequence[Standing]
) -> list[Standing]:
    """The standings with a new number where the device had none."""
    new = [s for s in standings if not s.device]
    if not new:
        return list(standings)
    made = insert(DEVICES).returning(DEVICES.c.id, sort_by_parameter_order=True)
    values = [{**_current(s, sitting), "first_run": sitting.number} for s in new]
    numbers = iter(connection.scalars(made, values).all())
    return [s if s.device else replace(s, device=next(numbers)) for s in standings]


def _current(s: Standing, sitting: Sitting) -> dict[str, Any]:
    return {
        "site": s.site, "ip": s.ip, "mac": s.mac, "serial": s.serial, "maker": s.maker,
        "model": s.model, "verdict": s.verdict.value,
        "last_run": sitting.number, "last_seen": sitting.started,
    }  # fmt: skip


def _keep_keys(connection: Connection, seen: Sequence[Seen], standings: Sequence[Standing]) -> None:
    """Each key belongs to the device that showed it last."""
    shared = identity.ambiguous(seen)
    wanted = {
        (key.kind, key.value): {
            "kind": key.kind, "value": key.value, "source": key.source, "device": s.device,
        }
        for one, s in zip(seen, standings, strict=True)
        for key in sorted(one.keys, key=lambda k: k.source)
        if (key.kind, key.value) not in shared
    }  # fmt: skip
    held: dict[tuple[str, str], dict[str, Any]] = {}
    for some in parts.batches([value for _, value in wanted]):
        query = select(IDENTITIES).where(IDENTITIES.c.value.in_(some))
        held |= {(r["kind"], r["value"]): dict(r) for r in connection.execute(query).mappings()}
    if new := [row for name, row in wanted.items() if name not in held]:
        connection.execute(insert(IDENTITIES), new)
    changed = [
        {"k": r["kind"], "v": r["value"], "source": r["source"], "device": r["device"]}
        for name, r in wanted.items()
        if name in held and held[name] != r
    ]
    if changed:
        here = (IDENTITIES.c.kind == bindparam("k")) & (IDENTITIES.c.value == bindparam("v"))
        connection.execute(update(IDENTITIES).where(here), changed)


def _follow(
    connection: Connection,
    sitting: Sitting,
    standings: Sequence[Standing],
    before: Mapping[int, RowMapping],
) -> None:
    """Bring the rows of known devices up to date, unless a later run has done so already."""
    later = {n for n, row in before.items() if row["last_seen"] > sitting.started}
    steady: list[Standing] = []
    changed: list[Standing] = []
    for s in (s for s in standings if s.device in before and s.device not in later):
        now, row = _current(s, sitting), before[s.device]
        lasting = now.keys() - {"last_run", "last_seen"}
        same = all(row[name] == now[name] for name in lasting)
        (steady if same else changed).append(s)
    for some in parts.batches([s.device for s in steady]):
        seen_again = update(DEVICES).where(DEVICES.c.id.in_(some))
        connection.execute(seen_again.values(last_run=sitting.number, last_seen=sitting.started))
    if changed:
        one = update(DEVICES).where(DEVICES.c.id == bindparam("number"))
        values = [{**_current(s, sitting), "number": s.device} for s in changed]
        connection.execute(one, values)


def _note(
    connection: Connection,
    sitting: Sitting,
    standings: Sequence[Standing],
    before: Mapping[int, RowMapping],
) -> None:
    """Open, reopen, notice: whatever the run says that somebody should hear of."""
    found = [s for s in standings if s.verdict in CONCERNS]
    states = decisions.latest(connection, [s.device for s in found])
    opened: list[Decision] = []
    notices: list[dict[str, Any]] = []
    for s in found:
        where = f"{s.ip[:45]}, site {s.site[:60] or 'unnamed'}, run {sitting.run[:8]}"
        state = states.get(s.device)
        if state is None:
            opened.append(_open(s, sitting, f"Found at {where}."))
            notices.append(_notice("found", s, sitting, f"{s.verdict.value} at {where}"))
        elif state.state in CLOSED_BY_ABSENCE and sitting.started > state.at:
            text = f"Was {state.state.value} on {state.at[:10]}; seen again at {where}."
            opened.append(replace(_open(s, sitting, text), owner=state.owner))
            notices.append(_notice("reopened", s, sitting, text))
    for s in standings:
        row = before.get(s.device)
        if row is not None and row["site"] != s.site:
            text = (
                f"Known from site {row['site'] or 'unnamed'} ({row['ip']}), seen now at site "
                f"{s.site or 'unnamed'} ({s.ip}): moved, or a second device with the same identity."
            )
            notices.append(_notice("other-site", s, sitting, text))
    decisions.append(connection, opened)
    if notices:
        connection.execute(insert(NOTICES), notices)


def _open(s: Standing, sitting: Sitting, text: str) -> Decision:
    return Decision(s.device, sitting.started, OURSELVES, State.OPEN, note=text)


def _notice(kind: str, s: Standing, sitting: Sitting, text: str) -> dict[str, Any]:
    return {
        "at": sitting.started, "kind": kind, "run": sitting.run, "device": s.device, "text": text,
    }  # fmt: skip
