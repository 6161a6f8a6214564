"""Numbers as sentences: values with their units, and how the members of a segment differ from everyone else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa

from dangol.profiles import Definitions, Trait
from dangol.schema import Answer, Lang, utc_words

Number = int | float | Decimal

_UNITS = {
    "days": "일", "day": "일", "weeks": "주", "orders": "건", "times": "회", "years": "세", "year": "년", "score": "점",
    "categories": "개 카테고리", "visits": "회", "events": "건", "customers": "명", "units": "개", "products": "개",
    "campaigns": "개 캠페인", "coupons": "장",
}  # fmt: skip
"""Korean counters for units of traits; a shop's own unit without one is shown as it is."""


_SINGULAR = {"categories": "category"} | {many: many[:-1] for many in _UNITS if many[-1] == "s" and many[-3:] != "ies"}


def word(trait: Trait, value: Any, lang: Lang) -> str:
    """One of a trait's values as people say it: ``sun`` → Sunday, 일요일."""
    if str(value) in trait.words:
        return trait.words[str(value)].say(lang)
    if isinstance(value, bool) or str(value) in ("true", "false"):
        yes = str(value).lower() == "true"
        return ("예" if yes else "아니요") if lang == "ko" else ("yes" if yes else "no")
    return str(value)


def amount(value: Number, unit: str, lang: Lang, currency: str) -> str:
    """A number with its unit: ``59.6 %``, ``12,900 KRW``, ``4.2 days``, ``4.2일``."""
    if unit == "share":
        return f"{float(value) * 100:.1f} %" if abs(float(value)) < 0.1 else f"{float(value) * 100:.0f} %"
    said = number(value)
    if unit == "year":
        return f"{float(value):.0f}" + ("년" if lang == "ko" else "")
    if unit == "hour of day":
        return f"{float(value):.0f}시" if lang == "ko" else f"{float(value):.0f}:00"
    if unit == "money":
        return f"{said} {currency}"
    if lang == "ko" and unit == "times" and "." in said:
        return f"{said}배"  # a ratio, not a number of times
    if lang == "ko" and unit in _UNITS:
        return f"{said}{_UNITS[unit]}"
    if unit == "score":
        return said
    return f"{said} {_SINGULAR.get(unit, unit) if said == '1' else unit}".strip()


def unit(name: str, lang: Lang, currency: str) -> str:
    """A unit beside a number that is typed; empty for what needs none."""
    if name in ("", "share", "score", "year", "hour of day"):
        return ""
    if name == "money":
        return currency
    return _UNITS.get(name, name) if lang == "ko" else name


def number(value: Number) -> str:
    """Three telling digits: 0.042, 4.25, 42.5, 425, 4,250."""
    size = abs(float(value))
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    text = f"{float(value):,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def difference(row: Mapping[str, Any], trait: Trait, lang: Lang, currency: str) -> str:
    """One row of a segment's profile as a sentence: ``Share of orders on weekends: 60 % here, 30 % elsewhere``."""
    says = trait.says[lang]
    if row["kind"] == "share":
        inside, outside = (amount(row[side], "share", lang, currency) for side in ("inside", "outside"))
        what = f"{says}: {word(trait, row['value'], lang)}"
        if lang == "ko":
            return f"{what} — 여기서는 {inside}, 다른 고객은 {outside}"
        return f"{what} — {inside} here, {outside} elsewhere"
    inside, outside = (amount(row[side], trait.unit, lang, currency) for side in ("inside", "outside"))
    if lang == "ko":
        return f"{says}: 여기서는 평균 {inside}, 다른 고객은 {outside}"
    return f"{says}: {inside} on average here, {outside} elsewhere"


def readable(answer: Answer, definitions: Definitions, lang: Lang) -> Answer:
    """A table of traits as people read it: their words for values, labels of segments; `facts["labels"]` has the headings.

    Numbers, times and what no definition names stay as they are, and so does the table that programs get.
    """
    table, labels = answer.table, {}
    for i, name in enumerate(table.column_names):
        trait = definitions.traits.get(name)
        if trait is not None:
            labels[name] = trait.says[lang]
            if trait.words or pa.types.is_boolean(table.schema.field(i).type):
                said = [None if v is None else plain(v, trait, lang, "") for v in table[i].to_pylist()]
                table = table.set_column(i, name, pa.array(said, pa.string()))
        elif name in ("segment", "a", "b") and pa.types.is_string(table.schema.field(i).type):
            known = definitions.segments
            said = [known[s].says[lang] if s in known else s for s in table[i].to_pylist()]
            table = table.set_column(i, name, pa.array(said, pa.string()))
    return replace(answer, table=table, facts={**answer.facts, "labels": labels})


def plain(value: object, trait: Trait | None, lang: Lang, currency: str) -> str:
    """A customer's value of a trait as a person reads it; the unit stands beside it where it is not part of the number."""
    if isinstance(value, list | tuple):
        return ", ".join(plain(v, trait, lang, currency) for v in value)
    if isinstance(value, dt.datetime):
        return utc_words(value)
    if trait is not None and (trait.words or isinstance(value, bool)):
        return word(trait, value, lang)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        if trait is not None and trait.unit:
            return amount(value, trait.unit, lang, currency)
        return number(value)
    return str(value)
