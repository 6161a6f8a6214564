"""The table of customers, whose columns are the definitions; every other table is declared in `schema`."""

CUSTOMERS = "customers"
"""One row per customer: who, when, and every trait as a column. Made here, since its columns are the definitions."""

FIXED = ("customer_id", "first_seen", "last_seen", "identifiers", "refreshed_at")
"""Columns of `customers` that are no traits."""
