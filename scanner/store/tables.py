"""The schema, the same on SQLite and PostgreSQL. Migrations make it; a test compares the two."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from scanner.model import utc_text

METADATA = MetaData()


class UtcText(TypeDecorator[str]):
    """ISO 8601 text with a trailing Z here, a moment in UTC there; text that is none is empty."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> datetime | None:
        """What the database keeps: aware for PostgreSQL, and in UTC without a zone for SQLite."""
        try:
            moment = datetime.fromisoformat(value or "").astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> str:
        """The only time form of evidence and reports."""
        if value is None:
            return ""
        return utc_text(
            value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        )


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


class LongText(TypeDecorator[str]):
    """Text of any length without NUL, which PostgreSQL refuses."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What came from outside may hold anything."""
        del dialect
        return _storable(value) if value else value


class PlainText(TypeDecorator[str]):
    """Text without NUL, which PostgreSQL refuses, and short enough for an index of it."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What a device says may be anything; the tree keeps it whole."""
        del dialect
        return _storable(value)[:LONGEST] if value else value


LONGEST = 255
"""Characters of a column that is looked up by what a device said."""
NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts rows only in a column of the very type INTEGER."""

RUNS = Table(
    "runs",
    METADATA,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("run", PlainText, nullable=False, unique=True),
    Column("started", UtcText, index=True),
    Column("finished", UtcText),
    Column("state", String, nullable=False),
    Column("site", PlainText, nullable=False, server_default=""),
    Column("scope", LongText, nullable=False),
    Column("excluded", LongText, nullable=False, server_default=""),
    Column("evidence", LongText, nullable=False),
    Column("complete", Boolean),
    Column("as_of", String, nullable=False, server_default=""),
    Column("editions", Text, nullable=False, server_default=""),
    Column("listed", Integer, nullable=False, server_default="0"),
    Column("review", Integer, nullable=False, server_default="0"),
    Column("undetermined", Integer, nullable=False, server_default="0"),
    Column("not_listed", Integer, nullable=False, server_default="0"),
    Column("devices", Integer, nullable=False, server_default="0"),
    Column("host_tree", Text),
    Column("device_tree", Text),
)
CLOCKS = Table(
    "clocks",
    METADATA,
    Column("run_id", NUMBER, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("clock", LargeBinary, nullable=False),
)
PARTS = Table(
    "parts",
    METADATA,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("data", LargeBinary, nullable=False),
)
DEVICES = Table(
    "devices",
    METADATA,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("site", PlainText, nullable=False),
    Column("ip", PlainText, nullable=False),
    Column("mac", PlainText, nullable=False, server_default=""),
    Column("serial", PlainText, nullable=False, server_default=""),
    Column("maker", PlainText, nullable=False, server_default=""),
    Column("model", PlainText, nullable=False, server_default=""),
    Column("verdict", String, nullable=False),
    Column("first_run", NUMBER, nullable=False),
    Column("last_run", NUMBER, nullable=False),
    Column("last_seen", UtcText),
    Index("ix_devices_place", "site", "ip"),
)
IDENTITIES = Table(
    "identities",
    METADATA,
    Column("kind", String, primary_key=True),
    Column("value", PlainText, primary_key=True),
    Column("source", String, nullable=False, server_default=""),
    Column("device", NUMBER, ForeignKey("devices.id"), nullable=False, index=True),
)
DECISIONS = Table(
    "decisions",
    METADATA,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("device", NUMBER, ForeignKey("devices.id"), nullable=False, index=True),
    Column("at", UtcText, nullable=False),
    Column("who", PlainText, nullable=False),
    Column("state", String, nullable=False),
    Column("owner", PlainText, nullable=False, server_default=""),
    Column("due", String, nullable=False, server_default=""),
    Column("note", LongText, nullable=False, server_default=""),
    Column("evidence", LongText, nullable=False, server_default=""),
)
NOTICES = Table(
    "notices",
    METADATA,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("at", UtcText, nullable=False),
    Column("kind", String, nullable=False),
    Column("run", PlainText, nullable=False),
    Column("device", NUMBER),
    Column("text", LongText, nullable=False),
    Column("sent", UtcText),
    Index("ix_notices_unsent", "sent"),
)
