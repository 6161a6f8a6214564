"""How each grows: 1 M, 10 M and 30 M events, as a table and a picture (docs/growth.md, docs/growth.svg).

    python -m bench.growth                       every point that is not measured yet (an hour on two cores, 15 GB of disk)
    python -m bench.growth --noisy               again what was measured while the machine was busy with other work
    python -m bench.growth --sizes 1 --stages identity,traits --again
    python -m bench.growth --draw                only write the page again from bench/growth.json

Each stage is measured in a process of its own, so that peaks of memory do not add up, and kept in bench/growth.json as soon as
it is done: whatever stops, the next run goes on from there.
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
from bench.common import NOISY, Others, Timing, best, machine, measure

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "bench" / "growth.json"
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
"""Line of the table → seconds of the clock and of the processor, and MB."""


def _point(done: Timing, *, memory: bool = True) -> dict[str, float]:
    return {"seconds": round(done.seconds, 4), "cpu": round(done.cpu, 4), "mb": round(done.peak_mb) if memory else 0}


def _note(words: str) -> None:
    """Progress of a stage: standard output is for its points."""
    print(f"  {words}", file=sys.stderr, flush=True)


def importing(events: int, folder: Path) -> Points:
    """Through `collect`, as `dangol import` does; measured by bench/import_csv.py."""
    from bench.import_csv import by_dangol, make

    path = folder / "events.csv"
    make(path, events)
    _note(f"written, {path.stat().st_size >> 20:,} MiB")
    done = measure(lambda: by_dangol(path, folder))
    return {"import": _point(done)}


def identity(events: int, folder: Path) -> Points:
    """As many pairs of identifiers as a third of the events."""
    from bench.identity import growth

    found = growth(events // 3, folder)
    later = sorted(found.later, key=lambda t: t.seconds)
    return {"identity": _point(found.first), "identity_batch": _point(later[len(later) // 2], memory=False)}


def traits(events: int, folder: Path) -> Points:
    """The shipped traits."""
    from bench.profiles import NOW, world
    from dangol.engine import DuckDBEngine
    from dangol.profiles import Definitions, refresh_traits

    seoul, shipped, customers = ZoneInfo("Asia/Seoul"), Definitions.of(), max(1, events // PER_CUSTOMER)
    engine = DuckDBEngine(folder / "engine.duckdb", memory="1500MB", threads=2)
    world(engine, customers, events)
    _note("made")

    def refresh(count: int | None) -> Any:
        some = None if count is None else list(range(1, customers + 1, max(1, customers // count)))[:count]
        return measure(lambda: refresh_traits(engine, shipped, now=NOW, tz=seoul, population=some))

    full, touched, one = refresh(None), refresh(10_000), refresh(1)
    engine.close()
    return {
        "traits": _point(full),
        "traits_touched": _point(touched),
        "traits_one": _point(one),
    }


def segments(events: int, folder: Path) -> Points:
    """100 mixed segments by passes: everyone, the touched, one. What is compiled or loaded once is, before."""
    import numpy as np
    import pyarrow as pa

    from bench.segments import CATALOG, NOW, cases, fill, member_ids
    from dangol.engine import DuckDBEngine
    from dangol.rules import Context, parse
    from dangol.rules.passes import Passes, Ranks

    customers = max(1, events // PER_CUSTOMER)
    engine = DuckDBEngine(folder / "engine.duckdb", memory="1500MB", threads=2)
    fill(engine, events, customers)
    ctx = Context(NOW, ZoneInfo("Asia/Seoul"), CATALOG)
    rules = [parse(case.body, CATALOG) for case in cases()]
    _note("filled")
    passes = Passes(rules, ctx, Ranks.read(engine, rules, ctx))
    some = np.unique(np.random.default_rng(7).integers(1, customers + 1, 10_000))
    with engine.scratch(pa.table({"customer_id": some})) as table:
        passes.run(engine, table)
        touched = measure(lambda: passes.run(engine, table))
    passes.run(engine, int(some[0]))
    one = best(lambda: passes.run(engine, int(some[0])), 5)
    everyone = measure(lambda: member_ids(passes, engine))
    engine.close()
    return {"segments": _point(everyone), "segments_touched": _point(touched), "segments_one": _point(one)}


def compacting(events: int, folder: Path) -> Points:
    """A clustered table plus a fresh tenth of unsorted customers: what one `compact` costs."""
    from bench.segments import fill
    from dangol.engine import DuckDBEngine, sql

    customers = max(1, events // PER_CUSTOMER)
    engine = DuckDBEngine(folder / "engine.duckdb", memory="1GB", threads=2)
    fill(engine, events, customers)
    _note("filled")
    fresh = sql(
        "SELECT event_id + :events AS event_id, customer_id, at, name, category, amount, channel FROM events"
        " WHERE event_id % 8 = 0",
        events=events,
    )
    engine.append("events", fresh)
    done = measure(engine.compact)
    engine.close()
    return {"compact": _point(done)}


STAGES: dict[str, Callable[[int, Path], Points]] = {
    "identity": identity,
    "traits": traits,
    "segments": segments,
    "compact": compacting,
    "import": importing,
}
LINES = {
    "identity": ("identity", "identity_batch"),
    "traits": ("traits", "traits_touched", "traits_one"),
    "segments": ("segments", "segments_touched", "segments_one"),
    "compact": ("compact",),
    "import": ("import",),
}
"""Stage → the lines of the table that it measures."""


def run(stage: str, millions: int, folder: str) -> Points:
    """One stage at one size, in a process of its own; how much others used the machine meanwhile is noted beside it."""
    command = [sys.executable, "-m", "bench.growth", "--inner", stage, "--sizes", str(millions), "--folder", folder]
    others = Others()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(f"  {stage} at {millions} M did not finish; what was measured before is kept", flush=True)
        return {}
    points: Points = json.loads(done.stdout.strip().splitlines()[-1])
    share = round(others.share(), 3)
    return {line: {**point, "others": share} for line, point in points.items()}


def wanted(kept: dict[str, Any], stage: str, millions: int, *, again: bool, noisy: bool) -> bool:
    """Whether a stage is to be measured: not yet measured, or asked for again."""
    points = [kept["points"].get(line, {}).get(str(millions)) for line in LINES[stage]]
    return again or not all(points) or (noisy and any(p["others"] > NOISY for p in points if p))


def draw(kept: dict[str, Any]) -> None:
    """Write the page and the picture."""
    (ROOT / "docs" / "growth.svg").write_text(drawing.picture(kept["points"], NAMES), encoding="utf-8")
    (ROOT / "docs" / "growth.md").write_text(drawing.page(kept, NAMES, SIZES), encoding="utf-8")


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("--sizes", default=",".join(map(str, SIZES)), help="millions of events")
    asked.add_argument("--stages", default=",".join(STAGES))
    asked.add_argument("--again", action="store_true", help="also what is measured already")
    asked.add_argument("--noisy", action="store_true", help="also what was measured on a busy machine")
    asked.add_argument("--folder", default="", help="where the files of a stage may live while it runs")
    asked.add_argument("--draw", action="store_true")
    asked.add_argument("--inner", default="", help=argparse.SUPPRESS)
    args = asked.parse_args()
    sizes = [int(s) for s in args.sizes.split(",")]
    if args.inner:
        with tempfile.TemporaryDirectory(dir=args.folder or None) as folder:
            print(json.dumps(STAGES[args.inner](sizes[0] * 1_000_000, Path(folder))))
        return
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {"points": {}}
    todo = [
        (millions, stage)
        for millions in ([] if args.draw else sizes)
        for stage in args.stages.split(",")
        if wanted(kept, stage, millions, again=args.again, noisy=args.noisy)
    ]
    for place, (millions, stage) in enumerate(todo, 1):
        print(f"{place}/{len(todo)} {stage} at {millions} M events …", flush=True)
        for line, point in run(stage, millions, args.folder).items():
            print(
                f"  {line}: {point['seconds']:,.2f} s, {point['mb']:,.0f} MB, others used {point['others']:.0%}",
                flush=True,
            )
            kept["points"].setdefault(line, {})[str(millions)] = point
        kept |= {"machine": machine(), "day": dt.datetime.now(dt.UTC).date().isoformat()}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n")
        draw(kept)
    draw(kept)


if __name__ == "__main__":
    main()
