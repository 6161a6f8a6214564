"""Tables this room keeps beside `customers` and `memberships`: freshness, kept cut points, scores."""

from __future__ import annotations

from dangol.schema import Column, Table

CUSTOMERS = "customers"
"""One row per customer: who, when, and every trait as a column. Made here, since its columns are the definitions."""

FIXED = ("customer_id", "first_seen", "last_seen", "identifiers", "refreshed_at")
"""Columns of `customers` that are no traits."""

TRAIT_STATE = Table(
    "trait_state",
    (
        Column("trait", "text", "trait name"),
        Column("digest", "text", "fingerprint of the definition it was computed with"),
        Column("full_at", "timestamp", "as-of time of the last refresh of every customer, UTC"),
        Column("touched_at", "timestamp", "as-of time of the last refresh of anybody, UTC"),
        Column(
            "cuts",
            "text",
            "JSON list of cut points taken at full_at (quantiles, log scores, typical values); null without",
        ),
    ),
    sort=("trait",),
    public=False,
    help="How fresh each trait is, and the cut points that scores keep between full refreshes.",
)

SEGMENT_STATE = Table(
    "segment_state",
    (
        Column("segment", "text", "segment name"),
        Column("digest", "text", "fingerprint of the definition"),
        Column("first_at", "timestamp", "as-of time from which the membership log covers everyone, UTC"),
        Column("full_at", "timestamp", "as-of time of the last refresh of every customer, UTC"),
        Column("members", "int64", "members after the last refresh"),
    ),
    sort=("segment",),
    public=False,
    help="How fresh each segment is, and from when its history is known.",
)

SCORES = Table(
    "scores",
    (
        Column("customer_id", "int64", "the customer"),
        Column("trait", "text", "name of the analytic trait"),
        Column("value", "float64", "the score"),
        Column("at", "timestamp", "as-of time of the model's run, UTC"),
    ),
    sort=("trait", "customer_id"),
    public=False,
    help="What models predicted; the latest per customer and trait becomes a column of customers.",
)

PROFILE_TABLES = (TRAIT_STATE, SEGMENT_STATE, SCORES)
