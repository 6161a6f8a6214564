"""Whole numbers as routes take them: what every store can keep, and every client say exactly."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

MOST = 2**53 - 1

Number = Annotated[int, Field(ge=-MOST, le=MOST)]
"""A larger one is refused where it is read (422): a store's column would not take it."""
