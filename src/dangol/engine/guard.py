"""A person's own SELECT: what it may hold. What is checked is what runs (the tree, not the text), on every engine."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dangol.engine.sql import DIALECT
from dangol.schema import RefusedError, Text, josa

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it would warn on the terminal of what is refused here in words

_READS_ONLY = Text(
    "dangol sql reads; imports and definitions write",
    "dangol sql은 읽기만 합니다. 쓰기는 가져오기와 정의가 합니다",
)

_FORBIDDEN: tuple[type[exp.Expr], ...] = (
    exp.DDL,
    exp.DML,
    exp.Command,
    exp.Into,
    exp.Set,
    exp.Use,
    exp.Attach,
    exp.Detach,
    exp.Copy,
    exp.Pragma,
    exp.Describe,
    exp.Summarize,
    exp.Lock,
    exp.Parameter,
    exp.Placeholder,
    exp.SessionParameter,
    exp.ReadCSV,
    exp.ReadParquet,
)

_TABLE_FUNCTIONS = frozenset(
    {"range", "generate_series", "generateseries", "unnest", "explode", "json_each", "json_tree"}
)

# fmt: off
_CLOSED_WORDS = frozenset({
    "getenv", "getvariable", "current_setting", "set_config", "query", "query_table", "nextval", "currval",
    "setval", "setseed", "sleep_ms", "error", "glob", "checkpoint", "seq_scan", "arrow_scan", "pandas_scan",
    "stats", "vector_type", "current_query", "current_connection_id", "current_transaction_id", "raise_error",
    "assert_true", "reflect", "java_method", "try_reflect", "input_file_name", "input_file_block_start",
    "input_file_block_length", "which_secret", "repeat_row", "test_all_types", "summary", "hash_secret", "version",
    "sql_auto_complete", "from_substrait", "load_file",
})
_CLOSED_PREFIXES = (
    "read_", "parquet_", "pragma_", "duckdb_", "pg_", "sniff_", "json_execute", "json_serialize",
    "json_deserialize", "write_", "copy_", "scan_", "st_read", "iceberg_", "delta_", "sqlite_", "postgres_",
    "mysql_", "install_", "load_", "force_", "enable_", "disable_", "create_", "destroy_", "register_",
    "deregister_", "truncate_", "python_", "add_parquet", "http", "excel_", "shell",
)
# fmt: on
MOST_REPEATED = 10_000
_GROWING = frozenset({"repeat", "pad", "lpad", "rpad", "space", "list_resize", "array_resize"})
"""They make a value as long as they are told in one step, during which DuckDB does not hear an interrupt: repeat('x', 10^9)
holds a thread for half a minute past every time limit."""
_PLAIN = re.compile(r"\w+")


def guard(text: str, tables: Collection[str]) -> exp.Query:
    """The one SELECT in `text`, checked: it reads nothing but `tables` and changes nothing.

    Files, the network, settings, the environment and every function that could reach them are closed. The caller runs
    the returned tree, so that nothing two parsers read differently slips through.

    :raises RefusedError: with what is not allowed and what is.
    """
    try:
        statements = [s for s in sqlglot.parse(text, dialect=DIALECT) if s is not None]
    except (SqlglotError, RecursionError) as error:
        raise RefusedError(
            Text(f"that is not SQL dangol can read: {_first_line(error)}", _where_ko(error)), where="sql"
        ) from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise RefusedError(
            Text("only one SELECT at a time", "한 번에 SELECT 하나만 쓸 수 있습니다"),
            where="sql",
            hint=Text.joined(
                ". ",
                [_READS_ONLY, Text(f"tables: {', '.join(sorted(tables))}", f"테이블: {', '.join(sorted(tables))}")],
            ),
        )
    query = statements[0]
    known = {t.lower() for t in tables}
    named = {cte.alias.lower() for cte in query.find_all(exp.CTE)}
    for name in named:
        if not _PLAIN.fullmatch(name):
            raise RefusedError(
                Text(
                    f"'{name}' cannot be the name of a part of a query",
                    f"'{name}': 쿼리 부분의 이름으로 쓸 수 없습니다",
                ),
                where="sql",
                hint=Text("letters, digits and _", "영문자, 숫자, _만 쓰세요"),
            )
    for node in query.walk():
        if isinstance(node, _FORBIDDEN):
            raise RefusedError(
                Text(
                    f"{node.key.upper()} is not allowed here",
                    f"여기에서는 {josa(node.key.upper(), '을/를')} 쓸 수 없습니다",
                ),
                where="sql",
                hint=_READS_ONLY,
            )
        if isinstance(node, exp.Table):
            _table(node, known | named, sorted(known))
        elif isinstance(node, exp.Func):
            _function(node)
    return query


def _table(node: exp.Table, allowed: set[str], known: list[str]) -> None:
    source = node.this
    if isinstance(source, exp.Func):
        if _name(source) not in _TABLE_FUNCTIONS:
            raise RefusedError(
                Text(
                    f"{_name(source)}() cannot be read from here", f"여기에서는 {_name(source)}()에서 읽을 수 없습니다"
                ),
                where="sql",
                hint=Text(f"tables: {', '.join(known)}", f"테이블: {', '.join(known)}"),
            )
        return
    if (
        not isinstance(source, exp.Identifier)
        or node.catalog
        or node.db not in ("", "main")
        or node.name.lower() not in allowed
    ):
        raise RefusedError(
            Text(f"there is no table '{node.name}'", f"'{node.name}' 테이블이 없습니다"),
            where="sql",
            hint=Text(f"tables: {', '.join(known)}", f"테이블: {', '.join(known)}"),
        )


def _function(node: exp.Func) -> None:
    name = _name(node)
    if name in _CLOSED_WORDS or name.startswith(_CLOSED_PREFIXES):
        raise RefusedError(
            Text(f"{name}() is not allowed here", f"여기에서는 {name}() 함수를 쓸 수 없습니다"),
            where="sql",
            hint=Text("it reaches outside the workspace's tables", "작업 공간의 테이블 밖에 닿는 함수입니다"),
        )
    if name in _GROWING and (_too_long(node) or _grows_within(node)):
        said = ("lpad" if node.args.get("is_left") else "rpad") if isinstance(node, exp.Pad) else name
        raise RefusedError(
            Text(f"{said}() may not make so long a value", f"{said}()로 이렇게 긴 값을 만들 수 없습니다"),
            where="sql",
            hint=Text(
                f"write the length as a number up to {MOST_REPEATED:,}, and nothing of the kind inside repeat()",
                f"길이를 {MOST_REPEATED:,} 이하의 숫자로 적고, repeat() 안에 이런 함수를 쓰지 마세요",
            ),
        )


def _too_long(node: exp.Func) -> bool:
    """Whether the length is no literal up to the limit. Of a function written as a method every argument must be a literal."""
    length = {exp.Repeat: "times", exp.Pad: "expression", exp.Space: "this"}.get(type(node))
    listed = node.expressions if isinstance(node.parent, exp.Dot) else node.expressions[1:2]
    given = [node.args.get(length)] if length else listed
    numbers = [g for g in given if isinstance(g, exp.Literal) and not g.is_string]
    others = [g for g in given if not isinstance(g, exp.Literal)]
    return bool(others) or not numbers or any(not n.is_int or int(n.name) > MOST_REPEATED for n in numbers)


def _grows_within(node: exp.Func) -> bool:
    outer = node.find_ancestor(exp.Func)
    while outer is not None:
        if _name(outer) == "repeat":
            return True
        outer = outer.find_ancestor(exp.Func)
    return False


def _name(node: exp.Func) -> str:
    said = node.name if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc) else node.sql_name()
    return said.lower()


def _where_ko(error: Exception) -> str:
    """In Korean: at which line, letter and word the text stops being SQL."""
    found = getattr(error, "errors", None)
    if not found or not found[0].get("line"):
        return "dangol이 읽을 수 있는 SQL이 아닙니다"
    first = found[0]
    near = f"'{first['highlight'][:40]}' 근처에서 " if first.get("highlight") else ""
    return f"dangol이 읽을 수 있는 SQL이 아닙니다. {first['line']}번째 줄 {first['col']}번째 글자, {near}막혔습니다"


def _first_line(error: Exception) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().split("\n")[0][:200]
