"""Traits that are not counted from events: given, computed from other traits, and scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dangol.profiles import formula
from dangol.profiles.model import Age, Band, Cases, Cut, Formula, Given, Score, Spec
from dangol.profiles.parse_reader import Reader, mapping, nearest, whole
from dangol.schema import Problem, Text, Type

Found = tuple[Spec, Type, tuple[str, ...]]


def _given(read: Reader, kind: str, _: Mapping[str, float]) -> Found:
    keep = mapping(read, read.body.get("keep", {}), "keep")
    then = read.choice(keep.pop("then", "latest"), ("latest", "first", "most_frequent"), "keep.then")
    top = whole(read, keep.pop("top", 1), "keep.top") or 1
    sources = keep.pop("sources", [])
    if not isinstance(sources, list):
        read.wrong(
            Text("sources is a list, the most trusted first", "sources는 가장 믿을 만한 것부터 적은 목록이어야 합니다"),
            "keep.sources",
            Text.same("sources: [crm, mall]"),
        )
        sources = []
    for key in keep:
        read.wrong(
            Text(f"'{key}' has no meaning here", f"'{key}': 여기에서 쓸 수 없는 키입니다"),
            f"keep.{key}",
            nearest(str(key), ("sources", "then", "top")),
        )
    rule: Literal["latest", "first", "most_frequent"] = "latest"
    if then != "latest":
        rule = "first" if then == "first" else "most_frequent"
    spec = Given(str(read.body["given"]), tuple(map(str, sources)), rule, top)
    return spec, "list<text>" if top > 1 else "text", ()


def _formula(read: Reader, kind: str, settings: Mapping[str, float]) -> Found:
    text = str(read.body["formula"])
    read.problems += formula.check(text, f"{read.where}.formula", settings=settings)
    return Formula(text), "float64", formula.names(text)


def _cases(read: Reader, kind: str, settings: Mapping[str, float]) -> Found:
    rows = read.body["cases"]
    whens: list[tuple[str, object]] = []
    otherwise: object = None
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        place = f"{read.where}.cases[{index}]"
        if isinstance(row, Mapping) and set(row) == {"when", "then"}:
            text = str(row["when"])
            read.problems += formula.check(text, f"{place}.when", condition=True, settings=settings)
            whens.append((text, row["then"]))
        elif isinstance(row, Mapping) and set(row) == {"else"} and index == len(rows) - 1:
            otherwise = row["else"]
        else:
            read.problems.append(
                Problem(
                    Text(
                        "a case is {when: …, then: …}; the last may be {else: …}",
                        "cases의 항목은 {when: …, then: …}이고, 마지막은 {else: …}일 수 있습니다",
                    ),
                    place,
                )
            )
    if not whens:
        read.wrong(
            Text("cases needs at least one {when: …, then: …}", "cases에는 {when: …, then: …}이 하나 이상 필요합니다"),
            "cases",
        )
    answers = [v for _, v in whens] + ([otherwise] if otherwise is not None else [])
    kinds = {_value_type(v) for v in answers if v is not None}
    if kinds == {"int64", "float64"}:
        kinds = {"float64"}
    if len(kinds) > 1:
        read.wrong(
            Text(
                f"the values are of different types: {', '.join(sorted(kinds))}",
                f"값의 형식이 서로 다릅니다: {', '.join(sorted(kinds))}",
            ),
            "cases",
            Text("all text, or all numbers", "모두 글자이거나 모두 숫자여야 합니다"),
        )
    needs = tuple(n for text, _ in whens for n in formula.names(text))
    return Cases(tuple(whens), otherwise), next(iter(kinds), "text"), needs


def _value_type(value: object) -> Type:
    return (
        "bool"
        if isinstance(value, bool)
        else "int64"
        if isinstance(value, int)
        else "float64"
        if isinstance(value, float)
        else "text"
    )


def _cut(read: Reader, kind: str, settings: Mapping[str, float]) -> Found:
    said = read.body[kind]
    detail = dict(said) if isinstance(said, Mapping) else {"trait": said}
    trait = str(detail.pop("trait", ""))
    of = whole(read, detail.pop("of", 5), f"{kind}.of")
    reverse = detail.pop("reverse", False) is True
    among = str(detail.pop("among", ""))
    if among:
        read.problems += formula.check(among, f"{read.where}.{kind}.among", condition=True, settings=settings)
    if kind != "typical" and not 2 <= of <= 100:
        read.wrong(Text(f"of is from 2 to 100, found {of}", f"of는 2부터 100까지입니다. 적힌 값: {of}"), f"{kind}.of")
    for key in detail:
        read.wrong(
            Text(f"'{key}' has no meaning here", f"'{key}': 여기에서 쓸 수 없는 키입니다"),
            f"{kind}.{key}",
            nearest(str(key), ("trait", "of", "reverse", "among")),
        )
    how: Literal["quantile", "log_score", "typical"] = "quantile"
    if kind != "quantile":
        how = "typical" if kind == "typical" else "log_score"
    return (
        Cut(how, trait, of, reverse, among),
        "float64" if kind == "typical" else "int64",
        (trait, *formula.names(among)),
    )


def _band(read: Reader, kind: str, _: Mapping[str, float]) -> Found:
    detail = mapping(read, read.body["band"], "band")
    edges = detail.get("edges", [])
    if set(detail) - {"trait", "edges"} or not isinstance(edges, list) or not edges or sorted(set(edges)) != edges:
        read.wrong(
            Text("a band is a trait and rising edges", "band에는 속성과 차례로 커지는 경계값이 필요합니다"),
            "band",
            Text.same("band: {trait: age, edges: [20, 30, 40]}"),
        )
        edges = [0]
    return Band(str(detail.get("trait")), tuple(int(e) for e in edges)), "text", (str(detail.get("trait")),)


def _age(read: Reader, kind: str, _: Mapping[str, float]) -> Found:
    detail = mapping(read, read.body["age"], "age")
    if not detail.get("year") or set(detail) - {"year", "birthday"}:
        read.wrong(
            Text("age is read from a birth year", "age는 태어난 해에서 계산합니다"),
            "age",
            Text.same("age: {year: birth_year, birthday: birthday}"),
        )
    spec = Age(str(detail.get("year")), str(detail.get("birthday", "")))
    return spec, "int64", tuple(n for n in (spec.year, spec.birthday) if n)


def _score(read: Reader, kind: str, _: Mapping[str, float]) -> Found:
    return Score(), "float64", ()


SPECS = {
    "given": _given, "formula": _formula, "cases": _cases, "quantile": _cut, "log_score": _cut, "typical": _cut,
    "band": _band, "age": _age, "score": _score,
}  # fmt: skip
