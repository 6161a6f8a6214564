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
from dangol.schema import Text, josa

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
        reading.wrong(
            f"{place}.{head}.by",
            Text(
                f"{asked.get('by')} has no order", f"{josa(str(asked.get('by')), '은/는')} 크기를 견줄 수 없는 값입니다"
            ),
            Text("rank by a number or a date", "숫자나 날짜로 순위를 매기세요"),
        )
    n, percent = asked.get("n"), asked.get("percent")
    if (n is None) == (percent is None):
        reading.wrong(
            f"{place}.{head}",
            Text("how many?", "몇 명인지 적혀 있지 않습니다"),
            Text("give n: 100 or percent: 10, one of them", "n: 100이나 percent: 10 가운데 하나를 적으세요"),
        )
        return None
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
        reading.wrong(
            f"{place}.{head}.n",
            Text(f"{n!r} is not a number of customers", f"{n!r}: 고객 수가 아닙니다"),
            Text("a whole number from 1", "1 이상의 정수를 적으세요"),
        )
        return None
    part = None
    if percent is not None:
        text = percent[:-1] if isinstance(percent, str) and percent.endswith("%") else percent
        try:
            part = float(text) if isinstance(text, str | int | float) and not isinstance(text, bool) else None
        except ValueError:
            part = None
        if part is None or not 0 < part <= 100:
            reading.wrong(
                f"{place}.{head}.percent",
                Text(f"{percent!r} is not a percentage", f"{percent!r}: 백분율이 아닙니다"),
                Text("above 0, at most 100", "0보다 크고 100 이하인 수를 적으세요"),
            )
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
        reading.wrong(
            f"{place}.split.name",
            Text("a split needs a name", "split에는 이름이 필요합니다"),
            Text("the same name always splits the same way", "이름이 같으면 언제나 똑같이 나뉩니다"),
        )
        return None
    if "share" in asked and ("from" in asked or "to" in asked):
        reading.wrong(
            f"{place}.split", Text("share or from and to, not both", "share나 from·to 가운데 하나만 써야 합니다")
        )
        return None
    low = share(asked.get("from", 0))
    high = share(asked.get("share", asked.get("to")))
    if low is None or high is None or low >= high:
        given = {k: v for k, v in asked.items() if k != "name"}
        reading.wrong(
            f"{place}.split",
            Text(f"{given} is no share of everyone", f"{given}: 전체 가운데 비율이 아닙니다"),
            Text("write share: 10%, or from: 10%, to: 30%", "share: 10% 또는 from: 10%, to: 30%처럼 적으세요"),
        )
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
        reading.wrong(
            f"{place}.consent.channel",
            Text(f"no channel {channel!r}", f"{channel!r} 채널이 없습니다"),
            nearest(str(channel), CONSENT_CHANNELS),
        )
    if not isinstance(purpose, str) or not purpose:
        reading.wrong(
            f"{place}.consent.purpose",
            Text(f"{purpose!r} is not a purpose", f"{purpose!r}: 동의 목적이 아닙니다"),
            Text("such as advertising or profiling", "예: advertising, profiling"),
        )
    states = as_list(asked.get("is", "granted"))
    for state in states:
        if state not in CONSENT_STATES:
            reading.wrong(
                f"{place}.consent.is",
                Text(f"no state {state!r}", f"{state!r} 상태가 없습니다"),
                nearest(str(state), CONSENT_STATES),
            )
    return Consent(str(channel), str(purpose), tuple(dict.fromkeys(map(str, states))), place)


def read_reachable(body: Mapping[str, Any], place: str, reading: Reading) -> Node | None:
    reading.keys(body, ("reachable",), place)
    channel = body["reachable"]
    if not isinstance(channel, str) or channel not in CHANNEL_KINDS:
        reading.wrong(
            f"{place}.reachable",
            Text(f"no channel {channel!r}", f"{channel!r} 채널이 없습니다"),
            nearest(str(channel), CHANNEL_KINDS),
        )
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
        reading.wrong(
            f"{place}.{head}.of",
            Text(f"{trait} is {info.type}", f"{trait}의 형식이 {info.type}입니다"),
            Text(f"it should be {' or '.join(want)}", f"{' 또는 '.join(want)} 형식이어야 합니다"),
        )
    given = [k for k in keys if k in mapping]
    if len(given) != 1:
        reading.wrong(
            f"{place}.{head}",
            Text("when?", "언제인지 적혀 있지 않습니다"),
            Text(
                "one of within_next: 7 days, within: 7 days, during: this month",
                "within_next: 7 days, within: 7 days, during: this month 가운데 하나를 적으세요",
            ),
        )
        return None
    window = read_window(given[0], mapping[given[0]], f"{place}.{head}.{given[0]}", reading.problems)
    if window and isinstance(window.value, Duration) and not _days(window):
        reading.wrong(
            f"{place}.{head}.{given[0]}",
            Text(
                f"{window.value} is not a number of days up to a year", f"{window.value}: 1년 이하의 날 수가 아닙니다"
            ),
            Text("write it like 7 days or 2 weeks", "7 days, 2 weeks처럼 적으세요"),
        )
        return None
    if window and window.value in ("this year", "last year", "next year"):
        reading.wrong(
            f"{place}.{head}.during",
            Text("every day comes once a year", "어느 날이든 한 해에 한 번은 돌아옵니다"),
            Text("use a month, a quarter or days", "달, 분기, 날 수를 쓰세요"),
        )
    return Day(str(trait), window, head == "birthday", place) if info and window else None


def _days(window: Window) -> bool:
    span = window.value
    return (
        isinstance(span, Duration)
        and span.unit in ("day", "week", "month")
        and span.n * {"day": 1, "week": 7, "month": 31}[span.unit] < 366
    )
