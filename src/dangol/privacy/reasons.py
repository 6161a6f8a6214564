"""The short codes of normalising and scrubbing, and their words in Korean and English. One table for every screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    ko: str
    en: str


BLOCKED: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason("junk", "가짜 값이라 고객을 잇지 않습니다", "a made-up value; it joins nobody"),
        Reason("own", "우리 가게의 연락처라 고객을 잇지 않습니다", "the shop's own; it joins nobody"),
        Reason("role", "공용·발신 전용 주소라 한 사람이 아닙니다", "a shared or no-reply address, not one person"),
        Reason(
            "safe_number",
            "안심번호(050)라 곧 다른 사람에게 갑니다",
            "a safe number (050); it soon belongs to somebody else",
        ),
        Reason("landline", "유선전화라 여러 사람이 씁니다", "a landline, shared by several people"),
        Reason(
            "voip", "인터넷전화(070)라 한 사람으로 보지 않습니다", "an internet phone (070), not taken for one person"
        ),
        Reason("toll_free", "수신자 부담 번호(080)입니다", "a toll-free number (080)"),
        Reason("service", "대표번호(15xx·16xx·18xx)입니다", "a company's common number (15xx, 16xx, 18xx)"),
        Reason("premium", "유료 정보 번호(060)입니다", "a premium-rate number (060)"),
        Reason("old_mobile", "끝난 011·016~019 번호입니다", "a discontinued 011 or 016-019 number"),
        Reason("not_mobile", "휴대전화가 아닙니다", "not a mobile phone"),
        Reason("masked", "가려진 값이라 누구인지 알 수 없습니다", "masked, so it cannot say who"),
        Reason("too_common", "너무 많은 고객이 함께 쓰는 값입니다", "used by too many customers at once"),
        Reason("by_hand", "사람이 막아 두었습니다", "blocked by hand"),
    )
}
"""Why an identifier may not join people. `too_common` and `by_hand` are given by `identity`."""

REACHABLE = ("landline", "voip", "old_mobile", "not_mobile", "service")
"""Blocked values that are still how this customer can be reached, so the vault keeps them; junk and safe numbers are not."""

PROBLEMS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason("bad_phone", "전화번호로 읽을 수 없습니다", "cannot be read as a phone number"),
        Reason("bad_email", "이메일 주소로 읽을 수 없습니다", "cannot be read as an e-mail address"),
        Reason("bad_card", "카드 번호가 아닙니다(검증 숫자가 틀림)", "not a card number (its check digit is wrong)"),
        Reason("bad_ci", "연계정보(CI) 형식이 아닙니다", "not linking information (CI)"),
        Reason("bad_id", "식별자로 쓸 수 없는 글자입니다", "not usable as an identifier"),
        Reason("bad_birth_date", "생년월일로 읽을 수 없습니다", "cannot be read as a birth date"),
        Reason("bad_name", "이름으로 읽을 수 없습니다", "cannot be read as a name"),
        Reason("too_long", "너무 깁니다", "too long"),
    )
}
"""What could not be read."""

TAKEN: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason("resident", "주민등록번호·외국인등록번호", "resident registration number"),
        Reason("customs", "개인통관고유부호", "personal customs code"),
        Reason("card", "카드 번호", "card number"),
        Reason("email", "이메일", "e-mail address"),
        Reason("phone", "전화번호", "phone number"),
    )
}
"""What `scrub` takes out of text."""


def words(code: str, lang: str = "ko") -> str:
    """A code in a person's language (`ko` or `en`); a code nobody knows is given back as it is."""
    for table in (BLOCKED, PROBLEMS, TAKEN):
        if code in table:
            return table[code].ko if lang == "ko" else table[code].en
    return code
