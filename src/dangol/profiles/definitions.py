"""All trait and segment definitions of a workspace, read together and checked together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from dangol.profiles.filters import compile_where
from dangol.profiles.model import Behaviour, Segment, Trait
from dangol.profiles.parse import parse_trait
from dangol.profiles.parse_reader import nearest
from dangol.profiles.reading import Reading
from dangol.profiles.state import FIXED
from dangol.rules import Catalog, Rule, TraitInfo, dependencies, parse, window_bounds
from dangol.rules.surroundings import Surroundings
from dangol.schema import DefinitionError, FileError, Problem, Text, kind_ko

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Definitions:
    """Traits in the order they are computed, segments in the order they are refreshed, and the rules' catalog."""

    traits: Mapping[str, Trait]
    segments: Mapping[str, Segment]
    catalog: Catalog
    levels: tuple[tuple[str, ...], ...] = field(default=())
    """Segments by depth: those of a level only name segments of the levels before."""
    rules: Mapping[str, Rule] = field(default_factory=dict, repr=False, compare=False)
    """Each segment's rule."""

    @classmethod
    def of(
        cls, traits: Iterable[Document] = (), segments: Iterable[Document] = (), *, with_shipped: bool = True,
        versions: Mapping[str, int] | None = None, surroundings: Surroundings | None = None,
    ) -> Definitions:  # fmt: skip
        """Read documents. Shipped traits come first; a trait of the same name replaces the shipped one.

        :param versions: segment → version of its definition in the store, written with each entry.
        :param surroundings: what the shop lets rules know of days off, hour bands and weather.
        :raises DefinitionError: with every problem of every document.
        """
        around = surroundings or Surroundings()
        problems: list[Problem] = []
        documents: dict[str, Document] = {str(b.get("trait")): b for b in (shipped_traits() if with_shipped else ())}
        documents |= _by_name(traits, "trait", problems)
        known: dict[str, Trait] = {}
        for body in documents.values():
            trait, wrong = parse_trait(body)
            problems += wrong
            if trait:
                known[trait.name] = trait
                problems += _row_problems(trait, around)
        ordered = _ordered(known, problems)
        bodies = _by_name(segments, "segment", problems)
        read = {name: _segment(body, (versions or {}).get(name, 1), problems) for name, body in bodies.items()}
        if problems:
            raise DefinitionError(problems)
        catalog = catalog_of(ordered, read, around)
        rules = _rules(read, catalog, problems)
        levels = () if problems else _levels(rules, problems)
        if problems:
            raise DefinitionError(problems)
        return cls({t.name: t for t in ordered}, read, catalog, levels, rules)

    @property
    def ranked(self) -> frozenset[str]:
        """Segments in which one customer may push another in or out: they are always asked about everyone."""
        return frozenset(n for n, rule in self.rules.items() if dependencies(rule, self.catalog).ranks)

    def only(self, names: Iterable[str]) -> Definitions:
        """The same definitions with no more traits than these and what they read; for computing less."""
        wanted: set[str] = set()
        queue = [n for n in names if n in self.traits]
        while queue:
            name = queue.pop()
            if name not in wanted:
                wanted.add(name)
                queue.extend(self.traits[name].needs)
        return replace(self, traits={n: t for n, t in self.traits.items() if n in wanted})


def catalog_of(traits: Iterable[Trait], segments: Mapping[str, Segment], surroundings: Surroundings) -> Catalog:
    """What the rule language may name."""
    infos = {
        t.name: TraitInfo(
            type=t.type,
            family=t.family,
            ko=t.says["ko"],
            en=t.says["en"],
            values=tuple(t.values) or None,
            words=t.words,
        )
        for t in traits
    }
    bodies = {name: dict(s.where) for name, s in segments.items()}
    return Catalog(traits=infos, segments=bodies, surroundings=surroundings)


def documents(path: Path) -> list[dict[str, Any]]:
    """Every YAML document below a folder (or of one file), in order of path."""
    if not path.exists():
        raise FileError(
            Text("there is nothing here", "여기에는 아무것도 없습니다"),
            where=str(path),
            hint=Text("name a YAML file, or a folder of them", "YAML 파일이나 그런 파일이 든 폴더를 주세요"),
        )
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    found: list[dict[str, Any]] = []
    for file in files:
        try:
            for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
                if document is None:
                    continue
                if not isinstance(document, dict):
                    raise FileError(
                        Text("a definition is a list of keys and values", "정의는 키와 값의 목록이어야 합니다"),
                        where=file.name,
                    )
                found.append(document)
        except yaml.YAMLError as error:
            raise FileError(
                Text(
                    f"not valid YAML: {' '.join(str(error).split())}",
                    f"YAML로 읽을 수 없습니다: {' '.join(str(error).split())}",
                ),
                where=file.name,
            ) from error
    return found


@cache
def shipped_traits() -> tuple[dict[str, Any], ...]:
    """The traits every shop has, from the YAML beside this file."""
    folder = resources.files("dangol.profiles") / "shipped"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return tuple(d for f in files for d in yaml.safe_load_all(f.read_text(encoding="utf-8")) if d)


def _by_name(bodies: Iterable[Document], key: str, problems: list[Problem]) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for index, body in enumerate(bodies):
        name = body.get(key) if isinstance(body, Mapping) else None
        if not isinstance(name, str) or not name:
            problems.append(
                Problem(
                    Text(f"a {key} needs a name", f"{kind_ko(key)} 정의에 이름이 필요합니다"),
                    f"{key}s[{index}]",
                    Text.same(f"{key}: my-{key}"),
                )
            )
        elif name in found:
            problems.append(
                Problem(
                    Text(
                        f"there are two {key}s with the name '{name}'",
                        f"이름이 '{name}'인 {kind_ko(key)} 정의가 둘입니다",
                    ),
                    f"{key}s.{name}",
                )
            )
        else:
            found[name] = body
    return found


def _ordered(known: Mapping[str, Trait], problems: list[Problem]) -> list[Trait]:
    """Traits so that each comes after those it reads; unknown names and cycles become problems."""
    for trait in known.values():
        if trait.name in FIXED:
            problems.append(
                Problem(
                    Text(
                        "this name is taken by a column that every customer has",
                        "모든 고객에게 있는 열의 이름이라 쓸 수 없습니다",
                    ),
                    f"traits.{trait.name}",
                )
            )
        for name in trait.needs:
            if name not in known:
                problems.append(
                    Problem(
                        Text(f"there is no trait '{name}'", f"'{name}' 속성이 없습니다"),
                        f"traits.{trait.name}",
                        nearest(name, known),
                    )
                )
    graph = {t.name: [n for n in t.needs if n in known] for t in known.values()}
    try:
        depth: dict[str, int] = {}
        for name in TopologicalSorter(graph).static_order():
            depth[name] = 1 + max((depth[n] for n in graph[name]), default=-1)
        return sorted(known.values(), key=lambda t: depth[t.name])  # stable: as written within a depth
    except CycleError as error:
        circle = " → ".join(error.args[1])
        problems.append(
            Problem(
                Text(
                    f"these traits read each other in a circle: {circle}", f"속성이 서로를 돌아가며 읽습니다: {circle}"
                ),
                f"traits.{error.args[1][0]}",
            )
        )
        return list(known.values())


_CHECKED = Reading(
    now=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    tz=ZoneInfo("UTC"),
    span=(dt.datetime(2020, 1, 1, tzinfo=dt.UTC),) * 2,
    catalog=Catalog(),
    tables={},
)
"""Any moment will do to see whether a filter and a window can be read."""


def _row_problems(trait: Trait, around: Surroundings) -> list[Problem]:
    """What is wrong with the filter, the filter of a share, and the window of a behavioural trait."""
    spec = trait.spec
    if not isinstance(spec, Behaviour):
        return []
    found: list[Problem] = []
    checked = replace(_CHECKED, catalog=replace(_CHECKED.catalog, surroundings=around))
    for place, where in (("where", spec.where), (f"{spec.function}.where", spec.part_where)):
        try:
            compile_where(where, spec.of, checked)
        except DefinitionError as error:
            found += [replace(p, where=_inside(f"traits.{trait.name}.{place}", p.where)) for p in error.problems]
    try:
        window_bounds(spec.window, _CHECKED.now, _CHECKED.tz)
    except DefinitionError as error:
        found += [replace(p, where=_inside(f"traits.{trait.name}", p.where)) for p in error.problems]
    return found


def _inside(place: str, where: str) -> str:
    return f"{place}.{where.removeprefix('where').removeprefix('.')}".removesuffix(".")


def document_problems(body: Document) -> list[Problem]:
    """What is wrong with a segment's document beside its rule: words in both languages, tags, keys that mean nothing."""
    problems: list[Problem] = []
    _segment(body, 1, problems)
    return problems


def _segment(body: Document, version: int, problems: list[Problem]) -> Segment:
    name = str(body["segment"])
    place = f"segments.{name}"
    says, where, tags = body.get("says"), body.get("where"), body.get("tags", [])
    if not isinstance(says, Mapping) or not says.get("ko") or not says.get("en"):
        problems.append(
            Problem(
                Text("says needs both languages", "says에는 두 언어가 모두 필요합니다"),
                f"{place}.says",
                Text.same("says: {ko: …, en: …}"),
            )
        )
        says = {"ko": name, "en": name}
    if not isinstance(where, Mapping):
        problems.append(
            Problem(
                Text("a segment needs a rule", "세그먼트에는 조건이 필요합니다"),
                f"{place}.where",
                Text.same("where: {trait: orders, at_least: 2}"),
            )
        )
        where = {}
    if not isinstance(tags, list):
        problems.append(
            Problem(Text("tags is a list", "tags는 목록이어야 합니다"), f"{place}.tags", Text.same("tags: [loyalty]"))
        )
        tags = []
    for key in body:
        if key not in ("segment", "says", "where", "tags", "folder"):
            hint = nearest(str(key), ("segment", "says", "where", "tags", "folder"))
            problems.append(
                Problem(
                    Text(f"'{key}' has no meaning here", f"'{key}': 여기에서 쓸 수 없는 키입니다"),
                    f"{place}.{key}",
                    hint,
                )
            )
    said = {"ko": str(says["ko"]), "en": str(says["en"])}
    return Segment(name, said, dict(where), tuple(map(str, tags)), str(body.get("folder", "")), version, dict(body))


def _rules(segments: Mapping[str, Segment], catalog: Catalog, problems: list[Problem]) -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for name, segment in segments.items():
        try:
            found[name] = parse(segment.where, catalog, where=f"segments.{name}.where", name=name)
        except DefinitionError as error:
            problems += [p for p in error.problems if p not in problems]
    return found


def _levels(rules: Mapping[str, Rule], problems: list[Problem]) -> tuple[tuple[str, ...], ...]:
    graph = {name: sorted(s for s in dependencies(rule).segments if s in rules) for name, rule in rules.items()}
    try:
        sorter = TopologicalSorter(graph)
        sorter.prepare()
    except CycleError as error:
        problems.append(
            Problem(
                Text(
                    f"these segments name each other in a circle: {' → '.join(error.args[1])}",
                    f"세그먼트가 서로를 돌아가며 가리킵니다: {' → '.join(error.args[1])}",
                )
            )
        )
        return ()
    levels: list[tuple[str, ...]] = []
    while sorter.is_active():
        ready = tuple(sorted(sorter.get_ready()))
        levels.append(ready)
        sorter.done(*ready)
    return tuple(levels)
