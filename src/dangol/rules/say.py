"""Every rule reads back as a sentence, in Korean and in English."""

from __future__ import annotations

from dangol.rules import say_en, say_ko
from dangol.rules.catalog import Catalog
from dangol.rules.nodes import Node
from dangol.rules.parse import Rule
from dangol.schema import Lang


def say(rule: Rule | Node, catalog: Catalog, lang: Lang) -> str:
    """The rule as a noun phrase about customers: `customers whose age is at least 60`, `나이가 60 이상인 고객`."""
    node = rule.root if isinstance(rule, Rule) else rule
    if lang == "ko":
        return f"{say_ko.clause(node, catalog).of} 고객"
    return f"customers {say_en.clause(node, catalog)}"
