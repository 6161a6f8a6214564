"""A brute-force reading of rules, straight from the YAML body, over lists of dicts. It shares nothing with the compiler.

A world is a dict of lists of dicts: customers, events, items, consents, identifiers. Times are naive UTC, as in the engine.
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import json
import math
import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import holidays

AROUND = ("weekday", "hour", "hour_band", "holiday", "day_off", "weather", "temperature")
SPOTS = {"north": "station"}
BANDS = {"small": (0, 9), "day": (9, 18), "evening": (18, 22)}
World = dict[str, list[dict[str, Any]]]
COLUMNS = {"category", "amount", "quantity", "product_id", "order_id", "brand", "channel", "at", "coupon", "price"}
OPS = {
    "is",
    "is_not",
    "in",
    "not_in",
    "at_least",
    "at_most",
    "above",
    "below",
    "between",
    "exactly",
    "contains",
    "starts_with",
    "ends_with",
    "matches",
    "exists",
    "missing",
    "has_any",
    "has_all",
}
TIME = {"within", "not within", "not_within", "within_next", "during", "between", "before", "after", "since"}
UNIT = {"hour": 3600, "day": 86400, "week": 604800}


class Reader:
    def __init__(self, world: World, now: dt.datetime, tz: ZoneInfo, segments: dict[str, Any], salt: str = "") -> None:
        self.world, self.now, self.tz, self.segments, self.salt = world, now, tz, segments, salt

    def members(self, body: Any) -> list[int]:
        return [c["customer_id"] for c in self.world["customers"] if self.holds(body, c)]

    def holds(self, body: Any, c: dict[str, Any]) -> bool:
        if isinstance(body, list):
            return all(self.holds(b, c) for b in body)
        if "did" in body:
            return self.did(body, c)
        if "trait" in body or "score" in body:
            value = c[body.get("trait", body.get("score"))]
            return ("or_missing" in body and value is None) or self.trait(body, value)
        for key, value in body.items():
            if key in ("all", "any"):
                found = [self.holds(b, c) for b in value]
                return all(found) if key == "all" else any(found)
            if key == "not":
                return not self.holds(value, c)
            if key in ("in", "not_in"):
                names = value if isinstance(value, list) else [value]
                return any(self.holds(self.segments[n], c) for n in names) == (key == "in")
        return bool(getattr(self, next(iter(body)))(body, c))

    # -- traits --------------------------------------------------------------------------------------------------
    def trait(self, body: dict[str, Any], value: Any) -> bool:
        if isinstance(value, dt.date) or any(k in body for k in TIME - {"between"}):
            asked = {k: v for k, v in body.items() if k in TIME | {"is", "exists", "missing"}}
            return all(self.moment(k, v, value) for k, v in asked.items())
        asked = {k: v for k, v in body.items() if k in OPS}
        return all(compare(k, v, value) for k, v in asked.items()) if asked else value is True

    def moment(self, op: str, held: Any, value: Any) -> bool:
        if op in ("exists", "missing"):
            return (value is None) == (op == "missing")
        if value is None:
            return False
        if isinstance(value, dt.datetime):
            start, end = self.window("between" if op == "is" else op, [held, held] if op == "is" else held)
            return start <= value < end
        today = self.local(self.now).date()
        if op in ("within", "not within", "not_within", "within_next"):
            n, unit = held.split()
            days = int(n) * {"day": 1, "week": 7}[unit.rstrip("s")]
            if op == "within":
                return today - dt.timedelta(days) < value <= today
            if op == "within_next":
                return today <= value <= today + dt.timedelta(days)
            return value <= today - dt.timedelta(days)
        if op == "during":
            first, after = self.phrase(held)
            return first <= value < after
        pair = held if op == "between" else [held, held]
        return {
            "between": pair[0] <= value <= pair[1],
            "is": value == held,
            "before": value < pair[0],
            "after": value > pair[0],
            "since": value >= pair[0],
        }[op]

    # -- time ----------------------------------------------------------------------------------------------------
    def local(self, naive: dt.datetime) -> dt.datetime:
        return naive.replace(tzinfo=dt.UTC).astimezone(self.tz)

    def start_of(self, day: dt.date) -> dt.datetime:
        return dt.datetime(day.year, day.month, day.day, tzinfo=self.tz).astimezone(dt.UTC).replace(tzinfo=None)

    def ago(self, text: str, sign: int = -1) -> dt.datetime:
        n, unit = int(text.split()[0]), text.split()[1].rstrip("s")
        if unit in UNIT:
            return self.now + sign * dt.timedelta(seconds=n * UNIT[unit])
        here = self.local(self.now)
        total = here.year * 12 + here.month - 1 + sign * n * (12 if unit == "year" else 1)
        year, month = total // 12, total % 12 + 1
        day = min(here.day, calendar.monthrange(year, month)[1])
        return here.replace(year=year, month=month, day=day).astimezone(dt.UTC).replace(tzinfo=None)

    def phrase(self, text: str) -> tuple[dt.date, dt.date]:
        today = self.local(self.now).date()
        day = dt.timedelta(1)
        if text in ("today", "yesterday"):
            first = today - day * (text == "yesterday")
            return first, first + day
        which, unit = text.split()
        if unit == "week":
            first = today - day * (today.isoweekday() - 1) - 7 * day * (which == "last")
            return first, first + 7 * day
        if unit == "month":
            first = today.replace(day=1)
            if which == "last":
                return (first - day).replace(day=1), first
            return first, (first + 31 * day).replace(day=1)
        year = today.year - (which == "last")
        return dt.date(year, 1, 1), dt.date(year + 1, 1, 1)

    def window(self, op: str, held: Any) -> tuple[dt.datetime, dt.datetime]:
        tick, never, ever = dt.timedelta(microseconds=1), dt.datetime.min, dt.datetime.max  # noqa: DTZ901
        if op == "within":
            return self.ago(held) + tick, self.now + tick
        if op in ("not within", "not_within"):
            return never, self.ago(held) + tick
        if op == "within_next":
            return self.now, self.ago(held, 1) + tick
        if op == "during":
            first, after = self.phrase(held)
            return self.start_of(first), self.start_of(after)
        if op == "between":
            return self.start_of(held[0]), self.start_of(held[1] + dt.timedelta(1))
        if op == "before":
            return never, self.start_of(held)
        return (self.start_of(held + dt.timedelta(1)) if op == "after" else self.start_of(held)), ever

    # -- behaviour -----------------------------------------------------------------------------------------------
    def facts(self, body: dict[str, Any], c: dict[str, Any]) -> list[dict[str, Any]]:
        rows = [r for r in self.world[body.get("of", "events")] if r["customer_id"] == c["customer_id"]]
        names = body["did"] if isinstance(body["did"], list) else [body["did"]]
        rows = [r for r in rows if (names == ["any"] or r["name"] in names) and self.where(body.get("where"), r)]
        for key in TIME & set(body):
            if key == "since" and isinstance(body[key], dict):
                continue
            if key == "between" and not isinstance(body[key][0], dt.date):
                continue
            start, end = self.window(key, body[key])
            rows = [r for r in rows if start <= r["at"] < end]
        return sorted(rows, key=lambda r: (r["at"], r["event_id"], r.get("line", 0)))

    def where(self, body: Any, row: dict[str, Any]) -> bool:
        if not body:
            return True
        if isinstance(body, list):
            return all(self.where(b, row) for b in body)
        return all(self.field(k, v, row) for k, v in body.items())

    def field(self, key: str, held: Any, row: dict[str, Any]) -> bool:
        if key in ("all", "any") and isinstance(held, list):
            found = [self.where(b, row) for b in held]
            return all(found) if key == "all" else any(found)
        if key == "not":
            return not self.where(held, row)
        if key in AROUND:
            return self.around(key, held, row)
        value = field_of(key, row)
        if key == "at":
            return all(self.moment(k, v, value) for k, v in held.items())
        if not isinstance(held, dict):
            held = {"in" if isinstance(held, list) else "is": held}
        return all(compare(k, v, value, loose=key not in COLUMNS) for k, v in held.items())

    def around(self, key: str, held: Any, row: dict[str, Any]) -> bool:
        """What stands around an event, read from Python's calendar, the `holidays` package and the world's weather."""
        here = self.local(row["at"])
        days = {
            d: n
            for d, n in holidays.country_holidays("KR", years=here.year, language="ko").items()
            if d.year == here.year
        }
        name = days.get(here.date())
        hour = row["at"].replace(minute=0, second=0, microsecond=0)
        place = SPOTS.get(row.get("place"), "shop")
        told = [w for w in self.world["weather"] if w["place"] == place and w["hour"] == hour]
        if key == "holiday":
            if isinstance(held, bool):
                return (name is not None) == held
            return name is not None and held in name.split("; ")
        value = {
            "weekday": here.strftime("%a").lower(),
            "hour": here.hour,
            "hour_band": next((b for b, (low, high) in BANDS.items() if low <= here.hour < high), None),
            "day_off": name is not None or here.isoweekday() > 5,
            "weather": told[0]["condition"] if told else None,
            "temperature": told[0]["temperature"] if told else None,
        }[key]
        if not isinstance(held, dict):
            held = {"in" if isinstance(held, list) else "is": held}
        return all(compare(k, v, value) for k, v in held.items())

    def did(self, body: dict[str, Any], c: dict[str, Any]) -> bool:
        rows = self.facts(body, c)
        if isinstance(body.get("since"), dict):
            anchors = self.facts(body["since"], c)
            if not anchors:
                return False
            rows = [r for r in rows if r["at"] > anchors[-1]["at"]]
        asked = {k: v for k, v in body.items() if k in OPS and k != "where"}
        if "between" in asked and isinstance(asked["between"][0], dt.date):
            del asked["between"]
        for kind in ("sum", "average", "min", "max", "first", "last", "distinct"):
            if kind in body:
                value = measured(kind, body[kind], rows)
                loose = kind in ("first", "last") and body[kind] not in COLUMNS
                return all(compare(k, v, value, loose=loose) for k, v in asked.items())
        if "never" in body:
            return not rows
        counts = {k: [times(x) for x in v] if isinstance(v, list) else times(v) for k, v in asked.items()}
        return all(compare(k, v, len(rows)) for k, v in (counts or {"at_least": 1}).items())

    def sequence(self, body: dict[str, Any], c: dict[str, Any]) -> bool:
        """Every choice of moments is tried."""
        windows = {k: v for k, v in body.items() if k in TIME}
        steps = [[r["at"] for r in self.facts({**plain(s), **windows}, c)] for s in body["sequence"]]

        def from_here(k: int, before: dt.datetime) -> bool:
            if k == len(steps):
                return True
            step = body["sequence"][k]
            for at in steps[k]:
                if at <= before:
                    continue
                if "within" in step and at > before + dt.timedelta(
                    seconds=int(step["within"].split()[0]) * UNIT[step["within"].split()[1].rstrip("s")]
                ):
                    continue
                if "not_between" in step and any(
                    before < r["at"] < at for r in self.facts({**step["not_between"], **windows}, c)
                ):
                    continue
                if from_here(k + 1, at):
                    return True
            return False

        return any(from_here(1, at) for at in steps[0])

    # -- the rest ------------------------------------------------------------------------------------------------
    def waterfall(self, body: dict[str, Any], c: dict[str, Any]) -> bool:
        groups = body["waterfall"]
        first = next((g for g in groups if self.holds(self.segments[g], c)), None)
        return first is not None and first == body.get("take", groups[-1])

    def top(self, body: dict[str, Any], c: dict[str, Any], lowest: bool = False) -> bool:
        asked = body["bottom" if lowest else "top"]
        have = [x for x in self.world["customers"] if x[asked["by"]] is not None]
        have.sort(key=lambda x: x["customer_id"])
        have.sort(key=lambda x: x[asked["by"]], reverse=not lowest)
        n = asked.get("n", math.ceil(Decimal(str(asked.get("percent", 0))) * len(have) / 100))
        return c["customer_id"] in [x["customer_id"] for x in have[:n]]

    def bottom(self, body: dict[str, Any], c: dict[str, Any]) -> bool:
        return self.top(body, c, lowest=True)

    def rank(self, body: dict[str, Any], c: dict[str, Any]) -> bool:
        have = [x[body["rank"]] for x in self.world["customers"] if x[body["rank"]] is not None]
        mine = c[body["rank"]]
        if mine is None:
            return False
        place = 100 * sum(v < mine for v in have) / max(len(have) - 1, 1)
        return all(compare(k, v, place) for k, v in body.items() if k in OPS)

    def split(self, body: dict[str, Any], c: dict[str, Any]) -> bool:
        asked = body["split"]
        text = f"{self.salt}:{asked['name']}:{c['customer_id']}"
        place = int(hashlib.md5(text.encode()).hexdigest()[:8], 16) / 2**32
        return percent(asked.get("from", 0)) <= place < percent(asked.get("share", asked.get("to")))

    def consent(self, body: dict[str, Any], c: dict[str, Any]) -> bool:
        asked = body["consent"]
        words: dict[int, dict[str, Any]] = {}
        strict = {"withdrawn": 2, "refused": 1, "granted": 0}
        for row in self.world["consents"]:
            mine = row["customer_id"] == c["customer_id"]
            if mine and row["purpose"] == asked["purpose"] and row["channel"] == asked["channel"]:
                old = words.get(row["node"])
                if old is None or (row["at"], strict[row["state"]]) > (old["at"], strict[old["state"]]):
                    words[row["node"]] = row
        said = {w["state"] for w in words.values()} or {"unknown"}
        wanted = asked["is"] if isinstance(asked["is"], list) else [asked["is"]]
        return bool(said & set(wanted))

    def reachable(self, body: dict[str, Any], c: dict[str, Any]) -> bool:
        kind = {"email": "email", "sms": "phone"}[body["reachable"]]
        mine = [i for i in self.world["identifiers"] if i["customer_id"] == c["customer_id"]]
        return any(i["kind"] == kind and i["blocked"] is None for i in mine)

    def birthday(self, body: dict[str, Any], c: dict[str, Any]) -> bool:
        return c["birthday"] is not None and any(
            mark(d) == c["birthday"] or (c["birthday"] == "02-29" and leapless(d)) for d in self.days(body["birthday"])
        )

    def anniversary(self, body: dict[str, Any], c: dict[str, Any]) -> bool:
        value = c[body["anniversary"]["of"]]
        if value is None:
            return False
        day = self.local(value).date() if isinstance(value, dt.datetime) else value
        days = self.days(body["anniversary"])
        same = any(mark(d) == mark(day) or (mark(day) == "02-29" and leapless(d)) for d in days)
        return same and day < days[0]

    def days(self, asked: dict[str, Any]) -> list[dt.date]:
        today = self.local(self.now).date()
        if "during" in asked:
            first, after = self.phrase(asked["during"])
            return [first + dt.timedelta(i) for i in range((after - first).days)]
        n, sign = (
            (int(asked["within_next"].split()[0]), 1)
            if "within_next" in asked
            else (int(asked["within"].split()[0]), -1)
        )
        return sorted(today + dt.timedelta(sign * i) for i in range(n + 1))


def compare(op: str, held: Any, value: Any, *, loose: bool = False) -> bool:
    """One comparison; a missing value matches none of them. `loose`: a JSON property, held against what it can be read as."""
    if op in ("exists", "missing"):
        return (value is None) == (op == "missing")
    if loose and value is not None:
        several = held if isinstance(held, list) else [held]
        if all(isinstance(h, int | float) and not isinstance(h, bool) for h in several):
            value = to_number(value)
        else:
            held = [as_text(h) for h in held] if isinstance(held, list) else as_text(held)
    if value is None:
        return False
    if op == "between":
        return bool(held[0] <= value <= held[1])
    if op in ("in", "not_in"):
        return (value in held) == (op == "in")
    if op in ("has_any", "has_all"):
        return (any if op == "has_any" else all)(h in value for h in held)
    if op == "contains" and isinstance(value, list):
        return held in value
    return bool(
        {
            "is": lambda: value == held,
            "exactly": lambda: value == held,
            "is_not": lambda: value != held,
            "at_least": lambda: value >= held,
            "at_most": lambda: value <= held,
            "above": lambda: value > held,
            "below": lambda: value < held,
            "contains": lambda: held in value,
            "starts_with": lambda: value.startswith(held),
            "ends_with": lambda: value.endswith(held),
            "matches": lambda: re.search(held, value) is not None,
        }[op]()
    )


def field_of(key: str, row: dict[str, Any]) -> Any:
    if key in COLUMNS:
        return row[key]
    value = json.loads(row["properties"] or "{}")
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return None if value is None else as_text(value)


def measured(kind: str, field: str, rows: list[dict[str, Any]]) -> Any:
    values = [v for v in (field_of(field, r) for r in rows) if v is not None]
    if kind in ("first", "last"):
        return values[0 if kind == "first" else -1] if values else None
    if kind == "distinct":
        return len(set(values))
    if field not in COLUMNS:
        values = [Decimal(str(n)) for n in map(to_number, values) if n is not None]
    if kind == "sum":
        return sum(values, Decimal(0))
    if not values:
        return None
    return float(sum(values)) / len(values) if kind == "average" else min(values) if kind == "min" else max(values)


def as_text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | int | float) else str(value)


def to_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def times(value: Any) -> int:
    return value if isinstance(value, int) else int(value.split()[0])


def percent(value: Any) -> float:
    return float(Decimal(value.rstrip("%")) / 100) if isinstance(value, str) else float(value)


def mark(day: dt.date) -> str:
    return day.strftime("%m-%d")


def leapless(day: dt.date) -> bool:
    return mark(day) == "02-28" and not calendar.isleap(day.year)


def plain(step: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in step.items() if k in ("did", "where")}
