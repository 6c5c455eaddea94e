"""The list of runs beside evidence files, as the first versions made it without alembic."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """A table of that shape, unless it is there already."""
    op.create_table(
        "runs",
        sa.Column("run", sa.String, primary_key=True),
        sa.Column("started", sa.String, nullable=False),
        sa.Column("finished", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("listed", sa.Integer, nullable=False),
        sa.Column("review", sa.Integer, nullable=False),
        sa.Column("devices", sa.Integer, nullable=False),
        if_not_exists=True,
    )
