"""Which imports gave the same personal data, so that one of them can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "vault_told",
        sa.Column("digest", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("batch", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger),
        sa.Column("source", _WORDS, nullable=False),
        sa.PrimaryKeyConstraint("digest", "batch", name="pk_vault_told"),
        sqlite_with_rowid=False,
    )
