"""The catalogue of events and properties, and violations of tracking plans."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "seen",
        sa.Column("source", _WORDS, nullable=False),
        sa.Column("event", _WORDS, nullable=False),
        sa.Column("property", _WORDS, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("first_at", sa.DateTime, nullable=False),
        sa.Column("last_at", sa.DateTime, nullable=False),
        sa.Column("types", sa.JSON, nullable=False),
        sa.Column("examples", sa.JSON, nullable=False),
        sa.Column("held", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("source", "event", "property", name="pk_seen"),
    )
    op.create_table(
        "violations",
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("source", _WORDS, nullable=False),
        sa.Column("event", _WORDS, nullable=False),
        sa.Column("property", _WORDS, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("samples", sa.JSON, nullable=False),
        sa.Column("last_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("day", "source", "event", "property", "kind", name="pk_violations"),
    )
    op.create_index("ix_violations_last_at", "violations", ["last_at"])
