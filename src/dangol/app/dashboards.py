"""Dashboards: kept as versioned definitions, answered tile by tile. Of two people who change one the second is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dangol import insights
from dangol.app.boards import MOST, WIDE, Board, Tile, named, read_board
from dangol.insights import Answered
from dangol.schema import ConflictError, Lang, NotFoundError, RefusedError, Text, did_you_mean
from dangol.store import Definition

if TYPE_CHECKING:
    from dangol.app.questions import Questions

KIND = "dashboard"


def listed(ws: Questions, lang: Lang) -> list[dict[str, Any]]:
    """Every dashboard: name, says, tiles, kinds of questions on it, version, when and by whom it was changed, open links."""
    now = ws.real_now()
    open_: dict[str, int] = {}
    for share in ws.store.shares.of():
        if share.ended_at is None and (share.until is None or share.until > now):
            open_[share.dashboard] = open_.get(share.dashboard, 0) + 1
    rows = []
    for name, kept in ws.store.definitions.all(KIND).items():
        board = _board(kept)
        rows.append(
            {
                "dashboard": name,
                "says": board.title(lang),
                "note": board.note,
                "tiles": len(board.tiles),
                "kinds": sorted({str(t.question.get("kind", "")) for t in board.tiles}),
                "version": kept.version,
                "changed_at": kept.at,
                "changed_by": kept.actor,
                "links": open_.get(name, 0),
            }
        )
    return rows


def opened(ws: Questions, name: str) -> dict[str, Any]:
    """One dashboard for its screen: version, and the document. Raises `NotFoundError`."""
    kept = ws.store.definitions.get(KIND, name)
    return {
        "dashboard": name,
        "version": kept.version,
        "changed_at": kept.at,
        "changed_by": kept.actor,
        "document": _body(_board(kept)),
    }


def versions(ws: Questions, name: str) -> list[dict[str, Any]]:
    """Every version, the newest first: version, at, by, note, removed, document."""
    found = ws.store.definitions.versions(KIND, name)
    if not found:
        ws.store.definitions.get(KIND, name)
    return [
        {"version": d.version, "at": d.at, "by": d.actor, "note": d.note, "removed": d.removed, "document": d.body}
        for d in reversed(found)
    ]


def made(ws: Questions, document: Mapping[str, Any], *, note: str = "") -> dict[str, Any]:
    """Keep a new dashboard; its name comes from its title. Raises `DefinitionError`."""
    titles = document.get("says")
    words = [str(v) for v in titles.values() if v] if isinstance(titles, Mapping) else []
    with ws.store.writing():
        name = str(document.get("dashboard") or "") or named(words[0] if words else "", ws.store.definitions.all(KIND))
        return saved(ws, name, document, version=0, note=note)


def saved(ws: Questions, name: str, document: Mapping[str, Any], *, version: int, note: str = "") -> dict[str, Any]:
    """Keep a change that was made on a version (0: it is new). Returns `opened`.

    :raises ConflictError: somebody else changed it in the meantime. :raises DefinitionError: with every problem.
    """
    board = read_board(name, document)
    with ws.store.writing():
        kept = ws.store.definitions.all(KIND).get(name)
        if (kept.version if kept else 0) != version:
            raise _changed(name, kept)
        ws.store.definitions.put(KIND, name, _body(board), actor=ws.actor, now=ws.real_now(), note=note)
    return opened(ws, name)


def _changed(name: str, kept: Definition | None) -> ConflictError:
    if kept is None:
        return ConflictError(
            Text(f"dashboard '{name}' was removed in the meantime", f"그사이에 대시보드 '{name}'이 삭제되었습니다"),
            hint=Text("keep yours under another name", "다른 이름으로 저장하세요"),
        )
    return ConflictError(
        Text(
            f"dashboard '{name}' was changed in the meantime by {kept.actor}",
            f"그사이에 {kept.actor}님이 대시보드 '{name}'을 바꾸었습니다",
        ),
        hint=Text("open the newest version, and repeat your change", "새 버전을 열고 다시 바꾸세요"),
    )


def removed(ws: Questions, name: str, *, version: int, note: str = "") -> None:
    """Take a dashboard away, its links with it; its versions stay. Raises `ConflictError`, `NotFoundError`."""
    with ws.store.writing():
        kept = ws.store.definitions.get(KIND, name)
        if kept.version != version:
            raise _changed(name, kept)
        now = ws.real_now()
        ws.store.definitions.remove(KIND, name, actor=ws.actor, now=now, note=note)
        for share in ws.store.shares.of(name):
            if share.ended_at is None:
                ws.store.shares.end(share.id, actor=ws.actor, now=now)


def pinned(
    ws: Questions, name: str, question: Mapping[str, Any], *, view: str = "auto", table: str = "", title: str = ""
) -> dict[str, Any]:
    """Put an answer at the bottom of a dashboard, whatever its version. Returns `opened`, with the new tile's `tile`."""
    insights.question(str(question.get("kind", "")), question)
    with ws.store.writing():
        kept = ws.store.definitions.get(KIND, name)
        board = _board(kept)
        if len(board.tiles) >= MOST:
            raise RefusedError(
                Text(f"a dashboard has at most {MOST} tiles", f"대시보드의 타일은 {MOST}개까지입니다"),
                hint=Text("make another dashboard", "대시보드를 하나 더 만드세요"),
            )
        ids = {t.id for t in board.tiles}
        tile = Tile(
            id=next(f"t{i}" for i in range(1, MOST + 2) if f"t{i}" not in ids),
            question=dict(question),
            view=view,
            table=table,
            title=title,
            **_place(board),
        )
        document = {**_body(board), "tiles": [t.model_dump(mode="json") for t in (*board.tiles, tile)]}
        return {**saved(ws, name, document, version=kept.version), "tile": tile.id}


def _place(board: Board) -> dict[str, int]:
    """Beside the last tile where there is room, else below all."""
    below = max((t.y + t.h for t in board.tiles), default=0)
    if board.tiles:
        last = max(board.tiles, key=lambda t: (t.y, t.x))
        if last.x + last.w + 6 <= WIDE and last.y + last.h == below:
            return {"x": last.x + last.w, "y": last.y, "w": 6, "h": last.h}
    return {"x": 0, "y": below, "w": 6, "h": 4}


def answered(ws: Questions, name: str, tile: str, *, period: str = "") -> Answered:
    """A tile's answer, under the dashboard's period or another. Raises `NotFoundError`."""
    board, found = tile_of(ws, name, tile)
    return ws.ask(board.asked(found, period))


def tile_of(ws: Questions, name: str, tile: str) -> tuple[Board, Tile]:
    board = _board(ws.store.definitions.get(KIND, name))
    found = board.tile(tile)
    if found is None:
        raise NotFoundError(
            Text(f"there is no tile '{tile[:40]}' on it", f"이 대시보드에 '{tile[:40]}' 타일이 없습니다"), where=name
        )
    return board, found


def table_of(found: Answered, table: str = "") -> pa.Table:
    """One table of an answer; the first without a name. Raises `NotFoundError` with the names there are."""
    if not table and found.data:
        return next(iter(found.data.values()))
    if table not in found.data:
        raise NotFoundError(
            Text(f"the answer has no table '{table[:40]}'", f"답에 '{table[:40]}' 표가 없습니다"),
            where="table",
            hint=did_you_mean(", ".join(found.data)),
        )
    return found.data[table]


def _board(kept: Definition) -> Board:
    return Board.model_validate({**kept.body, "dashboard": kept.name})


def _body(board: Board) -> dict[str, Any]:
    return board.model_dump(mode="json", exclude_none=True)
