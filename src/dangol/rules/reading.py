"""What every reader of a definition shares: the catalog, and the list of everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dangol.rules.catalog import Catalog, TraitInfo, nearest
from dangol.schema import NOTHING, Problem, Text


@dataclass(slots=True)
class Reading:
    catalog: Catalog
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def wrong(self, place: str, message: Text, hint: Text = NOTHING) -> None:
        self.problems.append(Problem(message, place, hint))

    def trait(self, name: Any, place: str) -> TraitInfo | None:
        """The trait of that name; an unknown one is a problem."""
        info = self.catalog.traits.get(name) if isinstance(name, str) else None
        if info is None:
            self.wrong(
                place, Text(f"no trait {name!r}", f"{name!r} 속성이 없습니다"), nearest(str(name), self.catalog.traits)
            )
        return info

    def segment(self, name: Any, place: str) -> str | None:
        if isinstance(name, str) and name in self.catalog.segments:
            return name
        self.wrong(
            place,
            Text(f"no segment {name!r}", f"{name!r} 세그먼트가 없습니다"),
            nearest(str(name), self.catalog.segments),
        )
        return None

    def keys(self, body: Mapping[Any, Any], allowed: Iterable[str], place: str) -> None:
        """Report keys that mean nothing here."""
        known = list(allowed)
        for key in body:
            if key not in known:
                self.wrong(
                    f"{place}.{key}",
                    Text(f"{key!r} means nothing here", f"{key!r}: 여기에서 쓸 수 없는 키입니다"),
                    nearest(str(key), known),
                )

    def mapping(self, value: Any, place: str, example: str) -> Mapping[str, Any] | None:
        if isinstance(value, Mapping):
            return value
        self.wrong(
            place,
            Text(f"{_shown(value)} should be a mapping", f"{_shown(value)}: 키와 값으로 적어야 합니다"),
            Text(f"write it like {example}", f"{example}처럼 적으세요"),
        )
        return None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
