"""A comparison as lines of text for a terminal."""

from collections.abc import Iterator

from scanner.updates.compare import Comparison, Found
from scanner.updates.match import How, Suggestion

LONGEST = 200
_HOW = {
    How.SAME_NAME: "same name",
    How.ALIAS: "known alias",
    How.WORDS: "distinctive words",
    How.SIMILAR: "similar spelling",
}


def lines(each: Comparison, *, every: bool = False) -> Iterator[str]:
    """What is new, gone, changed and to be decided; `every` shows unlikely candidates too."""
    sure = len(each.confirmed) - len(each.changed)
    yield f"{each.list_id}: {each.rows} rows; {sure} entries confirmed without change"
    for changed in each.changed:
        taken = "accepted" if changed.by_person else "accept to take over"
        yield f"  changed   {changed.found.id}  {changed.entity.vendor}  ({taken})"
        for change in changed.changes:
            yield f"            {change.field}: {plain(change.held)} -> {plain(change.given)}"
    for vendor, found in each.new:
        yield f"  new       {found.id}  {vendor}  {_row(found)}"
    for entity in each.gone:
        yield f"  gone      {entity.vendor}  {plain(entity.listed_as)!r} since {entity.start}"
    for entity in each.unconfirmed:
        yield f"  open      {entity.vendor}  {plain(entity.listed_as)!r}: see the candidates"
    yield from _candidates(each, every=every)
    if each.rejected:
        yield f"  {each.rejected} rows rejected earlier are left out"
    for reason in each.refusals:
        yield f"  refused   {reason}"


def _candidates(each: Comparison, *, every: bool) -> Iterator[str]:
    shown = [f for f in each.candidates if every or not f.suggestions[0].country_differs]
    for found in shown:
        yield f"  candidate {found.id}  {_row(found)}"
        for suggestion in found.suggestions:
            yield f"            {_suggestion(suggestion)}"
    if hidden := len(each.candidates) - len(shown):
        yield f"  {hidden} candidates of other countries are left out: --all shows them"


def _row(found: Found) -> str:
    row = found.row
    facts = [plain(", ".join(row.countries)), str(row.start or "no date"), plain(row.citation)]
    folded = f" and {found.count - 1} more rows" if found.count > 1 else ""
    name = plain(f"{row.parent}: affiliates" if row.parent else row.name)
    return f"{name!r}{folded} ({'; '.join(filter(None, facts))}; {row.where})"


def _suggestion(each: Suggestion) -> str:
    country = ", country differs" if each.country_differs else ""
    return (
        f"{each.vendor}? {_HOW[each.how]}, score {each.score:.0f}{country}: "
        f"{plain(each.name)!r} / {plain(each.via)!r}"
    )


def plain(text: str) -> str:
    """The text on one line, without characters a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)[:LONGEST]
