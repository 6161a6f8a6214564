"""Segments as things that people write: drafts until published, versions, who reads whom, archived and taken out again.

Of two people who change the same segment the second is told: every change names the version it was made on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from dangol.app import soon
from dangol.app.building import worded
from dangol.app.colleagues import called
from dangol.app.definitions import current
from dangol.engine import sql
from dangol.profiles import Definitions, movers
from dangol.profiles import plan as effect_of
from dangol.rules import dependencies, parse, say
from dangol.schema import (
    ConflictError,
    DangolError,
    DefinitionError,
    NotFoundError,
    Problem,
    RefusedError,
    Text,
)
from dangol.store import Definition

if TYPE_CHECKING:
    from dangol.app.workspace import Base
    from dangol.schema import Lang

SEGMENT, DRAFT = "segment", "draft"
_NAME = re.compile(r"[\w][\w-]{0,79}")
Document = Mapping[str, Any]


def listed(ws: Base, lang: Lang) -> list[dict[str, Any]]:
    """Every segment with its words, place, size and state: published, draft (never published) or archived."""
    definitions, drafts = current(ws), ws.store.definitions.all(DRAFT)
    catalog = worded(definitions)
    sizes = {r["segment"]: r for r in ws.engine.run(sql("SELECT * FROM segment_state")).to_pylist()}
    by = called(ws)
    published = ws.store.definitions.all(SEGMENT)
    rows = []
    for name, kept in published.items():
        segment, size = definitions.segments[name], sizes.get(name, {})
        rows.append(
            {
                **_row(name, segment.body, kept, "published", lang, by),
                "rule": say(definitions.rules[name], catalog, lang),
                "customers": size.get("members"),
                "as_of": size.get("full_at"),
                "draft": drafts[name].version if name in drafts else None,
            }
        )
    for name, kept in drafts.items():
        if name not in published:
            rows.append({**_row(name, kept.body["document"], kept, "draft", lang, by), "draft": kept.version})
    for name, last in ws.store.definitions.removed(SEGMENT).items():
        if name not in drafts:
            body = ws.store.definitions.get(SEGMENT, name, last.version - 1).body
            rows.append({**_row(name, body, last, "archived", lang, by), "draft": None})
    return rows


def _row(name: str, body: Any, kept: Definition, state: str, lang: Lang, by: Mapping[str, str]) -> dict[str, Any]:
    says, tags = body.get("says"), body.get("tags")
    return {
        "segment": name,
        "says": str(says.get(lang) or name) if isinstance(says, Mapping) else name,
        "folder": str(body.get("folder") or ""),
        "tags": [str(t) for t in tags] if isinstance(tags, list) else [],
        "state": state,
        "version": kept.version if state != "draft" else 0,
        "changed_at": kept.at,
        "changed_by": by.get(kept.actor, kept.actor),
        "rule": "",
        "customers": None,
        "as_of": None,
    }


def opened(ws: Base, name: str, lang: Lang) -> dict[str, Any]:
    """One segment for its editor: what is published, the draft on it, what it reads and who reads it.

    :raises NotFoundError: there is nothing under this name.
    """
    newest, draft = _newest(ws, name), ws.store.definitions.all(DRAFT).get(name)
    if newest is None and draft is None:
        raise NotFoundError(
            Text(f"there is no segment '{name[:80]}'", f"'{name[:80]}' 세그먼트가 없습니다"),
            hint=Text("GET /v1/segments lists them", "GET /v1/segments에 목록이 있습니다"),
        )
    archived = newest is not None and newest.removed
    shown = ws.store.definitions.get(SEGMENT, name, newest.version - 1) if archived and newest else newest
    definitions, by = current(ws), called(ws)
    return {
        "segment": name,
        "version": newest.version if newest else 0,
        "archived": archived,
        "document": shown.body if shown else None,
        "changed_at": newest.at if newest else None,
        "changed_by": by.get(newest.actor, newest.actor) if newest else None,
        "draft": _told(draft, by) if draft else None,
        "reads": _reads(definitions, name),
        "read_by": readers(definitions, name),
    }


def _told(draft: Definition, by: Mapping[str, str]) -> dict[str, Any]:
    return {"version": draft.version, "at": draft.at, "by": by.get(draft.actor, draft.actor), **draft.body}


def _reads(definitions: Definitions, name: str) -> dict[str, list[str]]:
    if name not in definitions.rules:
        return {"traits": [], "segments": [], "events": []}
    found = dependencies(definitions.rules[name])
    return {"traits": sorted(found.traits), "segments": sorted(found.segments), "events": sorted(found.events)}


def readers(definitions: Definitions, name: str) -> list[str]:
    """Segments whose rule names this one."""
    return sorted(n for n, rule in definitions.rules.items() if name in dependencies(rule).segments)


def versions(ws: Base, name: str, lang: Lang) -> list[dict[str, Any]]:
    """Every version, the newest first: version, at, by, note, removed, the document, its YAML and its sentence."""
    catalog, by = worded(current(ws)), called(ws)
    rows = []
    for kept in reversed(ws.store.definitions.versions(SEGMENT, name)):
        row = {"version": kept.version, "at": kept.at, "by": by.get(kept.actor, kept.actor)}
        row |= {"note": kept.note, "removed": kept.removed}
        if not kept.removed:
            try:
                rule = say(parse(kept.body.get("where"), catalog), catalog, lang)
            except DangolError:  # it names what is gone since
                rule = ""
            row |= {"document": kept.body, "yaml": yaml_of(kept.body), "rule": rule}
        rows.append(row)
    if not rows:
        opened(ws, name, lang)  # a draft alone has no versions; nothing at all is not found
    return rows


def yaml_of(body: Document) -> str:
    """A document as a file has it."""
    return str(yaml.safe_dump(dict(body), allow_unicode=True, sort_keys=False, width=120))


def all_yaml(ws: Base) -> str:
    """Every published segment, one document after the other, as `dangol apply` takes them."""
    return "---\n".join(yaml_of(d.body) for d in ws.store.definitions.all(SEGMENT).values())


# -- changing ----------------------------------------------------------------------------------------------------------
def save_draft(ws: Base, name: str, document: Document, *, base: int, seen: int) -> dict[str, Any]:
    """Keep a draft as it is, finished or not.

    :param base: version of the published segment it was begun on (0: none).
    :param seen: version of the draft that was changed (0: none yet).
    :raises ConflictError: somebody else saved the draft in the meantime.
    """
    _named(name)
    with ws.store.writing():
        kept = ws.store.definitions.all(DRAFT).get(name)
        if (kept.version if kept else 0) != seen:
            raise _changed(ws, kept, name, draft=True)
        body = {"document": {**document, "segment": name}, "base": base}
        ws.store.definitions.put(DRAFT, name, body, actor=ws.actor, now=ws.real_now())
    return _told(ws.store.definitions.get(DRAFT, name), called(ws))


def drop_draft(ws: Base, name: str, *, seen: int) -> None:
    """Throw a draft away; what is published stays."""
    with ws.store.writing():
        kept = ws.store.definitions.all(DRAFT).get(name)
        if kept is None:
            return
        if kept.version != seen:
            raise _changed(ws, kept, name, draft=True)
        ws.store.definitions.remove(DRAFT, name, actor=ws.actor, now=ws.real_now())


def publish(
    ws: Base, name: str, document: Document | None, *, seen: int, note: str = "", dry_run: bool = False
) -> dict[str, Any]:
    """Make a document the segment from now on (None: archive it), and follow with its members.

    :param seen: the published version it was made on (0: none); another one by now is a conflict.
    :param dry_run: only say what it would do: counts and samples of who enters and leaves, and whom else it moves.
    :raises ConflictError: somebody else published in the meantime.
    :raises DefinitionError: with every problem.
    :raises RefusedError: other segments read the one to be archived.
    """
    _named(name)
    newest = _newest(ws, name)
    if (newest.version if newest else 0) != seen:
        raise _changed(ws, newest, name)
    before = current(ws)
    if document is None and (used := readers(before, name)):
        raise _used(name, used)
    body = None if document is None else {**document, "segment": name}
    after = _proposed(ws, before, name, body)
    effect = effect_of(ws.engine, before, after, now=ws.now(), tz=ws.settings.tz)
    moved = movers(ws.engine, after, name, now=ws.now(), tz=ws.settings.tz)
    told = {
        "segments": [
            {"segment": s.segment, "status": s.status, "enters": s.enters, "leaves": s.leaves, "stays": s.stays}
            for s in effect.segments
        ],
        "enters": list(moved.enters),
        "leaves": list(moved.leaves),
        "version": seen,
    }
    return told if dry_run else told | {"version": _write(ws, name, body, seen, note)}


def _write(ws: Base, name: str, body: Document | None, seen: int, note: str) -> int:
    with ws.store.writing():
        newest = _newest(ws, name)
        if (newest.version if newest else 0) != seen:  # between the look and now
            raise _changed(ws, newest, name)
        who, now = ws.actor, ws.real_now()
        if body is None:
            version = ws.store.definitions.remove(SEGMENT, name, actor=who, now=now, note=note)
        else:
            version = ws.store.definitions.put(SEGMENT, name, dict(body), actor=who, now=now, note=note)
        if name in ws.store.definitions.all(DRAFT):
            ws.store.definitions.remove(DRAFT, name, actor=who, now=now)
    definitions = current(ws)
    soon.compute(ws, {name} & set(definitions.segments) | _above(definitions, name))
    return version


def _above(definitions: Definitions, name: str) -> set[str]:
    """Every segment that reads this one, through others, too."""
    found: set[str] = set()
    queue = [name]
    while queue:
        fresh = set(readers(definitions, queue.pop())) - found
        found |= fresh
        queue.extend(fresh)
    return found


def _proposed(ws: Base, before: Definitions, name: str, body: Document | None) -> Definitions:
    others = [d.body for d in ws.store.definitions.all(SEGMENT).values() if d.name != name]
    return Definitions.of(
        traits=[d.body for d in ws.store.definitions.all("trait").values()],
        segments=[*others, *([body] if body is not None else [])],
        surroundings=before.catalog.surroundings,
    )


def _newest(ws: Base, name: str) -> Definition | None:
    found = ws.store.definitions.versions(SEGMENT, name)
    return found[-1] if found else None


def _named(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise DefinitionError(
            [
                Problem(
                    Text(f"'{name[:80]}' cannot be a name", f"'{name[:80]}': 이름으로 쓸 수 없습니다"),
                    "segment",
                    Text("letters, digits, - and _, at most 80", "글자, 숫자, -, _를 80자까지 쓰세요"),
                )
            ]
        )


def _changed(ws: Base, newest: Definition | None, name: str, *, draft: bool = False) -> ConflictError:
    """Somebody was quicker: who, when, and what they wrote."""
    actor, version = (newest.actor, newest.version) if newest else ("", 0)
    by = called(ws).get(actor, actor)
    said = (
        Text(f"the draft of '{name}' was changed in the meantime", f"그사이 '{name}' 초안이 바뀌었습니다")
        if draft
        else Text(f"'{name}' was published anew in the meantime", f"그사이 '{name}' 세그먼트가 새로 게시되었습니다")
    )
    hint = Text("compare both, and choose", "둘을 비교하고 고르세요")
    theirs = newest.body if newest and not newest.removed else None
    document = theirs["document"] if draft and theirs else theirs
    return ConflictError(
        said,
        hint=hint,
        theirs={"by": by, "at": newest.at if newest else None, "version": version, "document": document},
    )


def _used(name: str, used: list[str]) -> RefusedError:
    by = ", ".join(used)
    return RefusedError(
        Text(f"other segments read '{name}': {by}", f"다른 세그먼트가 '{name}' 세그먼트를 읽습니다: {by}"),
        hint=Text("take it out of their rules first", "먼저 그 조건에서 빼세요"),
    )
