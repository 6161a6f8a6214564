"""Questions about order beside ClickHouse's engine (chDB), on the same events, in one run, with equal answers.

    pip install chdb; python -m bench.insights --events 30000000

A five-step funnel, a retention matrix and paths of five steps (ours tells the break points as well). Ours go over the column
copy that the engine keeps; making it is timed apart. The questions are asked in turns, a b, b a, and the middle ratio counts.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.common import Row, machine, measure, paired, ratio_table
from dangol.engine import DuckDBEngine, sql
from dangol.insights import Answered, Context, Funnel, Paths, Question, Retention, Step, answer
from dangol.profiles import Definitions
from dangol.schema import TABLES

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
SEOUL = ZoneInfo("Asia/Seoul")
NAMES = ("Product List Viewed", "Product Viewed", "Product Added", "Checkout Started", "Order Completed", "Page Viewed")
WEIGHTS = (0.2, 0.3, 0.12, 0.08, 0.06, 0.24)
DAYS = 400
SLICE = 2_000_000
TARGET = 0.5
WINDOW = 14 * 86_400_000_000
GAP = 30 * 60_000_000
DEPTH = 5


def make(folder: Path, events: int, customers: int) -> None:
    """Parquet files of events by customer and time; visits of a few events minutes apart, so that there are sessions."""
    draw, first = np.random.default_rng(7), 0
    start = np.datetime64(NOW.replace(tzinfo=None), "us").astype(np.int64) - DAYS * 86_400_000_000
    number = 0
    pieces = -(-events // SLICE)
    for piece in range(pieces):
        rows = min(SLICE, events - piece * SLICE)
        last = customers * (piece + 1) // pieces
        who = np.sort(draw.integers(first + 1, last + 1, rows))
        visit = draw.integers(0, DAYS * 3, rows)
        at = start + visit * 8 * 3_600_000_000 + draw.integers(0, 3_600_000_000, rows)
        order = np.lexsort((at, who))
        names = pa.DictionaryArray.from_arrays(draw.choice(len(NAMES), rows, p=WEIGHTS).astype(np.int8), list(NAMES))
        table = pa.table(
            {
                "event_id": np.arange(number + 1, number + rows + 1),
                "customer_id": who[order],
                "at": pa.array(at[order], pa.timestamp("us")),
                "name": names.cast(pa.string()),
                "amount": pa.array(draw.integers(1, 90, rows).astype(np.int32)).cast(pa.decimal128(18, 4)),
            }
        )
        pq.write_table(table, folder / f"{piece:05}.parquet")
        first, number = last, number + rows


def ours(folder: Path, files: Path) -> DuckDBEngine:
    engine = DuckDBEngine(folder / "engine.duckdb", memory="3GB")
    engine.ensure(TABLES.values())
    for file in sorted(files.glob("*.parquet")):
        engine.append("events", pq.read_table(file))
    return engine


def theirs(folder: Path, files: Path) -> Any:
    from chdb import session

    chdb = session.Session(str(folder / "chdb"))
    chdb.query("CREATE DATABASE IF NOT EXISTS shop")
    chdb.query(
        "CREATE TABLE shop.ev (customer_id Int64, at Int64, name LowCardinality(String)) ENGINE = MergeTree"
        " ORDER BY (customer_id, at)"
    )
    text = "INSERT INTO shop.ev SELECT customer_id, toUnixTimestamp64Micro(at), name FROM file('{files}/*.parquet', Parquet)"
    chdb.query(text.replace("{files}", str(files)))
    chdb.query("OPTIMIZE TABLE shop.ev FINAL")
    return chdb


STEPS = NAMES[:5]
QUESTIONS: dict[str, Question] = {
    "funnel": Funnel(steps=tuple(Step(event=n) for n in STEPS), window="14 days", period="all"),
    "retention": Retention(period="all", most=14),
    "paths": Paths(period="all", depth=DEPTH, top=6),
}
THEIRS = {
    "funnel": (
        "SELECT level, count() FROM (SELECT customer_id, windowFunnel({window})(toUInt64(at), {steps}) AS level FROM shop.ev"
        " GROUP BY customer_id) GROUP BY level ORDER BY level"
    ),
    "retention": (
        "SELECT toString(c), dateDiff('month', c, m) AS n, count() FROM (SELECT groupUniqArray(toStartOfMonth("
        "toDateTime(intDiv(at, 1000000), 'Asia/Seoul'))) AS ms, arrayMin(ms) AS c FROM shop.ev WHERE name = 'Order Completed'"
        " GROUP BY customer_id) ARRAY JOIN ms AS m GROUP BY c, n ORDER BY c, n"
    ),
    "paths": (
        "SELECT i - 1 AS pos, w[i] AS here, if(i < length(w), w[i + 1], '(end)') AS there, count() AS n FROM (SELECT"
        " arraySlice(arrayCompact(arrayMap(x -> x.2, s)), 1, {more}) AS w FROM (SELECT arrayJoin(arraySplit((x, y) -> y, es,"
        " arrayMap(d -> d > {gap}, arrayDifference(arrayMap(x -> x.1, es))))) AS s FROM (SELECT"
        " arraySort(groupArray((at, toString(name)))) AS es FROM shop.ev GROUP BY customer_id)))"
        " ARRAY JOIN arrayEnumerate(w) AS i WHERE i <= {depth} GROUP BY pos, here, there ORDER BY pos, here, there"
    ),
}


def query(kind: str) -> str:
    """ClickHouse's text of a question."""
    steps = ", ".join(f"name = '{n}'" for n in STEPS)
    text = THEIRS[kind].replace("{window}", str(WINDOW)).replace("{steps}", steps).replace("{gap}", str(GAP))
    return text.replace("{more}", str(DEPTH + 1)).replace("{depth}", str(DEPTH))


def told_by_us(kind: str, found: Answered) -> set[tuple[Any, ...]]:
    """The answer as both tell it."""
    if kind == "funnel":
        reached = found.data["steps"]["customers"].to_pylist()
        return {(j, n - (reached[j] if j < len(reached) else 0)) for j, n in enumerate(reached, 1)} - {
            (j, 0) for j in range(9)
        }
    if kind == "retention":
        sizes = {(r["cohort"], 0, r["size"]) for r in found.data["cohorts"].to_pylist()}
        return sizes | {
            (r["cohort"], r["first"], r["customers"])
            for r in found.data["cells"].to_pylist()
            if r["first"] and r["customers"]
        }
    return {(r["step"], r["source"], r["target"] or "(end)", r["journeys"]) for r in found.data["links"].to_pylist()}


def told_by_them(kind: str, chdb: Any) -> set[tuple[Any, ...]]:
    rows = [line.split("\t") for line in str(chdb.query(query(kind), "TabSeparated")).strip().split("\n")]
    if kind == "funnel":
        return {(int(level), int(n)) for level, n in rows if int(level)}
    if kind == "retention":
        return {(c, int(n), int(customers)) for c, n, customers in rows}
    return {(int(pos), here, there, int(n)) for pos, here, there, n in rows}


def main() -> None:
    """Make the events, ask both, compare, print."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--events", type=int, default=30_000_000)
    said.add_argument("--customers", type=int, default=0, help="default: a thirtieth of the events")
    said.add_argument("--rounds", type=int, default=3)
    said.add_argument("--folder", type=Path, help="where to work; a temporary folder otherwise")
    given = said.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        rows = run(Path(name), given.events, given.customers or max(1, given.events // 30), given.rounds)
    print(ratio_table(rows))


def run(folder: Path, events: int, customers: int, rounds: int) -> list[Row]:
    files = folder / "files"
    files.mkdir()
    make(files, events, customers)
    engine, chdb = ours(folder, files), theirs(folder, files)
    engine.copy.least = 0
    context = Context(now=NOW, tz=SEOUL, definitions=Definitions.of(), use="passes")
    begun = time.perf_counter()
    for kind in QUESTIONS:
        answer(engine, QUESTIONS[kind], context)
    rows = [Row("making the copy and compiling, s", time.perf_counter() - begun)]
    for kind, question in QUESTIONS.items():
        found, other = answer(engine, question, context), told_by_them(kind, chdb)
        assert found.by == "passes", "the copy was not used"
        differ = told_by_us(kind, found) ^ other
        assert not differ, (kind, sorted(differ)[:10])
        text = query(kind)
        ratio = paired(
            lambda q=question: answer(engine, q, context), lambda t=text: chdb.query(t, "TabSeparated"), rounds
        )  # type: ignore[misc]
        note = f"dangol {ratio.a:.2f} s, chDB {ratio.b:.2f} s, {ratio.low:.2f}–{ratio.high:.2f}, equal answers"
        rows.append(Row(f"{kind}: dangol / chDB", ratio.median, TARGET, note=note))
        plain = Context(now=NOW, tz=SEOUL, definitions=Definitions.of(), use="sql")
        if events <= 2_000_000:
            by_sql = measure(lambda q=question, c=plain: answer(engine, q, c))  # type: ignore[misc]
            rows.append(Row(f"{kind}: by SQL, s", by_sql.seconds))
    count = int(engine.run(sql("SELECT COUNT(*) AS n FROM events"))["n"][0].as_py())
    rows.append(Row("events", count))
    engine.close()
    chdb.close()
    return rows


if __name__ == "__main__":
    main()
