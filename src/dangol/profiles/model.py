"""What a trait and a segment definition say, as frozen values."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dangol.schema import Text, Type, words_of

Family = Literal["demographic", "behavioural", "analytic"]
FAMILIES: tuple[Family, ...] = ("demographic", "behavioural", "analytic")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A value computed from what customers did.

    function   count, sum, average, min, max, first, last, most_frequent, distinct, list, days_since, days_between,
               streak, share or trend
    field      column, local time part (day, weekday, hour, month) or ``properties.x`` that it reads; empty for rows
    option     what else the function needs: days_since first|last, days_between median|average|min|max|last,
               streak days|weeks|months, trend difference|ratio
    did        event names; empty means any
    where      filter in the rule language; `part_where` is the filter of a share
    window     window in the rule language (within, between, before, after, during); empty means all time
    weight     field summed instead of counting rows: most_frequent by it, share of it, trend of it
    limit      longest list kept
    current    streak: the one that still runs, not the longest
    """

    function: str
    field: str = ""
    option: str = ""
    of: Literal["events", "items"] = "events"
    did: tuple[str, ...] = ()
    where: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    part_where: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    window: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    weight: str = ""
    limit: int = 0
    current: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A demographic fact as somebody gave it; `sources` first to last, then the rule, then the `top` kept."""

    fact: str
    sources: tuple[str, ...] = ()
    then: Literal["latest", "first", "most_frequent"] = "latest"
    top: int = 1


@dataclass(frozen=True, slots=True)
class Formula:
    """Arithmetic over other traits."""

    text: str


@dataclass(frozen=True, slots=True)
class Cases:
    """The first condition over other traits that holds gives the value; `otherwise` when none does."""

    whens: tuple[tuple[str, object], ...]
    otherwise: object = None


@dataclass(frozen=True, slots=True)
class Cut:
    """A value from cut points over everyone: ``quantile`` and ``log_score`` give 1 … of, ``typical`` the shop's median.

    `among` is a condition: the others have no score and do not move the cut points.
    """

    how: Literal["quantile", "log_score", "typical"]
    trait: str
    of: int = 5
    reverse: bool = False
    among: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A number as a band: edges 20, 30 give ``~19``, ``20-29``, ``30+``."""

    trait: str
    edges: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Age:
    """Whole years from a birth year, and from the birthday (MM-DD) where it is known."""

    year: str
    birthday: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """A place for what a model predicts; empty until one does."""


Spec = Behaviour | Given | Formula | Cases | Cut | Band | Age | Score


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait definition, checked. `needs` are the traits it reads; `body` is the document it came from."""

    name: str
    family: Family
    says: Mapping[str, str]
    type: Type
    spec: Spec
    unit: str = ""
    needs: tuple[str, ...] = ()
    settings: Mapping[str, float] = dataclasses.field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    body: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def digest(self) -> str:
        return fingerprint(self.body)

    @property
    def words(self) -> Mapping[str, Text]:
        """How people say its values: by the definition, else by the glossary of the field it reads (channel, device)."""
        if self.values:
            return {code: Text(said["en"], said["ko"]) for code, said in self.values.items()}
        return words_of(self.spec.field) if isinstance(self.spec, Behaviour) else {}


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment definition. `where` is a rule; `version` counts its changes in the store."""

    name: str
    says: Mapping[str, str]
    where: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    folder: str = ""
    version: int = 1
    body: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def digest(self) -> str:
        return fingerprint(self.where)


def fingerprint(body: object) -> str:
    """A short fingerprint of a document; equal for equal content, whatever the order of its keys."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else str(value)
