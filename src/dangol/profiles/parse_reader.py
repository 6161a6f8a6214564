"""One definition being read: what is wrong with it is collected, with its place and the nearest valid word."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rapidfuzz import process

from dangol.schema import NOTHING, Problem, Text, did_you_mean


class Reader:
    """One document being read; `problems` grows."""

    def __init__(self, body: Mapping[str, Any], where: str) -> None:
        self.body = body
        self.where = where
        self.problems: list[Problem] = []

    def wrong(self, message: Text, key: str = "", hint: Text = NOTHING) -> None:
        self.problems.append(Problem(message, f"{self.where}.{key}" if key else self.where, hint))

    def choice(self, value: object, allowed: Collection[str], key: str) -> str:
        if value in allowed:
            return str(value)
        self.wrong(
            Text(
                f"'{value}' is not one of {', '.join(allowed)}",
                f"'{value}': {', '.join(allowed)} 가운데 하나여야 합니다",
            ),
            key,
            nearest(str(value), allowed),
        )
        return next(iter(allowed))


def nearest(word: str, allowed: Collection[str]) -> Text:
    """A hint that names the nearest of the allowed words, when one is near."""
    near = process.extractOne(word, [a for a in allowed if a != word], score_cutoff=55)
    return did_you_mean(f"'{near[0]}'") if near else NOTHING


def mapping(read: Reader, value: Any, key: str) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    read.wrong(
        Text("a filter is a list of fields with what they should be", "필터는 필드와 바라는 값의 목록이어야 합니다"),
        key,
        Text.same("where: {channel: store}"),
    )
    return {}


def whole(read: Reader, value: Any, key: str) -> int:
    if isinstance(value, int) and value >= 0:
        return value
    read.wrong(Text(f"'{value}' is not a whole number", f"'{value}': 정수가 아닙니다"), key)
    return 0
