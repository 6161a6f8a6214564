"""Every kind of question there is. A new one is a file with a `KIND`, and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dangol.engine import Engine
from dangol.insights import (
    affinity,
    asking,
    attribution,
    campaigns,
    channels,
    clicks,
    entry,
    flows,
    funnel,
    paths,
    retention,
    timing,
    trends,
)
from dangol.insights.asking import Context
from dangol.insights.question import Answered, Kind, People, Question, read_question

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        trends.KIND,
        funnel.KIND,
        retention.KIND,
        paths.KIND,
        flows.KIND,
        affinity.KIND,
        entry.KIND,
        channels.KIND,
        attribution.KIND,
        campaigns.KIND,
        timing.KIND,
        clicks.KIND,
    )
}
"""Kind → what it is, in the order a person sees them."""


def question(kind: str, body: Mapping[str, Any]) -> Question:
    """A question from what JSON holds; every mistake is reported together, in both languages."""
    return read_question(KINDS, kind, body)


def answer(engine: Engine, asked: Question, context: Context) -> Answered:
    """Answer a question. Raises `DefinitionError` and `NotFoundError` for what does not read."""
    return asking.answer(engine, asked, context, KINDS)


def people(
    engine: Engine, asked: Question, cell: Mapping[str, Any], context: Context, *, limit: int = 100, offset: int = 0
) -> People:
    """Who is behind one number of an answer: how many, a page of ids, the rule that finds them where there is one."""
    return asking.people(engine, asked, cell, context, KINDS, limit=limit, offset=offset)
