"""What the engine may know of an identifier: the keyed hash of its normalised value, or why it has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """One answer per raw value, in the order they were given.

    nodes     int64; 0 where the value has no node (nothing readable in it)
    values    the normalised value; null where there is none
    blocked   short code of why the value may not join people (a safe number, the shop's own, junk); null when it may
    problems  short code of what could not be read; null when all could
    personal  positions whose value is personal data although its kind is not (a login that is an e-mail address):
              keep it in the vault and leave `identifiers.value` null
    """

    nodes: npt.NDArray[np.int64]
    values: list[str | None]
    blocked: list[str | None]
    problems: list[str | None]
    personal: frozenset[int] = frozenset()


class Pseudonymises(Protocol):
    """Turns raw identifiers into nodes. `privacy.Pseudonymiser` is the one that knows the key."""

    def pseudonyms(self, kind: str, raws: Sequence[str | None]) -> Pseudonyms:
        """Normalise and hash `raws` (distinct values are cheapest) as identifiers of `kind`."""


@dataclass(frozen=True, slots=True)
class PersonFact:
    """One piece of direct personal data from one record, on its way to the vault and nowhere else.

    node    identifier of the record it came with (for an identifier's own value: its own node)
    kind    an identifier kind, or one of `PERSON_FIELDS`
    at      when it was given, aware, UTC; null when the record does not say
    """

    node: int
    kind: str
    value: str
    at: dt.datetime | None
    source: str
