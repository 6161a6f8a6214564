"""A small shop to resolve customers in: identifiers and records in, the whole state out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pyarrow as pa

from dangol.engine import DuckDBEngine, sql
from dangol.identity import Policy, Resolution, resolve
from dangol.schema import CONFLICTS, EVENTS, IDENTIFIERS, IDENTITY_LOG, REDIRECTS, TABLES

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
START = NOW.replace(month=1, day=1, hour=0, tzinfo=None)

_IDENTIFIERS = pa.schema(
    [
        ("node", pa.int64()),
        ("kind", pa.string()),
        ("value", pa.string()),
        ("first_seen", pa.timestamp("us")),
        ("last_seen", pa.timestamp("us")),
        ("source", pa.string()),
        ("blocked", pa.string()),
    ]
)
_LINKS = pa.schema(
    [
        ("a", pa.int64()),
        ("b", pa.int64()),
        ("fact", pa.string()),
        ("at", pa.timestamp("us")),
        ("source", pa.string()),
    ]
)

KINDS = {
    "u": "user_id",
    "h": "household_id",
    "e": "email",
    "p": "phone",
    "a": "anonymous_id",
    "d": "device_id",
    "c": "ci",
}


@dataclass(frozen=True)
class Record:
    """One fact: the identifiers on it, by short names such as ``u1`` and ``e7``, and its day."""

    names: tuple[str, ...]
    day: int = 0

    @property
    def at(self) -> dt.datetime:
        return START + dt.timedelta(days=self.day)


def node(name: str) -> int:
    """A short name's node: kinds do not sort together, as hashes do not."""
    return int(name[1:]) * 31 + "uhepadc".index(name[0]) + 1


def name(number: int) -> str:
    return f"{'uhepadc'[(number - 1) % 31]}{(number - 1) // 31}"


@dataclass
class Shop:
    policy: Policy = field(default_factory=Policy)
    junk: Mapping[str, str] = field(default_factory=dict)
    engine: DuckDBEngine = field(default_factory=lambda: DuckDBEngine(threads=1))
    batches: int = 0

    def __post_init__(self) -> None:
        self.engine.ensure([EVENTS, IDENTIFIERS, IDENTITY_LOG, CONFLICTS, REDIRECTS])
        self.engine.ensure([TABLES["identifiers_told"], TABLES["links_told"]])

    def take(self, *records: Record | Sequence[str]) -> Resolution:
        """One batch of records."""
        facts = [r if isinstance(r, Record) else Record(tuple(r)) for r in records]
        self.batches += 1
        rows = [
            {
                "node": node(n),
                "kind": KINDS[n[0]],
                "value": None if n[0] in "ep" else n,
                "first_seen": fact.at,
                "last_seen": fact.at,
                "source": "shop",
                "blocked": self.junk.get(n),
            }
            for fact in facts
            for n in fact.names
        ]
        pairs = [
            {"a": min(x, y), "b": max(x, y), "fact": "-".join(fact.names), "at": fact.at, "source": "shop"}
            for fact in facts
            for x, y in combinations(sorted({node(n) for n in fact.names}), 2)
        ]
        with ExitStack() as stack:
            identifiers = stack.enter_context(self.engine.scratch(pa.Table.from_pylist(rows, _IDENTIFIERS)))
            links = stack.enter_context(self.engine.scratch(pa.Table.from_pylist(pairs, _LINKS)))
            return resolve(self.engine, identifiers, links, batch=self.batches, now=NOW, policy=self.policy)

    def rows(self, table: str, order: str) -> list[dict[str, Any]]:
        found = self.engine.run(sql("SELECT * FROM t", tables={"t": table})).to_pylist()
        return sorted(found, key=lambda r: r[order])

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Everything derived, in one order."""
        conflicts = sorted(self.rows("identity_conflicts", "node"), key=lambda r: (r["node"], r["reason"]))
        return {
            "identifiers": self.rows("identifiers", "node"),
            "redirects": self.rows("redirects", "old_id"),
            "conflicts": conflicts,
        }

    def customers(self) -> dict[str, int | None]:
        return {name(r["node"]): r["customer_id"] for r in self.rows("identifiers", "node")}

    def groups(self) -> set[frozenset[str]]:
        """The partition; blocked identifiers stand apart."""
        by_id: dict[int, set[str]] = {}
        for who, customer in self.customers().items():
            if customer is not None:
                by_id.setdefault(customer, set()).add(who)
        return {frozenset(g) for g in by_id.values()}

    def conflicts(self) -> dict[str, tuple[str, frozenset[str]]]:
        """By contested identifier: the reason and the claimants, each by one customer's identifiers."""
        return {
            name(r["node"]): (r["reason"], frozenset(r["customers"])) for r in self.rows("identity_conflicts", "node")
        }

    def log(self) -> list[dict[str, Any]]:
        return self.rows("identity_log", "seq")


def groups(*texts: str) -> set[frozenset[str]]:
    """``groups("u1 e1", "p1")``"""
    return {frozenset(t.split()) for t in texts}


def record(*names: str, day: int = 0) -> Record:
    return Record(tuple(names), day)


def nodes(names: Iterable[str]) -> list[int]:
    return [node(n) for n in names]
