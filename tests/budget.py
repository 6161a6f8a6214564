"""How many examples hypothesis tries: all of them in the full run (``DANGOL_TESTS=full``, as CI runs it), a fifth otherwise."""

from __future__ import annotations

import os

FULL = os.environ.get("DANGOL_TESTS") == "full"


def examples(full: int) -> int:
    """The number for this run."""
    return full if FULL else max(5, full // 5)
