"""The value every normaliser returns, and the settings they share."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 512
"""Characters an identifier may have; anything longer is text in the wrong column."""


@dataclass(frozen=True, slots=True)
class Normal:
    """A raw value, normalised.

    value     what is kept and shown; null where there is nothing (all null: nothing was given)
    blocked   why it may not join people; null when it may
    problem   why it could not be read; null when it could
    match     the form that is hashed, where it differs from `value` (a card's digits, a name without spaces)
    personal  the value is personal data although its kind is not (a login that is an e-mail address)
    """

    value: str | None
    blocked: str | None = None
    problem: str | None = None
    match: str | None = None
    personal: bool = False

    @property
    def key(self) -> str | None:
        """The form that is hashed into a node."""
        return self.match if self.match is not None else self.value


NOTHING = Normal(None)
MASKED = Normal(None, blocked="masked")

_DUMMY_PHONES = ("010-1234-5678", "010-1234-1234", "010-0000-0001", "010-0123-4567", "010-9876-5432", "010-8765-4321")
_DUMMY_EMAILS = (
    "test@test.com test@test.co.kr test@naver.com test@gmail.com test@daum.net test@hanmail.net test1@test.com "
    "abc@abc.com abc@naver.com aaa@aaa.com aa@aa.com a@a.com a@a.a a@b.c a@b.com asdf@asdf.com asd@asd.com "
    "qwer@qwer.com 123@123.com 111@111.com 1@1.com 0@0.com x@x.com no@no.com none@none.com null@null.com "
    "email@email.com mail@mail.com abcd@naver.com aaa@naver.com asdf@naver.com"
)
_DUMMY_DOMAINS = (
    "example.com example.net example.org example.kr example.co.kr test.com test.test test.kr test.co.kr localhost "
    "localhost.localdomain noemail.com no-email.com nomail.com noreply.com invalid.invalid domain.com yourdomain.com"
)
_NO_PERSON = (
    "noreply no-reply no_reply no.reply donotreply do-not-reply do_not_reply mailer-daemon mailerdaemon postmaster "
    "hostmaster webmaster abuse bounce bounces root"
)


@dataclass(frozen=True, slots=True)
class NormaliseSettings:
    """What a workspace may change. Lists are as a person types them.

    region            where a phone number without a country code is from (ISO 3166)
    own_identifiers   the shop's own phones, addresses and test accounts
    junk_phones       further numbers people type to get past a form (repeated digits are always junk)
    hanmail_is_daum   name@hanmail.net and name@daum.net are one mailbox: match them (never changes where mail goes)
    gmail_dots        dots and +tags in gmail addresses do not matter: match without (never changes where mail goes)
    """

    region: str = "KR"
    own_identifiers: tuple[str, ...] = ()
    junk_phones: tuple[str, ...] = _DUMMY_PHONES
    junk_emails: tuple[str, ...] = tuple(_DUMMY_EMAILS.split())
    junk_email_domains: tuple[str, ...] = tuple(_DUMMY_DOMAINS.split())
    role_names: tuple[str, ...] = tuple(_NO_PERSON.split())
    hanmail_is_daum: bool = False
    gmail_dots: bool = False


_INVISIBLE = re.compile("[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_SPACES = re.compile(r"\s+")
_NO_VALUE = (
    "null none nil nan n/a na #n/a #na undefined (null) (blank) (empty) <na> - -- --- . ? 없음 미입력 미기재 해당없음"
)
NO_VALUE = frozenset(_NO_VALUE.split())
"""Words that exports write where there is no value; lower case."""


def tidy(raw: str, form: str = "NFC") -> str:
    """Unicode form applied, invisible characters gone, inner white space single, ends trimmed."""
    text = raw if raw.isascii() else unicodedata.normalize(form, raw)  # type: ignore[arg-type]
    if not text.isprintable():
        text = _INVISIBLE.sub("", _SPACES.sub(" ", text))
    return _SPACES.sub(" ", text).strip()


def is_nothing(text: str) -> bool:
    """Words that exports write where there is no value."""
    return not text or (len(text) <= 9 and text.lower() in NO_VALUE)
