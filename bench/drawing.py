"""The page and the picture of bench/growth.py: a table, and lines on logarithmic axes as plain SVG."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

from bench.common import NOISY, table

Points = Mapping[str, Mapping[str, Mapping[str, float]]]
Names = Mapping[str, tuple[str, str]]

WIDE, HIGH = 860, 470
LEFT, TOP, RIGHT, BOTTOM = 70, 30, 290, 50
COLOURS = ("#3b6fb6", "#c2562d", "#3d8b53", "#8a5bb0", "#b0862c", "#2f8f96", "#b8427a", "#666e78", "#7a9a2f", "#a04040")


def page(kept: Mapping[str, Any], names: Names, sizes: Sequence[int]) -> str:
    """The Markdown page: what was measured, where, the table and the picture."""
    head = ["", *(f"{s} M" for s in sizes), "growth of time per growth of events"]
    rows = []
    for line, (english, korean) in names.items():
        points = kept["points"].get(line, {})
        if not points:
            continue
        cells = [_cell(points.get(str(size))) for size in sizes]
        rows.append([f"{english} · {korean}", *cells, _growth(points)])
    every = [point for line in kept["points"].values() for point in line.values()]
    busy = (
        f"`~` was measured while others used more than {NOISY:.0%} of the machine: judge by the seconds of processor, in"
        " bench/growth.json, and repeat with `--noisy`.\n"
        f"`~` 표시는 다른 작업이 기계의 {NOISY:.0%} 넘게 쓰는 동안 잰 값입니다. bench/growth.json의 프로세서 시간을 보거나"
        " `--noisy`로 다시 재십시오.\n"
    )
    return "\n".join(
        [
            "# How each grows",
            "",
            "Seconds, and peak memory of the whole process, at 1, 10 and 30 million events (30 events a customer), measured",
            f"with `python -m bench.growth` on {kept.get('machine', 'an unknown machine')}, {kept.get('day', '')}.",
            "The last column is the slope: 1.0 grows as the data does, below 1 slower, 0 not at all.",
            "이벤트 100만·1천만·3천만 건(고객당 30건)에서 잰 시간(초)과 최대 메모리입니다. 마지막 열은 기울기로, 1.0이면 자료와",
            "같은 비율로, 0에 가까우면 자료가 늘어도 그대로입니다.",
            "",
            *([busy] if any(p.get("others", 0) > NOISY for p in every) else []),
            table(head, rows),
            "",
            "![Time against events, both axes logarithmic](growth.svg)",
            "",
        ]
    )


def _cell(point: Mapping[str, float] | None) -> str:
    if not point:
        return "–"
    memory = f" ({point['mb']:,.0f} MB)" if point["mb"] else ""
    noisy = "~" if point.get("others", 0) > NOISY else ""
    return f"{noisy}{_seconds(point['seconds'])}{memory}"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def _growth(points: Mapping[str, Mapping[str, float]]) -> str:
    known = sorted((int(size), p["seconds"]) for size, p in points.items() if p["seconds"] > 0)
    if len(known) < 2:
        return "–"
    (a, first), (b, last) = known[0], known[-1]
    return f"{math.log(last / first) / math.log(b / a):.2f}"


def picture(points: Points, names: Names) -> str:
    """One line per stage, events across and seconds up, both logarithmic."""
    lines = {n: sorted((int(s), p["seconds"]) for s, p in points[n].items()) for n in names if points.get(n)}
    every = [p for line in lines.values() for p in line]
    if not every:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>\n'
    low = 10 ** math.floor(math.log10(max(1e-4, min(s for _, s in every))))
    high = 10 ** math.ceil(math.log10(max(s for _, s in every)))
    sizes = sorted({m for m, _ in every})

    def x(millions: float) -> float:
        span = math.log(max(sizes) / min(sizes)) or 1
        return LEFT + (WIDE - LEFT - RIGHT) * math.log(millions / min(sizes)) / span

    def y(seconds: float) -> float:
        return HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * math.log(max(seconds, low) / low) / math.log(high / low)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>',
    ]
    step = low
    while step <= high * 1.001:
        out.append(f'<path d="M{LEFT} {y(step):.1f}H{WIDE - RIGHT}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(step) + 4:.1f}" text-anchor="end" fill="#555">{_seconds(step)}</text>')
        step *= 10
    for size in sizes:
        out.append(f'<text x="{x(size):.1f}" y="{HIGH - BOTTOM + 20}" text-anchor="middle" fill="#555">{size} M</text>')
    taken: list[float] = []
    for i, (name, line) in sorted(enumerate(lines.items()), key=lambda pair: -pair[1][1][-1][1]):
        colour = COLOURS[i % len(COLOURS)]
        path = " ".join(f"{'M' if j == 0 else 'L'}{x(m):.1f} {y(s):.1f}" for j, (m, s) in enumerate(line))
        out.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x(m):.1f}" cy="{y(s):.1f}" r="3" fill="{colour}"/>' for m, s in line]
        at = max([y(line[-1][1]), *(t + 15 for t in taken[-1:])])
        taken.append(at)
        out.append(
            f'<text x="{x(line[-1][0]) + 10:.1f}" y="{at + 4:.1f}" fill="{colour}">{html.escape(names[name][0])}</text>'
        )
    out.append("</svg>\n")
    return "\n".join(out)
