"""What a definition may refer to: the names that exist, with types and what people call them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rapidfuzz import process

from dangol.rules.surroundings import Surroundings
from dangol.schema import Text, Type, did_you_mean

Family = Literal["demographic", "behavioural", "analytic"]


@dataclass(frozen=True, slots=True)
class TraitInfo:
    """One trait as rules see it. `values`: what it may be, when that is known; `words`: how people say each."""

    type: Type
    family: Family = "behavioural"
    ko: str = ""
    en: str = ""
    values: tuple[str, ...] | None = None
    words: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Names that exist. `events` and `properties` are None while unknown (nothing is said about them then)."""

    traits: Mapping[str, TraitInfo] = field(default_factory=dict)
    segments: Mapping[str, Any] = field(default_factory=dict)
    events: Collection[str] | None = None
    properties: Collection[str] | None = None
    surroundings: Surroundings = field(default_factory=Surroundings)


def nearest(name: str, names: Iterable[str]) -> Text:
    """A hint with the nearest valid name, or the names there are."""
    known = sorted({n for n in names if n != name})
    if not known:
        return Text("there are none yet", "아직 하나도 없습니다")
    found = process.extractOne(str(name).lower(), {k: k.lower() for k in known}, score_cutoff=60)
    if found:
        return did_you_mean(found[2])
    listed = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
    return Text(f"known: {listed}", f"있는 것: {listed}")


def segment_body(definition: Any) -> Any:
    """The condition of a segment given either as a whole document (`where:` inside) or as the condition itself."""
    if isinstance(definition, Mapping) and "where" in definition and not {"did", "trait"} & set(definition):
        return definition["where"]
    return definition


def segment_label(catalog: Catalog, name: str, lang: str) -> str:
    """What people call a segment: its `says` where the catalog has the whole document, else its name."""
    definition = catalog.segments.get(name)
    says = definition.get("says") if isinstance(definition, Mapping) else None
    return str(says.get(lang) or name) if isinstance(says, Mapping) else name
