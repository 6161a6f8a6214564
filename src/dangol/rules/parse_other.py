"""Reading top and bottom, splits, consent, reachability and yearly days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dangol.rules.catalog import nearest
from dangol.rules.nodes import Consent, Day, Duration, Node, Reachable, Split, Top, Window
from dangol.rules.parse_tests import GROUPS
from dangol.rules.reading import Reading, as_list
from dangol.rules.windows import read_window
from dangol.rules.words import share

CHANNEL_KINDS: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "sms": ("phone",),
    "kakao": ("phone",),
    "phone": ("phone",),
    "push": ("device_id",),
    "web": ("anonymous_id", "device_id"),
    "mall": ("mall_buyer_id",),
}
"""Channel → kinds of identifier that reach a customer there."""
CONSENT_CHANNELS = ("email", "sms", "kakao", "push", "phone", "post")
CONSENT_STATES = ("granted", "refused", "withdrawn", "unknown")


def read_top(body: Mapping[str, Any], place: str, reading: Reading) -> Node | None:
    head = "top" if "top" in body else "bottom"
    reading.keys(body, (head,), place)
    asked = reading.mapping(body[head], f"{place}.{head}", "{by: revenue, n: 100}")
    if asked is None:
        return None
    reading.keys(asked, ("by", "n", "percent"), f"{place}.{head}")
    info = reading.trait(asked.get("by"), f"{place}.{head}.by")
    if info and GROUPS[info.type] not in ("number", "time"):
        reading.wrong(f"{place}.{head}.by", f"{asked.get('by')} has no order", "rank by a number or a date")
    n, percent = asked.get("n"), asked.get("percent")
    if (n is None) == (percent is None):
        reading.wrong(f"{place}.{head}", "how many?", "give n: 100 or percent: 10, one of them")
        return None
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
        reading.wrong(f"{place}.{head}.n", f"{n!r} is not a number of customers", "a whole number from 1")
        return None
    part = None
    if percent is not None:
        text = percent[:-1] if isinstance(percent, str) and percent.endswith("%") else percent
        try:
            part = float(text) if isinstance(text, str | int | float) and not isinstance(text, bool) else None
        except ValueError:
            part = None
        if part is None or not 0 < part <= 100:
            reading.wrong(f"{place}.{head}.percent", f"{percent!r} is not a percentage", "above 0, at most 100")
            return None
        part = float(part)
    return Top(str(asked["by"]), n, part, head == "bottom", place) if info else None


def read_split(body: Mapping[str, Any], place: str, reading: Reading) -> Node | None:
    reading.keys(body, ("split",), place)
    asked = reading.mapping(body["split"], f"{place}.split", "{name: welcome test, share: 10%}")
    if asked is None:
        return None
    reading.keys(asked, ("name", "share", "from", "to"), f"{place}.split")
    name = asked.get("name")
    if not isinstance(name, str) or not name:
        reading.wrong(f"{place}.split.name", "a split needs a name", "the same name always splits the same way")
        return None
    if "share" in asked and ("from" in asked or "to" in asked):
        reading.wrong(f"{place}.split", "share or from and to, not both")
        return None
    low = share(asked.get("from", 0))
    high = share(asked.get("share", asked.get("to")))
    if low is None or high is None or low >= high:
        given = {k: v for k, v in asked.items() if k != "name"}
        reading.wrong(f"{place}.split", f"{given} is no share of everyone", "write share: 10%, or from: 10%, to: 30%")
        return None
    return Split(name, low, high, place)


def read_consent(body: Mapping[str, Any], place: str, reading: Reading) -> Node | None:
    reading.keys(body, ("consent",), place)
    asked = reading.mapping(body["consent"], f"{place}.consent", "{channel: email, purpose: advertising, is: granted}")
    if asked is None:
        return None
    reading.keys(asked, ("channel", "purpose", "is"), f"{place}.consent")
    channel, purpose = asked.get("channel"), asked.get("purpose", "advertising")
    if channel not in CONSENT_CHANNELS:
        reading.wrong(f"{place}.consent.channel", f"no channel {channel!r}", nearest(str(channel), CONSENT_CHANNELS))
    if not isinstance(purpose, str) or not purpose:
        reading.wrong(f"{place}.consent.purpose", f"{purpose!r} is not a purpose", "such as advertising or profiling")
    states = as_list(asked.get("is", "granted"))
    for state in states:
        if state not in CONSENT_STATES:
            reading.wrong(f"{place}.consent.is", f"no state {state!r}", nearest(str(state), CONSENT_STATES))
    return Consent(str(channel), str(purpose), tuple(dict.fromkeys(map(str, states))), place)


def read_reachable(body: Mapping[str, Any], place: str, reading: Reading) -> Node | None:
    reading.keys(body, ("reachable",), place)
    channel = body["reachable"]
    if not isinstance(channel, str) or channel not in CHANNEL_KINDS:
        reading.wrong(f"{place}.reachable", f"no channel {channel!r}", nearest(str(channel), CHANNEL_KINDS))
        return None
    return Reachable(str(channel), place)


def read_day(body: Mapping[str, Any], place: str, reading: Reading) -> Node | None:
    head = "birthday" if "birthday" in body else "anniversary"
    reading.keys(body, (head,), place)
    asked = body[head]
    if head == "birthday" and isinstance(asked, str):
        asked = {"during": asked}
    mapping = reading.mapping(asked, f"{place}.{head}", "{within_next: 7 days}")
    if mapping is None:
        return None
    keys = ("within_next", "within", "during")
    reading.keys(mapping, (*keys, "of"), f"{place}.{head}")
    trait = mapping.get("of", "birthday" if head == "birthday" else None)
    info = reading.trait(trait, f"{place}.{head}.of")
    want = ("text",) if head == "birthday" else ("date", "timestamp")
    if info and info.type not in want:
        reading.wrong(f"{place}.{head}.of", f"{trait} is {info.type}", f"it should be {' or '.join(want)}")
    given = [k for k in keys if k in mapping]
    if len(given) != 1:
        reading.wrong(f"{place}.{head}", "when?", "one of within_next: 7 days, within: 7 days, during: this month")
        return None
    window = read_window(given[0], mapping[given[0]], f"{place}.{head}.{given[0]}", reading.problems)
    if window and isinstance(window.value, Duration) and not _days(window):
        reading.wrong(
            f"{place}.{head}.{given[0]}",
            f"{window.value} is not a number of days up to a year",
            "write it like 7 days or 2 weeks",
        )
        return None
    if window and window.value in ("this year", "last year", "next year"):
        reading.wrong(f"{place}.{head}.during", "every day comes once a year", "use a month, a quarter or days")
    return Day(str(trait), window, head == "birthday", place) if info and window else None


def _days(window: Window) -> bool:
    span = window.value
    return (
        isinstance(span, Duration)
        and span.unit in ("day", "week", "month")
        and span.n * {"day": 1, "week": 7, "month": 31}[span.unit] < 366
    )
