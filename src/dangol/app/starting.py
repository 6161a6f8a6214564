"""The starter set: segments that every shop has use for, over shipped traits only, so that a first import has a next step."""

from __future__ import annotations

from pathlib import Path

from dangol.schema import Text

STARTER = "starter"
"""The name that means the packaged set, for `plan` and `apply`; a folder of that name goes first."""

NONE_YET = Text(
    "No segments yet; a ready-made set for every shop: dangol apply starter",
    "아직 세그먼트가 없습니다. 어느 가게에나 쓸모 있는 모음으로 시작하세요: dangol apply starter",
)
"""What a shop without segments is told."""


def comes_with(folder: Path) -> bool:
    """Whether this is the packaged set, which belongs to no shop."""
    return folder.resolve() == Path(__file__).with_name(STARTER).resolve()


def folder_of(folder: Path) -> Path:
    """`folder`, or where the starter set lies when that is what it names and there is no such folder."""
    return Path(__file__).with_name(STARTER) if folder == Path(STARTER) and not folder.exists() else folder
