"""The one rule language: read, say in words, compile, explain. See docs/rules.md."""

from dangol.rules.catalog import Catalog, TraitInfo, nearest, segment_body
from dangol.rules.compile import compile_filter, compile_rule
from dangol.rules.context import Context
from dangol.rules.parse import Rule, parse, parse_where
from dangol.rules.windows import window_bounds

__all__ = [
    "Catalog",
    "Context",
    "Rule",
    "TraitInfo",
    "compile_filter",
    "compile_rule",
    "nearest",
    "parse",
    "parse_where",
    "segment_body",
    "window_bounds",
]
