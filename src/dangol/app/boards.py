"""What a dashboard is: pinned questions with a picture and a place each. A value that reads from JSON and YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dangol import insights
from dangol.schema import DefinitionError, Lang, NotFoundError, Problem, Text

MOST = 60
"""Tiles of one dashboard."""
WIDE = 12
"""Columns a dashboard is laid out in."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tile(_Value):
    """One pinned answer."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="its name inside the dashboard")
    question: dict[str, Any] = Field(description="the question as it is asked: {kind: trends, …}")
    view: str = Field(
        "auto", max_length=40, description="how it is shown: auto, table, number, or a picture of that question"
    )
    table: str = Field("", max_length=40, description="which table of the answer; empty: the first")
    title: str = Field("", max_length=200, description="what people call it; empty: the question's own words")
    note: str = Field("", max_length=2000, description="a remark shown under it")
    x: int = Field(0, ge=0, lt=WIDE)
    y: int = Field(0, ge=0, le=1000)
    w: int = Field(6, ge=1, le=WIDE)
    h: int = Field(4, ge=1, le=40)


class Schedule(_Value):
    """When it would be sent. Kept, and not done before there are channels to send by."""

    every: Literal["day", "week", "month"] = "week"
    weekday: int = Field(0, ge=0, le=6, description="Monday is 0; of weekly ones")
    day: int = Field(1, ge=1, le=28, description="of monthly ones")
    hour: int = Field(8, ge=0, le=23, description="on the shop's clock")
    to: tuple[int, ...] = Field((), max_length=50, description="numbers of people who work here; never addresses")


class Board(_Value):
    """A dashboard: its words, its tiles, and a period that overrides theirs."""

    dashboard: str = Field("", max_length=80, description="its name, as in its address")
    says: dict[Lang, str] = Field(description="what people call it: {ko: …, en: …}; one of the two is enough")
    note: str = Field("", max_length=2000)
    tiles: tuple[Tile, ...] = Field((), max_length=MOST)
    period: str = Field("", max_length=60, description="for all tiles: 30 days, last month; empty: each its own")
    compare: Literal["", "none", "before", "year"] = Field("", description="for all tiles; empty: each its own")
    schedule: Schedule | None = None

    def title(self, lang: Lang) -> str:
        return self.says.get(lang) or next((v for v in self.says.values() if v), self.dashboard)

    def tile(self, name: str) -> Tile | None:
        return next((t for t in self.tiles if t.id == name), None)

    def asked(self, tile: Tile, period: str = "") -> dict[str, Any]:
        """The tile's question under the dashboard's period, or under one that is given."""
        question = dict(tile.question)
        if period or self.period:
            question["period"] = period or self.period
        if self.compare:
            question["compare"] = self.compare
        return question


_NAME = re.compile(r"[a-z0-9가-힣][a-z0-9가-힣_-]{0,79}")


def named(title: str, taken: Iterable[str]) -> str:
    """A name for an address, out of a title: letters, digits and Hangul; numbered where another has it."""
    words = re.sub(r"[^a-z0-9가-힣]+", "-", title.lower()).strip("-")[:70] or "dashboard"
    used = set(taken)
    return next(n for n in (words, *(f"{words}-{i}" for i in range(2, 10_000))) if n not in used)


def read_board(name: str, body: Mapping[str, Any]) -> Board:
    """A dashboard from what JSON holds. Raises `DefinitionError` with every problem, those of its questions, too."""
    problems: list[Problem] = []
    if not _NAME.fullmatch(name):
        problems.append(
            Problem(
                Text(
                    "a name has small letters, digits, Hangul and hyphens",
                    "이름에는 영문 소문자, 숫자, 한글, 붙임표만 씁니다",
                ),
                "dashboard",
                Text.same("weekly-review"),
            )
        )
    board: Board | None = None
    try:
        board = Board.model_validate({**body, "dashboard": name})
    except ValidationError as error:
        problems += [_problem(e) for e in error.errors()]
    for i, tile in enumerate(board.tiles if board else ()):
        try:
            insights.question(str(tile.question.get("kind", "")), tile.question)
        except DefinitionError as error:
            problems += [Problem(p.message, f"tiles[{i}].question.{p.where}", p.hint) for p in error.problems]
        except NotFoundError as error:
            problems.append(Problem(error.message, f"tiles[{i}].question.kind", error.hint))
    if board is not None:
        problems += _whole(board)
    if problems or board is None:
        raise DefinitionError(problems, where=name)
    return board


def filled(key: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A dashboard from a file as it is kept, with what it leaves out; as it is where it does not read."""
    name = key.partition("/")[2]
    try:
        return Board.model_validate({**body, "dashboard": name}).model_dump(mode="json", exclude_none=True)
    except ValidationError:
        return dict(body)


def _whole(board: Board) -> list[Problem]:
    """What only the dashboard as a whole can get wrong."""
    found = []
    ids = [t.id for t in board.tiles]
    if len(ids) != len(set(ids)):
        found.append(Problem(Text("two tiles have the same id", "id가 같은 타일이 둘 있습니다"), "tiles"))
    if not any(v.strip() for v in board.says.values()):
        found.append(Problem(Text("a dashboard needs a title", "대시보드에 제목이 필요합니다"), "says"))
    found += [
        Problem(Text("a tile is wider than the page", "타일이 화면보다 넓습니다"), f"tiles[{i}].w")
        for i, t in enumerate(board.tiles)
        if t.x + t.w > WIDE
    ]
    return found


def _problem(error: Any) -> Problem:
    place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error["loc"]).lstrip(".")
    korean = {
        "extra_forbidden": "대시보드에 없는 항목입니다",
        "missing": "꼭 필요한 값입니다",
        "too_long": "너무 많습니다",
        "string_too_long": "너무 깁니다",
    }.get(str(error["type"]), "값이 맞지 않습니다")
    return Problem(Text(str(error["msg"]), korean), place)
