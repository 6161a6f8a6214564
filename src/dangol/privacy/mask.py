"""Personal data as it may be shown on a screen: enough to recognise, not enough to use."""

from __future__ import annotations

from collections.abc import Callable

from dangol.privacy.places import place_of


def mask(kind: str, value: str) -> str:
    """김*수, a***@naver.com, 010-****-5678, 서울 강남구 ***, 1985-**-**; other kinds keep two letters."""
    return _MASKS.get(kind, _other)(value)


def _name(value: str) -> str:
    bare = value.strip()
    if bare.isascii():
        return " ".join(word[0] + "***" for word in bare.split())
    letters = bare.replace(" ", "")
    if len(letters) <= 2:
        return letters[:1] + "*"
    return letters[0] + "*" * (len(letters) - 2) + letters[-1]


def _email(value: str) -> str:
    name, _, domain = value.rpartition("@")
    return f"{name[:1]}***@{domain}"


def _phone(value: str) -> str:
    if value.startswith("+8210") and len(value) == 13:
        return f"010-****-{value[-4:]}"
    return f"{value[:3]}****{value[-4:]}" if len(value) > 8 else "****"


def _address(value: str) -> str:
    place = place_of(value)
    known = " ".join(part for part in (place.region, place.district) if part)
    return f"{known} ***" if known else "***"


def _birth_date(value: str) -> str:
    return f"{value[:4]}-**-**" if value[:4].isdigit() else "****-**-**"


def _other(value: str) -> str:
    return value[:2] + "***" if len(value) > 4 else "***"


_MASKS: dict[str, Callable[[str], str]] = {
    "name": _name,
    "email": _email,
    "phone": _phone,
    "address": _address,
    "birth_date": _birth_date,
    "card": lambda value: "****-" + value[-4:],
    "ci": lambda value: "***",
}
