"""Small is budgeted: files up to 400 lines, never above 800; functions never above 80."""

from __future__ import annotations

import ast

from tests.house.source import SRC, modules

LONG: set[str] = set()
"""Files between 400 and 800 lines. This list only shrinks."""


def test_files_stay_small() -> None:
    lines = {name: len((SRC / name).read_text(encoding="utf-8").splitlines()) for name in modules()}
    assert {n for n, count in lines.items() if count > 800} == set()
    assert {n for n, count in lines.items() if count > 400} == LONG


def test_the_median_file_is_short() -> None:
    lines = sorted(len((SRC / name).read_text(encoding="utf-8").splitlines()) for name in modules())
    assert lines[len(lines) // 2] <= 200


def test_functions_stay_small() -> None:
    long = {
        f"{name}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 80
    }
    assert long == {}
