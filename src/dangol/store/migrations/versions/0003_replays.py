"""Parts of session recordings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "replays",
        sa.Column("session", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("recording", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("part", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("source", _WORDS, nullable=False),
        sa.Column("node", sa.BigInteger),
        sa.Column("page", sa.BigInteger, nullable=False),
        sa.Column("first_at", sa.DateTime, nullable=False),
        sa.Column("last_at", sa.DateTime, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("session", "recording", "part", name="pk_replays"),
    )
    op.create_index("ix_replays_node", "replays", ["node"])
    op.create_index("ix_replays_at", "replays", ["at"])
