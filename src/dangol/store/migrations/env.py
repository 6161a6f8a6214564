"""What Alembic runs: the connection comes from `dangol.store.connect`, already inside a transaction."""

from alembic import context

from dangol.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
