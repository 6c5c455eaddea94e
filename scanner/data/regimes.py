"""`rules/regimes.yml` → the questions only the organisation can answer, and reporting clauses."""

from pathlib import Path

from scanner.data import shapes
from scanner.data.files import Source
from scanner.data.shapes import ClauseRow, PeriodOfReportRow, QuestionRow
from scanner.model import Clause, DataFile, Question
from scanner.remedy import ReportingPeriod, Unit

FILE = "rules/regimes.yml"
IDENTIFICATION = "identification"


def read_regimes(root: Path) -> tuple[tuple[Question, ...], tuple[Clause, ...], DataFile]:
    """Questions and clauses in written order."""
    source = Source(root, FILE)
    document = source.checked(shapes.REGIMES)
    for section, rows in (("questions", document.questions), ("clauses", document.clauses)):
        ids = [row.id for row in rows]
        for index, each in enumerate(ids):
            if each in ids[:index]:
                raise source.fault((section, index), "stands twice")
    for index, row in enumerate(document.clauses):
        _check_periods(source, index, row)
    clauses = tuple(_clause(row) for row in document.clauses)
    return tuple(_question(row) for row in document.questions), clauses, source.described()


def _check_periods(source: Source, index: int, row: ClauseRow) -> None:
    """A period may only follow one above it, so that every count has a beginning."""
    known = {IDENTIFICATION}
    for number, period in enumerate(row.periods):
        where = ("clauses", index, "periods", number)
        if period.after not in known:
            raise source.fault(where, f"after {period.after!r} is none of {sorted(known)}")
        if period.report in known:
            raise source.fault(where, f"the report {period.report!r} stands twice")
        known.add(period.report)


def _clause(row: ClauseRow) -> Clause:
    return Clause(
        id=row.id,
        clock=row.clock,
        grade=row.grade,
        list_id=row.list_id,
        citation=row.citation,
        starts=row.starts,
        addressee=row.addressee,
        periods=tuple(_period(period) for period in row.periods),
    )


def _period(row: PeriodOfReportRow) -> ReportingPeriod:
    fields = tuple((field.key, field.label) for field in row.fields)
    unit = Unit(row.unit)
    return ReportingPeriod(row.report, row.title, row.count, unit, row.after, fields, row.note)


def _question(row: QuestionRow) -> Question:
    if row.detail is None:
        return Question(row.id, row.ask, row.explain)
    detail = row.detail
    return Question(row.id, row.ask, row.explain, detail.key, detail.ask, tuple(detail.values))
