"""How code is written here: SQL is never joined from strings, time and chance are arguments, rooms show their face."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ENTRANCES, ROOT, SRC, modules, room

ROOMS = sorted(p.parent.name for p in SRC.glob("*/__init__.py"))

_SQL = re.compile(
    r"^\s*(select\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|create\s+(or\s+replace\s+)?(temp\w*\s+)?(table|view)\s"
    r"|drop\s+(table|view)\s|alter\s+table\s|with\s+\S+\s+as\s*\(|copy\s+\S+\s+(to|from)\s|attach\s')",
    re.IGNORECASE,
)


def test_imports_flow_one_way() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def _text(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(v) if isinstance(v, ast.Constant) else "x" for v in node.values)
    if isinstance(node, ast.BinOp):
        return _text(node.left)
    return ""


def _built(node: ast.AST) -> bool:
    """A string put together from parts, whose text is a statement."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(v, ast.FormattedValue) for v in node.values) and bool(_SQL.match(_text(node)))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return bool(_SQL.match(_text(node.left)))
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("format", "replace", "join")
    ):
        return bool(_SQL.match(_text(node.func.value)))
    return False


def test_sql_is_never_joined_from_strings() -> None:
    found = [f"{name}:{node.lineno}" for name, tree in modules().items() for node in ast.walk(tree) if _built(node)]  # type: ignore[attr-defined]
    assert found == []


def test_the_sql_test_sees_what_it_should() -> None:
    for bad in ('f"SELECT {x}"', '"DELETE FROM t WHERE a = %s" % x', '"WITH a AS (" + x', '"select {}".format(x)'):
        assert any(_built(n) for n in ast.walk(ast.parse(bad))), bad
    for good in ('"SELECT 1"', 'f"the selected {x}"', '"Update the " + x'):
        assert not any(_built(n) for n in ast.walk(ast.parse(good))), good


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


_CLOCK = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.time|uuid[14]|np\.random\.\w+|numpy\.random\.\w+)$"
)


def test_time_and_chance_are_arguments() -> None:
    found = []
    for name, tree in modules().items():
        if room(name) in ENTRANCES:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _CLOCK.search(_dotted(node.func)):
                found.append(f"{name}:{node.lineno} {_dotted(node.func)}")
            if isinstance(node, ast.Import) and any(a.name == "random" for a in node.names):
                found.append(f"{name}:{node.lineno} random")
    assert found == []


def test_processes_of_ours_take_no_module_out_of_the_current_folder() -> None:
    """A shop's folder may hold a `calendar.py`: with ``-P`` it is neither run nor in the way."""
    lists = [
        (name, node)
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.List) and node.elts
    ]
    found = [
        (name, [ast.unparse(one) for one in node.elts[1:2]])
        for name, node in lists
        if _dotted(node.elts[0]) == "sys.executable"
    ]
    assert len(found) >= 5
    assert [name for name, second in found if second != ["'-P'"]] == []


def test_the_environment_is_read_in_one_file() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and _dotted(node) in ("os.environ", "os.getenv")
        and name != "app/settings.py"
    ]
    assert found == []


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_shows_its_face(name: str) -> None:
    module = importlib.import_module(f"dangol.{name}")
    assert len(module.__doc__ or "") > 3, "a room says what it is"
    tree = modules()[f"{name}/__init__.py"]
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dangol")
        for alias in node.names
        if not (alias.asname or alias.name).startswith("_")
    }
    promised = list(getattr(module, "__all__", []))
    if imported:
        assert set(promised) >= imported, "every public name is in __all__"
    assert len(promised) == len(set(promised))
    assert [n for n in promised if not hasattr(module, n)] == []


def test_every_module_says_what_it_is() -> None:
    assert [name for name, tree in modules().items() if not ast.get_docstring(tree)] == []


def test_only_the_engine_imports_drivers() -> None:
    found = [
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if room(name) != "engine"
        and any(
            part.split(".")[0] in ("duckdb", "pyspark")
            for part in (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        )
    ]
    assert found == []
