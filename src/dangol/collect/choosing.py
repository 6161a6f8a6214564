"""What each column of a file means under a mapping, and a mapping changed one column at a time: what a form shows and edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from dangol.collect import header
from dangol.collect.mapping import FIELDS, REQUIRED, Consent, Grain, Identifier, Mapping, Property, Ref, Trait
from dangol.collect.propose import NO, YES
from dangol.schema import KINDS, PERSON_FIELDS, DefinitionError, Problem, Text, one_of

CONSENT_CHANNELS = ("email", "sms", "kakao", "push", "phone", "post")
DROP, LEFT = "drop", ""
"""Dropped by the mapping's own word; not spoken of."""

TraitKind = Literal["text", "number", "date", "gender"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A column and what it is taken for.

    meaning   a field (``at``, ``amount``, …), ``id:KIND``, ``person:FIELD``, ``trait:NAME``, ``property:NAME``,
              ``consent:CHANNEL``, ``test`` (rows are told apart by it), ``join``, ``drop`` or empty: left out
    also      further meanings, where a column has several
    how       first, join, sum or product: how it goes together with the other columns of that meaning
    """

    column: str
    meaning: str = LEFT
    also: tuple[str, ...] = ()
    how: str = "first"
    kind: str = ""


def meanings(grain: Grain) -> tuple[str, ...]:
    """What a column may be taken for in a file of this grain, without the names of traits and properties."""
    who = (*(f"id:{kind}" for kind in KINDS), *(f"person:{field}" for field in PERSON_FIELDS))
    consents = tuple(f"consent:{channel}" for channel in CONSENT_CHANNELS)
    if grain in ("reference", "ignore"):
        return (DROP,)
    if grain == "products":
        return ("product_id", "title", "category", "department", "brand", "price", "property", DROP)
    if grain == "customers":
        return (*who, "trait", *consents, DROP)
    needed = REQUIRED[grain]
    return (*needed, *(f for f in FIELDS if f not in needed), *who, "trait", "property", *consents, DROP)


def chosen(mapping: Mapping, columns: Sequence[str]) -> tuple[Choice, ...]:
    """What every column of a header is taken for."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    spoken = [
        (place, meaning, ref.how, kind, column)
        for meaning, ref, kind in _spoken(mapping)
        for place, column in enumerate(ref.columns)
    ]
    for one in sorted(spoken, key=lambda s: s[0]):  # what it is for most comes first
        found.setdefault(header.key(one[4]), []).append((one[1], one[2], one[3]))
    for test in (*(u.test for u in mapping.undone), *(s.test for s in mapping.skip)):
        found.setdefault(header.key(test.column), []).append(("test", "first", ""))
    for join in mapping.joins:
        for mine, _ in join.match:
            found.setdefault(header.key(mine), []).append(("join", "first", ""))
    for column in mapping.drop:
        found.setdefault(header.key(column), []).append((DROP, "first", ""))
    made = []
    for column in columns:
        said = found.get(header.key(column), [])
        if not said:
            rest = mapping.rest == "properties" and mapping.grain not in ("reference", "ignore")
            said = [(f"property:{column}", "first", "")] if rest else [(LEFT, "first", "")]
        (first, how, kind), *more = said
        made.append(Choice(column, first, tuple(m for m, _, _ in more), how, kind))
    return tuple(made)


def _spoken(mapping: Mapping) -> list[tuple[str, Ref, str]]:
    return [
        *((name, ref, "") for name, ref in mapping.columns),
        *((f"id:{i.kind}", i.ref, "") for i in mapping.identifiers),
        *((f"person:{name}", ref, "") for name, ref in mapping.person),
        *((f"trait:{t.name}", t.ref, t.kind) for t in mapping.traits),
        *((f"property:{p.name}", p.ref, "code" if p.code else "") for p in mapping.properties),
        *((f"consent:{c.channel}", c.ref, "") for c in mapping.consents),
        *((f"undone.{what}", ref, "") for u in mapping.undone for what, ref in (("at", u.at), ("amount", u.amount)) if ref),
    ]  # fmt: skip


def choose(mapping: Mapping, column: str, meaning: str, *, kind: str = "") -> Mapping:
    """The mapping with one column taken for something else; what rows are told apart by stays.

    :param meaning: as in `Choice`. ``trait`` and ``property`` without a name take the column's own.
    :param kind: of a trait: text, number, date or gender. :raises DefinitionError: there is no such meaning.
    """
    bare = _without(mapping, column)
    what, _, name = meaning.partition(":")
    ref = Ref((column,))
    if meaning == LEFT:
        return replace(bare, drop=(*bare.drop, column)) if bare.rest == "properties" else bare
    if meaning == DROP:
        return replace(bare, drop=(*bare.drop, column))
    if what in FIELDS and not name:
        columns = dict(bare.columns)
        columns[what] = _with(columns.get(what), column)
        return replace(bare, columns=tuple(columns.items()))
    if what == "id" and name in KINDS:
        return replace(bare, identifiers=_identifier(bare.identifiers, name, column))
    if what == "person" and name in PERSON_FIELDS:
        person = dict(bare.person)
        person[name] = _with(person.get(name), column)
        return replace(bare, person=tuple(person.items()))
    if what == "trait":
        typed: TraitKind = kind if kind in get_args(TraitKind) else "text"  # type: ignore[assignment]
        others = tuple(t for t in bare.traits if t.name != (name or column))
        return replace(bare, traits=(*others, Trait(name or column, ref, typed)))
    if what == "property":
        rest = tuple(p for p in bare.properties if p.name != (name or column))
        return replace(bare, properties=(*rest, Property(name or column, ref, kind == "code")))
    if what == "consent" and name in CONSENT_CHANNELS:
        return replace(bare, consents=(*bare.consents, Consent("advertising", name, ref, YES, NO)))
    unknown = Text(f"'{meaning}' is nothing a column can be", f"'{meaning}': 열에 정할 수 없는 뜻입니다")
    raise DefinitionError([Problem(unknown, column, one_of(meanings(mapping.grain)))])


def _with(ref: Ref | None, column: str) -> Ref:
    return Ref((column,)) if ref is None else replace(ref, columns=(*ref.columns, column))


def _identifier(known: tuple[Identifier, ...], kind: str, column: str) -> tuple[Identifier, ...]:
    """Beside another column of the kind it is an identifier of its own: one row may carry two phones."""
    return (*known, Identifier(kind, Ref((column,))))


def _without(mapping: Mapping, column: str) -> Mapping:
    """The mapping without a column, wherever it takes a value from it."""
    key = header.key(column)

    def rest(ref: Ref) -> Ref | None:
        left = tuple(c for c in ref.columns if header.key(c) != key)
        return replace(ref, columns=left) if left else None

    def named(pairs: tuple[tuple[str, Ref], ...]) -> tuple[tuple[str, Ref], ...]:
        return tuple((name, left) for name, ref in pairs if (left := rest(ref)) is not None)

    return replace(
        mapping,
        columns=named(mapping.columns),
        person=named(mapping.person),
        identifiers=tuple(replace(i, ref=r) for i in mapping.identifiers if (r := rest(i.ref)) is not None),
        traits=tuple(replace(t, ref=r) for t in mapping.traits if (r := rest(t.ref)) is not None),
        properties=tuple(replace(p, ref=r) for p in mapping.properties if (r := rest(p.ref)) is not None),
        consents=tuple(replace(c, ref=r) for c in mapping.consents if (r := rest(c.ref)) is not None),
        drop=tuple(c for c in mapping.drop if header.key(c) != key),
    )
