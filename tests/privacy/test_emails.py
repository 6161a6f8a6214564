"""E-mail addresses, held to `email-validator`."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.privacy import NormaliseSettings, Pseudonymiser, normalise, normalise_many, suggest_email
from dangol.privacy.emails import email
from dangol.privacy.normalise import DEFAULTS, fast
from tests.budget import examples


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("  Kim.MinSu@Naver.COM ", "kim.minsu@naver.com"),
        ("ｋｉｍ＠ｎａｖｅｒ．ｃｏｍ", "kim@naver.com"),
        ("mailto:kim@naver.com", "kim@naver.com"),
        ("<kim@naver.com>", "kim@naver.com"),
        ("kim+news@gmail.com", "kim+news@gmail.com"),
        ("\ufeffkim@hanmail.net", "kim@hanmail.net"),
        ("김민수@한국.kr", "김민수@한국.kr"),
    ],
)
def test_normal_forms(raw: str, value: str) -> None:
    assert normalise("email", raw) == normalise("email", value)
    assert normalise("email", raw).value == value


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("test@test.com", "junk"), ("TEST@Test.com", "junk"), ("a@a.a", "junk"), ("kim@example.com", "junk"),
        ("noreply@shop.kr", "role"), ("no-reply@shop.co.kr", "role"), ("postmaster@naver.com", "role"),
    ],
)  # fmt: skip
def test_what_may_not_join_people(raw: str, why: str) -> None:
    assert normalise("email", raw).blocked == why
    assert normalise("email", raw).problem is None


@pytest.mark.parametrize(
    "raw",
    ["kim", "kim@", "@naver.com", "kim@naver", "kim naver.com", "a b@c.com", "kim@@naver.com", "x" * 65 + "@a.com"],
)
def test_what_is_no_address(raw: str) -> None:
    assert normalise("email", raw).problem == "bad_email"


def test_masked_and_own() -> None:
    assert normalise("email", "ki***@naver.com").blocked == "masked"
    assert normalise("email", "help@our.shop", NormaliseSettings(own_identifiers=("Help@Our.shop",))).blocked == "own"


def test_matching_forms_are_off_by_default_and_never_change_the_address() -> None:
    plain, matching = (
        Pseudonymiser(b"k" * 32),
        Pseudonymiser(b"k" * 32, NormaliseSettings(hanmail_is_daum=True, gmail_dots=True)),
    )

    def same(who: Pseudonymiser, a: str, b: str) -> bool:
        return who.of("email", a)[0] == who.of("email", b)[0]

    pairs = [("kim@hanmail.net", "kim@daum.net"), ("k.im+a@gmail.com", "kim@googlemail.com")]
    assert not any(same(plain, a, b) for a, b in pairs)
    assert all(same(matching, a, b) for a, b in pairs)
    assert matching.of("email", "k.im+a@gmail.com")[1].value == "k.im+a@gmail.com"
    answer = matching.pseudonyms("email", ["kim@daum.net", "kim@hanmail.net"])
    assert answer.nodes[0] == answer.nodes[1]
    assert answer.values == ["kim@daum.net", "kim@hanmail.net"]


def test_typing_errors_are_only_suggested() -> None:
    assert normalise("email", "kim@naver.con").value == "kim@naver.con"
    assert suggest_email("kim@naver.con") == "kim@naver.com"
    assert suggest_email("kim@hanmail.com") == "kim@hanmail.net"
    assert suggest_email("kim@naver.com") is None


_LOCAL = st.text("abz019._+%-", min_size=1, max_size=30)
_LAST = st.sampled_from(["com", "net", "kr", "org", "local", "test", "x1", "io"])
_DOMAIN = st.builds("{}.{}".format, st.text("abz09-.", min_size=1, max_size=20), _LAST)


@given(_LOCAL, _DOMAIN)
@settings(max_examples=examples(150))
def test_the_fast_path_says_what_the_library_says(local: str, domain: str) -> None:
    raw = f"{local}@{domain}"
    quick = fast("email", [raw], DEFAULTS)[0]
    slow = email(raw, DEFAULTS)
    if quick is not None:
        assert validate_email(raw, check_deliverability=False, strict=True).normalized == quick
        assert (slow.value, slow.blocked, slow.problem) == (quick, None, None)


@given(st.lists(st.none() | st.emails() | st.text(st.characters(exclude_categories=["Cs"]), max_size=15)))
@settings(max_examples=examples(60), deadline=None)
def test_many_equals_one_and_valid_ones_are_read(raws: list[str | None]) -> None:
    many = normalise_many("email", raws)
    assert many == [normalise("email", raw) for raw in raws]
    for raw, normal in zip(raws, many, strict=True):
        if normal.value is not None and normal.blocked is None:
            assert normalise("email", normal.value).value == normal.value
        if raw is not None and normal.problem is None and normal.value is None and normal.blocked != "masked":
            with pytest.raises(EmailNotValidError):
                validate_email(raw, check_deliverability=False, strict=True)
