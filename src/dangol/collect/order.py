"""In which order the files of one folder are taken."""

from __future__ import annotations

from collections.abc import Iterable

from dangol.collect.mapping import GRAINS, Mapping
from dangol.collect.reading import Reading


def in_order(files: Iterable[tuple[Reading, Mapping]]) -> list[tuple[Reading, Mapping]]:
    """What others look up first, then products, customers, and facts; by file name within those."""
    return sorted(files, key=lambda f: (GRAINS.index(f[1].grain), f[0].name))
