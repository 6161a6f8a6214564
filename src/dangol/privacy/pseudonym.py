"""Pseudonyms: BLAKE2b (RFC 7693), keyed, 8 bytes, of the kind, a zero byte and the normalised value.

The top bit is cleared so that a node is a positive int64, and 0 is kept for "no node". 63 bits: among 100 million
identifiers two share a node with a chance of about 1 in 1,800.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from dangol.privacy.normal import Normal, NormaliseSettings
from dangol.privacy.normalise import DEFAULTS, fast, normalise
from dangol.schema import KINDS, Pseudonyms

_TOP = np.int64(0x7FFF_FFFF_FFFF_FFFF)


class Pseudonymiser:
    """Knows the pseudonym key and the settings of normalising; gives nodes. Implements `schema.Pseudonymises`."""

    def __init__(self, key: bytes, settings: NormaliseSettings = DEFAULTS) -> None:
        if not 16 <= len(key) <= 64:
            raise ValueError("a pseudonym key has 16 to 64 bytes")
        self._key = key
        self.settings = settings

    def __repr__(self) -> str:
        return "Pseudonymiser(…)"

    def node(self, kind: str, value: str) -> int:
        """The node of a value that is already normalised (its `Normal.key`)."""
        return int(self.nodes(kind, [value])[0])

    def nodes(self, kind: str, values: Iterable[str]) -> npt.NDArray[np.int64]:
        """The nodes of normalised values, int64 of the same length."""
        fresh = hashlib.blake2b(kind.encode() + b"\0", digest_size=8, key=self._key).copy
        digests = []
        for value in values:
            state = fresh()
            state.update(value.encode())
            digests.append(state.digest())
        nodes = np.frombuffer(b"".join(digests), dtype=">i8").astype(np.int64) & _TOP
        nodes[nodes == 0] = 1
        return nodes

    def pseudonyms(self, kind: str, raws: Sequence[str | None]) -> Pseudonyms:
        """Normalise and hash raw values of one kind; see `schema.Pseudonyms` for what comes back."""
        values = fast(kind, raws, self.settings)
        keys = list(values)
        blocked: list[str | None] = [None] * len(values)
        problems: list[str | None] = [None] * len(values)
        personal = set()
        for place in [place for place, value in enumerate(values) if value is None and raws[place] is not None]:
            normal = normalise(kind, raws[place], self.settings)
            values[place], keys[place] = normal.value, normal.key
            blocked[place], problems[place] = normal.blocked, normal.problem
            if normal.personal and not (kind in KINDS and KINDS[kind].personal):
                personal.add(place)
        return Pseudonyms(self._sparse_nodes(kind, keys), values, blocked, problems, frozenset(personal))

    def of(self, kind: str, raw: str) -> tuple[int | None, Normal]:
        """The node of one raw value (null when it has none) and how it was read."""
        normal = normalise(kind, raw, self.settings)
        return (None if normal.key is None else self.node(kind, normal.key)), normal

    def _sparse_nodes(self, kind: str, keys: list[str | None]) -> npt.NDArray[np.int64]:
        if None not in keys:
            return self.nodes(kind, keys)  # type: ignore[arg-type]
        there = np.fromiter((k is not None for k in keys), dtype=bool, count=len(keys))
        nodes = np.zeros(len(keys), dtype=np.int64)
        nodes[there] = self.nodes(kind, [k for k in keys if k is not None])
        return nodes
