"""The migrations end where `tables.py` stands, on each database."""

from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from dangol.store import RETENTION, Store
from dangol.store.connect import HEAD, MIGRATIONS
from dangol.store.tables import INTAKE, METADATA


def test_migrated_equals_declared(store: Store) -> None:
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        inspector = sa.inspect(connection)
        for table in METADATA.sorted_tables:
            keys = inspector.get_pk_constraint(table.name)["constrained_columns"]
            assert keys == [c.name for c in table.primary_key.columns]
            nullable = {c["name"]: c["nullable"] for c in inspector.get_columns(table.name)}
            assert nullable == {c.name: c.nullable for c in table.columns}


def test_vault_rows_are_kept_in_the_order_of_their_key(sqlite: Store) -> None:
    with sqlite.reading() as connection:
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'vault_entries'").scalar_one()
    assert "WITHOUT ROWID" in made


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == HEAD
    assert len(list(script.walk_revisions())) == len(list((MIGRATIONS / "versions").glob("0*.py")))


def test_migrations_travel_with_the_package() -> None:
    assert (MIGRATIONS / "env.py").is_file()
    assert (MIGRATIONS / "__init__.py").is_file()
    assert (MIGRATIONS / "versions" / "__init__.py").is_file()


def test_every_table_has_a_retention_rule_in_both_languages() -> None:
    assert set(RETENTION) == set(METADATA.tables) | set(INTAKE.tables)
    assert all(rule.ko and rule.en for rule in RETENTION.values())


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    Store.open(tmp_path / "s.sqlite").close()
    before = (tmp_path / "s.sqlite").read_bytes()
    Store.open(tmp_path / "s.sqlite").close()
    assert (tmp_path / "s.sqlite").read_bytes() == before
