"""What was measured, beside what was promised: lines for people in both languages, the same for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dangol.bench.measure import BATCH, Intake, Watched, marks, slope
from dangol.schema import Lang, Text

SINGLE_RATIO, BATCH_RATIO = 0.5, 0.15
ENTER_SECONDS, PROFILE_SECONDS = 1.0, 0.020
FLAT = 1.0
"""Megabytes a minute that memory may grow by in a soak."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measured number: `shown` with its unit, `target` as it is promised (empty: only told), `holds` null without one."""

    name: str
    what: Text
    value: float
    shown: str
    target: str = ""
    holds: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        told: dict[str, Any] = {"name": self.name, "value": round(self.value, 6)}
        return told | ({"target": self.target, "holds": self.holds} if self.target else {})


def _least(name: str, what: Text, value: float, least: float) -> Line:
    return Line(name, what, value, f"{value:.2f} ×", f"≥ {least:g} ×", value >= least)


def _most(name: str, what: Text, seconds: float, most: float, *, measured: bool) -> Line:
    target = f"≤ {most * 1000:g} ms"
    return Line(
        name, what, seconds, f"{seconds * 1000:,.1f} ms" if measured else "–", target, measured and seconds <= most
    )


def _told(name: str, what: Text, value: float, unit: str, digits: int = 0) -> Line:
    return Line(name, what, value, f"{value:,.{digits}f} {unit}".strip())


_WAYS = (("empty", Text("empty handler", "빈 처리기")), ("durable", Text("durable", "디스크에 남김")))


def of_intake(found: Intake) -> list[Line]:
    """Intake beside the empty handler."""
    lines = []
    for taking, least in ((found.single, SINGLE_RATIO), (found.batch, BATCH_RATIO)):
        one = taking.size == 1
        name = "single" if one else "batch"
        how = (
            Text("one event a request", "요청마다 이벤트 하나")
            if one
            else Text(f"batches of {BATCH}", f"{BATCH}개씩 묶음")
        )
        for which, what in _WAYS:
            said = Text(f"{how.en}, {what.en}", f"{how.ko}, {what.ko}")
            lines.append(_told(f"intake.{name}.{which}", said, taking.rate(which), "events/s"))
            used = Text(f"{said.en}: processor an event", f"{said.ko}: 이벤트당 프로세서")
            lines.append(_told(f"intake.{name}.{which}.cpu", used, taking.cpu(which), "µs"))
        ratio = Text(f"{how.en}, ratio", f"{how.ko}, 비율")
        lines.append(_least(f"intake.{name}.ratio", ratio, taking.ratio, least))
    errors = found.single.errors + found.batch.errors
    grown = found.memory_after - found.memory_before
    return [
        *lines,
        _none("intake.errors", Text("answers that were not 200", "200이 아닌 응답"), errors),
        _told("intake.memory.before", Text("memory before", "시작할 때 메모리"), found.memory_before, "MB"),
        _told("intake.memory.grown", Text("memory grown", "늘어난 메모리"), grown, "MB"),
    ]


def of_load(found: Watched, rate: float) -> list[Line]:
    """A shop under load."""
    entered, profiles = marks(found.entered), marks(found.profiles)
    got = found.load
    late = bool(found.late)
    lines = [
        _told("load.rate", Text("events taken", "받은 이벤트"), got.events / got.seconds if got else 0, "events/s"),
        _told("load.cores", Text("cores the server used", "서버가 쓴 코어"), found.cores, "", 2),
        _told("load.answer.p95", Text("answered within (95 %)", "응답까지 (95 %)"), got.p95 if got else 0, "ms", 1),
        _told("load.entered", Text("memberships awaited", "기다린 세그먼트 진입"), len(found.entered), ""),
        _told("load.late", Text("of them too late to wait for", "그중 기다리다 만 것"), found.late, ""),
        _told("load.enter.p50", Text("200 to membership (half)", "200에서 세그먼트까지 (절반)"), entered[0] * 1000, "ms"),
        _most("load.enter.p95", Text("200 to membership (95 %)", "200에서 세그먼트까지 (95 %)"), entered[1], ENTER_SECONDS,
              measured=bool(found.entered) and not late),
        _told("load.profile.p50", Text("profile by identifier (half)", "식별자로 프로필 (절반)"), profiles[0] * 1000, "ms", 1),
        _most("load.profile.p95", Text("profile by identifier (95 %)", "식별자로 프로필 (95 %)"), profiles[1], PROFILE_SECONDS,
              measured=bool(found.profiles)),
        _told("load.profile.p99", Text("profile by identifier (99 %)", "식별자로 프로필 (99 %)"), profiles[2] * 1000, "ms", 1),
    ]  # fmt: skip
    return [*lines, *_steady(found, rate)]


def _steady(found: Watched, rate: float) -> list[Line]:
    """Queue and errors."""
    queue = [n for _, n in found.queue]
    half = len(queue) // 2
    early, late = (max(part, default=0) for part in (queue[:half], queue[half:]))
    grows = late > early + 2 * rate  # two seconds' worth: one drain more than before
    errors = (found.load.errors if found.load else 0) + found.failed
    return [
        _none("load.errors", Text("answers that were not 200", "200이 아닌 응답"), errors),
        Line("load.queue", Text("most that waited to be taken in", "처리를 기다린 최대 건수"), float(max(queue, default=0)),
             f"{max(queue, default=0):,}", "not growing", not grows),
        _told("load.drained", _EMPTY, found.drained_in, "s", 1),
    ]  # fmt: skip


def of_soak(found: Watched, rate: float) -> list[Line]:
    """A long load: what must not grow."""
    grown = slope(found.memory)
    memory = [mb for _, mb in found.memory]
    flat = Line("soak.memory.slope", Text("memory a minute", "분당 메모리 증가"), grown, f"{grown:+.2f} MB", f"≤ {FLAT:g} MB",
                grown <= FLAT)  # fmt: skip
    most = _told("soak.memory.most", Text("most memory", "최대 메모리"), max(memory, default=0.0), "MB")
    own = {"load.": "soak."}
    lines = of_load(found, rate)
    kept = [line for line in lines if not line.name.startswith("load.enter") and line.name not in ("load.late",)]
    return [flat, most, *(_renamed(line, own) for line in kept)]


_EMPTY = Text("queue empty after the load ended", "부하가 끝난 뒤 대기열이 빌 때까지")


def _renamed(line: Line, names: dict[str, str]) -> Line:
    name = next(
        (new + line.name.removeprefix(old) for old, new in names.items() if line.name.startswith(old)), line.name
    )
    return Line(name, line.what, line.value, line.shown, line.target, line.holds)


def _none(name: str, what: Text, count: int) -> Line:
    return Line(name, what, float(count), f"{count:,}", "0", count == 0)


_TARGETS = {"not growing": Text("not growing", "늘지 않음")}


def printed(lines: Sequence[Line], lang: Lang, wide: Callable[[str], int]) -> str:
    """A table: what, measured, promised, whether it holds.

    :param wide: columns a text takes in a terminal (Hangul takes two a letter).
    """
    rows = []
    for line in lines:
        target = _TARGETS.get(line.target, Text.same(line.target)).say(lang)
        verdict = "" if line.holds is None else Text("holds", "지킴").say(lang) if line.holds else "MISSED"
        if verdict == "MISSED" and lang == "ko":
            verdict = "못 지킴"
        rows.append((line.what.say(lang), line.shown, target, verdict))
    widths = [max((wide(row[i]) for row in rows), default=0) for i in range(3)]

    def padded(text: str, width: int, *, right: bool = False) -> str:
        gap = " " * max(0, width - wide(text))
        return gap + text if right else text + gap

    told = [
        f"{padded(a, widths[0])}  {padded(b, widths[1], right=True)}  {padded(c, widths[2], right=True)}  {d}".rstrip()
        for a, b, c, d in rows
    ]
    return "\n".join(told)
