"""How each grows: 1 M, 10 M and 30 M events, as a table and a picture (docs/growth.md, docs/growth.svg).

    python -m bench.growth                       every stage at every size (about an hour on two cores, 15 GB of disk)
    python -m bench.growth --sizes 1 --stages identity,traits
    python -m bench.growth --draw                only write the page again from bench/growth.json

Each stage is measured in a process of its own, so that peaks of memory do not add up. What was measured is kept in
bench/growth.json; a later run replaces its own points only.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench import drawing
from bench.common import machine, measure, noise

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "bench" / "growth.json"
sys.path.append(str(ROOT / "bench"))  # benches that are also run as scripts import `common`
SIZES = (1, 10, 30)
PER_CUSTOMER = 30
"""Events per customer: 30 M events are those of 1 M customers."""

NAMES = {
    "import": ("CSV import", "CSV 가져오기"),
    "identity": ("Identity, first load", "식별자 결합(처음)"),
    "identity_batch": ("Identity, 10,000 new pairs", "식별자 결합(새 쌍 1만)"),
    "traits": ("Traits, everyone", "속성, 전체 고객"),
    "traits_touched": ("Traits, 10,000 touched", "속성, 바뀐 고객 1만"),
    "traits_one": ("Traits, one customer", "속성, 고객 한 명"),
    "segments": ("100 segments, everyone", "세그먼트 100개, 전체"),
    "segments_touched": ("100 segments, 10,000 touched", "세그먼트 100개, 바뀐 1만"),
    "segments_one": ("100 segments, one customer", "세그먼트 100개, 한 명"),
    "compact": ("Fold a tenth in (compact)", "최근 10% 합치기"),
}

Points = dict[str, dict[str, float]]
"""Line of the table → seconds and MB."""


def _point(seconds: float, mb: float = 0.0) -> dict[str, float]:
    return {"seconds": round(seconds, 4), "mb": round(mb)}


def importing(events: int, folder: Path) -> Points:
    """Through `collect`, as `dangol import` does; measured by bench/import_csv.py."""
    from bench.import_csv import by_dangol, make

    path = folder / "events.csv"
    make(path, events)
    done = measure(lambda: by_dangol(path, folder))
    return {"import": _point(done.seconds, done.peak_mb)}


def identity(events: int, folder: Path) -> Points:
    """As many pairs of identifiers as a third of the events."""
    from bench.identity import growth

    found = growth(events // 3, folder)
    return {
        "identity": _point(found["first_seconds"], found["first_mb"]),
        "identity_batch": _point(found["batch_seconds"]),
    }


def traits(events: int, folder: Path) -> Points:
    """The shipped traits."""
    from bench.profiles import NOW, world
    from dangol.engine import DuckDBEngine
    from dangol.profiles import Definitions, refresh_traits

    seoul, shipped, customers = ZoneInfo("Asia/Seoul"), Definitions.of(), max(1, events // PER_CUSTOMER)
    engine = DuckDBEngine(folder / "engine.duckdb", memory="1500MB", threads=2)
    world(engine, customers, events)

    def refresh(count: int | None) -> Any:
        some = None if count is None else list(range(1, customers + 1, max(1, customers // count)))[:count]
        return measure(lambda: refresh_traits(engine, shipped, now=NOW, tz=seoul, population=some))

    full, touched, one = refresh(None), refresh(10_000), refresh(1)
    engine.close()
    return {
        "traits": _point(full.seconds, full.peak_mb),
        "traits_touched": _point(touched.seconds, touched.peak_mb),
        "traits_one": _point(one.seconds, one.peak_mb),
    }


def segments(events: int, folder: Path) -> Points:
    """100 mixed segments, by SQL for everyone and by passes for the touched and for one."""
    import numpy as np
    import pyarrow as pa

    from bench.segments import CATALOG, NOW, cases, fill
    from dangol.engine import DuckDBEngine
    from dangol.rules import Context, compile_rule, parse
    from dangol.rules.passes import Passes, Ranks

    customers = max(1, events // PER_CUSTOMER)
    engine = DuckDBEngine(folder / "engine.duckdb", memory="1500MB", threads=2)
    fill(engine, events, customers)
    ctx = Context(NOW, ZoneInfo("Asia/Seoul"), CATALOG)
    rules = [parse(case.body, CATALOG) for case in cases()]
    everyone = measure(lambda: [engine.run(compile_rule(rule, ctx)).num_rows for rule in rules])
    passes = Passes(rules, ctx, Ranks.read(engine, rules, ctx))
    some = np.unique(np.random.default_rng(7).integers(1, customers + 1, 10_000))
    with engine.scratch(pa.table({"customer_id": some})) as table:
        passes.run(engine, table)
        touched = measure(lambda: passes.run(engine, table))
    one = measure(lambda: passes.run(engine, int(some[0])))
    engine.close()
    return {
        "segments": _point(everyone.seconds, everyone.peak_mb),
        "segments_touched": _point(touched.seconds, touched.peak_mb),
        "segments_one": _point(one.seconds, one.peak_mb),
    }


def compacting(events: int, folder: Path) -> Points:
    """A clustered table plus a fresh tenth of unsorted customers: what one `compact` costs."""
    from bench.segments import fill
    from dangol.engine import DuckDBEngine, sql

    customers = max(1, events // PER_CUSTOMER)
    engine = DuckDBEngine(folder / "engine.duckdb", memory="1GB", threads=2)
    fill(engine, events, customers)
    fresh = sql(
        "SELECT event_id + :events AS event_id, customer_id, at, name, category, amount, channel FROM events"
        " WHERE event_id % 8 = 0",
        events=events,
    )
    engine.append("events", fresh)
    done = measure(engine.compact)
    engine.close()
    return {"compact": _point(done.seconds, done.peak_mb)}


STAGES: dict[str, Callable[[int, Path], Points]] = {
    "import": importing,
    "identity": identity,
    "traits": traits,
    "segments": segments,
    "compact": compacting,
}


def run(stage: str, millions: int) -> Points:
    """One stage at one size, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.growth", "--inner", stage, "--sizes", str(millions)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"  {stage} at {millions} M did not finish: {done.stderr.strip().splitlines()[-1:]}", flush=True)
        return {}
    points: Points = json.loads(done.stdout.strip().splitlines()[-1])
    return points


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("--sizes", default=",".join(map(str, SIZES)), help="millions of events")
    asked.add_argument("--stages", default=",".join(STAGES))
    asked.add_argument("--draw", action="store_true")
    asked.add_argument("--inner", default="", help=argparse.SUPPRESS)
    args = asked.parse_args()
    sizes = [int(s) for s in args.sizes.split(",")]
    if args.inner:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(STAGES[args.inner](sizes[0] * 1_000_000, Path(folder))))
        return
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {"points": {}}
    for millions in [] if args.draw else sizes:
        for stage in args.stages.split(","):
            print(f"{stage} at {millions} M events …", flush=True)
            for line, point in run(stage, millions).items():
                print(f"  {line}: {point['seconds']:,.2f} s, {point['mb']:,.0f} MB", flush=True)
                kept["points"].setdefault(line, {})[str(millions)] = point
            kept |= {"machine": machine(), "noise": noise(), "day": dt.datetime.now(dt.UTC).date().isoformat()}
            KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    (ROOT / "docs" / "growth.svg").write_text(drawing.picture(kept["points"], NAMES), encoding="utf-8")
    (ROOT / "docs" / "growth.md").write_text(drawing.page(kept, NAMES, SIZES), encoding="utf-8")


if __name__ == "__main__":
    main()
