"""Every error and hint stands in the code in both languages, and the two say the same things."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from dangol.schema import GLOSSARY, DangolError
from tests.house.source import modules

_HANGUL = re.compile("[가-힣]")
_SENTENCE = re.compile(r"(?:\b[a-z]{2,}\b +){3,}\b[a-z]{2,}\b")
_SPOKEN = {"wrong", "say"}
"""Methods of the readers of definitions that take a message and a hint."""

EXAMPLES = {"개월", "지난 달", "주문상태", "회"}
"""Korean words that rules and mappings may be written with, so that English shows them too."""


def _errors(kind: type[DangolError] = DangolError) -> Iterator[str]:
    yield kind.__name__
    for child in kind.__subclasses__():
        yield from _errors(child)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield f"{path}:{node.lineno}", node


def _bare(node: ast.expr) -> bool:
    """A string on its own: a literal, an f-string, a sum or a choice of them."""
    if isinstance(node, ast.BinOp):
        return _bare(node.left) or _bare(node.right)
    if isinstance(node, ast.IfExp):
        return _bare(node.body) or _bare(node.orelse)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_no_error_and_no_problem_takes_a_bare_string() -> None:
    told = {*_errors(), "Problem", "Finding"}
    bare = []
    for place, call in _calls():
        named = [k.value for k in call.keywords if k.arg in ("message", "hint", "found", "mend")]
        if _name(call) in told:
            first = call.args[1:] if _name(call) == "Finding" else call.args[:1]
            bare += [place for a in [*first, *named] if _bare(a)]
        elif _name(call) in _SPOKEN and any(k.arg == "hint" for k in call.keywords):
            bare += [place for a in named if _bare(a)]
    assert bare == []


def _texts() -> list[tuple[str, ast.expr, ast.expr]]:
    return [
        (place, call.args[0], call.args[1])
        for place, call in _calls()
        if _name(call) == "Text" and len(call.args) == 2 and all(_bare(a) for a in call.args)
    ]


def _words(node: ast.expr) -> str:
    """What stands in a literal or an f-string, with its values left out."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _values(node: ast.expr) -> set[str]:
    """Names of the variables that an f-string tells."""
    return {n.id for v in ast.walk(node) if isinstance(v, ast.FormattedValue) for n in ast.walk(v.value)
            if isinstance(n, ast.Name)}  # fmt: skip


def test_there_are_texts_to_look_at() -> None:
    assert len(_texts()) > 400


def test_korean_is_korean_and_english_is_english() -> None:
    korean = [(p, _words(ko)) for p, en, ko in _texts() if _words(en).strip("{} ") and not _HANGUL.search(_words(ko))]
    assert [(p, text) for p, text in korean if re.search("[A-Za-z]", text.replace("{}", ""))] == []
    english = [(p, _words(en)) for p, en, _ in _texts()]
    left = [(p, text) for p, text in english if _HANGUL.search(re.sub("|".join(EXAMPLES), "", text))]
    assert left == []


def test_no_english_sentence_is_left_in_the_korean() -> None:
    assert [(p, _words(ko)) for p, _, ko in _texts() if _SENTENCE.search(re.sub("`[^`]*`", "", _words(ko)))] == []


def test_both_languages_tell_the_same_values() -> None:
    told = [(p, _values(en) ^ _values(ko)) for p, en, ko in _texts()]
    particles = {"josa", "kind_ko", "_FAMILIES", "str", "floor", "roof", "low_open", "high_open", "len"}
    assert [(p, names - particles) for p, names in told if names - particles] == []


@pytest.mark.parametrize("domain", GLOSSARY)
def test_the_glossary_has_both_languages(domain: str) -> None:
    for code, said in GLOSSARY[domain].items():
        assert said.en, code
        assert _HANGUL.search(said.ko), code
        assert not _HANGUL.search(said.en), code
