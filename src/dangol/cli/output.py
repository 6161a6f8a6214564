"""How results leave the terminal: a table for people, or JSON, CSV and Parquet for the next program."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape as escape

from dangol.cli.clock import moment
from dangol.cli.words import LANGUAGE, heading, say, state_words, step_words, unit_words
from dangol.schema import Answer, DangolError, DefinitionError, word

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.progress import Progress
    from rich.table import Table as RichTable

out = Console()
err = Console(stderr=True)

Json = typer.Option(False, "--json", help=say("print JSON", "JSON으로 출력"))
Csv = typer.Option(
    None, "--csv", metavar="FILE", help=say("write CSV to FILE (- for the terminal)", "CSV 파일로 저장 (-는 화면)")
)
Parquet = typer.Option(None, "--parquet", metavar="FILE", help=say("write Parquet to FILE", "Parquet 파일로 저장"))


MOST_TEXT = 500
"""A printed cell is cut after so many characters; --json and the files have it whole."""


def print_json(value: object) -> None:
    """JSON, times with their offset (Z for UTC)."""
    sys.stdout.buffer.write(
        orjson.dumps(
            value,
            default=_plain,
            option=orjson.OPT_INDENT_2
            | orjson.OPT_NON_STR_KEYS
            | orjson.OPT_PASSTHROUGH_DATACLASS
            | orjson.OPT_NAIVE_UTC
            | orjson.OPT_UTC_Z,
        )
        + b"\n"
    )
    sys.stdout.flush()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Answer):
        return value.table.to_pylist()
    return str(value)


def show(
    answer: Answer,
    *,
    as_json: bool = False,
    csv: str | None = None,
    parquet: Path | None = None,
    title: str = "",
    words: Callable[[Answer], Answer] | None = None,
    as_written: bool = False,
) -> None:
    """Print a table, or write it where it was asked for.

    :param words: turns it into what people read, for printing only.
    :param as_written: headings, codes and times (UTC) stay as they are: somebody's own query wants what it can ask for again.
    """
    if as_json:
        print_json(answer.table.to_pylist())
    if csv:
        import pyarrow.csv as pacsv

        flat = _flat(answer.table)
        if csv == "-":
            pacsv.write_csv(flat, sys.stdout.buffer)
            sys.stdout.flush()
        else:
            with Path(csv).open("wb") as file:
                file.write("\ufeff".encode())  # so that Excel reads Hangul
                pacsv.write_csv(flat, file)
    if parquet:
        import pyarrow.parquet as papq

        papq.write_table(answer.table, parquet)
    for file_name in filter(None, (csv if csv != "-" else None, parquet)):
        err.print(say(f"{len(answer):,} rows → {file_name}", f"{len(answer):,}행 → {file_name}"))
    if not (as_json or csv or parquet):
        table_for_people(words(answer) if words else answer, title, as_written=as_written)


def answer_of(rows: Sequence[Mapping[str, Any]], *columns: str, note: str = "") -> Answer:
    """Rows as a table: of these columns, whichever there are of them; the note where there are no rows."""
    import pyarrow as pa

    if not rows:
        return Answer(pa.table({name: pa.array([], pa.string()) for name in columns}), note=note)
    return Answer(pa.Table.from_pylist([{name: row.get(name) for name in columns} for row in rows]))


def worded(answer: Answer, column: str, words: Callable[[str], str]) -> Answer:
    """The same with the codes of a column (or the lists of codes in it) in words, for printing."""
    import pyarrow as pa

    if column not in answer.columns or not len(answer):
        return answer
    said = [
        ", ".join(map(words, v)) if isinstance(v, list) else words(v) if isinstance(v, str) else v
        for v in answer.table[column].to_pylist()
    ]
    place = answer.columns.index(column)
    return replace(answer, table=answer.table.set_column(place, column, pa.array(said, pa.string())))


def _flat(table: pa.Table) -> pa.Table:
    """Lists as text, since CSV has none."""
    import pyarrow as pa

    for i, column in enumerate(table.schema):
        if pa.types.is_nested(column.type):
            text = pa.array(
                [None if v is None else orjson.dumps(v, default=str).decode() for v in table[i].to_pylist()]
            )
            table = table.set_column(i, column.name, text)
    return table


def table_for_people(answer: Answer, title: str = "", *, most: int = 50, as_written: bool = False) -> None:
    if not len(answer):
        out.print(answer.note or say("Nothing here.", "없습니다."), markup=False)
        return
    import pyarrow as pa
    from rich.table import Table

    if not _fits(answer, as_written):
        _records(answer, title, most, as_written)
        return
    grid = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in answer.table.schema:
        number = (
            pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)
        )
        head = answer.facts.get("labels", {}).get(column.name) or heading(column.name)
        grid.add_column(column.name if as_written else head, justify="right" if number else "left", overflow="fold")
    for row in answer.table.slice(0, most).to_pylist():
        said = [_as_written(v, name) if as_written else text(v, name) for name, v in row.items()]
        grid.add_row(*(escape(cell if len(cell) <= MOST_TEXT else f"{cell[:MOST_TEXT]}…") for cell in said))
    out.print(grid)
    _after(answer, most)


def _after(answer: Answer, most: int) -> None:
    if len(answer) > most:
        out.print(
            say(
                f"… {len(answer):,} rows in all; --csv or --json for the rest",
                f"… 모두 {len(answer):,}행; 나머지는 --csv, --json",
            )
        )
    if answer.note:
        out.print(answer.note, style="dim", markup=False, highlight=False)


NARROWEST, GAP = 16, 1
"""A column of text may be folded to so many letters before a table is no table any more; blanks between columns."""


def _fits(answer: Answer, as_written: bool) -> bool:
    """Whether a table of these columns can be read at this width: numbers and short words whole, only long texts folded."""
    from rich.cells import cell_len

    need = 0
    for name, cells in _said(answer, 50, as_written):
        half = -(-cell_len(name) // 2)  # a heading may stand on two lines
        need += min(max([half, *map(cell_len, cells)], default=0), NARROWEST) + GAP
    return need - GAP <= out.width


def _said(answer: Answer, most: int, as_written: bool) -> Iterator[tuple[str, list[str]]]:
    """Heading and cells of each column, as people read them."""
    labels, top = answer.facts.get("labels", {}), answer.table.slice(0, most)
    for name in answer.columns:
        cells = [_as_written(v, name) if as_written else text(v, name) for v in top[name].to_pylist()]
        cut = [c if len(c) <= MOST_TEXT else f"{c[:MOST_TEXT]}…" for c in cells]
        yield (name if as_written else labels.get(name) or heading(name)), cut


def _records(answer: Answer, title: str, most: int, as_written: bool) -> None:
    """A block a row, for tables with more columns than the terminal is wide."""
    from rich.cells import cell_len
    from rich.table import Table

    columns = list(_said(answer, most, as_written))
    wide = max(cell_len(name) for name, _ in columns)
    if title:
        out.print(title)
    for place in range(min(len(answer), most)):
        grid = Table(box=None, show_header=False, pad_edge=False)
        grid.add_column(width=wide, style="bold")
        grid.add_column(overflow="fold")
        for name, cells in columns:
            grid.add_row(escape(name), escape(cells[place]))
        out.print(grid)
        out.print()
    _after(answer, most)


def _as_written(value: Any, name: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(_as_written(v, name) for v in value)
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, dt.datetime) else text(value, name)


def plain_grid() -> RichTable:
    """Columns without headings; long cells go on below themselves."""
    from rich.table import Table

    return Table(box=None, show_header=False, pad_edge=False)


CODED = {
    "channel": "channel", "device": "device", "family": "family", "grain": "grain", "kind": "kind", "name": "event",
    "reason": "conflict", "side": "side", "ip": "ip", "role": "role",
}  # fmt: skip
"""Columns that hold codes of the glossary: column → domain."""


def text(value: Any, name: str = "") -> str:
    """A value as a person reads it."""
    if value is None:
        return "–"
    if name == "unit":
        return unit_words(str(value))
    if name in ("state", "status"):
        return state_words(str(value))
    if name in CODED and isinstance(value, str):
        return word(CODED[name], value, LANGUAGE)
    if isinstance(value, bool):
        return say("yes", "예") if value else say("no", "아니요")
    if name in ("row", "node", "id", "batch", "version", "from_version", "person", "entry") and isinstance(value, int):
        return str(value)
    if name in ("customer_id", "old_id", "customer") and isinstance(value, int):
        return f"C{value}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"
    if name.startswith(("share", "filled", "비율")) and isinstance(value, float):
        return f"{value:.1%}"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    if isinstance(value, dt.datetime):
        return moment(value)
    if name == "customers" and isinstance(value, list | tuple):
        return ", ".join(v if isinstance(v, str) else f"C{v}" for v in value)
    if isinstance(value, list | tuple):
        return ", ".join(text(v, name) for v in value)
    return str(value)


class Steps:
    """Progress of long work: one bar a step, on the error stream, so that results can be piped."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def __call__(self, step: str, done: int = 0, total: int | None = None) -> None:
        """Called by the app: what is being done, how far it is."""
        if step not in self._tasks:
            for task in self._tasks.values():
                if not self._bars.tasks[task].finished:
                    self._bars.update(task, total=1, completed=1)
            self._tasks[step] = self._bars.add_task(step_words(step), total=total)
        self._bars.update(self._tasks[step], completed=done, total=total)


@contextmanager
def progress() -> Iterator[Steps]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=not err.is_terminal) as bars:
        yield Steps(bars)


@contextmanager
def plain_errors(as_json: bool = False) -> Iterator[None]:
    """Errors as one clear message and exit code 1, never a traceback for what a person can mend."""
    try:
        yield
    except DefinitionError as error:
        if as_json:
            print_json(error.as_dict(LANGUAGE))
        else:
            err.print(
                f"[red]{say('Not right yet', '고칠 곳이 있습니다')}[/red]"
                + (f" ({error.where})" if error.where else ""),
                highlight=False,
            )
            for problem in error.problems:
                err.print(f"  • {problem.say(LANGUAGE)}", highlight=False, markup=False)
        raise typer.Exit(1) from error
    except DangolError as error:
        if as_json:
            print_json(error.as_dict(LANGUAGE))
        else:
            err.print(f"[red]{say('Error', '오류')}[/red] ", end="")
            err.print(error.say(LANGUAGE), highlight=False, markup=False)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        err.print(
            say(
                "Stopped. What was finished is kept; run the same command again to go on.",
                "멈췄습니다. 끝난 일은 남아 있고, 같은 명령으로 이어 갈 수 있습니다.",
            )
        )
        raise typer.Exit(130) from error
