"""Why a row is in quarantine, in Korean and English. Codes of identifiers are those of `privacy`."""

from __future__ import annotations

from dangol.privacy import PROBLEMS

REASONS: dict[str, tuple[str, str]] = {
    "missing": ("비어 있습니다", "is empty"),
    "bad_date": ("날짜로 읽을 수 없습니다", "cannot be read as a date"),
    "bad_year": ("1900년에서 2100년 사이가 아닙니다", "is not between 1900 and 2100"),
    "bad_number": ("숫자로 읽을 수 없습니다", "cannot be read as a number"),
    "too_large": ("너무 큰 수입니다", "is too large"),
    "no_rate": ("환율이 없습니다. 설정 rates에 넣어 주세요", "has no exchange rate; add it to the setting rates"),
    "bad_row": (
        "열 개수가 머리글과 다르거나 따옴표·글자가 깨졌습니다",
        "does not have the header's columns, or a quote or letter is broken",
    ),
    "no_identifier": ("누구인지 알 수 있는 값이 없습니다", "has nothing that says who it is"),
    "order_held": (
        "같은 주문의 다른 줄을 읽을 수 없어 함께 보류했습니다",
        "is held back: another line of the same order cannot be read",
    ),
}


def message(reason: str, field: str | None) -> str:
    """One sentence in both languages, without anything of the row."""
    if reason in REASONS:
        ko, en = REASONS[reason]
    else:
        known = PROBLEMS.get(reason)
        ko, en = (known.ko, known.en) if known else (reason, reason)
    return f"{field or '행'}: {ko} / {field or 'row'}: {en}"
