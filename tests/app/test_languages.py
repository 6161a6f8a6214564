"""Each kind of error, really raised: Korean and English say the same, in every shape an error has."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from dangol.app import Workspace, changing, customer_number
from dangol.app.lookup import Lookup, Named
from dangol.app.settings import Settings
from dangol.collect import read
from dangol.collect.weather.kma import page_of
from dangol.collect.wire import WireLimits, unpacked
from dangol.engine import DuckDBEngine, sql
from dangol.rules import Catalog, parse
from dangol.schema import NOTHING, DangolError, DefinitionError, Problem, RefusedError, Text, josa
from dangol.server.access import whoever
from dangol.server.shared import Rate
from tests.app import shop

HANGUL = re.compile("[가-힣]")


def _definition(_: Workspace, __: Path) -> None:
    parse({"trait": "agee", "at_least": 60}, Catalog())


def _file(_: Workspace, folder: Path) -> None:
    read(folder / "missing.csv")


def _workspace(_: Workspace, folder: Path) -> None:
    Workspace.open(folder)


def _busy(ws: Workspace, _: Path) -> None:
    shop.reopen(ws.folder)


def _not_found(_: Workspace, __: Path) -> None:
    customer_number("nobody")


def _refused(ws: Workspace, _: Path) -> None:
    ws.sql("DELETE FROM events")


def _engine(_: Workspace, folder: Path) -> None:
    DuckDBEngine(folder / "nowhere" / "data.duckdb")


def _body(_: Workspace, __: Path) -> None:
    unpacked(b"not gzip", "gzip", WireLimits())


def _ambiguous(ws: Workspace, _: Path) -> None:
    two = ws.engine.run(sql("SELECT value FROM identifiers WHERE kind = 'user_id' ORDER BY node LIMIT 2"))
    Lookup(ws).whose([Named(value, "user_id") for value in two["value"].to_pylist()])


def _weather(_: Workspace, __: Path) -> None:
    page_of(b"<returnReasonCode>30</returnReasonCode>")


def _conflict(ws: Workspace, _: Path) -> None:
    changing.change(ws, {"currency": "KRW"}, "an older version")


def _sign_in(_: Workspace, __: Path) -> None:
    whoever(Request({"type": "http", "state": {}}))


def _too_often(_: Workspace, __: Path) -> None:
    Rate(lambda: 30.0).count("somebody", 0)


RAISED: dict[str, Callable[[Workspace, Path], None]] = {
    "definition": _definition,
    "file": _file,
    "workspace": _workspace,
    "busy": _busy,
    "not_found": _not_found,
    "refused": _refused,
    "engine": _engine,
    "body": _body,
    "ambiguous": _ambiguous,
    "weather": _weather,
    "conflict": _conflict,
    "sign_in": _sign_in,
    "too_often": _too_often,
}


def _codes(kind: type[DangolError] = DangolError) -> set[str]:
    return {kind.code}.union(*(_codes(child) for child in kind.__subclasses__()))


def test_every_code_is_raised_here() -> None:
    assert _codes() - set(RAISED) == {"error"}  # the root: raised only where no better word fits


@pytest.mark.parametrize("code", RAISED)
def test_an_error_says_the_same_in_both_languages(code: str, seen: Workspace, tmp_path: Path) -> None:
    with pytest.raises(DangolError) as caught:
        RAISED[code](seen, tmp_path)
    error = caught.value
    assert error.code == code
    assert HANGUL.search(error.message.ko)
    assert not HANGUL.search(error.message.en)
    assert str(error) == error.say("en")
    assert not error.hint or error.hint.ko != error.hint.en
    korean, english = error.as_dict("ko"), error.as_dict("en")
    assert error.as_dict() == english
    assert korean.keys() == english.keys()
    assert {k for k in korean if korean[k] == english[k]} <= {"code", "where"}
    assert {"code", "message"} <= set(korean) <= {"code", "message", "where", "hint", "problems"}
    assert str(pickle.loads(pickle.dumps(error.message))) == error.message.en


def test_a_definition_error_lists_each_problem_in_the_language() -> None:
    wrong = {"all": [{"trait": "agee", "at_least": 60}, {"trait": "age", "within": "soon"}, {"day": "x"}]}
    with pytest.raises(DefinitionError) as caught:
        parse(wrong, Catalog())
    found = caught.value.problems
    assert len(found) >= 3
    for problem in found:
        assert HANGUL.search(problem.say("ko")), problem
        assert not HANGUL.search(problem.say("en")), problem
        assert problem.as_dict("ko")["where"] == problem.as_dict("en")["where"]
    said = caught.value.say("ko")
    assert all(problem.message.ko in said for problem in found)


def test_wrong_settings_are_said_in_both_languages() -> None:
    with pytest.raises(DefinitionError) as caught:
        Settings.load(None, environ={}, currency="won", timezone="Mars/Olympus", max_partners="-1", langage="ko")
    assert len(caught.value.problems) >= 3
    for problem in caught.value.problems:
        assert HANGUL.search(problem.message.ko), problem
        assert not HANGUL.search(problem.message.en), problem


def test_a_problem_without_a_hint_has_no_brackets() -> None:
    bare = Problem(Text("no such thing", "그런 것이 없습니다"), "where.all[0]")
    assert bare.say("ko") == "where.all[0]: 그런 것이 없습니다"
    assert str(bare) == "where.all[0]: no such thing"
    assert not bare.hint
    assert bare.hint is NOTHING


def test_an_error_without_hint_and_place_has_neither() -> None:
    error = RefusedError(Text("no", "안 됩니다"))
    assert error.as_dict("ko") == {"code": "refused", "message": "안 됩니다"}
    assert error.say("ko") == "안 됩니다"


@given(st.text(), st.text().filter(lambda text: "/" not in text))
def test_what_is_kept_in_one_column_comes_back(en: str, ko: str) -> None:
    said = Text(en, ko)
    kept = Text.from_kept(said.kept())
    assert (kept.en, kept.ko) == (said.en, said.ko)


@given(st.lists(st.tuples(st.text(), st.text())))
def test_joining_keeps_the_languages_apart(pairs: list[tuple[str, str]]) -> None:
    said = Text.joined("; ", [Text(en, ko) for en, ko in pairs])
    assert said == Text("; ".join(p[0] for p in pairs), "; ".join(p[1] for p in pairs))


@pytest.mark.parametrize(
    ("word", "pair", "said"),
    [
        ("다른 프로세스", "이/가", "다른 프로세스가"),
        ("`dangol import` (프로세스 12)", "을/를", "`dangol import` (프로세스 12)를"),
        ("C7", "과/와", "C7과"),
        ("'서울'", "으로/로", "'서울'로"),
    ],
)
def test_particles_follow_the_word_before_quotes_and_brackets(word: str, pair: str, said: str) -> None:
    assert josa(word, pair) == said
