"""The first tables. Written out, not taken from `tables.py`, so that this step stays what it was."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _definitions_and_batches()
    _vault()
    _state_and_audit()


def _definitions_and_batches() -> None:
    op.create_table(
        "definitions",
        sa.Column("id", _BIG, nullable=False, autoincrement=True),
        sa.Column("kind", _WORDS, nullable=False),
        sa.Column("name", _WORDS, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.JSON),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_definitions"),
        sa.UniqueConstraint("kind", "name", "version", name="uq_definitions_kind_name_version"),
    )
    op.create_table(
        "batches",
        sa.Column("id", _BIG, nullable=False, autoincrement=True),
        sa.Column("source", _WORDS, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("preset", sa.Text),
        sa.Column("mapping", sa.JSON),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("report", sa.JSON),
        sa.Column("why", sa.Text),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_index("ix_batches_digest", "batches", ["digest"])
    op.create_index("ix_batches_status", "batches", ["status"])


def _vault() -> None:
    op.create_table(
        "vault_keys",
        sa.Column("customer_id", _BIG, nullable=False, autoincrement=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_vault_keys"),
    )
    op.create_table(
        "vault_entries",
        sa.Column("customer_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("digest", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("node", sa.BigInteger, nullable=False),
        sa.Column("kind", _WORDS, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger),
        sa.Column("source", _WORDS, nullable=False),
        sa.Column("batch", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "digest", name="pk_vault_entries"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quarantined",
        sa.Column("id", _BIG, nullable=False, autoincrement=False),
        sa.Column("batch", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("closed_at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_quarantined"),
    )
    op.create_index("ix_quarantined_batch", "quarantined", ["batch"])


def _state_and_audit() -> None:
    op.create_table(
        "state",
        sa.Column("name", _WORDS, nullable=False),
        sa.Column("value", sa.JSON),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_state"),
    )
    op.create_table(
        "audit",
        sa.Column("id", _BIG, nullable=False, autoincrement=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
