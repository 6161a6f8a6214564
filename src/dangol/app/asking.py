"""The language of whoever asks: a request or a job speaks its reader's, not the one the workspace was opened for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dangol.schema import Lang

_SPOKEN: ContextVar[Lang | None] = ContextVar("dangol_lang", default=None)


@contextmanager
def speaking(lang: Lang) -> Iterator[None]:
    """Everything said inside is said in `lang`, in this thread and in what it starts."""
    token = _SPOKEN.set(lang)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def spoken() -> Lang | None:
    """The language of whoever asks; None outside `speaking`."""
    return _SPOKEN.get()
