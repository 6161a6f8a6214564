"""E-mail addresses: lower case, NFKC, syntax by `email-validator` (no DNS); junk, role and own addresses blocked."""

from __future__ import annotations

import re
from functools import cache

from email_validator import EmailNotValidError, validate_email

from dangol.privacy.normal import MASKED, NOTHING, Normal, NormaliseSettings, is_nothing, tidy

# Plain ASCII addresses under an ordinary top-level domain; a property test holds this to email-validator.
_PLAIN = re.compile(
    r"[a-z0-9_+-]{1,40}(?:\.[a-z0-9_+-]{1,20}){0,1}"
    r"@((?:[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\.){1,3}(?:com|net|org|kr|jp|cn|io|me|us|uk|de|fr|tv|biz|info))",
    re.ASCII,
)
# A star is legal in an address and nobody has one; exports put it where letters were.
_MASK = re.compile(r"[*●•]")
_TYPOS = {
    "naver.con": "naver.com", "naver.co": "naver.com", "navr.com": "naver.com", "naver.cm": "naver.com",
    "nave.com": "naver.com", "never.com": "naver.com", "naver.ocm": "naver.com", "naver.comm": "naver.com",
    "gmial.com": "gmail.com", "gmail.con": "gmail.com", "gmai.com": "gmail.com", "gamil.com": "gmail.com",
    "gmail.co": "gmail.com", "hanmail.com": "hanmail.net", "hanmil.net": "hanmail.net", "hanmail.ne": "hanmail.net",
    "daum.com": "daum.net", "nate.con": "nate.com", "hotmail.con": "hotmail.com",
}  # fmt: skip


@cache
def _listed(settings: NormaliseSettings) -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    """Own addresses, junk addresses, junk domains, role names: in lower case."""
    own = frozenset(tidy(v, "NFKC").lower() for v in settings.own_identifiers)
    return (
        own,
        frozenset(v.lower() for v in settings.junk_emails),
        frozenset(v.lower() for v in settings.junk_email_domains),
        frozenset(v.lower() for v in settings.role_names),
    )


def fast_emails(raws: list[str], settings: NormaliseSettings) -> list[str | None]:
    """Each plain address that nothing stands against, as it is; null for any other, which needs `email`."""
    own, junk, domains, roles = _listed(settings)
    matching = settings.hanmail_is_daum or settings.gmail_dots
    found: list[str | None] = []
    for raw in raws:
        plain = None if matching else _PLAIN.fullmatch(raw)
        if plain is None or "--" in plain[1]:
            found.append(None)
            continue
        fine = raw not in own and raw not in junk and plain[1] not in domains and raw[: raw.index("@")] not in roles
        found.append(raw if fine else None)
    return found


def email(raw: str, settings: NormaliseSettings) -> Normal:
    """One address: its normal form, or the reason it is nobody's, or `bad_email`."""
    text = tidy(raw, "NFKC").lower().removeprefix("mailto:").strip(" <>\"';,")
    if is_nothing(text):
        return NOTHING
    if _MASK.search(text):
        return MASKED
    name, at, domain = text.rpartition("@")
    own, junk, domains, roles = _listed(settings)
    if at and (text in junk or domain in domains):
        return Normal(text, blocked="junk")
    try:
        value = validate_email(text, check_deliverability=False, strict=True).normalized.lower()
    except EmailNotValidError:
        return Normal(None, problem="bad_email")
    blocked = "own" if value in own else "role" if name in roles else None
    return Normal(value, blocked=blocked, match=_matching(value, settings))


def _matching(value: str, settings: NormaliseSettings) -> str | None:
    name, _, domain = value.rpartition("@")
    if settings.hanmail_is_daum and domain == "hanmail.net":
        return f"{name}@daum.net"
    if settings.gmail_dots and domain in ("gmail.com", "googlemail.com"):
        return name.partition("+")[0].replace(".", "") + "@gmail.com"
    return None


def suggest_email(value: str) -> str | None:
    """The address somebody probably meant (naver.con → naver.com), for a person to accept; never changed by itself."""
    name, at, domain = value.rpartition("@")
    better = _TYPOS.get(domain.lower())
    return f"{name}@{better}" if at and better else None
