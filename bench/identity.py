"""How fast customers are resolved: ``python -m bench.identity [--pairs 10000000]``.

Three questions, each printed against what was promised:

1. components of 10 M pairs of 64-bit hashes (some 6 M identifiers) against scipy's ``connected_components`` on the same
   arrays, with the numbering of the hashes included in both, reading and storing apart;
2. the same pairs through `resolve` into an empty DuckDB file: seconds and memory;
3. a batch of 10,000 new pairs on top of them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bench.common import Row, Timing, machine, measure, paired, ratio_table
from dangol.engine import DuckDBEngine
from dangol.identity import Resolution, components, resolve
from dangol.schema import TABLES

Ints = npt.NDArray[np.int64]
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
KINDS = ("user_id", "email", "phone", "anonymous_id", "device_id")


def shop(pairs: int, seed: int = 7) -> tuple[Ints, Ints, pa.Table]:
    """Pairs `a, b` as a shop's records make them, and the identifiers they name.

    Some 0.6 identifiers per pair. A customer has a login (most), some e-mails, phones and browsers; each is seen with the
    login or with another; a few phones and devices are shared by two customers.
    """
    random = np.random.default_rng(seed)
    nodes = int(pairs * 0.6)
    people = nodes // 4
    owner = np.concatenate([np.arange(people), random.integers(0, people, nodes - people)])
    kind = np.concatenate([np.zeros(people, np.int64), random.integers(1, len(KINDS), nodes - people)])
    a = random.integers(people, nodes, pairs)
    b = owner[a].copy()  # with the login …
    other = random.random(pairs) < 0.3
    b[other] = _of_the_same(owner, a[other], random)  # … or with another identifier of the same person
    shared = random.random(pairs) < 0.0005
    b[shared] = random.integers(0, people, int(shared.sum()))
    hashes = np.unique(random.integers(1, 2**63 - 1, nodes + nodes // 100))
    hashes = random.permutation(hashes)[:nodes]
    used = np.unique(np.concatenate([a, b]))
    seen = (np.datetime64("2025-01-01", "us") + (used % 31_536_000) * 1_000_000).astype("M8[us]")
    table = pa.table(
        {
            "node": hashes[used],
            "kind": pa.DictionaryArray.from_arrays(kind[used].astype(np.int32), list(KINDS)).cast(pa.string()),
            "first_seen": seen,
            "last_seen": seen,
            "source": pa.array(["bench"] * len(used)),
        }
    )
    return hashes[a], hashes[b], table


def _of_the_same(owner: Ints, nodes: Ints, random: np.random.Generator) -> Ints:
    """For each node another one of its owner."""
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(owner.max() + 2))
    own = owner[nodes]
    low, high = starts[own], starts[own + 1]
    return order[low + (random.random(len(nodes)) * (high - low)).astype(np.int64)]


def links(a: Ints, b: Ints, day: str = "2025-01-01") -> pa.Table:
    """Pairs as `collect` gives them."""
    at = (np.datetime64(day, "us") + np.arange(len(a)) * 1_000_000).astype("M8[us]")
    facts = pa.array(np.arange(len(a)), pa.int64()).cast(pa.string())
    return pa.table(
        {
            "a": np.minimum(a, b),
            "b": np.maximum(a, b),
            "fact": facts,
            "at": at,
            "source": pa.DictionaryArray.from_arrays(np.zeros(len(a), np.int32), ["bench"]).cast(pa.string()),
        }
    )


def by_scipy(a: Ints, b: Ints) -> npt.NDArray[np.int32]:
    """What there was before: number the hashes, make a sparse matrix, ask scipy."""
    nodes, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    matrix = coo_array((np.ones(len(a), np.int8), (places[: len(a)], places[len(a) :])), shape=(len(nodes), len(nodes)))
    labels: npt.NDArray[np.int32] = connected_components(matrix, directed=False)[1]
    return labels


def take(engine: DuckDBEngine, identifiers: pa.Table, pairs: pa.Table, batch: int) -> Resolution:
    """One batch through `resolve`, committed."""
    with engine.scratch(identifiers) as given, engine.scratch(pairs) as linked:
        return resolve(engine, given, linked, batch=batch, now=NOW)


@dataclass(frozen=True, slots=True)
class Grown:
    """The first load, and small batches after it; their results are `Resolution`."""

    first: Timing
    later: list[Timing]


def growth(pairs: int, folder: Path, batch: int = 10_000) -> Grown:
    """Seconds and memory of a first load and of one small batch on top; for `bench/growth.py`.

    What comes is staged in the engine first, as an import stages its files, and let go of here: the peak is `resolve`'s own.
    """
    engine = DuckDBEngine(folder / "identity.duckdb", memory="1GB")
    engine.ensure(TABLES.values())
    with ExitStack() as stack:
        a, b, identifiers = shop(pairs)
        more = [_one_more_batch(a, b, identifiers, batch, turn) for turn in range(3)]
        given = stack.enter_context(engine.scratch(identifiers))
        linked = stack.enter_context(engine.scratch(links(a[:-batch], b[:-batch])))
        del a, b, identifiers
        pa.default_memory_pool().release_unused()
        first = measure(partial(resolve, engine, given, linked, batch=1, now=NOW))
    later = []
    for turn, (fresh_a, fresh_b, fresh) in enumerate(more):
        pa.default_memory_pool().release_unused()
        later.append(measure(partial(take, engine, fresh, links(fresh_a, fresh_b, "2026-01-01"), turn + 2)))
    engine.close()
    return Grown(first, later)


def _one_more_batch(a: Ints, b: Ints, identifiers: pa.Table, size: int, turn: int) -> tuple[Ints, Ints, pa.Table]:
    """Half of the pairs tie a new browser to a known identifier, half tie known ones that were not seen together."""
    random = np.random.default_rng(100 + turn)
    known = random.choice(identifiers["node"].to_numpy(), size, replace=False)
    new = random.integers(1, 2**63 - 1, size // 2)
    fresh_a = np.concatenate([new, known[: size // 2]])
    fresh_b = np.concatenate([known[size // 2 :], b[random.integers(0, len(b), size // 2)]])
    day = np.full(len(new), np.datetime64("2026-01-01", "us"))
    table = pa.table(
        {
            "node": new,
            "kind": ["anonymous_id"] * len(new),
            "first_seen": day,
            "last_seen": day,
            "source": ["bench"] * len(new),
        }
    )
    return fresh_a, fresh_b, table


def alone(count: int = 1_000_000) -> float:
    """Seconds for identifiers that come without any link, into an empty workspace."""
    nodes = np.unique(np.random.default_rng(1).integers(1, 2**63 - 1, count))
    seen = (np.datetime64("2025-01-01", "us") + np.arange(len(nodes)) * 1_000_000).astype("M8[us]")
    table = pa.table({"node": nodes, "kind": ["user_id"] * len(nodes), "first_seen": seen, "last_seen": seen})
    with tempfile.TemporaryDirectory() as folder:
        engine = DuckDBEngine(Path(folder) / "alone.duckdb")
        engine.ensure(TABLES.values())
        with engine.scratch(table) as given:
            seconds = measure(lambda: resolve(engine, given, None, batch=1, now=NOW)).seconds
        engine.close()
    return seconds


def core(pairs: int, rounds: int) -> Row:
    """`components` against scipy on the same arrays."""
    a, b, identifiers = shop(pairs)
    print(f"{len(a):,} pairs, {identifiers.num_rows:,} identifiers")
    components(a[:200_000], b[:200_000])  # compiled code is loaded once per process
    peak = measure(partial(components, a, b)).peak_mb
    ratio = paired(partial(components, a, b), partial(by_scipy, a, b), rounds=rounds)
    note = f"{ratio.a:.2f} s against {ratio.b:.2f} s, peak {peak:,.0f} MB"
    return Row("components / scipy", ratio.median, 3, note=note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print(machine())
    rows = [core(asked.pairs, asked.rounds)]
    with tempfile.TemporaryDirectory() as folder:
        grown = growth(asked.pairs, Path(folder))
    first, later = grown.first, sorted(grown.later, key=lambda t: t.seconds)
    note = f"{first.result.new_customers:,} customers, {first.result.conflicts:,} conflicts, {first.cpu:.0f} s of CPU"
    worst = f"worst of {len(later)}: {later[-1].seconds:.2f} s; {later[len(later) // 2].cpu:.2f} s of CPU"
    rows += [
        Row("first load through resolve, s", first.seconds, 120, note=note),
        Row("first load, peak MB", first.peak_mb, note="DuckDB's 1 GB and what was staged in it included"),
        Row("a batch of 10,000 pairs more, s", later[len(later) // 2].seconds, 2, note=worst),
        Row("1 M identifiers without links, s", alone()),
    ]
    print(ratio_table(rows))


if __name__ == "__main__":
    main()
