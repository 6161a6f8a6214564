"""Dashboards: kept as versioned definitions, answered tile by tile. Of two people who change one the second is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import yaml

from dangol import insights
from dangol.app.boards import MOST, WIDE, Board, Tile, named, read_board
from dangol.app.colleagues import called
from dangol.insights import Answered
from dangol.schema import (
    ConflictError,
    DefinitionError,
    Lang,
    NotFoundError,
    Problem,
    RefusedError,
    Text,
    did_you_mean,
)
from dangol.store import Definition

if TYPE_CHECKING:
    from dangol.app.books import Books
    from dangol.app.questions import Questions

KIND = "dashboard"


def listed(ws: Books, lang: Lang) -> list[dict[str, Any]]:
    """Every dashboard: name, says, tiles, kinds of questions on it, version, when and by whom it was changed, open links."""
    now = ws.real_now()
    open_: dict[str, int] = {}
    for share in ws.store.shares.of():
        if share.ended_at is None and (share.until is None or share.until > now):
            open_[share.dashboard] = open_.get(share.dashboard, 0) + 1
    rows, by = [], called(ws)
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
                "changed_by": by.get(kept.actor, kept.actor),
                "links": open_.get(name, 0),
            }
        )
    return rows


def opened(ws: Books, name: str) -> dict[str, Any]:
    """One dashboard for its screen: version, and the document. Raises `NotFoundError`."""
    kept = ws.store.definitions.get(KIND, name)
    return {
        "dashboard": name,
        "version": kept.version,
        "changed_at": kept.at,
        "changed_by": called(ws).get(kept.actor, kept.actor),
        "document": _body(_board(kept)),
    }


def versions(ws: Books, name: str) -> list[dict[str, Any]]:
    """Every version, the newest first: version, at, by, note, removed, document."""
    found = ws.store.definitions.versions(KIND, name)
    if not found:
        ws.store.definitions.get(KIND, name)
    by = called(ws)
    return [
        {
            "version": d.version,
            "at": d.at,
            "by": by.get(d.actor, d.actor),
            "note": d.note,
            "removed": d.removed,
            "document": d.body,
        }
        for d in reversed(found)
    ]


def made(ws: Books, document: Mapping[str, Any], *, note: str = "") -> dict[str, Any]:
    """Keep a new dashboard; its name comes from its title. Raises `DefinitionError`."""
    with ws.store.writing():
        name = str(document.get("dashboard") or "") or _name_of(ws, document)
        return saved(ws, name, document, version=0, note=note)


def saved(ws: Books, name: str, document: Mapping[str, Any], *, version: int, note: str = "") -> dict[str, Any]:
    """Keep a change that was made on a version (0: it is new). Returns `opened`.

    :raises ConflictError: somebody else changed it in the meantime. :raises DefinitionError: with every problem.
    """
    board = read_board(name, document)
    with ws.store.writing():
        kept = ws.store.definitions.all(KIND).get(name)
        if (kept.version if kept else 0) != version:
            raise _changed(ws, name, kept)
        ws.store.definitions.put(KIND, name, _body(board), actor=ws.actor, now=ws.real_now(), note=note)
    return opened(ws, name)


def _changed(ws: Books, name: str, kept: Definition | None) -> ConflictError:
    if kept is None:
        return ConflictError(
            Text(f"dashboard '{name}' was removed in the meantime", f"그사이에 대시보드 '{name}'이 삭제되었습니다"),
            hint=Text("keep yours under another name", "다른 이름으로 저장하세요"),
        )
    who = called(ws).get(kept.actor, kept.actor)
    return ConflictError(
        Text(
            f"dashboard '{name}' was changed in the meantime by {who}",
            f"그사이에 {who}님이 대시보드 '{name}'을 바꾸었습니다",
        ),
        hint=Text("open the newest version, and repeat your change", "새 버전을 열고 다시 바꾸세요"),
    )


def removed(ws: Books, name: str, *, version: int | None = None, note: str = "") -> None:
    """Take a dashboard away, its links with it; its versions stay. Raises `ConflictError`, `NotFoundError`.

    :param version: only if that is still its version; whatever it is without.
    """
    with ws.store.writing():
        kept = ws.store.definitions.get(KIND, name)
        if version is not None and kept.version != version:
            raise _changed(ws, name, kept)
        now = ws.real_now()
        ws.store.definitions.remove(KIND, name, actor=ws.actor, now=now, note=note)
        for share in ws.store.shares.of(name):
            if share.ended_at is None:
                ws.store.shares.end(share.id, actor=ws.actor, now=now)


# -- as files ----------------------------------------------------------------------------------------------------------
def as_yaml(ws: Books, name: str) -> str:
    """A dashboard as a file has it, its version in a remark above. Raises `NotFoundError`."""
    kept = ws.store.definitions.get(KIND, name)
    text: str = yaml.safe_dump(_body(_board(kept)), allow_unicode=True, sort_keys=False, width=120)
    return f"# version {kept.version}\n{text}"


def taken(
    ws: Books, text: str, *, name: str = "", version: int | None = None, note: str = "", dry_run: bool = False
) -> dict[str, Any]:
    """Take a dashboard in from YAML: dashboard, version, what (new, changed, same), tiles.

    :param name: keep it under this name, whatever the file says; its title gives one where neither does.
    :param version: the one that the file was made of, for a dashboard that is here already.
    :param dry_run: read it and say what would happen; nothing is kept.

    :raises ConflictError: it is here, and changed since, or no version was named. :raises DefinitionError: with every problem.
    """
    body = _from_yaml(text)
    board = read_board(name or str(body.get("dashboard") or "") or _name_of(ws, body), body)
    with ws.store.writing():
        kept = ws.store.definitions.all(KIND).get(board.dashboard)
        what = "new" if kept is None else "same" if _body(_board(kept)) == _body(board) else "changed"
        if what == "changed" and kept is not None and version is None:
            raise _which(kept)
        if what != "same" and version is not None and version != (kept.version if kept else 0):
            raise _changed(ws, board.dashboard, kept)
        after = kept.version if kept is not None else 0
        if what != "same" and not dry_run:
            after = int(saved(ws, board.dashboard, body, version=after, note=note)["version"])
    return {"dashboard": board.dashboard, "version": after, "what": what, "tiles": len(board.tiles)}


def _from_yaml(text: str) -> Mapping[str, Any]:
    try:
        body = yaml.safe_load(text)
    except yaml.YAMLError:
        body = None
    if not isinstance(body, Mapping):
        said = Text("this is no dashboard in YAML", "대시보드 YAML이 아닙니다")
        hint = Text("see docs/insights.md, Dashboards", "docs/insights.md의 대시보드를 보세요")
        raise DefinitionError([Problem(said, "dashboard", hint)])
    return body


def _name_of(ws: Books, document: Mapping[str, Any]) -> str:
    titles = document.get("says")
    words = [str(v) for v in titles.values() if v] if isinstance(titles, Mapping) else []
    return named(words[0] if words else "", ws.store.definitions.all(KIND))


def _which(kept: Definition) -> ConflictError:
    return ConflictError(
        Text(
            f"dashboard '{kept.name}' is here already, in version {kept.version}",
            f"대시보드 '{kept.name}'이 이미 있습니다 ({kept.version}번 버전)",
        ),
        hint=Text(
            f"say which version the file was made of (--version {kept.version}), or another --name",
            f"파일이 어느 버전에서 나왔는지(--version {kept.version}) 적거나 다른 이름(--name)으로 저장하세요",
        ),
    )


# -- tiles -------------------------------------------------------------------------------------------------------------
def pinned(
    ws: Books, name: str, question: Mapping[str, Any], *, view: str = "auto", table: str = "", title: str = ""
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


def tile_of(ws: Books, name: str, tile: str) -> tuple[Board, Tile]:
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
