"""Background work. Thin today: a refresh when the last one is too old; the beat (design.md §5) grows here."""

from dangol.worker.beat import beat

__all__ = ["beat"]
