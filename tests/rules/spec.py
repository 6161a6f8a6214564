"""The language-neutral cases of spec/rules, read for an engine to run. Other suites may use this too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import yaml

from dangol.engine import ARROW_TYPES, Engine, arrow_schema
from dangol.rules import Catalog, Context, TraitInfo
from dangol.rules.surroundings import Surroundings, read_bands
from dangol.schema import CONSENTS, EVENTS, IDENTIFIERS, ORDER_ITEMS, WEATHER

FOLDER = Path(__file__).parents[2] / "spec" / "rules"
TABLES = (EVENTS, ORDER_ITEMS, CONSENTS, IDENTIFIERS, WEATHER)


@dataclass(frozen=True)
class World:
    """One file: a moment, tables and cases."""

    name: str
    context: Context
    customers: pa.Table
    tables: dict[str, pa.Table]
    cases: tuple[dict[str, Any], ...]

    def load(self, engine: Engine) -> None:
        """Put the world into the engine, in place of what is there."""
        engine.ensure(TABLES)
        for name, rows in self.tables.items():
            engine.replace(name, rows)
        engine.replace("customers", self.customers)


def worlds() -> Iterator[World]:
    """Every file of spec/rules."""
    for path in sorted(FOLDER.glob("*.yaml")):
        yield _world(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")))


def _world(name: str, body: dict[str, Any]) -> World:
    traits = {k: TraitInfo(**v) if isinstance(v, dict) else TraitInfo(v) for k, v in body["traits"].items()}
    fields = pa.schema([("customer_id", pa.int64()), *((n, ARROW_TYPES[t.type]) for n, t in traits.items())])
    now = dt.datetime.fromisoformat(str(body["now"])).replace(tzinfo=dt.UTC)
    around = dict(body.get("surroundings", {}))
    bands = {"bands": read_bands(around.pop("bands"))} if "bands" in around else {}
    catalog = Catalog(traits, body.get("segments", {}), surroundings=Surroundings(**around, **bands))
    return World(
        name,
        Context(now, ZoneInfo(body["zone"]), catalog, segments="inline"),
        _arrow(body["customers"], fields),
        {t.name: _arrow(body.get(t.name, []), arrow_schema(t)) for t in TABLES},
        tuple(body["cases"]),
    )


def _arrow(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(
        [{k: _value(v, schema.field(k).type) for k, v in row.items()} for row in rows], schema=schema
    )


def _value(value: Any, kind: pa.DataType) -> Any:
    if pa.types.is_decimal(kind):
        return Decimal(str(value))
    if pa.types.is_timestamp(kind) and isinstance(value, str):
        return dt.datetime.fromisoformat(value)
    if pa.types.is_string(kind):
        return str(value)
    return value


__all__ = ["FOLDER", "World", "worlds"]
