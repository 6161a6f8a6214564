"""Phones, held to `phonenumbers`."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.privacy import NormaliseSettings, normalise, normalise_many
from dangol.privacy.normalise import DEFAULTS, fast
from dangol.privacy.phones import phone
from tests.budget import examples

ONE_PERSON = "+821023456789"


@pytest.mark.parametrize(
    "raw",
    [
        "010-2345-6789", "01023456789", "010 2345 6789", "010.2345.6789", "1023456789", "1023456789.0",
        "+82 10-2345-6789",
        "+82-010-2345-6789", "+821023456789", "8210 2345 6789", "821023456789", "82 010 2345 6789", "(010) 2345-6789",
        " 010-2345-6789 ", "０１０－２３４５－６７８９", "010—2345—6789", "HP: 010-2345-6789", "tel:+821023456789",
        "010-2345-6789(집)", "010-2345-6789 (본인)", "010-2345-6789 ext. 1", "\u200b010-2345-6789",
        "010\u00a02345\u00a06789",
    ],
)  # fmt: skip
def test_every_spelling_is_one_person(raw: str) -> None:
    assert normalise("phone", raw).value == ONE_PERSON
    assert normalise("phone", raw).blocked is None


@pytest.mark.parametrize(
    ("raw", "value", "why"),
    [
        ("0505-123-4567", "+825051234567", "safe_number"),
        ("0504-1234-5678", "+8250412345678", "safe_number"),
        ("02-555-1234", "+8225551234", "landline"),
        ("031-123-4567", "+82311234567", "landline"),
        ("070-1234-5678", "+827012345678", "voip"),
        ("080-123-4567", "+82801234567", "toll_free"),
        ("1588-1234", "+8215881234", "service"),
        ("16441234", "+8216441234", "service"),
        ("011-234-5678", "+82112345678", "old_mobile"),
        ("019-345-6789", "+82193456789", "old_mobile"),
        ("010-0000-0000", "+821000000000", "junk"),
        ("010-1111-1111", "+821011111111", "junk"),
        ("010-1234-5678", "+821012345678", "junk"),
        ("000-0000-0000", "00000000000", "junk"),
        ("010-****-6789", None, "masked"),
    ],
)
def test_what_may_not_join_people(raw: str, value: str | None, why: str) -> None:
    normal = normalise("phone", raw)
    assert (normal.value, normal.blocked, normal.problem) == (value, why, None)


@pytest.mark.parametrize(
    "raw", ["010-123-4567", "12345", "abc", "010-2345-678A", "010-2345-67890", "전화 주세요", "010/2345"]
)
def test_what_is_no_phone(raw: str) -> None:
    normal = normalise("phone", raw)
    assert (normal.value, normal.blocked, normal.problem) == (None, None, "bad_phone")


@pytest.mark.parametrize("raw", [None, "", "  ", "-", "NULL", "없음", "N/A"])
def test_nothing_given_is_no_problem(raw: str | None) -> None:
    normal = normalise("phone", raw)
    assert (normal.value, normal.blocked, normal.problem) == (None, None, None)


def test_foreign_mobiles_are_people_and_the_region_is_a_setting() -> None:
    assert normalise("phone", "+1 650-253-0000").blocked is None
    assert normalise("phone", "+81 90-1234-5678").value == "+819012345678"
    assert normalise("phone", "+81 3-1234-5678").blocked == "landline"
    japan = NormaliseSettings(region="JP")
    assert normalise("phone", "090-1234-5678", japan).value == "+819012345678"
    assert normalise("phone", "+82 10-2345-6789", japan).value == ONE_PERSON


def test_own_numbers_are_blocked_in_any_spelling() -> None:
    settings_ = NormaliseSettings(own_identifiers=("010-2345-6789", "02-555-1234"))
    for raw in ("01023456789", "+82 10 2345 6789", "1023456789"):
        assert normalise("phone", raw, settings_).blocked == "own"
    assert normalise("phone", "025551234", settings_).blocked == "own"
    assert normalise("phone", "010-2345-6780", settings_).blocked is None


_FORMS = (
    "010{0}{1}",
    "010-{0}-{1}",
    "010 {0} {1}",
    "10{0}{1}",
    "+8210{0}{1}",
    "+82 10-{0}-{1}",
    "+82-010-{0}-{1}",
    "82010{0}{1}",
)


@given(st.integers(0, 9999), st.integers(0, 9999), st.sampled_from(_FORMS))
@settings(max_examples=examples(150))
def test_the_fast_path_says_what_the_library_says(middle: int, last: int, form: str) -> None:
    raw = form.format(f"{middle:04d}", f"{last:04d}")
    quick = fast("phone", [raw], DEFAULTS)[0]
    slow = phone(raw, DEFAULTS)
    if quick is not None:
        parsed = phonenumbers.parse(raw, "KR")
        assert phonenumbers.is_valid_number(parsed)
        assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
        assert quick == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        assert (slow.value, slow.blocked, slow.problem) == (quick, None, None)
    else:  # nothing usable is lost to the slow path for no reason
        assert slow.blocked is not None or slow.problem is not None


def test_the_fast_path_over_every_prefix() -> None:
    """Each of the 10,000 exchanges 010-xxxx, against the library."""
    raws = [f"010-{middle:04d}-6789" for middle in range(10_000)]
    quick = fast("phone", raws, DEFAULTS)
    refused = [raw for raw, value in zip(raws, quick, strict=True) if value is None]
    assert all(normalise("phone", raw).value is None for raw in refused)
    assert len(refused) == 30  # 010-597x to 010-599x are not assigned
    for raw, value in zip(raws[::53], quick[::53], strict=True):
        assert normalise("phone", raw).value == value


@given(
    st.lists(
        st.none()
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
        | st.from_regex(r"0?1?0?[0-9 -]{6,13}", fullmatch=True)
    )
)
@settings(max_examples=examples(60), deadline=None)
def test_any_text_gives_an_answer_and_many_equals_one(raws: list[str | None]) -> None:
    many = normalise_many("phone", raws)
    assert many == [normalise("phone", raw) for raw in raws]
    for normal in many:
        assert normal.value is None or normal.problem is None
        if normal.value and normal.value.startswith("+"):
            assert normalise("phone", normal.value).value == normal.value  # a normal form is its own
