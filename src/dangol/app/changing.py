"""Settings as the console changes them: which may be, what they mean, and written so that a kill leaves the old file whole.

What opens the network, moves data or holds a secret stays with whoever has the machine: a stolen session must not change it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from dangol.app import soon
from dangol.app.settings import FILE, Settings, from_environment
from dangol.engine import sql, write_whole
from dangol.schema import ConflictError, DefinitionError, Problem, RefusedError, Text, system_says
from dangol.store import RETENTION

if TYPE_CHECKING:
    from dangol.app import Workspace

GROUPS: Mapping[str, tuple[str, ...]] = {
    "shop": ("name", "language", "timezone", "currency", "rates", "country", "hour_bands"),
    "customers": ("phone_region", "own_identifiers"),
    "retention": ("replay_days",),
    "signing": ("session_hours", "session_days"),
}
"""What may be changed here, as the screen groups it."""

RECOMPUTES = {"timezone", "country", "hour_bands", "rates"}
"""Settings that traits and segments depend on: everybody is computed again after a change."""


def editable(ws: Workspace) -> dict[str, Any]:
    """Every setting that may be changed: name, value, kind, choices, meaning; `version` is for `change`.

    `retention` says how long each table of the store keeps what, in words.
    """
    fixed = from_environment()
    spec = {f.name: f for f in fields(Settings)}
    rows = [
        {
            "setting": name,
            "group": group,
            "value": getattr(ws.settings, name),
            "kind": spec[name].metadata["kind"],
            "choices": list(spec[name].metadata["choices"]),
            "en": spec[name].metadata["en"],
            "ko": spec[name].metadata["ko"],
            "fixed": name in fixed,
            "recomputes": name in RECOMPUTES,
        }
        for group, names in GROUPS.items()
        for name in names
    ]
    kept = [{"table": name, "en": rule.en, "ko": rule.ko} for name, rule in RETENTION.items()]
    return {"version": _version(ws.folder / FILE), "settings": rows, "retention": kept}


def change(ws: Workspace, wanted: Mapping[str, Any], version: str) -> dict[str, Any]:
    """Check and write settings, use them from now on, and compute everybody again where they depend on it.

    Raises `ConflictError` where the file was changed since `version` was read, `DefinitionError` with all that is wrong,
    `RefusedError` for a setting that is not to be changed here.
    """
    file = ws.folder / FILE
    if version != _version(file):
        raise ConflictError(
            Text("the settings were changed in the meantime", "그사이 설정이 바뀌었습니다"),
            hint=Text("look at them again, then change them", "새로 불러온 뒤 다시 바꾸세요"),
        )
    _expect_allowed(ws, wanted)
    checked = Settings.load(None, {}, **wanted)
    now = {name: getattr(checked, name) for name in wanted}
    before = {name: getattr(ws.settings, name) for name in wanted}
    changed = {name: value for name, value in now.items() if value != before[name]}
    if not changed:
        return {"changed": [], "recomputed": False}
    _write(file, _edited(file.read_text(encoding="utf-8"), changed))
    ws.use(Settings.load(ws.folder, store_password=ws.settings.store_password or None))
    ws.store.audit.write(
        ws.actor, "settings.changed", "settings", now=ws.real_now(),
        before={name: before[name] for name in changed}, after=changed,
    )  # fmt: skip
    again = not RECOMPUTES.isdisjoint(changed)
    if again:
        soon.compute(ws)
    return {"changed": sorted(changed), "recomputed": again}


def _expect_allowed(ws: Workspace, wanted: Mapping[str, Any]) -> None:
    known = {name for names in GROUPS.values() for name in names}
    fixed = from_environment()
    problems = []
    for name in wanted:
        if name not in known:
            said = Text(f"{name} is not changed here", f"{name}: 여기서 바꾸는 설정이 아닙니다")
            problems.append(Problem(said, name, Text(f"write it into {FILE}", f"{FILE} 파일에 적으세요")))
        elif name in fixed:
            said = Text(f"{name} is set in the environment", f"{name}: 환경 변수로 정해져 있습니다")
            variable = f"DANGOL_{name.upper()}"
            problems.append(Problem(said, name, Text(f"unset {variable} first", f"먼저 {variable} 변수를 없애세요")))
    if problems:
        raise DefinitionError(problems)
    if "currency" in wanted and wanted["currency"] != ws.settings.currency and _has_facts(ws):
        raise RefusedError(
            Text(
                "the currency cannot be changed once there are orders: their amounts are in it",
                "주문이 들어온 뒤에는 통화를 바꿀 수 없습니다. 금액이 그 통화로 적혀 있습니다",
            ),
            where="currency",
            hint=Text("make a new workspace and import again", "새 작업 공간을 만들어 다시 가져오세요"),
        )


def _has_facts(ws: Workspace) -> bool:
    return bool(ws.engine.run(sql("SELECT 1 AS one FROM events LIMIT 1")).num_rows)


def _version(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _edited(text: str, changed: Mapping[str, Any]) -> str:
    """The file with these settings in place of those before; everything else, comments too, stays."""
    kept: list[str] = []
    dropping = False
    for line in text.splitlines():
        top = bool(line) and not line[0].isspace() and line[0] not in "#-"
        if top:
            dropping = line.partition(":")[0].strip() in changed
        elif dropping and line.strip() and line[0] == "#":
            dropping = False
        if not dropping:
            kept.append(line)
    added = yaml.safe_dump(dict(changed), allow_unicode=True, sort_keys=False)
    return "\n".join([*kept, added.rstrip(), ""])


def _write(file: Path, text: str) -> None:
    try:
        write_whole(file, text)
    except OSError as error:
        why = system_says(error)
        raise RefusedError(
            Text(f"{FILE} cannot be written: {why.en}", f"{FILE} 파일을 쓸 수 없습니다: {why.ko}"),
            hint=Text("check the folder and the disk", "폴더와 디스크를 확인하세요"),
        ) from error
