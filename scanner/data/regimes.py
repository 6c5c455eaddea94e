"""`rules/regimes.yml` → the questions only the organisation can answer, and reporting clauses."""

from pathlib import Path

from scanner.data import shapes
from scanner.data.files import Source
from scanner.data.shapes import QuestionRow
from scanner.model import Clause, DataFile, Question

FILE = "rules/regimes.yml"


def read_regimes(root: Path) -> tuple[tuple[Question, ...], tuple[Clause, ...], DataFile]:
    """Questions and clauses in written order."""
    source = Source(root, FILE)
    document = source.checked(shapes.REGIMES)
    for section, rows in (("questions", document.questions), ("clauses", document.clauses)):
        ids = [row.id for row in rows]
        for index, each in enumerate(ids):
            if each in ids[:index]:
                raise source.fault((section, index), "stands twice")
    clauses = tuple(Clause(row.id, row.clock, row.grade) for row in document.clauses)
    return tuple(_question(row) for row in document.questions), clauses, source.described()


def _question(row: QuestionRow) -> Question:
    if row.detail is None:
        return Question(row.id, row.ask, row.explain)
    detail = row.detail
    return Question(row.id, row.ask, row.explain, detail.key, detail.ask, tuple(detail.values))
