"""Generated pages are committed, and equal what the code says today."""

from __future__ import annotations

import pytest

from tests.docs.generate import PAGES, ROOT


@pytest.mark.parametrize("page", PAGES)
def test_page_is_up_to_date(page: str) -> None:
    assert (ROOT / page).read_text(encoding="utf-8") == PAGES[page](), "run `make docs` and commit what it writes"
