"""Settings as the console changes them: which may be, what they mean, and written so that a kill leaves the old file whole.

What opens the network, moves data or holds a secret stays with whoever has the machine: a stolen session must not change it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from dangol.app import soon
from dangol.app.definitions import read_under
from dangol.app.settings import FILE, Settings, from_environment
from dangol.engine import sql, write_whole
from dangol.rules import nearest
from dangol.schema import ConflictError, DefinitionError, Problem, RefusedError, Text, system_says
from dangol.store import RETENTION

if TYPE_CHECKING:
    from dangol.app import Desk, Workspace

GROUPS: Mapping[str, tuple[str, ...]] = {
    "shop": ("name", "language", "timezone", "currency", "rates", "country", "hour_bands"),
    "customers": ("phone_region", "own_identifiers"),
    "retention": ("replay_days",),
    "signing": ("session_hours", "session_days"),
}
"""What may be changed here, as the screen groups it."""

_HERE = frozenset(name for names in GROUPS.values() for name in names)
_SPEC = {f.name: f for f in fields(Settings)}

RECOMPUTES = {"timezone", "country", "hour_bands", "rates"}
"""Settings that traits and segments depend on: everybody is computed again after a change."""


def editable(ws: Workspace | Desk) -> dict[str, Any]:
    """Every setting that may be changed: name, value, kind, choices, bounds (of a count), meaning; `version` is for `change`.

    `retention` says how long each table of the store keeps what, in words.
    """
    fixed = from_environment()
    rows = [
        {
            "setting": name,
            "group": group,
            "value": getattr(ws.settings, name),
            "kind": _SPEC[name].metadata["kind"],
            "choices": list(_SPEC[name].metadata["choices"]),
            "bounds": _SPEC[name].metadata["bounds"],
            "en": _SPEC[name].metadata["en"],
            "ko": _SPEC[name].metadata["ko"],
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
    kept, held = ws.settings, file.read_text(encoding="utf-8")
    try:
        with (
            ws.store.writing()
        ):  # before anything moves: who has to wait for the store, or waits in vain, changed nothing
            if version != _version(file):
                raise _changed()
            changed, before = _checked(ws, wanted)
            if changed:
                now = ws.real_now()
                ws.store.audit.write(ws.actor, "settings.changed", "settings", now=now, before=before, after=changed)
                _write(file, _edited(held, changed))
                ws.use(Settings.load(ws.folder, store_password=kept.store_password or None))
    except BaseException:
        if ws.settings is not kept:  # the log did not take it: neither does the shop
            _write(file, held)
            ws.use(kept)
        raise
    if not changed:
        return {"changed": [], "recomputed": False}
    again = not RECOMPUTES.isdisjoint(changed)
    if again:
        soon.compute(ws)
    return {"changed": sorted(changed), "recomputed": again}


def _changed() -> ConflictError:
    return ConflictError(
        Text("the settings were changed in the meantime", "그사이 설정이 바뀌었습니다"),
        hint=Text("look at them again, then change them", "새로 불러온 뒤 다시 바꾸세요"),
    )


def _checked(ws: Workspace, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What would change, and what it is now. Raises `DefinitionError` or `RefusedError`."""
    problems = _not_allowed(wanted)
    try:
        checked = Settings.load(None, {}, **{k: v for k, v in wanted.items() if k in _HERE})
    except DefinitionError as error:
        problems += error.problems
    if problems:
        raise DefinitionError(problems)
    _expect_same_currency(ws, checked.currency if "currency" in wanted else ws.settings.currency)
    now = {name: getattr(checked, name) for name in wanted}
    before = {name: getattr(ws.settings, name) for name in wanted}
    changed = {name: value for name, value in now.items() if value != before[name]}
    if not RECOMPUTES.isdisjoint(changed):
        read_under(ws, replace(ws.settings, **changed))
    return changed, {name: before[name] for name in changed}


def _not_allowed(wanted: Mapping[str, Any]) -> list[Problem]:
    fixed = from_environment()
    problems = elsewhere(wanted)
    for name, value in wanted.items():
        if value is None:  # it would be taken for the default
            said = Text(f"{name} has no value", f"{name}: 값이 없습니다")
            problems.append(Problem(said, name, Text("write one", "값을 적으세요")))
        elif name in fixed and name in _HERE:
            said = Text(f"{name} is set in the environment", f"{name}: 환경 변수로 정해져 있습니다")
            variable = f"DANGOL_{name.upper()}"
            problems.append(Problem(said, name, Text(f"unset {variable} first", f"먼저 {variable} 변수를 없애세요")))
    return problems


def _expect_same_currency(ws: Workspace, currency: str) -> None:
    if currency != ws.settings.currency and _has_facts(ws):
        raise RefusedError(
            Text(
                "the currency cannot be changed once there are orders: their amounts are in it",
                "주문이 들어온 뒤에는 통화를 바꿀 수 없습니다. 금액이 그 통화로 적혀 있습니다",
            ),
            where="currency",
            hint=Text("make a new workspace and import again", "새 작업 공간을 만들어 다시 가져오세요"),
        )


def elsewhere(names: Iterable[str]) -> list[Problem]:
    """Those of the names that are no settings, or not settings of the console, and where they belong."""
    problems = []
    for name in names:
        if name not in _SPEC:
            said = Text(f"there is no setting '{name}'", f"'{name}' 설정이 없습니다")
            problems.append(Problem(said, name, nearest(name, _HERE)))
        elif name not in _HERE:
            said = Text(f"{name} is not changed here", f"{name}: 여기서 바꾸는 설정이 아닙니다")
            variable, secret = f"DANGOL_{name.upper()}", _SPEC[name].metadata["kind"] == "secret"
            hint = Text(f"write it into {FILE}", f"{FILE} 파일에 적으세요")
            alone = Text(f"set {variable}", f"환경 변수 {variable}에 넣으세요")
            problems.append(Problem(said, name, alone if secret else hint))
    return problems


def _has_facts(ws: Workspace) -> bool:
    return bool(ws.engine.run(sql("SELECT 1 AS one FROM events LIMIT 1")).num_rows)


def _version(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _edited(text: str, changed: Mapping[str, Any]) -> str:
    """The file with these settings in place of those before; everything else, comments too, stays.

    Read back before it is believed: where the file is written in a way that cannot be edited in place (anchors, one pair of
    braces around everything), its settings are written anew below the remarks it begins with.
    """
    wanted = {**(yaml.safe_load(text) or {}), **changed}
    edited = _replaced(text, changed)
    return edited if _reads(edited) == wanted else _opening(text) + _dumped(wanted)


def _replaced(text: str, changed: Mapping[str, Any]) -> str:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or not root.value:
        return f"{text.rstrip()}\n{_dumped(changed)}"
    left, column = dict(changed), root.value[0][0].start_mark.column
    pieces = []
    for key, value in root.value:
        if key.value in left:
            span = (key.start_mark.index, max(key.end_mark.index, _end(value)))
            pieces.append((*span, _dumped({key.value: left.pop(key.value)}).rstrip()))
    end = max(text.find("\n", _end(root)), 0) or len(text)
    pieces.append((end, end, f"\n{_dumped(left).rstrip()}" if left else ""))
    for start, stop, new in reversed(pieces):
        rest = text[start + len(text[start:stop].rstrip()) :]
        text = text[:start] + new.replace("\n", "\n" + " " * column) + rest
    return text


def _end(node: yaml.Node) -> int:
    """Where a value ends; a block's own mark lies behind the remarks that follow it."""
    last = node.value[-1] if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style else None
    if last is None:
        return int(node.end_mark.index)
    return _end(last[1] if isinstance(last, tuple) else last)


def _reads(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _opening(text: str) -> str:
    """Remarks and empty lines that a file begins with."""
    return "".join(takewhile(lambda line: line.startswith("#") or not line.strip(), text.splitlines(keepends=True)))


def _dumped(values: Mapping[str, Any]) -> str:
    return str(yaml.safe_dump(dict(values), allow_unicode=True, sort_keys=False, width=float("inf")))


def _write(file: Path, text: str) -> None:
    try:
        write_whole(file, text)
    except OSError as error:
        why = system_says(error)
        raise RefusedError(
            Text(f"{FILE} cannot be written: {why.en}", f"{FILE} 파일을 쓸 수 없습니다: {why.ko}"),
            hint=Text("check the folder and the disk", "폴더와 디스크를 확인하세요"),
        ) from error
