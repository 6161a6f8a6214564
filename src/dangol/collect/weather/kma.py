"""기상청 단기예보 조회서비스 (VilageFcstInfoService_2.0): what to ask, and what the answers say. Nothing is sent from here.

Times are KST. A short-term forecast (`getVilageFcst`) is issued at 02, 05, 08, 11, 14, 17, 20 and 23 o'clock and there ten
minutes later; an observation (`getUltraSrtNcst`) is made on the hour and there forty minutes later.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote, unquote, urlencode

import orjson

from dangol.collect.weather.hours import Hour
from dangol.schema import DangolError, Text

Call = Literal["getUltraSrtNcst", "getVilageFcst"]
CALLS: tuple[Call, ...] = ("getUltraSrtNcst", "getVilageFcst")
"""The observation of the last hour, and the forecast of the next three days."""

ROWS = 1000
_KST = dt.timezone(dt.timedelta(hours=9))
_ISSUED = (2, 5, 8, 11, 14, 17, 20, 23)
_SKY = {"1": "clear", "3": "partly_cloudy", "4": "cloudy"}
_FALLING = {"1": "rain", "2": "sleet", "3": "snow", "4": "rain", "5": "rain", "6": "sleet", "7": "snow"}
_NO_DATA = "03"
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)")


class KmaError(DangolError):
    """The weather service did not answer as it should. The service key is in no message."""

    code = "weather"


def base(call: Call, now: dt.datetime) -> dt.datetime:
    """The newest issue that can be asked for at `now` (aware)."""
    here = now.astimezone(_KST)
    if call == "getUltraSrtNcst":
        return (here - dt.timedelta(minutes=40)).replace(minute=0, second=0, microsecond=0)
    ready = here - dt.timedelta(minutes=10)
    hour = max((h for h in _ISSUED if h <= ready.hour), default=None)
    day = ready if hour is not None else ready - dt.timedelta(days=1)
    return day.replace(hour=23 if hour is None else hour, minute=0, second=0, microsecond=0)


def address(url: str, call: Call, key: str, cell: tuple[int, int], issued: dt.datetime, page: int = 1) -> str:
    """The whole address of a request. Keys are given out encoded and decoded: either will do."""
    asked = {
        "numOfRows": ROWS,
        "pageNo": page,
        "dataType": "JSON",
        "base_date": f"{issued:%Y%m%d}",
        "base_time": f"{issued:%H%M}",
        "nx": cell[0],
        "ny": cell[1],
    }
    return f"{url.rstrip('/')}/{call}?serviceKey={quote(unquote(key), safe='')}&{urlencode(asked)}"


def page_of(body: bytes) -> tuple[list[Mapping[str, Any]], int]:
    """(items, how many there are in all) of an answer. Raises `KmaError` for what the service refuses, however it says so."""
    try:
        response = orjson.loads(body)["response"]
        code = str(response["header"]["resultCode"])
        if code == _NO_DATA:
            return [], 0
        if code == "00":
            inside = response["body"]
            return list(inside["items"]["item"]), int(inside["totalCount"])
        said = str(response["header"].get("resultMsg", ""))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        text = body.decode("utf-8", "replace")  # a wrong key is answered in XML, whatever was asked for
        code, said = _tag(text, "returnReasonCode"), _tag(text, "returnAuthMsg") or _tag(text, "errMsg")
    raise KmaError(
        Text(
            f"the weather service refused: {said or 'no readable answer'} {code}".strip(),
            f"날씨 서비스가 거절했습니다: {said or '읽을 수 없는 응답'} {code}".strip(),
        ),
        hint=_HINTS.get(code, _AGAIN),
    )


_KEY = Text(
    "check DANGOL_KMA_KEY, and that the key is allowed to use the short-term forecast",
    "DANGOL_KMA_KEY와 단기예보 활용 신청을 확인하세요",
)
_HINTS = {
    "20": _KEY,
    "22": Text("the day's calls are used up; try again tomorrow", "하루 호출 수를 다 썼습니다. 내일 다시 하세요"),
    "30": _KEY,
    "31": _KEY,
}
_AGAIN = Text("try again in some minutes", "몇 분 뒤에 다시 하세요")


def _tag(text: str, name: str) -> str:
    found = re.search(rf"<{name}>([^<]{{1,200}})</{name}>", text)
    return found[1].strip() if found else ""


def read_items(call: Call, items: Iterable[Mapping[str, Any]], place: str, issued: dt.datetime) -> list[Hour]:
    """Hours that the items of an answer tell. Values the service marks as missing (900 and beyond) are left out."""
    told: dict[dt.datetime, dict[str, str]] = {}
    for item in items:
        if call == "getUltraSrtNcst":
            when, value = f"{item['baseDate']}{item['baseTime']}", item.get("obsrValue")
        else:
            when, value = f"{item['fcstDate']}{item['fcstTime']}", item.get("fcstValue")
        at = dt.datetime.strptime(when, "%Y%m%d%H%M").replace(tzinfo=_KST)
        if value is not None and not _missing(str(value)):
            told.setdefault(at, {})[str(item["category"])] = str(value)
    kind: Literal["observed", "forecast"] = "observed" if call == "getUltraSrtNcst" else "forecast"
    return [
        Hour(
            place=place,
            hour=at.astimezone(dt.UTC),
            condition=_condition(said),
            temperature=_number(said.get("T1H", said.get("TMP"))),
            precipitation=_amount(said.get("RN1", said.get("PCP"))),
            humidity=_number(said.get("REH")),
            wind=_number(said.get("WSD")),
            kind=kind,
            issued_at=issued.astimezone(dt.UTC),
            source="kma",
        )
        for at, said in sorted(told.items())
    ]


def _missing(value: str) -> bool:
    try:
        return abs(float(value)) >= 900
    except ValueError:
        return False


def _condition(said: Mapping[str, str]) -> str | None:
    falling = said.get("PTY")
    if falling in _FALLING:
        return _FALLING[falling]
    if "SKY" in said and said["SKY"] in _SKY:
        return _SKY[said["SKY"]]
    return "dry" if falling == "0" else None


def _number(said: str | None) -> float | None:
    try:
        return None if said is None else float(said)
    except ValueError:
        return None


def _amount(said: str | None) -> float | None:
    """mm: 강수없음 is 0, 1mm 미만 the least that is measured (0.1), a range (30.0~50.0mm) its lower end."""
    if said is None:
        return None
    if said in ("강수없음", "-", "null"):
        return 0.0
    found = _AMOUNT.search(said)
    if found is None:
        return None
    return 0.1 if "미만" in said else float(found[1])
