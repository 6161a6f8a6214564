import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.privacy import NormaliseSettings, normalise, normalise_many
from dangol.privacy.ids import luhn, plain_id
from dangol.privacy.normalise import DEFAULTS, fast
from tests.budget import examples

_PLAIN = ("user_id", "household_id", "mall_buyer_id", "anonymous_id", "device_id")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (" kim_01 ", "kim_01"), ("17850.0", "17850"), ("Kim", "Kim"),
        (unicodedata.normalize("NFD", "홍길동"), "홍길동"),
        ("6F9619FF-8B86-D011-B42D-00C04FC964FF", "6f9619ff-8b86-d011-b42d-00c04fc964ff"), ("a\u200bb", "ab"),
        ("x y", "x y"),
    ],
)  # fmt: skip
def test_plain_ids(raw: str, value: str) -> None:
    for kind in _PLAIN:
        assert normalise(kind, raw).value == value


@pytest.mark.parametrize(
    "raw", ["guest", "Guest", "anonymous", "0", "비회원", "00000000-0000-0000-0000-000000000000", "[object Object]"]
)
def test_values_that_mean_nobody_are_blocked(raw: str) -> None:
    for kind in _PLAIN:
        assert normalise(kind, raw).blocked == "junk"


@pytest.mark.parametrize("raw", ["null", "NaN", "undefined", "", "없음", "#N/A"])
def test_values_that_mean_nothing_are_nothing(raw: str) -> None:
    assert normalise("user_id", raw) == normalise("user_id", None)


def test_personal_logins_are_told() -> None:
    assert normalise("user_id", "kim@naver.com").personal
    assert normalise("user_id", "01023456789").personal
    assert normalise("membership_no", "010-2345-6789").personal
    assert not normalise("user_id", "1023456789").personal
    assert not normalise("user_id", "20261122").personal


def test_too_long_is_a_problem() -> None:
    assert normalise("user_id", "x" * 513).problem == "too_long"


def test_membership_numbers_and_serials_match_without_separators() -> None:
    assert normalise("membership_no", "1234-5678 9012").key == normalise("membership_no", "123456789012").key
    assert normalise("serial", "S/N: ab-12.34").key == normalise("serial", "AB1234").key
    assert normalise("serial", "시리얼번호 AB1234").key == "AB1234"
    assert normalise("serial", "SN12345").key == "SN12345"
    assert normalise("serial", "0000-0000").blocked == "junk"


def test_cards_keep_four_digits_only() -> None:
    normal = normalise("card", "4539-1488-0343-6467")
    assert (normal.value, normal.blocked, normal.problem) == ("****-6467", None, None)
    assert normal.key == "4539148803436467"
    assert normal.key == normalise("card", "4539 1488 0343 6467").key
    assert normalise("card", "4539-1488-0343-6468").problem == "bad_card"
    assert normalise("card", "4539-14**-****-6467").blocked == "masked"
    assert normalise("card", "0000 0000 0000 0000").blocked == "junk"


@given(st.integers(0, 10**15 - 1))
def test_luhn_finds_every_single_wrong_digit(number: int) -> None:
    """The promise of ISO/IEC 7812-1: exactly one check digit fits, and any one changed digit shows."""
    body = f"{number:015d}"
    fitting = [d for d in "0123456789" if luhn(body + d)]
    assert len(fitting) == 1
    whole = body + fitting[0]
    changed = whole[:7] + str((int(whole[7]) + 1) % 10) + whole[8:]
    assert not luhn(changed)


def test_linking_information() -> None:
    ci = "A" * 86 + "=="
    assert normalise("ci", ci).value == ci
    assert normalise("ci", ci[:-1]).problem == "bad_ci"


def test_own_accounts_are_blocked() -> None:
    settings_ = NormaliseSettings(own_identifiers=("shop-admin", "17850"))
    assert normalise("user_id", "shop-admin", settings_).blocked == "own"
    assert normalise("user_id", "17850.0", settings_).blocked == "own"
    assert fast("user_id", ["shop-admin"], settings_) == [None]


_RAW = (
    st.from_regex(r"[A-Za-z0-9_.:-]{1,20}", fullmatch=True)
    | st.from_regex(r"(82[-.]?)?0?10[-.]?[0-9]{4}[-.]?[0-9]{4}", fullmatch=True)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.uuids().map(str)
    | st.sampled_from(["guest", "NULL", "0", "12.0", "a@b.co", "TRUE"])
)


@given(st.lists(st.none() | _RAW, max_size=30))
@settings(max_examples=examples(120))
def test_the_fast_path_equals_the_slow_one(raws: list[str | None]) -> None:
    quick = fast("user_id", raws, DEFAULTS)
    for raw, value in zip(raws, quick, strict=True):
        if value is not None and raw is not None:
            slow = plain_id(raw, DEFAULTS)
            assert (slow.value, slow.key, slow.blocked, slow.problem, slow.personal) == (
                value,
                value,
                None,
                None,
                False,
            )
    assert normalise_many("user_id", raws) == [normalise("user_id", raw) for raw in raws]


@given(st.sampled_from(sorted(_PLAIN)), st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_normalising_twice_changes_nothing_and_nfd_is_nfc(kind: str, raw: str) -> None:
    once = normalise(kind, raw)
    if once.value is not None:
        assert normalise(kind, once.value).value == once.value
        assert normalise(kind, unicodedata.normalize("NFD", raw)).value == once.value
