"""Why one customer is in or out: the rule's tree with true or false, what was measured, and how near a miss was."""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass
from typing import Any, cast

from sqlglot import exp

from dangol.engine import Engine
from dangol.rules import say_en, say_ko
from dangol.rules.catalog import segment_body
from dangol.rules.compile import compile_rule
from dangol.rules.context import Context
from dangol.rules.dependencies import leaves
from dangol.rules.measured import Measured, measure
from dangol.rules.nodes import All, AnyOf, In, Node, Not, Waterfall, children
from dangol.rules.parse import Rule, parse
from dangol.schema import Lang, NotFoundError, Text


@dataclass(frozen=True, slots=True)
class Explanation:
    """One node: whether it holds, what it says, what was measured (value, and a sentence per language), its parts.

    kind: all, any, not, or leaf
    """

    met: bool
    kind: str
    ko: str
    en: str
    place: str = ""
    measured: Measured | None = None
    children: tuple[Explanation, ...] = ()

    def because(self, lang: Lang) -> str:
        """One sentence: in because …, or out because …."""
        reasons = "; ".join(dict.fromkeys(_reasons(self, lang)))
        if lang == "ko":
            return f"{'조건에 맞습니다' if self.met else '조건에 맞지 않습니다'}: {reasons}"
        return f"{'in' if self.met else 'out'} because {reasons}"

    def text(self, lang: Lang) -> str:
        """The sentence and the whole tree, one line per node."""
        return "\n".join([self.because(lang), *_lines(self, lang, 0)])

    def as_dict(self) -> dict[str, Any]:
        shape: dict[str, Any] = {"met": self.met, "kind": self.kind, "ko": self.ko, "en": self.en, "place": self.place}
        if self.measured is not None:
            shape["measured"] = self.measured.as_dict()
        if self.children:
            shape["children"] = [child.as_dict() for child in self.children]
        return shape


def explain(rule: Rule | Node, customer_id: int, context: Context, engine: Engine) -> Explanation:
    """Explain one customer. Every leaf is decided by the same SQL that decides membership.

    :raises NotFoundError: when there is no such customer.
    """
    root = rule.root if isinstance(rule, Rule) else rule
    ctx = context.only(int(customer_id))
    known = (
        exp.select("customer_id", copy=False)
        .from_(exp.to_table(ctx.customers), copy=False)
        .where(ctx.whose(), copy=False)
    )
    if engine.run(known).num_rows == 0:
        raise NotFoundError(
            Text(f"no customer {customer_id}", f"고객 {customer_id}: 그런 고객이 없습니다"),
            hint=Text("`dangol customers` lists them", "`dangol customers`로 목록을 보세요"),
        )
    nodes = list(dict.fromkeys(leaves(root)))
    truths = dict(zip(nodes, _truths(nodes, ctx, engine), strict=True))
    return _explain(root, truths, ctx, engine)


def _explain(node: Node, truths: dict[Node, bool], ctx: Context, engine: Engine) -> Explanation:
    ko, en = say_ko.clause(node, ctx.catalog).of + " 고객", say_en.clause(node, ctx.catalog)
    parts = tuple(_explain(part, truths, ctx, engine) for part in children(node))
    met = {
        All: lambda: all(p.met for p in parts),
        AnyOf: lambda: any(p.met for p in parts),
        Not: lambda: not parts[0].met,
    }.get(type(node), lambda: truths[node])()
    if parts:
        kind = {All: "all", AnyOf: "any", Not: "not"}[type(node)]
        return Explanation(met, kind, ko, en, node.place, children=parts)
    inner: tuple[Explanation, ...] = ()
    if ctx.segments == "inline" and isinstance(node, In | Waterfall):
        inner = tuple(_inside(name, ctx, engine) for name in _looked_at(node))
    return Explanation(met, "leaf", ko, en, node.place, measure(node, met, ctx, engine), inner)


def _inside(name: str, ctx: Context, engine: Engine) -> Explanation:
    """The segment's own rule, explained in its place."""
    rule = parse(segment_body(ctx.catalog.segments[name]), ctx.catalog, where=name, name=name)
    return explain(rule, cast(int, ctx.population), ctx, engine)


def _looked_at(node: In | Waterfall) -> tuple[str, ...]:
    return node.segments if isinstance(node, In) else node.groups[: node.groups.index(node.take) + 1]


def _truths(nodes: Seq[Node], ctx: Context, engine: Engine) -> list[bool]:
    """All leaves in one query: a row per leaf that holds."""
    rows = [
        exp.select(exp.alias_(exp.convert(i), "leaf", copy=False), copy=False).from_(
            compile_rule(node, ctx).subquery(f"leaf{i}", copy=False), copy=False
        )
        for i, node in enumerate(nodes)
    ]
    query: exp.Query = rows[0]
    for row in rows[1:]:
        query = exp.Union(this=query, expression=row, distinct=False)
    held = set(engine.run(query)["leaf"].to_pylist())
    return [i in held for i in range(len(nodes))]


def _reasons(node: Explanation, lang: Lang) -> list[str]:
    """What decided: for what holds the parts that hold, for what does not the parts that do not."""
    if node.kind == "leaf":
        return [_reason(node, lang)]
    deciding = node.children if node.kind == "not" else [c for c in node.children if c.met == node.met]
    return [reason for child in deciding for reason in _reasons(child, lang)]


def _reason(leaf: Explanation, lang: Lang) -> str:
    measured = "" if leaf.measured is None else f" ({leaf.measured.ko if lang == 'ko' else leaf.measured.en})"
    if lang == "ko":
        return f"{leaf.ko}{'임' if leaf.met else '이 아님'}{measured}"
    said = (
        leaf.en.replace("whose ", "their ", 1) if leaf.en.startswith("whose ") else leaf.en.replace("who ", "they ", 1)
    )
    return f"{'' if leaf.met else 'it is not so that '}{said}{measured}"


def _one(node: Explanation, lang: Lang) -> str:
    said = node.ko if lang == "ko" else node.en
    if node.measured is None:
        return said
    return f"{said} ({node.measured.ko if lang == 'ko' else node.measured.en})"


def _lines(node: Explanation, lang: Lang, depth: int) -> list[str]:
    words = {"all": ("모두", "all of"), "any": ("하나라도", "any of"), "not": ("아님", "not")}
    label = words[node.kind][lang == "en"] if node.kind in words else _one(node, lang)
    lines = [f"{'  ' * depth}{'✓' if node.met else '✗'} {label}"]
    for child in node.children:
        lines += _lines(child, lang, depth + 1)
    return lines
