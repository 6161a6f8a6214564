"""Names, birth dates, genders, ages, places, masks."""

import datetime as dt
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.privacy import age, derive, gender, mask, normalise, place_of, read_birth, region_of_postcode


@pytest.mark.parametrize(
    "raw",
    [
        "김민수",
        "김 민수",
        "김민수님",
        "김민수 님",
        "김민수 고객님",
        "김민수(VIP)",
        "김민수 씨",
        "김민수 (010)",
        "\u1100\u1175\u11b7민수",
    ],
)
def test_one_name_in_many_spellings(raw: str) -> None:
    assert normalise("name", raw).key == "김민수"


def test_names_keep_what_was_typed() -> None:
    assert normalise("name", " 김  민수 고객님 ").value == "김 민수 고객님"
    assert normalise("name", "Mr. John  Smith").key == "johnsmith"
    assert normalise("name", "남궁민수").key == "남궁민수"
    assert normalise("name", "이씨").key == "이씨"  # two letters: 씨 may be all there is
    assert normalise("name", "김*수").blocked == "masked"
    assert normalise("name", "1234").problem == "bad_name"


@pytest.mark.parametrize(
    ("raw", "iso", "who"),
    [
        ("1985-03-12", "1985-03-12", None), ("1985.3.12.", "1985-03-12", None), ("19850312", "1985-03-12", None),
        ("1985년 3월 12일", "1985-03-12", None), ("1985/03/12 00:00:00", "1985-03-12", None),
        ("19850312.0", "1985-03-12", None),
        ("850312-1", "1985-03-12", "male"), ("850312-2******", "1985-03-12", "female"),
        ("8503122", "1985-03-12", "female"),
        ("050312-3", "2005-03-12", "male"), ("050312-4", "2005-03-12", "female"),
        ("850312-6", "1985-03-12", "female"),
        ("120312-7", "2012-03-12", "male"), ("990312-9", "1899-03-12", "male"),
        ("850312", "--03-12", None), ("85.03.12", "--03-12", None), ("03-12", "--03-12", None),
        ("3월 12일", "--03-12", None),
        ("1985", "1985", None), ("85년생", None, None), ("1985-03-12(음)", "1985", None), ("1985년생", "1985", None),
        ("000229-3", "2000-02-29", "male"),
    ],
)  # fmt: skip
def test_birth_dates(raw: str, iso: str | None, who: str | None) -> None:
    birth = read_birth(raw)
    assert (birth.iso if birth else None) == iso
    assert (birth.gender if birth else None) == who
    assert normalise("birth_date", raw).value == iso


@pytest.mark.parametrize(
    "raw", ["1985-02-30", "1850-01-01", "0000-01-01", "9999-12-31", "851312-1", "hello", "2026-13-01"]
)
def test_impossible_birth_dates(raw: str) -> None:
    assert normalise("birth_date", raw).problem == "bad_birth_date"


def test_placeholders_are_nothing() -> None:
    assert normalise("birth_date", "0000-00-00") == normalise("birth_date", None)


@given(
    st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y.%m.%d", "%Y%m%d", "%Y/%m/%d", "%Y년 %m월 %d일"]),
)
def test_every_day_is_read_back(day: dt.date, form: str) -> None:
    assert normalise("birth_date", day.strftime(form)).value == day.isoformat()


@given(st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)), st.booleans(), st.booleans())
def test_the_digit_says_century_and_gender_and_is_gone(day: dt.date, woman: bool, foreign: bool) -> None:
    digit = 1 + woman + 2 * (day.year >= 2000) + 4 * foreign
    normal = normalise("birth_date", f"{day:%y%m%d}-{digit}")
    assert normal.value == day.isoformat()
    assert derive("birth_date", f"{day:%y%m%d}-{digit}")["gender"] == ("female" if woman else "male")


def test_derived_traits() -> None:
    assert derive("birth_date", "850312-1") == {"birth_year": "1985", "birthday": "03-12", "gender": "male"}
    assert derive("birth_date", "3월 12일") == {"birthday": "03-12"}
    assert derive("birth_date", "garbage") == {}
    assert derive("address", "서울시 강남구 테헤란로 1") == {"region": "서울", "district": "강남구"}
    assert derive("postcode", "06234") == {"region": "서울"}
    assert derive("gender", "여성") == {"gender": "female"}
    assert derive("name", "김민수") == {}
    assert derive("address", None) == {}
    assert [gender(w) for w in ("여", " 남 ", "Female", "M", "1", "", "기타")] == [
        "female",
        "male",
        "female",
        "male",
        None,
        None,
        None,
    ]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2050, 1, 1)), st.dates(dt.date(2050, 1, 1), dt.date(2100, 1, 1)))
def test_age_counts_birthdays(born: dt.date, on: dt.date) -> None:
    passed = sum(
        1 for year in range(born.year + 1, on.year + 1) if (year, born.month, born.day) <= (on.year, on.month, on.day)
    )
    assert age(born.year, f"{born:%m-%d}", on) == passed
    assert age(born.year, None, on) == on.year - born.year


@pytest.mark.parametrize(
    ("address", "region", "district"),
    [
        ("서울특별시 강남구 테헤란로 1", "서울", "강남구"), ("서울 강남구 역삼동 1", "서울", "강남구"),
        ("서울시강남구 역삼동", "서울", "강남구"),
        ("경기도 수원시 영통구 매영로 1", "경기", "수원시 영통구"),
        ("경기 수원시영통구 매영로", "경기", "수원시 영통구"),
        ("수원시 영통구 매영로 1", "경기", "수원시 영통구"), ("성남시 분당구 판교로", "경기", "성남시 분당구"),
        ("강원도 춘천시 중앙로", "강원", "춘천시"), ("강원특별자치도 고성군", "강원", "고성군"),
        ("경남 고성군", "경남", "고성군"),
        ("세종특별자치시 한누리대로 1", "세종", None), ("세종시 한누리대로", "세종", None),
        ("제주특별자치도 서귀포시 중문로", "제주", "서귀포시"),
        ("전북특별자치도 전주시 완산구", "전북", "전주시 완산구"),
        ("전라북도 전주시 완산구 효자동", "전북", "전주시 완산구"), ("인천광역시 남구 주안동", "인천", "미추홀구"),
        ("06234 서울특별시 강남구 테헤란로", "서울", "강남구"), ("(06234) 서울 강남구", "서울", "강남구"),
        ("135-080 서울 강남구 역삼동", "서울", "강남구"), ("대한민국 부산광역시 해운대구 우동", "부산", "해운대구"),
        ("강남구 역삼동 123", "서울", "강남구"), ("중구 명동", None, None), ("48094 우동 1408", "부산", None),
        ("221B Baker Street", None, None),
        ("서울특별시", "서울", None), ("-", None, None),
    ],
)  # fmt: skip
def test_places(address: str, region: str | None, district: str | None) -> None:
    place = place_of(address)
    assert (place.region, place.district) == (region, district)


def test_postcodes_outside_the_range_are_nowhere() -> None:
    assert [region_of_postcode(z) for z in ("00999", "01000", "63644", "64000", "1234", "abcde", "０６２３４")] == [
        None, "서울", "제주", None, None, None, None,
    ]  # fmt: skip


@pytest.mark.real
def test_every_real_postcode_and_address() -> None:
    """All 34,352 postcodes of Korea Post, and 200,000 road-name addresses, against their own region and district."""
    import pyarrow.parquet as pq

    folder = Path(os.environ.get("DANGOL_DATA", Path(__file__).parents[3] / "shared" / "data")) / "kr_addresses"
    if not folder.is_dir():
        pytest.skip(f"no {folder.name} under DANGOL_DATA: see docs/privacy.md for the data set")
    zips = pq.read_table(folder / "zip5_regions.parquet").to_pylist()
    wrong = [row for row in zips if region_of_postcode(row["zip5"]) != place_of(row["sido"]).region]
    assert len(wrong) <= 0.002 * len(zips), wrong[:5]  # a postcode may reach over a border
    for row in pq.read_table(folder / "split_shared_200k.parquet").slice(0, 40_000).to_pylist():
        place = place_of(f"{row['sido']} {row['sigungu']} {row['road_addr']}".replace("  ", " "))
        moved = row["sigungu"] == "군위군"  # to 대구 in 2023; the data are of 2021
        assert place.region == (place_of(row["sido"]).region), row["sido"]
        assert place.district == (row["sigungu"] or None) or moved, (row["sido"], row["sigungu"])


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("name", "김민수", "김*수"), ("name", "김수", "김*"), ("name", "남궁민수", "남**수"),
        ("name", "John Smith", "J*** S***"), ("name", "김", "김*"),
        ("email", "abc@naver.com", "a***@naver.com"), ("phone", "+821023456789", "010-****-6789"),
        ("phone", "+16502530000", "+16****0000"),
        ("address", "서울 강남구 테헤란로 1", "서울 강남구 ***"), ("address", "1 Main St", "***"),
        ("birth_date", "1985-03-12", "1985-**-**"),
        ("birth_date", "--03-12", "****-**-**"), ("card", "****-6467", "****-6467"), ("ci", "A" * 88, "***"),
        ("user_id", "kim@naver.com", "ki***"),
        ("user_id", "kim", "***"),
    ],
)  # fmt: skip
def test_masks(kind: str, value: str, shown: str) -> None:
    assert mask(kind, value) == shown


@given(st.sampled_from(["name", "email", "phone", "address", "birth_date", "user_id", "ci"]), st.text(min_size=1))
def test_masking_anything_gives_something_else(kind: str, value: str) -> None:
    assert mask(kind, value) != value or "*" in value
