"""Evidence, devices, decisions and notices beside the runs; earlier runs are taken over."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)
TAKEN_OVER = ("run", "state", "scope", "evidence", "listed", "review", "devices")
APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER decisions_no_{verb} BEFORE {verb} ON decisions "
        "BEGIN SELECT RAISE(ABORT, 'the remediation ledger is append-only'); END"
        for verb in ("update", "delete")
    ],
    "postgresql": [
        "CREATE FUNCTION decisions_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the remediation ledger is append-only'; END $$",
        "CREATE TRIGGER decisions_append_only BEFORE UPDATE OR DELETE ON decisions "
        "FOR EACH ROW EXECUTE FUNCTION decisions_append_only()",
    ],
}


def upgrade() -> None:
    """New tables, and what the list of runs held."""
    connection = op.get_bind()
    earlier = connection.execute(sa.text("SELECT * FROM runs")).mappings().all()
    op.drop_table("runs")
    runs = _runs()
    _evidence()
    _devices()
    _ledger()
    for statement in APPEND_ONLY[connection.dialect.name]:
        op.execute(statement)
    if earlier:
        connection.execute(runs.insert(), [_taken_over(row) for row in earlier])


def _taken_over(row: sa.RowMapping) -> dict[str, object]:
    times = {name: _moment(row[name]) for name in ("started", "finished")}
    return {name: row[name] for name in TAKEN_OVER} | times


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) if text else None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False, server_default="")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def _long(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _runs() -> sa.Table:
    made = op.create_table(
        "runs",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("run", sa.String, nullable=False, unique=True),
        sa.Column("started", MOMENT),
        sa.Column("finished", MOMENT),
        sa.Column("state", sa.String, nullable=False),
        _text("site"),
        sa.Column("scope", sa.Text, nullable=False),
        _long("excluded"),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("complete", sa.Boolean),
        _text("as_of"),
        _long("editions"),
        *map(_count, ("listed", "review", "undetermined", "not_listed", "devices")),
        sa.Column("host_tree", sa.Text),
        sa.Column("device_tree", sa.Text),
    )
    op.create_index("ix_runs_started", "runs", ["started"])
    return made


def _evidence() -> None:
    op.create_table(
        "clocks",
        sa.Column("run_id", NUMBER, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("clock", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "parts",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )


def _devices() -> None:
    op.create_table(
        "devices",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("ip", sa.String, nullable=False),
        *map(_text, ("mac", "serial", "maker", "model")),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("first_run", NUMBER, nullable=False),
        sa.Column("last_run", NUMBER, nullable=False),
        sa.Column("last_seen", MOMENT),
    )
    op.create_index("ix_devices_place", "devices", ["site", "ip"])
    op.create_table(
        "identities",
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("value", sa.String, primary_key=True),
        _text("source"),
        sa.Column("device", NUMBER, sa.ForeignKey("devices.id"), nullable=False),
    )
    op.create_index("ix_identities_device", "identities", ["device"])


def _ledger() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("device", NUMBER, sa.ForeignKey("devices.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        *map(_text, ("owner", "due")),
        *map(_long, ("note", "evidence")),
    )
    op.create_index("ix_decisions_device", "decisions", ["device"])
    op.create_table(
        "notices",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("device", NUMBER),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sent", MOMENT),
    )
    op.create_index("ix_notices_unsent", "notices", ["sent"])
