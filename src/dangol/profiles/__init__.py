"""Traits and segments: definitions, computing, refreshing, explaining, comparing. See docs/traits.md."""

from dangol.profiles.ask import Count, Why, count, segment_sql, why
from dangol.profiles.compare import Overlap, overlap, profile
from dangol.profiles.definitions import Definitions, document_problems, documents, shipped_traits
from dangol.profiles.follow import Followed, Follower
from dangol.profiles.model import Segment, Trait
from dangol.profiles.movers import Movers, movers
from dangol.profiles.past import Past, facts_of, memberships_at, sizes_by_day
from dangol.profiles.plan import Plan, SegmentPlan, TraitPlan, plan
from dangol.profiles.refresh import Population, Progress, TraitRefresh, refresh_traits
from dangol.profiles.segments import (
    Draft,
    SegmentChange,
    SegmentRefresh,
    inside_now,
    members,
    moment_of,
    moves,
    refresh_segments,
    rule_of,
    segment_of,
    who,
)
from dangol.profiles.state import CUSTOMERS, FIXED
from dangol.profiles.wheel import Turned, around, shortest, turn

__all__ = [
    "CUSTOMERS",
    "FIXED",
    "Count",
    "Definitions",
    "Draft",
    "Followed",
    "Follower",
    "Movers",
    "Overlap",
    "Past",
    "Plan",
    "Population",
    "Progress",
    "Segment",
    "SegmentChange",
    "SegmentPlan",
    "SegmentRefresh",
    "Trait",
    "TraitPlan",
    "TraitRefresh",
    "Turned",
    "Why",
    "around",
    "count",
    "document_problems",
    "documents",
    "facts_of",
    "inside_now",
    "members",
    "memberships_at",
    "moment_of",
    "movers",
    "moves",
    "overlap",
    "plan",
    "profile",
    "refresh_segments",
    "refresh_traits",
    "rule_of",
    "segment_of",
    "segment_sql",
    "shipped_traits",
    "shortest",
    "sizes_by_day",
    "turn",
    "who",
    "why",
]
