"""Alembic migrations, run when a store is opened. Recipe: change `tables.py`, add a file here, raise `connect.HEAD`."""
