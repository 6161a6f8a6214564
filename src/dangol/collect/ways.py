"""The ways to take a file, quickest first, and how one way says that another is needed."""

from __future__ import annotations

from typing import Literal

Way = Literal["trusting", "once", "looking", "rows", "lines"]
"""
trusting  an event list read by the engine, each row checked while it is written
once      the same, for a file that repeats messages
looking   the same, checked before anything is written
rows      read by the engine into a table with numbered rows
lines     read row by row, so that one that cannot be split costs only itself
"""


class LookAgain(Exception):  # noqa: N818 - a way on, not a fault
    """The file is not what it was taken for. Roll back what was written since `take`, and take it by `way`."""

    def __init__(self, way: Way) -> None:
        super().__init__(way)
        self.way: Way = way
