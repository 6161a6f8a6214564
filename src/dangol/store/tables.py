"""The operational tables. Every one has a retention rule (`retention.py`); a test holds the migrations to this file."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(sa.TypeDecorator[dt.datetime]):
    """A moment: aware in Python, UTC in the database. A naive one is refused, since nobody knows when it was."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        return None if value is None else value.replace(tzinfo=dt.UTC)


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64 bits everywhere; SQLite numbers rows by itself only under its own name for it."""

Words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that compares by code point in every database: an order that decides something must not depend on a locale."""

Json = sa.JSON(none_as_null=True)


def _id() -> sa.Column[Any]:
    return sa.Column("id", BigId, primary_key=True, autoincrement=True)


DEFINITIONS = sa.Table(
    "definitions",
    METADATA,
    _id(),
    sa.Column("kind", Words, nullable=False),
    sa.Column("name", Words, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", Json),
    sa.Column("removed", sa.Boolean, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.UniqueConstraint("kind", "name", "version"),
)

BATCHES = sa.Table(
    "batches",
    METADATA,
    _id(),
    sa.Column("source", Words, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, index=True),
    sa.Column("preset", sa.Text),
    sa.Column("mapping", Json),
    sa.Column("status", sa.Text, nullable=False, index=True),
    sa.Column("report", Json),
    sa.Column("why", sa.Text),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("ended_at", Utc),
)

VAULT_KEYS = sa.Table(
    "vault_keys",
    METADATA,
    sa.Column("customer_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)

# Without a row id the rows themselves are kept in the order of (customer, digest): one tree to write, and a customer's
# rows lie together. Nothing looks a row up by its node alone.
VAULT_ENTRIES = sa.Table(
    "vault_entries",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("node", sa.BigInteger, nullable=False),
    sa.Column("kind", Words, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.BigInteger),
    sa.Column("source", Words, nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Who told a vault row that several imports told; a row told once is not here.
VAULT_TOLD = sa.Table(
    "vault_told",
    METADATA,
    sa.Column("digest", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("batch", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger),
    sa.Column("source", Words, nullable=False),
    sqlite_with_rowid=False,
)

QUARANTINED = sa.Table(
    "quarantined",
    METADATA,
    sa.Column("id", BigId, primary_key=True, autoincrement=False),
    sa.Column("batch", sa.BigInteger, nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("closed_at", Utc),
)

STATE = sa.Table(
    "state",
    METADATA,
    sa.Column("name", Words, primary_key=True),
    sa.Column("value", Json),
    sa.Column("at", Utc, nullable=False),
)

AUDIT = sa.Table(
    "audit",
    METADATA,
    _id(),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("before", Json),
    sa.Column("after", Json),
)

WRITE_KEYS = sa.Table(
    "write_keys",
    METADATA,
    _id(),
    sa.Column("source", Words, nullable=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("hint", sa.Text, nullable=False),
    sa.Column("origins", Json, nullable=False),
    sa.Column("ip", sa.Text, nullable=False),
    sa.Column("per_minute", sa.Integer, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("revoked_at", Utc),
    sa.Column("per_day", sa.Integer, nullable=False, server_default="0"),
)

WRITE_KEY_DAYS = sa.Table(
    "write_key_days",
    METADATA,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("events", sa.BigInteger, nullable=False),
)

# One row a part of a recording, as it was sent. `node` is the pseudonym of the anonymous id: whose it is follows the links.
REPLAYS = sa.Table(
    "replays",
    METADATA,
    sa.Column("session", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("recording", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("source", Words, nullable=False),
    sa.Column("node", sa.BigInteger, index=True),
    sa.Column("page", sa.BigInteger, nullable=False),
    sa.Column("first_at", Utc, nullable=False),
    sa.Column("last_at", Utc, nullable=False),
    sa.Column("events", sa.Integer, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("at", Utc, nullable=False, index=True),
)

# The catalogue of what senders say: a row an event (an empty property) and a property. Bounded by `collect.tracking`.
SEEN = sa.Table(
    "seen",
    METADATA,
    sa.Column("source", Words, primary_key=True),
    sa.Column("event", Words, primary_key=True),
    sa.Column("property", Words, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("first_at", Utc, nullable=False),
    sa.Column("last_at", Utc, nullable=False),
    sa.Column("types", Json, nullable=False),
    sa.Column("examples", Json, nullable=False),
    sa.Column("held", Json, nullable=False),
)

VIOLATIONS = sa.Table(
    "violations",
    METADATA,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("source", Words, primary_key=True),
    sa.Column("event", Words, primary_key=True),
    sa.Column("property", Words, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("samples", Json, nullable=False),
    sa.Column("last_at", Utc, nullable=False, index=True),
)

# People who work here. `address` is the keyed hash of the e-mail, `sealed` e-mail and name; both go when somebody is removed.
PEOPLE = sa.Table(
    "people",
    METADATA,
    _id(),
    sa.Column("address", sa.LargeBinary, unique=True),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password", sa.Text),
    sa.Column("subject", sa.LargeBinary, unique=True),
    sa.Column("choices", Json, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("seen_at", Utc),
    sa.Column("disabled_at", Utc),
    sa.Column("removed_at", Utc),
)

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    _id(),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("seen_at", Utc, nullable=False),
    sa.Column("ended_at", Utc),
)

# One-time links: the first owner's, invitations, new passwords.
LINKS = sa.Table(
    "links",
    METADATA,
    _id(),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("until", Utc, nullable=False),
    sa.Column("used_at", Utc),
)

API_KEYS = sa.Table(
    "api_keys",
    METADATA,
    _id(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("hint", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
    sa.Column("revoked_at", Utc),
)

# Links under which a dashboard is shown to people who do not work here.
SHARES = sa.Table(
    "shares",
    METADATA,
    _id(),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("hint", sa.Text, nullable=False),
    sa.Column("dashboard", Words, nullable=False, index=True),
    sa.Column("least", sa.Integer, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("until", Utc),
    sa.Column("ended_at", Utc),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("seen_at", Utc),
)

INTAKE = sa.MetaData(naming_convention=METADATA.naming_convention)
"""The intake log's own tables: with SQLite a file of its own, so that an append never waits for a drain to commit."""

INTAKE_LOG = sa.Table(
    "intake_log",
    INTAKE,
    _id(),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # a position is never given twice, even when the log was empty in between
)
