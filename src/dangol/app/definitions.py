"""Definitions as files: `pull` writes them out, `plan` says what a change would do, `apply` makes it so. Drift is refused."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import yaml

from dangol.app import dashboards
from dangol.app.boards import filled, read_board
from dangol.app.starting import comes_with, folder_of
from dangol.app.workspace import Progress, no_progress
from dangol.collect.tracking import read_plan
from dangol.profiles import Definitions, documents
from dangol.profiles import plan as effect_of
from dangol.schema import Answer, DefinitionError, Problem, RefusedError, Text, kind_ko

if TYPE_CHECKING:
    from dangol.app import Workspace
    from dangol.app.settings import Settings
    from dangol.app.workspace import Base

KINDS = ("trait", "segment", "tracking", "dashboard")
READ = ("tracking", "dashboard")
"""Kinds that nothing is computed from: a change of them moves no trait and no segment."""
PULLED = ".dangol.json"
"""Beside pulled files: name → version they were pulled at, so that apply notices what changed in the meantime."""


_PULLED = pa.schema([("kind", pa.string()), ("name", pa.string()), ("version", pa.int64()), ("file", pa.string())])


@dataclass(frozen=True, slots=True)
class Change:
    """One definition that would change. `before` is the version in use (0: new); `body` is None when it would be removed."""

    kind: str
    name: str
    before: int
    body: dict[str, Any] | None

    @property
    def what(self) -> str:
        return "remove" if self.body is None else "add" if self.before == 0 else "change"


@dataclass(frozen=True, slots=True)
class Planned:
    """A change of definitions, checked, with its effect; `apply` takes exactly this. `keys`: all that the folder defines."""

    folder: Path
    changes: tuple[Change, ...]
    answer: Answer
    keys: frozenset[str] = frozenset()


def current(ws: Base) -> Definitions:
    """The shop's definitions in use: shipped traits, overridden and added to by the store's. Read anew when they changed,
    or the settings that they read; the same object while they did not."""
    newest, settings = ws.store.definitions.newest("trait", "segment"), ws.settings
    kept = ws.read_definitions
    if kept is not None and kept[1] is not settings:
        same = kept[1].surroundings == settings.surroundings
        kept = ws.read_definitions = (kept[0], settings, kept[2]) if same else None
    if kept is None or kept[0] != newest:
        kept = ws.read_definitions = (newest, settings, read_under(ws, settings))
    return kept[2]


def read_under(ws: Base, settings: Settings) -> Definitions:
    """The same under other settings. Raises `DefinitionError` where a rule names what they do not have (an hour band)."""
    traits, segments = ws.store.definitions.all("trait"), ws.store.definitions.all("segment")
    return Definitions.of(
        traits=[d.body for d in traits.values()],
        segments=[d.body for d in segments.values()],
        versions={name: d.version for name, d in segments.items()},
        surroundings=settings.surroundings,
    )


def pull(ws: Workspace, folder: Path) -> Answer:
    """Write every definition below `folder`: ``traits/NAME.yaml``, ``segments/``, ``dashboards/``, ``tracking/SOURCE.yaml``."""
    rows: list[dict[str, Any]] = []
    versions: dict[str, int] = {}
    for kind in KINDS:
        kept = {d.name: d for d in ws.store.definitions.all(kind).values()}
        place = folder / (kind if kind == "tracking" else f"{kind}s")
        place.mkdir(parents=True, exist_ok=True)
        for name, definition in kept.items():
            file = place / f"{name}.yaml"
            file.write_text(
                yaml.safe_dump(definition.body, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8"
            )
            versions[f"{kind}/{name}"] = definition.version
            rows.append({"kind": kind, "name": name, "version": definition.version, "file": str(file)})
    (folder / PULLED).write_bytes(orjson.dumps(versions, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    return Answer(pa.Table.from_pylist(rows, schema=_PULLED), note=f"→ {folder}")


def plan(ws: Workspace, folder: Path, *, effects: bool = True) -> Planned:
    """Compare a folder with the store; ``starter`` is the set that comes with dangol, where no folder has that name.

    :param effects: also compute who would enter and leave each changed segment.
    :raises DefinitionError: with every problem of every file.
    :raises RefusedError: when the store's version moved since the folder was pulled.
    """
    folder = folder_of(folder)
    bodies = {k: filled(k, b) if k.startswith("dashboard/") else b for k, b in _read(folder).items()}
    pulled: dict[str, int] = orjson.loads((folder / PULLED).read_bytes()) if (folder / PULLED).exists() else {}
    applied = {k: v for k, v in _applied(ws, folder).items() if k in bodies} if not pulled else {}
    kept = {f"{kind}/{d.name}": d for kind in KINDS for d in ws.store.definitions.all(kind).values()}
    _refuse_drift(pulled or applied, {k: d.version for k, d in kept.items()})
    changes = [
        _change(key, kept[key].version if key in kept else 0, body)
        for key, body in bodies.items()
        if key not in kept or kept[key].body != body
    ]
    changes += [_change(key, kept[key].version, None) for key in pulled if key in kept and key not in bodies]
    proposed = {key: d.body for key, d in kept.items()} | bodies
    for change in changes:
        if change.body is None:
            del proposed[f"{change.kind}/{change.name}"]
    _read_others(proposed)
    after = Definitions.of(
        traits=[b for k, b in proposed.items() if k.startswith("trait/")],
        segments=[b for k, b in proposed.items() if k.startswith("segment/")],
        surroundings=ws.settings.surroundings,
    )
    computed = [c for c in changes if c.kind not in READ]
    if not (effects and computed):
        return Planned(folder, tuple(changes), _listed(ws, changes), frozenset(bodies))
    effect = effect_of(ws.engine, current(ws), after, now=ws.now(), tz=ws.settings.tz).answer
    rest = [{"kind": c.kind, "name": c.name, "status": _STATUS[c.what]} for c in changes if c.kind in READ]
    table = pa.concat_tables([effect.table, pa.Table.from_pylist(rest, schema=effect.table.schema)])
    return Planned(folder, tuple(changes), replace(effect, table=table), frozenset(bodies))


_STATUS = {"add": "new", "change": "changed", "remove": "removed"}


def _read_others(proposed: dict[str, Any]) -> None:
    """Check what is no trait and no segment. Raises `DefinitionError` with every problem."""
    problems: list[Problem] = []
    for key, body in proposed.items():
        kind, _, name = key.partition("/")
        try:
            if kind == "tracking":
                read_plan(body)
            elif kind == "dashboard":
                read_board(name, body)
        except DefinitionError as error:
            problems += error.problems
    if problems:
        raise DefinitionError(problems)


def apply(
    ws: Workspace, planned: Planned, *, note: str = "", refresh: bool = True, progress: Progress = no_progress
) -> Answer:
    """Write the planned definitions as new versions and refresh. Refused when the store moved since the plan."""
    now = ws.real_now()
    with ws.store.writing():
        for c in planned.changes:
            kept = ws.store.definitions.all(c.kind).get(c.name)
            if (kept.version if kept else 0) != c.before:
                raise RefusedError(
                    Text(
                        f"{c.kind} '{c.name}' was changed since this plan",
                        f"이 계획을 세운 뒤에 {kind_ko(c.kind)} '{c.name}'의 정의가 바뀌었습니다",
                    ),
                    hint=Text("plan again", "계획을 다시 세우세요"),
                )
            if c.body is None and c.kind == dashboards.KIND:
                # with its links: another of the same name is not what was shared
                dashboards.removed(ws, c.name, note=note)
            elif c.body is None:
                ws.store.definitions.remove(c.kind, c.name, actor=ws.actor, now=now, note=note)
            else:
                ws.store.definitions.put(c.kind, c.name, c.body, actor=ws.actor, now=now, note=note)
    _remember(ws, planned)
    computed = any(c.kind not in READ for c in planned.changes)
    return ws.refresh(progress=progress) if refresh and computed else planned.answer


def _change(key: str, before: int, body: dict[str, Any] | None) -> Change:
    kind, name = key.split("/", 1)
    return Change(kind, name, before, body)


def _remember(ws: Workspace, planned: Planned) -> None:
    """A folder goes on being in step after its own change: one that was pulled says so itself, of one written by hand the
    shop remembers what it was applied as (not a file, since one folder may serve several shops)."""
    file, bodies = planned.folder / PULLED, planned.keys
    versions = {f"{k}/{d.name}": d.version for k in KINDS for d in ws.store.definitions.all(k).values()}
    if file.exists():
        known = set(orjson.loads(file.read_bytes())) | bodies
        mine = {key: version for key, version in versions.items() if key in known}
        file.write_bytes(orjson.dumps(mine, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    elif not comes_with(planned.folder):
        mine = {key: version for key, version in versions.items() if key in bodies}
        ws.store.state.put(_place(planned.folder), mine, now=ws.real_now())


def _applied(ws: Workspace, folder: Path) -> dict[str, int]:
    """At which versions this folder's definitions were applied here last; nothing for one that never was."""
    return ws.store.state.get(_place(folder)) or {}


def _place(folder: Path) -> str:
    return f"definitions.applied.{hashlib.blake2b(str(folder.resolve()).encode(), digest_size=8).hexdigest()}"


def _read(folder: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for body in documents(folder):
        kind = next((k for k in KINDS if k in body), None)
        if kind is None:
            if not {"preset", "mapping", "recognise"} & set(body):
                problems.append(
                    Problem(
                        Text(
                            "this is no trait, segment, tracking plan or dashboard",
                            "속성, 세그먼트, 수집 계획, 대시보드가 아닙니다",
                        ),
                        str(next(iter(body), "")),
                        Text(
                            "start it with trait:, segment:, tracking: or dashboard:",
                            "trait:, segment:, tracking:, dashboard: 가운데 하나로 시작하세요",
                        ),
                    )
                )
            continue
        key = f"{kind}/{body[kind]}"
        if key in found:
            problems.append(
                Problem(
                    Text(
                        f"there are two {kind}s with the name '{body[kind]}'",
                        f"이름이 '{body[kind]}'인 {kind_ko(kind)} 정의가 둘입니다",
                    ),
                    key,
                )
            )
        found[key] = orjson.loads(orjson.dumps(body, default=str))
    if problems:
        raise DefinitionError(problems, where=str(folder))
    return found


def _refuse_drift(pulled: dict[str, int], versions: dict[str, int]) -> None:
    moved = [k for k, v in pulled.items() if versions.get(k) != v]
    if moved:
        raise RefusedError(
            Text(
                f"these were changed in the shop since the folder was pulled or applied: {', '.join(sorted(moved))}",
                f"폴더를 내려받거나 적용한 뒤 작업 공간에서 바뀐 정의가 있습니다: {', '.join(sorted(moved))}",
            ),
            hint=Text(
                "pull into a fresh folder, carry your changes over, and plan again",
                "새 폴더에 내려받아 고친 내용을 옮긴 뒤 계획을 다시 세우세요",
            ),
        )


def _listed(ws: Workspace, changes: list[Change]) -> Answer:
    """The changes alone, without who enters and leaves."""
    rows = [{"kind": c.kind, "name": c.name, "status": c.what, "from_version": c.before or None} for c in changes]
    types = pa.schema(
        [("kind", pa.string()), ("name", pa.string()), ("status", pa.string()), ("from_version", pa.int64())]
    )
    return Answer(
        pa.Table.from_pylist(rows, schema=types),
        note="" if rows else ws.say("Nothing would change.", "바뀌는 것이 없습니다."),
    )
