"""What all tests of the server have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from argon2 import PasswordHasher

from dangol.app import signing


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[Callable[[], PasswordHasher]]:
    """A password costs a third of a second of processor, on purpose. What makes such ones is handed on: a test holds that."""
    dear = signing._hasher
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing, "_hasher", lambda: quick)
        patch.setattr(signing, "_nobody", cache(signing._nobody.__wrapped__))
        yield dear
