"""Quotas of write keys: how many events a day a key may send, and how many it has sent."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("write_keys", sa.Column("per_day", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "write_key_days",
        sa.Column("key", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", "day", name="pk_write_key_days"),
    )
