"""Why a row is in quarantine, in Korean and English. Codes of identifiers are those of `privacy`."""

from __future__ import annotations

from dangol.privacy import PROBLEMS
from dangol.schema import Text

REASONS: dict[str, Text] = {
    "missing": Text("is empty", "비어 있습니다"),
    "bad_date": Text("cannot be read as a date", "날짜로 읽을 수 없습니다"),
    "bad_year": Text("is not between 1900 and 2100", "1900년에서 2100년 사이가 아닙니다"),
    "bad_number": Text("cannot be read as a number", "숫자로 읽을 수 없습니다"),
    "too_large": Text("is too large", "너무 큰 수입니다"),
    "no_rate": Text("has no exchange rate; add it to the setting rates", "환율이 없습니다. 설정 rates에 넣어 주세요"),
    "bad_row": Text(
        "does not have the header's columns, or a quote or letter is broken",
        "열 개수가 머리글과 다르거나 따옴표·글자가 깨졌습니다",
    ),
    "no_identifier": Text("has nothing that says who it is", "누구인지 알 수 있는 값이 없습니다"),
    "too_big": Text("is larger than 32 KB", "32KB보다 큽니다"),
    "too_many": Text("holds more than 2,500 events", "이벤트가 2,500개보다 많습니다"),
    "bad_type": Text("is no call that dangol knows", "dangol이 모르는 호출입니다"),
    "bad_shape": Text("is not of the shape it must have", "정해진 형식이 아닙니다"),
    "failed": Text("could not be read; dangol failed on it", "읽는 중에 dangol에서 오류가 났습니다"),
    "order_held": Text(
        "is held back: another line of the same order cannot be read",
        "같은 주문의 다른 줄을 읽을 수 없어 함께 보류했습니다",
    ),
}


def reason_words(code: str) -> Text:
    """A reason's code in words; a code nobody knows is given back as it is."""
    known = PROBLEMS.get(code)
    return REASONS.get(code) or (Text(known.en, known.ko) if known else Text.same(code))


def message(code: str, field: str | None) -> str:
    """One sentence in both languages, without anything of the row: it is stored beside the row."""
    said = reason_words(code)
    return Text(f"{field or 'row'}: {said.en}", f"{field or '행'}: {said.ko}").kept()
