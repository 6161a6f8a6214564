"""How fast a file of events is taken: ``python -m bench.import_csv [--rows 10000000]``.

A CSV of events (user, event, time, channel, product, category, amount, quantity, message id; a tenth as many users) is made,
then loaded two ways in turns, each into an empty DuckDB file:

a. `read`, `take` and append of the staged events, clustered by node and time: nodes, event ids, UTC times, checks and all;
b. DuckDB's own ``INSERT … SELECT FROM read_csv`` into the same columns of the file, ordered the same way.

Promised: a at least 0.4 times the rate of b, in at most 2 GB.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from bench.common import Row, machine, measure, paired, ratio_table
from dangol.collect import new_only, read, recognise, take
from dangol.engine import DuckDBEngine, scan_csv, sql
from dangol.privacy import Pseudonymiser
from dangol.schema import EVENTS

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
COLUMNS = ("user_id", "event", "timestamp", "channel", "product_id", "category", "amount", "quantity", "message_id")
_files = count()


@dataclass(frozen=True)
class Settings:
    timezone: str = "Asia/Seoul"
    currency: str = "KRW"
    rates: dict[str, str] = field(default_factory=dict)


def make(path: Path, rows: int, seed: int = 1, step: int = 500_000) -> None:
    """Write the CSV piece by piece."""
    random = np.random.default_rng(seed)
    with pc.CSVWriter(
        str(path), pa.schema([(c, pa.string()) for c in COLUMNS]), write_options=pc.WriteOptions(quoting_style="none")
    ) as out:
        for start in range(0, rows, step):
            n = min(step, rows - start)
            at = np.datetime64("2025-01-01T00:00:00") + random.integers(0, 365 * 86_400, n).astype("timedelta64[s]")
            columns = (
                np.char.add("u", random.integers(0, max(rows // 10, 1), n).astype(str)),
                np.array(["Product Viewed", "Page Viewed", "Product Added", "Order Completed"])[
                    random.integers(0, 4, n)
                ],
                np.char.replace(at.astype(str), "T", " "),
                np.array(["web", "app", "store"])[random.integers(0, 3, n)],
                np.char.add("P", random.integers(0, 50_000, n).astype(str)),
                np.array(["등산", "트레킹", "캠핑", "running"])[random.integers(0, 4, n)],
                (random.integers(1, 2_000, n) * 100).astype(str),
                random.integers(1, 5, n).astype(str),
                np.char.add("m-", np.arange(start, start + n).astype(str)),
            )
            out.write(pa.table(dict(zip(COLUMNS, map(pa.array, columns), strict=True))))


def by_dangol(path: Path, folder: Path) -> int:
    engine, reader = DuckDBEngine(folder / f"dangol-{next(_files)}.duckdb"), DuckDBEngine(folder / "r", private=True)
    engine.ensure([EVENTS])
    reading = read(path)
    mapping = recognise(reading.header)
    assert mapping is not None
    who = Pseudonymiser(b"bench-key-16-bytes")
    try:
        with take(
            reader,
            reading,
            mapping,
            source="shop",
            batch=1,
            now=NOW,
            settings=Settings(),
            pseudonymiser=who,
            way="trusting",
            writer=engine,
        ) as taken:
            assert taken.events
            fresh = sql("SELECT * FROM f ORDER BY node, at, event_id", tables={"f": new_only(taken.events)})
            rows = engine.append("events", fresh, from_file=True)
            assert taken.twice
            assert not engine.run(taken.twice).num_rows
            return rows
    finally:
        engine.close()
        reader.close()


def by_duckdb(path: Path, folder: Path) -> int:
    engine = DuckDBEngine(folder / f"duckdb-{next(_files)}.duckdb")
    scan = scan_csv(path, COLUMNS, delimiter=",", skip=1, line=8 << 20)
    query = sql(
        """SELECT user_id, event, CAST(timestamp AS TIMESTAMP) AS at, channel, product_id, category,
           CAST(amount AS DECIMAL(18,4)) AS amount, CAST(quantity AS DECIMAL(18,4)) AS quantity, message_id
           FROM f ORDER BY user_id, at, message_id""",
        tables={"f": scan},
    )
    try:
        return engine.replace("loaded", query)
    finally:
        engine.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp)
        path = folder / "events.csv"
        make(path, given.rows)
        print(f"{given.rows:,} rows, {path.stat().st_size >> 20:,} MiB")
        memory = measure(partial(by_dangol, path, folder))
        assert memory.result == given.rows
        ratio = paired(partial(by_duckdb, path, folder), partial(by_dangol, path, folder), given.rounds)
        print(
            ratio_table(
                [
                    Row(
                        "import, rate against INSERT … SELECT",
                        ratio.median,
                        0.4,
                        most=False,
                        note=f"{ratio.b:.1f} s against {ratio.a:.1f} s",
                    ),
                    Row("import, peak memory (MB)", memory.peak_mb, 2048),
                ]
            )
        )


if __name__ == "__main__":
    main()
