"""What every bench shares: time and peak memory of one call, paired ratios, a table, and the noise of the machine."""

from __future__ import annotations

import gc
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Timing:
    """One measured call: wall seconds, the process's peak resident memory while it ran (MB), and what it returned.

    `cpu` are seconds of processor, over all threads: on a machine that others use, too, they say more than the clock.
    """

    seconds: float
    peak_mb: float
    result: Any = None
    cpu: float = 0.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """`a` against `b`, measured in turns in one run: the median of the rounds' ratios and their extremes."""

    a: float
    b: float
    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a bench: a measured value against a promised one. `most` True: at most `limit`; False: at least."""

    name: str
    value: float
    limit: float | None = None
    most: bool = True
    note: str = ""

    @property
    def holds(self) -> bool | None:
        if self.limit is None:
            return None
        return self.value <= self.limit if self.most else self.value >= self.limit


def measure(fn: Callable[[], Any]) -> Timing:
    """Run `fn` once. Memory is the peak of this whole process from now on, engine included."""
    gc.collect()
    reset = _reset_peak()
    start, used = time.perf_counter(), time.process_time()
    result = fn()
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    return Timing(seconds, _peak_mb(since_reset=reset), result, cpu)


def best(fn: Callable[[], Any], rounds: int = 3) -> Timing:
    """The fastest of `rounds` runs with the highest peak: for short calls, where noise only ever adds."""
    runs = [measure(fn) for _ in range(rounds)]
    quick = min(runs, key=lambda t: t.seconds)
    return Timing(quick.seconds, max(t.peak_mb for t in runs), quick.result, quick.cpu)


def paired(a: Callable[[], Any], b: Callable[[], Any], rounds: int = 3) -> Ratio:
    """Seconds of `a` over seconds of `b`, in turns (a b, b a, …), so that a drifting machine meets both alike."""
    times: list[tuple[float, float]] = []
    for turn in range(rounds):
        if turn % 2:
            second, first = measure(b).seconds, measure(a).seconds
        else:
            first, second = measure(a).seconds, measure(b).seconds
        times.append((first, second))
    ratios = [x / y for x, y in times]
    return Ratio(
        statistics.median(x for x, _ in times),
        statistics.median(y for _, y in times),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
    )


NOISY = 0.15
"""Above this share of the machine used by others, seconds of the clock say little."""


class Others:
    """What share of the processors others used since this was made (0 to 1); 0 where the system does not tell."""

    def __init__(self) -> None:
        self._busy, self._start, self._own = _machine_busy(), time.perf_counter(), _own_cpu()

    def share(self) -> float:
        if self._busy is None:
            return 0.0
        spent = (_machine_busy() or 0.0) - self._busy - (_own_cpu() - self._own)
        return max(0.0, spent / ((time.perf_counter() - self._start) * (os.cpu_count() or 1)))


def _own_cpu() -> float:
    """Seconds of processor of this process and of those it started and waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _machine_busy() -> float | None:
    """Seconds of processor that the whole machine has spent (Linux)."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    except OSError:
        return None
    ticks = [int(f) for f in fields]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")  # less idle and waiting for disks


def ratio_table(rows: Sequence[Row]) -> str:
    """Lines of text: name, value, the limit it is held to, and whether it holds."""
    wide = max((len(r.name) for r in rows), default=4)
    lines = []
    for row in rows:
        limit = "" if row.limit is None else f"{'≤' if row.most else '≥'} {_short(row.limit)}"
        verdict = {None: "", True: "holds", False: "MISSED"}[row.holds]
        lines.append(f"{row.name.ljust(wide)}  {_short(row.value):>9}  {limit:<9} {verdict:<6}  {row.note}".rstrip())
    return "\n".join(lines)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; every column but the first is right-aligned."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def machine() -> str:
    """One line about where this ran: cores, memory, Python, and the spread of a fixed piece of work (its noise)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cores} cores, {memory:.0f} GB, Python {platform.python_version()}, noise {noise():.0%}"


def noise(rounds: int = 7) -> float:
    """How far the slowest of a few equal pieces of work is from the fastest; above some 15 % judge only by ratios."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        sum(i * i for i in range(300_000))
        times.append(time.perf_counter() - start)
    return max(times) / min(times) - 1


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _reset_peak() -> bool:
    """Linux can forget the peak so far; elsewhere the peak is that of the whole life of the process."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _peak_mb(*, since_reset: bool) -> float:
    if since_reset:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024
