"""What the text of a cell means, against Python's own reading."""

from __future__ import annotations

import hashlib
import unicodedata

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.collect import cells
from dangol.engine import DuckDBEngine
from tests.budget import examples

LETTERS = "ab1- \u00a0\u3000\u2003\t한글\u1112\u1161\u11abe\u0301é👨\u200d👩"
TEXTS = st.lists(st.text(st.sampled_from(LETTERS), max_size=6), min_size=1, max_size=60)


def tidied(text: str) -> str | None:
    """NFC, without white space of category Zs at its ends; a tab stays."""
    composed = unicodedata.normalize("NFC", text)
    inner = [place for place, letter in enumerate(composed) if unicodedata.category(letter) != "Zs"]
    return composed[inner[0] : inner[-1] + 1] if inner else None


def run(texts: list[str], value: exp.Expr) -> list[object]:
    engine = DuckDBEngine()
    try:
        rows = pa.table({"nr": list(range(len(texts))), "x": pa.array(texts, pa.string())})
        with engine.scratch(rows) as name:
            return engine.run(exp.select(value.as_("v")).from_(name).order_by("nr"))["v"].to_pylist()
    finally:
        engine.close()


@given(TEXTS)
@settings(max_examples=examples(60), deadline=None)
def test_texts_are_tidied_as_python_would(texts: list[str]) -> None:
    assert run(texts, cells.text(exp.column("x"))) == [tidied(text) for text in texts]


def test_keys_are_the_upper_half_of_md5() -> None:
    texts = ["", "a", "등산", "x" * 100]
    wanted = [int(hashlib.md5(f"shop\x1f{t}".encode()).hexdigest()[:16], 16) & (2**63 - 1) for t in texts]
    assert run(texts, cells.key(exp.Literal.string("shop"), exp.column("x"))) == wanted


def test_passing_keys_are_the_same_half_read_backwards() -> None:
    texts = ["", "a", "등산", "x" * 100]
    halves = [hashlib.md5(f"shop\x1f{t}".encode()).digest()[:8] for t in texts]
    wanted = [int.from_bytes(half, "little") & (2**63 - 1) for half in halves]
    assert run(texts, cells.passing(exp.Literal.string("shop"), exp.column("x"))) == wanted
