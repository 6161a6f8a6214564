"""Scrubbing: what is taken, what must stay, and that the engine's sieve lets nothing through that `scrub` would take."""

import itertools
import random
import re
import sys
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.engine import DuckDBEngine, sql
from dangol.privacy import FREE_TEXT, PERSONAL_SQL, RESIDENT, RESIDENT_SQL, has_resident, scrub
from dangol.privacy.ids import luhn
from tests.budget import examples


def _ean(first12: str) -> str:
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(first12))
    return first12 + str(-total % 10)


def _resident_check(first12: str) -> str:
    weights = itertools.chain(range(2, 10), range(2, 6))
    return first12 + str((11 - sum(int(d) * w for d, w in zip(first12, weights, strict=True)) % 11) % 10)


@pytest.mark.parametrize(
    "text",
    [
        "850312-1234567", "850312 1234567", "850312 - 1234567", "8503121234567", "주민번호850312-1234567입니다",
        "８５０３１２－１２３４５６７", "850312–2234567", "000229-3234567", "850312-1******",
        "외국인 850312-5234567.",
        "(850312-1234567)", "a850312-1234567b", "850312\u00a01234567", "P123456789012", "통관 p123456789012 입니다",
        "Ｐ１２３４５６７８９０１２",
    ],
)  # fmt: skip
def test_resident_numbers_and_customs_codes_go(text: str) -> None:
    clean, taken = scrub(text)
    assert sum(taken.values()) == 1
    assert "234567" not in clean
    assert "***" not in clean
    assert has_resident(text)
    assert has_resident(text, codes=True)


@pytest.mark.parametrize(
    "text",
    [
        "851312-1234567",  # no thirteenth month
        "850332-1234567",  # no 32nd
        "850230-1234567",  # no 30 February
        "850312-9234567",  # not a digit it can have
        "20261121-1234567",  # order number: a date of eight digits
        "2026112112345671",  # order number of sixteen digits
        "18503121234567", "85031212345678", "P1234567890123", "XP123456789012", "850312", "1234567", "",
        "8801234567893",  # barcode of Korea
    ],
)  # fmt: skip
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert scrub(text, take=RESIDENT) == (text, {})


def test_barcodes() -> None:
    korean, foreign = _ean("880123456789"), _ean("471012112345")
    assert scrub(korean)[0] == korean  # 23 January 1988 and a 4: only the check digits tell
    assert scrub(foreign, codes=True)[0] == foreign
    assert scrub(foreign)[0] == "[resident]"  # 10 December 1947: in free text in doubt a person's
    wrong = korean[:-1] + str((int(korean[-1]) + 1) % 10)
    assert scrub(wrong, codes=True)[0] == "[resident]"
    hyphen = f"{korean[:6]}-{korean[6:]}"
    assert scrub(hyphen, codes=True)[0] == "[resident]"  # nobody writes a barcode with a hyphen


def test_a_barcode_that_passes_the_resident_check_too_is_taken_in_free_text() -> None:
    both = next(
        first + last
        for n in range(10_000)
        for first in [f"88010112{n:04d}"]
        for last in [_ean(first)[-1]]
        if _resident_check(first)[-1] == last
    )
    assert scrub(both)[0] == "[resident]"
    assert scrub(both, codes=True)[0] == both


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("메일 kim.min+a@naver.com로 주세요", "메일 [email]로 주세요"),
        ("kim＠naver．com", "[email]"),
        ("010-2345-6789로 전화", "[phone]로 전화"),
        ("전화01023456789", "전화[phone]"),
        ("+82 10-2345-6789", "[phone]"),
        ("+82-010-2345-6789", "[phone]"),
        ("02-555-1234 / 031) 123-4567", "[phone] / [phone]"),
        ("0505-123-4567, 070-1234-5678", "[phone], [phone]"),
        ("카드 4539-1488-0343-6467 결제", "카드 [card] 결제"),
        ("4539148803436467", "[card]"),
        ("3782 822463 10005", "[card]"),
    ],
)
def test_free_text_loses_the_rest(text: str, clean: str) -> None:
    assert scrub(text)[0] == clean
    assert scrub(text, take=RESIDENT) == (text, {})


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21 15:05", "주문 20261121-0001234", "1,234,500원", "4539-1488-0343-6468", "2026112112345671",
        "1588-1234",
        "사이즈 100-95-100", "@김민수", "kim@", "1012345678", "21010234567890", "3.14159265358979", "010-23",
        "192.168.10.1",
        "2026.11.21",
    ],
)  # fmt: skip
def test_ordinary_text_stays(text: str) -> None:
    assert scrub(text) == (text, {})


def test_counts_and_several_in_one_text() -> None:
    clean, taken = scrub("850312-1234567, 900101-2234567, kim@naver.com 010-2345-6789 P123456789012")
    assert clean == "[resident], [resident], [email] [phone] [customs]"
    assert taken == {"resident": 2, "email": 1, "phone": 1, "customs": 1}


# -- properties ----------------------------------------------------------------------------------------------------------
_WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
_DATES = st.dates().map(lambda d: f"{d:%y%m%d}")
_RESIDENTS = st.builds(
    lambda d, j, g, r, wide: (d + j + g + f"{r:06d}").translate(_WIDE if wide else {}),
    _DATES, st.sampled_from(["-", " ", "–", " - ", "- ", "  "]), st.sampled_from("12345678"), st.integers(0, 999_999),
    st.booleans(),
)  # fmt: skip
_AROUND = st.text(st.characters(exclude_categories=["Cs", "Nd"]), max_size=8)
_TEXT = st.text(st.sampled_from("0123456789０１-–— .P()+@가a*"), max_size=40) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=30
)


@given(_AROUND, _RESIDENTS, _AROUND)
@settings(max_examples=examples(120))
def test_a_written_resident_number_never_stays(before: str, number: str, after: str) -> None:
    clean, taken = scrub(before + number + after, take=RESIDENT)
    assert taken["resident"] == 1
    assert clean == f"{before}[resident]{after}"


@given(_DATES, st.sampled_from("12345678"), st.integers(0, 999_999))
@settings(max_examples=examples(120))
def test_bare_digits_follow_the_rule(date: str, digit: str, rest: int) -> None:
    digits = f"{date}{digit}{rest:06d}"
    barcode = _ean(digits[:12]) == digits
    korean = barcode and digits.startswith("880") and _resident_check(digits[:12]) != digits
    assert has_resident(digits) is not korean
    assert has_resident(digits, codes=True) is not barcode


@given(_RESIDENTS, st.sampled_from("0123456789０"), st.booleans())
def test_glued_to_more_digits_it_is_another_number(number: str, digit: str, front: bool) -> None:
    assert not has_resident(digit + number if front else number + digit)


@given(_TEXT)
@settings(max_examples=examples(120))
def test_scrubbing_twice_changes_nothing(text: str) -> None:
    clean, taken = scrub(text)
    assert scrub(clean) == (clean, {})
    assert (clean == text) is (not taken)


@given(st.integers(0, 10**15 - 1), st.sampled_from(["", " ", "-"]))
def test_cards_by_their_check_digit(number: int, join: str) -> None:
    digits = "4" + f"{number:015d}"[1:]
    digits += next(d for d in "0123456789" if luhn(digits + d))
    written = join.join(digits[i : i + 4] for i in range(0, 16, 4))
    assert scrub(f"카드 {written} 번", take=("card",))[0] == "카드 [card] 번"


def test_every_decimal_digit_of_unicode_is_read() -> None:
    for code in range(sys.maxunicode + 1):
        if chr(code).isdecimal():
            ones = chr(code - unicodedata.decimal(chr(code)) + 1)
            assert has_resident("850312-" + ones + "234567"), hex(code)


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine()


def _sieved(engine: DuckDBEngine, pattern: str, texts: list[str]) -> list[bool]:
    with engine.scratch(pa.table({"n": range(len(texts)), "x": pa.array(texts, pa.string())})) as name:
        found = engine.run(sql("SELECT regexp_matches(x, :p) AS hit FROM t ORDER BY n", p=pattern, tables={"t": name}))
    return list(found["hit"].to_pylist())


def _no_miss(engine: DuckDBEngine, texts: list[str]) -> int:
    """Checks that the sieves miss none of `texts` that scrub takes; returns how many it takes."""
    resident, personal = _sieved(engine, RESIDENT_SQL, texts), _sieved(engine, PERSONAL_SQL, texts)
    count = 0
    for text, hit, any_hit in zip(texts, resident, personal, strict=True):
        taken = scrub(text, take=FREE_TEXT)[1]
        assert any_hit or not taken, ascii(text)
        assert hit or not scrub(text, take=RESIDENT)[1], ascii(text)
        count += bool(taken)
    return count


def test_the_sieve_misses_none_of_the_written_ones(engine: DuckDBEngine) -> None:
    texts = [
        "850312 - 1234567",
        "850312-1******",
        "Ｐ１２３４５６７８９０１２",
        "kim＠naver．com",
        "+82 10-2345-6789",
        "031) 123-4567",
    ]
    assert _no_miss(engine, texts) == len(texts)


def test_the_sieve_misses_none_of_many(engine: DuckDBEngine) -> None:
    """30,000 texts put together from pieces that such numbers are made of."""
    chance = random.Random(7)
    whole = "850312-1234567|01023456789|P123456789012|kim@naver.com|4539148803436467"
    parts = "850312|880101|1|4|234567|0345678|-| |－|–| - |P|ｐ|123456789012|가|a|******|010|２|+82|)"
    pieces = f"{whole}|{parts}|@|naver.com|4539|1488|.|\u00a0|02".split("|")
    texts = ["".join(chance.choices(pieces, k=chance.randint(1, 7))) for _ in range(30_000)]
    assert _no_miss(engine, texts) > 1_000


@given(st.lists(_TEXT | st.builds("{}{}{}".format, _AROUND, _RESIDENTS, _AROUND), min_size=1, max_size=20))
@settings(max_examples=examples(15), deadline=None)
def test_the_sieve_never_misses_what_scrub_takes(engine: DuckDBEngine, texts: list[str]) -> None:
    _no_miss(engine, [text.replace("\0", "") for text in texts])


@pytest.mark.spark
@pytest.mark.slow
def test_the_sieves_are_java_patterns_too() -> None:
    pyspark = pytest.importorskip("pyspark.sql")
    spark = pyspark.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    texts = [
        "850312-1234567",
        "８５０３１２－１２３４５６７",
        "P123456789012",
        "kim@naver.com",
        "010-2345-6789",
        "2026-11-21",
        "가나다",
    ]
    frame = spark.createDataFrame([(t,) for t in texts], ["x"])
    found = frame.select(frame.x.rlike(RESIDENT_SQL), frame.x.rlike(PERSONAL_SQL)).collect()
    assert [tuple(row) for row in found] == [(True, True)] * 3 + [(False, True)] * 2 + [(False, False)] * 2


_PIECES = st.sampled_from(
    ["010", "1234", "5678", "900101", "1", "-", " ", "２", "٣", "@", "＠", "a", "b.co", "P", "*", "가", "880"]
)


@given(text=st.lists(_PIECES, max_size=14).map("".join))
def test_the_first_look_lets_nothing_through(text: str) -> None:
    quick = scrub(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["dangol.privacy.scrub"], "_WORTH_A_LOOK", re.compile(""))
        assert scrub(text) == quick
