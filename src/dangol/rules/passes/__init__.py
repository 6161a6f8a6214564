"""Compiled passes: many rules over one population at once, held equal to their SQL."""

from dangol.rules.passes.ranks import Ranks
from dangol.rules.passes.run import Matrix, Passes

__all__ = ["Matrix", "Passes", "Ranks"]
