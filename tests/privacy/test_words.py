"""Every code that the room gives has words in Korean and English, and the room's face is what it says."""

import re
from pathlib import Path

import dangol.privacy
from dangol.privacy import BLOCKED, FREE_TEXT, PROBLEMS, TAKEN, words

HERE = Path(dangol.privacy.__file__).parent


def test_codes_in_the_source_have_words() -> None:
    source = "\n".join(path.read_text("utf-8") for path in HERE.glob("*.py"))
    blocked = set(re.findall(r'blocked=(?:[a-z_]+ or )?"([a-z_]+)"', source)) | {
        "own",
        "role",
        "safe_number",
        "voip",
        "not_mobile",
    }
    problems = set(re.findall(r'problem="([a-z_]+)"', source))
    assert blocked <= set(BLOCKED)
    assert problems <= set(PROBLEMS)
    assert set(FREE_TEXT) == set(TAKEN)


def test_words_are_in_both_languages() -> None:
    for table in (BLOCKED, PROBLEMS, TAKEN):
        for code, reason in table.items():
            assert reason.code == code
            assert re.search("[가-힣]", reason.ko)
            assert reason.en.isascii()
    assert words("safe_number").startswith("안심번호")
    assert words("safe_number", "en").startswith("a safe number")
    assert words("no_such_code") == "no_such_code"


def test_the_face_names_all_it_gives() -> None:
    assert sorted(dangol.privacy.__all__) == sorted(set(dangol.privacy.__all__))
    assert all(hasattr(dangol.privacy, name) for name in dangol.privacy.__all__)
