"""`lists update` wired: a file → rows → comparison with the lists held → new editions.

Nothing is decided here: rows join makers by the decisions of a person, and without `apply` nothing
but those decisions is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from scanner import data, plugins
from scanner.data import NewEdition
from scanner.errors import DataError, UsageError
from scanner.model import EntityList, Knowledge, Relation
from scanner.updates import files
from scanner.updates.api import Row, Source
from scanner.updates.compare import Comparison, Confirmed, Found, Scanned, compare, scan
from scanner.updates.decisions import Decisions, read, write
from scanner.updates.match import Matcher, Party


@dataclass(frozen=True, slots=True)
class Request:
    """What the operator asked for. `accepted` maps row ids to makers."""

    file: Path
    decisions: Path
    today: date
    accepted: Mapping[str, str]
    rejected: Sequence[str] = ()
    data_dir: Path | None = None
    edition: date | None = None
    format: str = ""
    lists: Sequence[str] = ()
    max_loss: float = 0.1


@dataclass(frozen=True, slots=True)
class Renewal:
    """A file compared, ready to be told or written."""

    request: Request
    source: Source
    comparisons: tuple[Comparison, ...]
    lists: tuple[EntityList, ...]
    decisions: Decisions


def sources() -> tuple[Source, ...]:
    """Every format that can be read."""
    return plugins.load("scanner.updates.sources", "SOURCE")


def compared(request: Request) -> Renewal:
    """Read the file, remember the decisions, compare. Raises DataError or UsageError."""
    source = _source(request.file, request.format)
    given = request.data_dir if request.data_dir and request.data_dir.exists() else None
    knowledge = data.load(given)
    ids = {vendor.id for vendor in knowledge.vendors}
    aliases = data.read_aliases(data.data_dir(given), ids)
    lists = _chosen(knowledge.lists, request.lists)
    found = scan(source.rows(request.file), Matcher(parties(knowledge, aliases)), lists)
    decisions = _decided(request, found, ids)
    countries = {vendor.id: vendor.country for vendor in knowledge.vendors}
    comparisons = compare(found, lists, countries, decisions, request.max_loss)
    if not comparisons:
        raise DataError(
            request.file, "", f"{source.title}: holds no row of {', '.join(e.id for e in lists)}"
        )
    return Renewal(request, source, comparisons, lists, decisions)


def _source(path: Path, name: str) -> Source:
    known = sources()
    names = ", ".join(each.name for each in known)
    head = "" if name else files.head(path)
    for each in known:
        if each.name == name or (head and each.accepts(head)):
            return each
    if name:
        raise UsageError(f"--format {name!r}: no such format; there are {names}")
    raise DataError(path, "", f"is in no known format; --format names one of {names}")


def _chosen(lists: Sequence[EntityList], wanted: Sequence[str]) -> tuple[EntityList, ...]:
    known = {each.id for each in lists}
    if unknown := next((name for name in wanted if name not in known), None):
        raise UsageError(f"--list {unknown!r}: no such list; there are {', '.join(sorted(known))}")
    return tuple(each for each in lists if not wanted or each.id in wanted)


def parties(known: Knowledge, aliases: Mapping[str, tuple[str, ...]]) -> list[Party]:
    """The makers on any list or known to be absent from one, and their subsidiaries."""
    tracked = {e.vendor for each in known.lists for e in each.entities}
    tracked |= {e.vendor for each in known.lists for e in each.not_listed}
    tracked |= {
        r.subject
        for r in known.relations
        if r.relation is Relation.SUBSIDIARY and r.maker in tracked
    }
    listed = [entity for each in known.lists for entity in each.entities]
    return [
        Party(
            vendor.id,
            vendor.country,
            (
                vendor.name,
                vendor.label,
                *vendor.registry,
                *(e.listed_as for e in listed if e.vendor == vendor.id),
            ),
            aliases.get(vendor.id, ()),
        )
        for vendor in known.vendors
        if vendor.id in tracked
    ]


def _decided(request: Request, scanned: Scanned, vendors: set[str]) -> Decisions:
    """The decisions kept with those of this call, which are remembered at once."""
    decisions = read(request.decisions)
    if not request.accepted and not request.rejected:
        return decisions
    rows = dict(decisions.rows)
    answers: dict[str, str | None] = dict(request.accepted)
    answers.update(dict.fromkeys(request.rejected))
    for row_id, vendor in answers.items():
        if row_id not in scanned.found:
            raise UsageError(f"{row_id!r} is no row of this file that concerns a known maker")
        if vendor is not None and vendor not in vendors:
            raise UsageError(f"{vendor!r} is no id of vendors/vendors.yml")
        rows[row_id] = _remembered(scanned.found[row_id].row, vendor, request.today)
    decisions = replace(decisions, rows=rows)
    write(request.decisions, decisions)
    return decisions


def _remembered(row: Row, vendor: str | None, today: date) -> dict[str, str | None]:
    return {"vendor": vendor, "list": row.list, "name": row.name, "on": today.isoformat()}


def apply(renewal: Renewal) -> tuple[Path, ...]:
    """Write the editions of all lists compared. Raises before anything is written."""
    request = renewal.request
    if request.data_dir is None:
        raise UsageError("--apply needs --data DIR: the installed lists are never written")
    refused = [f"{c.list_id}: {reason}" for c in renewal.comparisons for reason in c.refusals]
    if refused:
        raise DataError(request.file, "", f"not applied: {'; '.join(refused)}")
    held = {each.id: each for each in renewal.lists}
    made = [_edition(renewal, each, held[each.list_id]) for each in renewal.comparisons]
    written = data.write_editions(request.data_dir, made)
    counts = {**renewal.decisions.counts, **{c.list_id: c.rows for c in renewal.comparisons}}
    write(request.decisions, replace(renewal.decisions, counts=counts))
    return written


def _edition(renewal: Renewal, compared: Comparison, held: EntityList) -> NewEdition:
    request, source = renewal.request, renewal.source
    edition = request.edition or source.edition(files.head(request.file))
    if edition is None:
        raise UsageError("--apply needs --edition DATE: the file does not say its date")
    if not held.edition <= edition <= request.today:
        raise UsageError(
            f"edition {edition}: {held.id} has to be from {held.edition} (held) to {request.today}"
        )
    return NewEdition(
        held.id,
        edition,
        max(held.checked, request.today),
        [(each.entity, _facts(each, source)) for each in compared.edits],
        [_added(vendor, found, source, request.file) for vendor, found in compared.new],
    )


def _facts(confirmed: Confirmed, source: Source) -> dict[str, object]:
    """The facts of an entry a person let be replaced."""
    row = confirmed.found.row
    given = {"start": row.start, "end": row.end}
    facts: dict[str, object] = {
        change.field: given.get(change.field, change.given) for change in confirmed.changes
    }
    return {**facts, "grade": source.grade, "source": source.title}


def _added(vendor: str, found: Found, source: Source, path: Path) -> dict[str, object]:
    """A row as a new entry. DataError when it lacks what an entry needs."""
    row = found.row
    if row.parent:
        raise DataError(path, row.where, f"{row.name!r} is an affiliate's row: write it by hand")
    if row.start is None or not row.citation:
        missing = "date" if row.start is None else "citation"
        raise DataError(path, row.where, f"{row.name!r} has no {missing}: write the entry by hand")
    return {
        "vendor": vendor,
        "listed_as": row.name,
        "relation": Relation.NAMED.value,
        "start": row.start,
        **({"end": row.end} if row.end else {}),
        "citation": row.citation,
        "grade": source.grade,
        "source": source.title,
    }
