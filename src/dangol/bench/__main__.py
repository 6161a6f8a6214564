"""``python -m dangol.bench``: measure this machine, and say what holds. `dangol bench` becomes this process."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import secrets
import shutil
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dangol.bench import measure, report
from dangol.bench.report import Line
from dangol.bench.shop import made
from dangol.schema import DangolError, Lang, Text

MOST_CUSTOMERS, MOST_EVENTS, MOST_RATE, MOST_SOAK = 50_000_000, 1_000_000_000, 100_000, 1_440

_HEADS = {
    "intake": Text("Intake", "수집"),
    "load": Text("A shop under load", "부하를 받는 가게"),
    "soak": Text("Soak", "오래 돌리기"),
}


def main(arguments: Sequence[str]) -> int:
    """Measure and print. Returns 0, or 1 where something promised does not hold or nothing could be measured."""
    asked = _parser().parse_args(arguments)
    lang: Lang = "ko" if asked.lang == "ko" else "en"
    try:
        found = _measured(asked, _teller(lang, quiet=asked.json))
    except DangolError as error:
        print(error.say(lang), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    told = {"machine": _machine(), "asked": _asked(asked)}
    if asked.json:
        print(json.dumps(told | {part: [x.as_dict() for x in lines] for part, lines in found.items()}, indent=2))
    else:
        _print(found, told, lang)
    return 0 if all(line.holds is not False for lines in found.values() for line in lines) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dangol bench")
    parser.add_argument("--customers", type=_between(100, MOST_CUSTOMERS), default=100_000)
    parser.add_argument("--events", type=_between(100, MOST_EVENTS), default=1_000_000)
    parser.add_argument("--rate", type=_between(1, MOST_RATE), default=1_000)
    parser.add_argument("--seconds", type=_between(1, 3_600), default=60)
    parser.add_argument("--connections", type=_between(1, 256), default=128)
    parser.add_argument("--soak", type=_between(0, MOST_SOAK), default=0, metavar="MINUTES")
    parser.add_argument("--only", choices=tuple(_HEADS), default="")
    parser.add_argument("--shop", type=Path, default=None, metavar="FOLDER")
    parser.add_argument("--lang", choices=("", "ko", "en"), default="")
    parser.add_argument("--json", action="store_true")
    return parser


def _between(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{least} – {most}")
        return value

    return number


def _measured(asked: argparse.Namespace, told: Callable[[str, int, int], None]) -> dict[str, list[Line]]:
    """Every part that was asked for. What is made for it goes afterwards, but for a shop whose folder was named."""
    found: dict[str, list[Line]] = {}
    place = Path(tempfile.mkdtemp(prefix="dangol-bench-"))
    try:
        if asked.only in ("", "intake"):
            small = made(place / "intake", 1_000, 1_000, now=_now, told=told)
            seconds = max(1.0, min(4.0, asked.seconds / 12))
            found["intake"] = report.of_intake(
                measure.intake(small, seconds=seconds, connections=asked.connections, told=told)
            )
        soaking = asked.soak or (60 if asked.only == "soak" else 0)
        if asked.only in ("", "load") or soaking:
            shop = made(asked.shop or place / "shop", asked.customers, asked.events, now=_now, told=told)
        if asked.only in ("", "load"):
            seen = measure.under_load(shop, rate=asked.rate, seconds=asked.seconds, name=_name(), told=told)
            found["load"] = report.of_load(seen, asked.rate)
        if soaking:
            seen = measure.under_load(
                shop, rate=asked.rate, seconds=soaking * 60, name=_name(), probes=False, told=told
            )
            found["soak"] = report.of_soak(seen, asked.rate)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return found


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _name() -> str:
    return secrets.token_hex(4)


_STEPS = {
    "events": Text("making events", "이벤트 만드는 중"),
    "traits": Text("computing traits", "속성 계산 중"),
    "segments": Text("computing segments", "세그먼트 계산 중"),
    "intake": Text("measuring intake", "수집 측정 중"),
    "load": Text("measuring under load", "부하 측정 중"),
}


def _teller(lang: Lang, *, quiet: bool) -> Callable[[str, int, int], None]:
    """One line on the error stream that says how far it is, where somebody looks."""
    if quiet or not sys.stderr.isatty():
        return lambda step, done, total: None

    def tell(step: str, done: int, total: int) -> None:
        said = _STEPS.get(step, Text.same(step)).say(lang)
        print(f"\r\033[K{said} {done:,} / {total:,}", end="", file=sys.stderr, flush=True)

    return tell


def _machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "system": platform.system(), "processor": platform.machine(),
            "python": platform.python_version()}  # fmt: skip


def _asked(asked: argparse.Namespace) -> dict[str, int]:
    return {name: getattr(asked, name) for name in ("customers", "events", "rate", "seconds", "soak")}


def _print(found: dict[str, list[Line]], told: dict[str, Any], lang: Lang) -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    machine, asked = told["machine"], told["asked"]
    head = Text(
        f"{machine['cores']} cores, {machine['system']} {machine['processor']}, Python {machine['python']};"
        f" {asked['customers']:,} customers, {asked['events']:,} events, 101 segments, {asked['rate']:,} events/s",
        f"코어 {machine['cores']}개, {machine['system']} {machine['processor']}, Python {machine['python']};"
        f" 고객 {asked['customers']:,}명, 이벤트 {asked['events']:,}건, 세그먼트 101개, 초당 {asked['rate']:,}건",
    )
    print(head.say(lang))
    for part, lines in found.items():
        print(f"\n{_HEADS[part].say(lang)}\n{report.printed(lines, lang, _width)}")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
