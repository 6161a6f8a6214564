"""Local time inside the engine, as the rules have it."""

from dangol.rules.local import PARTS, Span, day_of, local, offsets, part, today

__all__ = ["PARTS", "Span", "day_of", "local", "offsets", "part", "today"]
