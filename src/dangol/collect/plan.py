"""A mapping laid over a header: for every field of a fact, the expression that reads it."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.collect import cells, header
from dangol.collect.mapping import NUMBERS, REQUIRED, Identifier, Mapping, Property, Ref, Test
from dangol.engine import sql
from dangol.schema import KINDS, DefinitionError, Problem, Text

WON_TAX = Decimal("0.1")
"""Korean value-added tax (부가가치세법 제30조)."""


class TakeSettings(Protocol):
    """What taking needs to know of the workspace. `rates`: one unit of a currency in the workspace's."""

    @property
    def timezone(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def rates(self) -> Dict[str, str]: ...


@dataclass(frozen=True)
class Plan:
    """`columns`: compared column name → engine column of the raw table."""

    mapping: Mapping
    columns: Dict[str, str]
    names: tuple[str, ...]
    settings: TakeSettings
    source: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.mapping.timezone or self.settings.timezone)

    # -- text --------------------------------------------------------------------------------------------------------
    def texts(self, ref: Ref) -> list[exp.Expr]:
        return [exp.column(c) for c in self.places(ref)]

    def text(self, ref: Ref | None) -> exp.Expr:
        """The text a reference stands for; null when its columns are not in this file."""
        if ref is None:
            return cells.first([])
        parts = self.texts(ref)
        if ref.how == "join" and len(parts) > 1:
            joined = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(ref.between), *parts])
            return sql("CASE WHEN :first IS NOT NULL THEN :joined END", first=parts[0], joined=joined)
        return cells.first(parts)

    def field(self, name: str) -> exp.Expr:
        """Text of a field: its column, else its constant."""
        constant = dict(self.mapping.constants).get(name)
        if name == "currency":
            constant = constant or self.mapping.currency or self.settings.currency
            return sql("upper(coalesce(:c, :d))", c=self.text(self.mapping.ref(name)), d=constant)
        ref = self.mapping.ref(name)
        if ref is None:
            return exp.Literal.string(constant) if constant else cells.first([])
        found = self.text(ref)
        return sql("coalesce(:c, :d)", c=found, d=constant) if constant else found

    # -- values ------------------------------------------------------------------------------------------------------
    def number(self, ref: Ref | None) -> exp.Expr:
        """The number a reference stands for, from the numbers of its columns (`Read.number`)."""
        parts = self.numbers(ref)
        if ref is None or not parts or (ref.how == "product" and len(parts) < len(ref.columns)):
            return exp.cast(exp.null(), "decimal(18,4)")
        total = parts[0]
        if ref.how == "sum":
            total = sql("CAST(0 AS DECIMAL(18,4))")
            for part in parts:
                total = sql("try_cast(:a + coalesce(:b, 0) AS DECIMAL(18,4))", a=total, b=part)
            return sql("CASE WHEN :any IS NOT NULL THEN :total END", any=cells.first(parts), total=total)
        if ref.how == "product":
            for part in parts[1:]:
                total = sql("try_cast(:a * :b AS DECIMAL(18,4))", a=total, b=part)
            return total
        return cells.first(parts)

    def numbers(self, ref: Ref | None) -> list[exp.Expr]:
        return [exp.column(f"n_{c}") for c in self.places(ref)] if ref else []

    def moment(self, ref: Ref | None) -> exp.Expr:
        """UTC of the text of a reference, from its `m_` and `u_` columns; see `typed`."""
        if ref is None or not self.places(ref):
            return exp.cast(exp.null(), "timestamp")
        name = self.moment_name(ref)
        return sql("coalesce(:u, :m)", u=exp.column(f"u_{name}"), m=cells.local(exp.column(f"m_{name}"), self.zone))

    def moment_name(self, ref: Ref) -> str:
        return "_".join(self.places(ref))

    def moment_refs(self) -> dict[str, Ref]:
        """Name → reference, of everything read as a moment."""
        refs = [
            self.mapping.ref("at"),
            *(u.at for u in self.mapping.undone),
            *(t.ref for t in self.mapping.traits if t.kind == "date"),
        ]
        return {self.moment_name(r): r for r in refs if r is not None and self.places(r)}

    def number_columns(self) -> list[str]:
        """Engine columns that are read as numbers."""
        refs = [self.mapping.ref(n) for n in NUMBERS] + [u.amount for u in self.mapping.undone]
        refs += [t.ref for t in self.mapping.traits if t.kind == "number"]
        refs += [Ref((t.column,)) for t in self.tests() if t.below is not None]
        return list(dict.fromkeys(c for r in refs if r for c in self.places(r)))

    def tests(self) -> list[Test]:
        return [u.test for u in self.mapping.undone] + [s.test for s in self.mapping.skip]

    def test(self, test: Test) -> exp.Expr:
        name = self.columns.get(header.key(test.column))
        if name is None:
            return exp.false()
        value = exp.column(name)
        asks: list[exp.Expr] = []
        if test.is_:
            asks.append(sql("lower(:v) IN :words", v=value, words=[w.lower() for w in test.is_]))
        if test.starts:
            asks.append(sql("starts_with(:v, :s)", v=value, s=test.starts))
        if test.below is not None:
            asks.append(sql("coalesce(:n < :below, false)", n=exp.column(f"n_{name}"), below=Decimal(str(test.below))))
        return sql("coalesce(:all, false)", all=exp.and_(*asks)) if asks else exp.false()

    def rate(self) -> exp.Expr | None:
        """What one unit of the row's currency is worth here; null in SQL when no rate is set. None: always one."""
        base = self.settings.currency
        if code := self._code():
            if code == base:
                return None
            worth = self.settings.rates.get(code)
            return (
                exp.cast(exp.Literal.string(worth), "decimal(18,6)") if worth else exp.cast(exp.null(), "decimal(18,6)")
            )
        case = exp.Case(
            this=self.field("currency"),
            ifs=[exp.If(this=exp.Literal.string(base), true=sql("CAST(1 AS DECIMAL(18,6))"))],
        )
        for code, worth in self.settings.rates.items():
            case.append(
                "ifs", exp.If(this=exp.Literal.string(code), true=exp.cast(exp.Literal.string(worth), "decimal(18,6)"))
            )
        return case

    def tax_rate(self) -> Decimal | None:
        """The tax as a share of the net amount; for won without tax, and without a column of it, ten per cent."""
        if self.mapping.tax_rate:
            return Decimal(self.mapping.tax_rate)
        if self.mapping.tax != "excluded" or self.has("tax"):
            return None
        return WON_TAX if self._code() == "KRW" else None

    def has(self, name: str) -> bool:
        return bool((ref := self.mapping.ref(name)) and self.places(ref))

    def _code(self) -> str:
        """The currency of the whole file; empty when every row has its own."""
        if self.has("currency"):
            return ""
        return (dict(self.mapping.constants).get("currency") or self.mapping.currency or self.settings.currency).upper()

    # -- people ------------------------------------------------------------------------------------------------------
    @property
    def identifiers(self) -> list[Identifier]:
        """Strongest first, and only those whose columns are in the file."""
        order = list(KINDS)
        there = [i for i in self.mapping.identifiers if self.texts(i.ref)]
        return sorted(there, key=lambda i: (-KINDS[i.kind].strength, order.index(i.kind)))

    def identifier(self, one: Identifier) -> exp.Expr:
        value = self.text(one.ref)
        return (
            sql("CASE WHEN :v IS NOT NULL THEN concat(:scope, ':', :v) END", scope=one.scope, v=value)
            if one.scope
            else value
        )

    @property
    def properties(self) -> list[Property]:
        wanted = [p for p in self.mapping.properties if self.texts(p.ref)]
        if self.mapping.rest == "properties":
            used = self.mapping.used()
            wanted += [Property(n, Ref((n,))) for n in self.names if header.key(n) not in used]
        return wanted

    def kept(self) -> dict[str, str]:
        """Engine column → what may stand in it: ``free`` text, product ``codes``, or ``plain`` values."""
        out: dict[str, str] = {}
        for prop in self.properties:
            for column in self.places(prop.ref):
                out[column] = "codes" if prop.code else "free"
        for name in ("product_id",):
            ref = self.mapping.ref(name)
            for column in self.places(ref) if ref else []:
                out[column] = "codes"
        return out

    def stored(self) -> list[str]:
        """Engine columns whose text goes on, into any table or the vault."""
        refs = [ref for name, ref in self.mapping.columns if name not in ("at", "message_id", *NUMBERS)]
        refs += [ref for _, ref in self.mapping.person] + [i.ref for i in self.identifiers]
        refs += [t.ref for t in self.mapping.traits] + [p.ref for p in self.properties]
        return list(dict.fromkeys(c for r in refs for c in self.places(r)))

    def used(self) -> list[str]:
        """Engine columns that anything reads."""
        m = self.mapping
        refs = [r for _, r in (*m.columns, *m.person)] + [i.ref for i in m.identifiers] + [t.ref for t in m.traits]
        refs += [p.ref for p in self.properties] + [c.ref for c in m.consents]
        refs += [r for u in m.undone for r in (u.at, u.amount) if r] + [Ref((t.column,)) for t in self.tests()]
        return sorted({c for r in refs for c in self.places(r)}, key=lambda c: (len(c), c))

    def places(self, ref: Ref) -> list[str]:
        """Engine columns of a reference, as far as the file has them."""
        return [self.columns[header.key(c)] for c in ref.columns if header.key(c) in self.columns]


def plan(
    mapping: Mapping, names: Sequence[str], settings: TakeSettings, source: str, extra: Dict[str, str] | None = None
) -> Plan:
    """Lay a mapping over a header. Raises `DefinitionError` naming the required fields whose columns are not there."""
    columns = {header.key(n): f"c{i}" for i, n in enumerate(names)} | {
        header.key(k): v for k, v in (extra or {}).items()
    }
    constants = dict(mapping.constants)
    problems = []
    for field in REQUIRED[mapping.grain]:
        ref = mapping.ref(field)
        if field not in constants and not (ref and any(header.key(c) in columns for c in ref.columns)):
            looked = ", ".join(ref.columns) if ref else "no column"
            problems.append(
                Problem(
                    Text(f"'{field}' is needed and not in the file", f"꼭 필요한 '{field}' 값이 파일에 없습니다"),
                    f"columns.{field}",
                    Text(f"looked for {looked}", f"찾아본 열: {looked}"),
                )
            )
    made = Plan(mapping, columns, tuple(names), settings, source)
    if mapping.tax == "excluded" and not made.has("tax") and made.tax_rate() is None:
        problems.append(
            Problem(
                Text(
                    "amounts are without tax, and neither a column of it nor its rate is known",
                    "금액에 세금이 빠져 있는데, 세금 열도 세율도 없습니다",
                ),
                "tax",
                Text.same("tax: {included: false, rate: 10%}"),
            )
        )
    if problems:
        raise DefinitionError(problems, where=f"mapping {mapping.name}")
    return made
