"""How segments overlap, and how the members of one differ from everyone else."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlglot import exp

from dangol.engine import Engine, sql
from dangol.profiles.definitions import Definitions
from dangol.profiles.formula import NUMERIC
from dangol.profiles.model import Trait
from dangol.profiles.segments import Draft, who
from dangol.profiles.state import CUSTOMERS
from dangol.profiles.stats import Difference, Moments, newcombe, welch
from dangol.schema import Answer

_CHUNK = 8
_COLUMNS = pa.schema(
    [
        ("trait", pa.string()), ("value", pa.string()), ("kind", pa.string()), ("ko", pa.string()), ("en", pa.string()),
        ("inside", pa.float64()), ("outside", pa.float64()), ("difference", pa.float64()), ("low", pa.float64()),
        ("high", pa.float64()), ("effect", pa.float64()),
        ("median_inside", pa.float64()), ("median_outside", pa.float64()),
        ("n_inside", pa.int64()), ("n_outside", pa.int64()),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two segments among everyone: `jaccard` is both over either, `lift` compares with chance."""

    a: str
    b: str
    size_a: int
    size_b: int
    both: int
    everyone: int

    @property
    def share_of_a(self) -> float | None:
        return self.both / self.size_a if self.size_a else None

    @property
    def share_of_b(self) -> float | None:
        return self.both / self.size_b if self.size_b else None

    @property
    def jaccard(self) -> float | None:
        either = self.size_a + self.size_b - self.both
        return self.both / either if either else None

    @property
    def lift(self) -> float | None:
        """How many times more often than if the two had nothing to do with each other."""
        chance = self.size_a * self.size_b
        return self.both * self.everyone / chance if chance else None

    def answer(self) -> Answer:
        row = {
            "a": self.a, "b": self.b, "size_a": self.size_a, "size_b": self.size_b, "both": self.both,
            "share_of_a": self.share_of_a, "share_of_b": self.share_of_b, "jaccard": self.jaccard, "lift": self.lift,
            "everyone": self.everyone,
        }  # fmt: skip
        kinds = {"a": pa.string(), "b": pa.string()}
        counts = {"size_a", "size_b", "both", "everyone"}
        schema = pa.schema([(k, kinds.get(k, pa.int64() if k in counts else pa.float64())) for k in row])
        return Answer(pa.Table.from_pylist([row], schema=schema))


def overlap(engine: Engine, definitions: Definitions, a: Draft, b: Draft, *, now: dt.datetime, tz: ZoneInfo) -> Overlap:
    """Count two segments and what they share."""
    query = sql(
        "SELECT COUNT(a.customer_id) AS a, COUNT(b.customer_id) AS b,"
        " COUNT(CASE WHEN a.customer_id IS NOT NULL AND b.customer_id IS NOT NULL THEN 1 END) AS n,"
        " COUNT(*) AS everyone FROM customers AS c LEFT JOIN one AS a ON a.customer_id = c.customer_id"
        " LEFT JOIN other AS b ON b.customer_id = c.customer_id",
        tables={"one": who(definitions, a, now=now, tz=tz), "other": who(definitions, b, now=now, tz=tz)},
    )
    row = engine.run(query).to_pylist()[0]
    return Overlap(_label(a), _label(b), row["a"], row["b"], row["n"], row["everyone"])


def _label(draft: Draft) -> str:
    return draft if isinstance(draft, str) else str(draft.get("segment", "draft"))


def profile(
    engine: Engine, definitions: Definitions, segment: Draft, *, now: dt.datetime, tz: ZoneInfo, least: int = 10,
    confidence: float = 0.95,
) -> Answer:  # fmt: skip
    """How members differ from everyone else, over all traits, the largest effect first.

    Numbers: means, medians, Welch's interval of the difference, Cohen's d. Words and lists: the share that has a value,
    Newcombe's interval, Cohen's h. A row needs at least `least` customers with the trait on each side, and a value at
    least `least` customers in all. Intervals are for one row at a time: among twenty rows one misses by chance.
    """
    marked = sql(
        "SELECT c.*, CASE WHEN m.customer_id IS NULL THEN 0 ELSE 1 END AS inside_ FROM customers AS c"
        " LEFT JOIN members AS m ON m.customer_id = c.customer_id",
        tables={"members": who(definitions, segment, now=now, tz=tz)},
    )
    rows: list[dict[str, Any]] = []
    have = set(engine.tables().get(CUSTOMERS, ()))
    traits = [t for t in definitions.traits.values() if t.name in have]
    with engine.scratch(marked) as table:
        rows += _numbers(engine, table, [t for t in traits if t.type in NUMERIC and not t.values], least, confidence)
        for trait in traits:
            if trait.type in ("text", "bool", "list<text>") or trait.values:
                rows += _values(engine, table, trait, least, confidence)
        sizes = engine.run(
            sql("SELECT SUM(inside_) AS n, COUNT(*) AS everyone FROM t", tables={"t": table})
        ).to_pylist()[0]
    rows.sort(key=lambda r: (-abs(r["effect"]), r["trait"], r["value"] or ""))
    facts = {
        "members": int(sizes["n"] or 0),
        "everyone": int(sizes["everyone"]),
        "as_of": now,
        "confidence": confidence,
    }
    return Answer(pa.Table.from_pylist(rows, schema=_COLUMNS), facts=facts)


def _numbers(
    engine: Engine, table: str, traits: list[Trait], least: int, confidence: float
) -> Iterator[dict[str, Any]]:
    for start in range(0, len(traits), _CHUNK):
        chunk = traits[start : start + _CHUNK]
        columns: list[exp.Expr] = []
        for number, trait in enumerate(chunk):
            x = exp.cast(exp.column(trait.name, quoted=True), "double")
            for text, what in (
                ("COUNT(:x)", "n"),
                ("AVG(:x)", "mean"),
                ("VAR_SAMP(:x)", "var"),
                ("MEDIAN(:x)", "median"),
            ):
                columns.append(sql(text, x=x).as_(f"{what}_{number}"))
        query = exp.select("inside_", *columns).from_(table).group_by("inside_")
        groups = {r["inside_"]: r for r in engine.run(query).to_pylist()}
        if set(groups) != {0, 1}:
            continue
        for number, trait in enumerate(chunk):
            sides = [groups[side] for side in (1, 0)]
            n_in, n_out = (int(s[f"n_{number}"]) for s in sides)
            if min(n_in, n_out) < max(2, least):
                continue
            inside, outside = (
                Moments(n, float(s[f"mean_{number}"]), float(s[f"var_{number}"]))
                for n, s in zip((n_in, n_out), sides, strict=True)
            )
            found = welch(inside, outside, confidence)
            if found:
                yield _row(trait, None, "number", inside.mean, outside.mean, found, n_in, n_out) | {
                    "median_inside": float(sides[0][f"median_{number}"]),
                    "median_outside": float(sides[1][f"median_{number}"]),
                }


def _values(engine: Engine, table: str, trait: Trait, least: int, confidence: float) -> Iterator[dict[str, Any]]:
    column = exp.column(trait.name, quoted=True)
    known = sql(
        "SELECT COUNT(CASE WHEN inside_ = 1 THEN :x END) AS a, COUNT(CASE WHEN inside_ = 0 THEN :x END) AS b FROM t",
        tables={"t": table},
        x=column,
    )
    row = engine.run(known).to_pylist()[0]
    n_in, n_out = int(row["a"]), int(row["b"])
    if min(n_in, n_out) < least:
        return
    value = exp.func("UNNEST", column, dialect="duckdb") if trait.type == "list<text>" else exp.cast(column, "varchar")
    inner = exp.select("inside_", value.as_("value")).from_(table)
    query = sql(
        "SELECT value, SUM(inside_) AS k_in, SUM(1 - inside_) AS k_out FROM v WHERE value IS NOT NULL"
        " GROUP BY value HAVING COUNT(*) >= :least ORDER BY COUNT(*) DESC, value LIMIT 200",
        tables={"v": inner},
        least=least,
    )
    for found in engine.run(query).to_pylist():
        k_in, k_out = int(found["k_in"]), int(found["k_out"])
        difference = newcombe(k_in, n_in, k_out, n_out, confidence)
        if not math.isclose(difference.effect, 0.0, abs_tol=1e-12):
            yield _row(trait, found["value"], "share", k_in / n_in, k_out / n_out, difference, n_in, n_out)


def _row(
    trait: Trait, value: str | None, kind: str, inside: float, outside: float, found: Difference, n_in: int, n_out: int
) -> dict[str, Any]:
    return {
        "trait": trait.name, "value": value, "kind": kind, "ko": trait.says["ko"], "en": trait.says["en"],
        "inside": inside, "outside": outside, "difference": found.difference, "low": found.low, "high": found.high,
        "effect": found.effect, "n_inside": n_in, "n_outside": n_out,
    }  # fmt: skip
