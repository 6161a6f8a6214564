"""Kinds of identifier: how strong each is, whether a customer may have only one, whether its value is personal data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Strength(IntEnum):
    """How much two records that share a value are the same person. Joins are tried from the strongest down."""

    STRONG = 3
    MEDIUM = 2
    WEAK = 1


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of identifier.

    unique    two different values never end up on one customer (a login is one person's)
    personal  the value is direct personal data: it is kept in the vault only, the engine sees a keyed hash
    cap       values of this kind one customer may have before joins on the weaker kinds are refused
    """

    name: str
    strength: Strength
    unique: bool
    personal: bool
    cap: int
    ko: str
    en: str


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("user_id", Strength.STRONG, True, False, 1, "회원 아이디", "user id"),
        Kind("household_id", Strength.STRONG, True, False, 1, "가구 번호", "household id"),
        Kind("ci", Strength.STRONG, True, True, 1, "연계정보(CI)", "linking information (CI)"),
        Kind("email", Strength.MEDIUM, False, True, 10, "이메일", "e-mail"),
        Kind("phone", Strength.MEDIUM, False, True, 10, "휴대전화", "mobile phone"),
        Kind("card", Strength.MEDIUM, False, True, 10, "카드", "card"),
        Kind("membership_no", Strength.STRONG, False, False, 5, "멤버십 번호", "membership number"),
        Kind("serial", Strength.WEAK, False, False, 50, "제품 일련번호", "product serial"),
        Kind("mall_buyer_id", Strength.MEDIUM, False, False, 10, "쇼핑몰 구매자 ID", "marketplace buyer id"),
        Kind("anonymous_id", Strength.WEAK, False, False, 200, "익명 ID", "anonymous id"),
        Kind("device_id", Strength.WEAK, False, False, 50, "기기 ID", "device id"),
    )
}
"""Every kind, strongest use first. Adding one is a line here and a normaliser in `privacy.normalise`."""

PERSON_FIELDS = ("name", "address", "birth_date")
"""Direct personal data that is not an identifier: kept in the vault, never a key on its own (김민수 is many people)."""
