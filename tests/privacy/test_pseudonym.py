import hashlib
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.privacy import Pseudonymiser, normalise
from dangol.schema import KINDS, NotFoundError, Pseudonymises

KEY = b"a key of thirty-two bytes, no le"


def _by_the_book(kind: str, value: str) -> int:
    """The definition, read slowly."""
    number = int.from_bytes(
        hashlib.blake2b(kind.encode() + b"\0" + value.encode(), digest_size=8, key=KEY).digest(), "big"
    )
    number %= 2**63
    return number or 1


@given(st.sampled_from(sorted(KINDS)), st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=20))
def test_nodes_by_the_book(kind: str, values: list[str]) -> None:
    who = Pseudonymiser(KEY)
    nodes = who.nodes(kind, values)
    assert nodes.dtype == np.int64
    assert nodes.tolist() == [_by_the_book(kind, v) for v in values]
    assert (nodes > 0).all()


def test_kind_and_key_matter_and_nothing_leaks_in_print() -> None:
    who, other = Pseudonymiser(KEY), Pseudonymiser(b"x" * 32)
    assert who.node("email", "a@b.kr") != who.node("user_id", "a@b.kr")
    assert who.node("email", "a@b.kr") != other.node("email", "a@b.kr")
    assert "thirty" not in repr(who)
    with pytest.raises(ValueError, match="16 to 64"):
        Pseudonymiser(b"short")


_RAW = st.none() | st.sampled_from(
    [
        "010-2345-6789",
        "+82 10 2345 6789",
        "0505-123-4567",
        "abc",
        "kim@naver.com",
        "KIM@naver.com ",
        "guest",
        "null",
        "17850.0",
        "",
        "가",
    ]
)


@given(st.sampled_from(sorted(KINDS)), st.lists(_RAW, max_size=25))
def test_columns_equal_single_values(kind: str, raws: list[str | None]) -> None:
    who = Pseudonymiser(KEY)
    answer = who.pseudonyms(kind, raws)
    assert len(answer.nodes) == len(answer.values) == len(answer.blocked) == len(answer.problems) == len(raws)
    for place, raw in enumerate(raws):
        normal = normalise(kind, raw)
        assert answer.values[place] == normal.value
        assert answer.blocked[place] == normal.blocked
        assert answer.problems[place] == normal.problem
        assert answer.nodes[place] == (0 if normal.key is None else who.node(kind, normal.key))
        assert (place in answer.personal) == (normal.personal and not KINDS[kind].personal)


def test_one_person_in_many_spellings_is_one_node() -> None:
    answer = Pseudonymiser(KEY).pseudonyms(
        "phone", ["010-2345-6789", "1023456789", "+82 10-2345-6789", "０１０２３４５６７８９"]
    )
    assert len(set(answer.nodes.tolist())) == 1


def test_a_card_is_hashed_whole_and_shown_by_its_end() -> None:
    who = Pseudonymiser(KEY)
    answer = who.pseudonyms("card", ["4539-1488-0343-6467"])
    assert answer.values == ["****-6467"]
    assert answer.nodes[0] == who.node("card", "4539148803436467")


def test_it_is_what_the_schema_asks_for() -> None:
    who: Pseudonymises = Pseudonymiser(KEY)
    assert who.pseudonyms("user_id", []).nodes.tolist() == []
    with pytest.raises(NotFoundError, match="no such kind"):
        who.pseudonyms("fax", ["1"])


@pytest.mark.slow
def test_a_million_logins_take_seconds() -> None:
    raws = [f"user{n}" for n in range(1_000_000)]
    start = time.process_time()
    nodes = Pseudonymiser(KEY).pseudonyms("user_id", raws).nodes
    assert len(np.unique(nodes)) == 1_000_000
    assert time.process_time() - start < 15  # 2 s on a quiet core; the limit only catches a lost fast path (40 s)
