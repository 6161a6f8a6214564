"""The one rule language: read, say in words, compile, explain. See docs/rules.md."""

from dangol.rules.body import to_body, to_yaml
from dangol.rules.catalog import Catalog, TraitInfo, nearest, segment_body
from dangol.rules.compile import compile_filter, compile_rule
from dangol.rules.context import Context
from dangol.rules.dependencies import Dependencies, dependencies
from dangol.rules.due import Due, due, windows_of
from dangol.rules.examples import EXAMPLE_CATALOG, examples
from dangol.rules.explain import Explanation, explain
from dangol.rules.measured import Measured, split_position
from dangol.rules.parse import Rule, parse, parse_where
from dangol.rules.parse_other import CHANNEL_KINDS, CONSENT_CHANNELS, CONSENT_STATES
from dangol.rules.parse_tests import GROUPS, OPERATORS
from dangol.rules.say import say
from dangol.rules.short import from_sql, short_sql
from dangol.rules.surroundings import FIELDS, Surroundings, read_bands
from dangol.rules.windows import window_bounds
from dangol.rules.words import PHRASES

__all__ = [
    "CHANNEL_KINDS",
    "CONSENT_CHANNELS",
    "CONSENT_STATES",
    "EXAMPLE_CATALOG",
    "FIELDS",
    "GROUPS",
    "OPERATORS",
    "PHRASES",
    "Catalog",
    "Context",
    "Dependencies",
    "Due",
    "Explanation",
    "Measured",
    "Rule",
    "Surroundings",
    "TraitInfo",
    "compile_filter",
    "compile_rule",
    "dependencies",
    "due",
    "examples",
    "explain",
    "from_sql",
    "nearest",
    "parse",
    "parse_where",
    "read_bands",
    "say",
    "segment_body",
    "short_sql",
    "split_position",
    "to_body",
    "to_yaml",
    "window_bounds",
    "windows_of",
]
