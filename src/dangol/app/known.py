"""A file that was taken before comes again: its bytes are not read twice, and a mended mapping is not passed over in silence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from dangol.collect import Mapping, mapping_to_yaml
from dangol.engine import sql

if TYPE_CHECKING:
    from dangol.app import Workspace

_WORDS = ("mapping", "says", "recognise", "why")
"""Parts of a mapping that name and recognise it, and change nothing of what is read."""


def note(ws: Workspace, digest: str, mapping: Mapping, named: Path | None = None) -> str:
    """Why nothing was taken of a file with these bytes, where its rows would be read otherwise today; else nothing.

    :param named: the file `mapping` came from, for the command that reads quarantined rows with it.
    """
    before = ws.store.batches.find(digest)
    if not before or any(_reads(b.mapping) == _reads(mapping_to_yaml(mapping)) for b in before):
        return ""
    first = before[0]
    day = f"{first.started_at.astimezone(ws.settings.tz):%Y-%m-%d}"
    said = ws.say(
        f"taken on {day} with another mapping (import {first.id}). Nothing was taken now: what came in stays as it was"
        " read then.",
        f"{day}에 다른 매핑으로 가져온 파일입니다 ({first.id}번 가져오기). 이번에는 아무것도 가져오지 않았고, 들어온 내용은"
        " 그때 읽은 그대로입니다.",
    )
    held = ws.engine.run(sql("SELECT count(*) AS n FROM quarantine WHERE batch = :b AND status = 'open'", b=first.id))
    rows = held["n"][0].as_py()
    if rows:
        command = f"dangol quarantine replay --batch {first.id} --mapping {named or 'FILE'}"
        said += " " + ws.say(
            f"Its rows in quarantine ({rows:,}) can be read with this mapping: {command}.",
            f"격리된 행 {rows:,}개는 이 매핑으로 다시 읽을 수 있습니다: {command}.",
        )
    return said + " " + ws.say(
        f"To read the whole file with it, take that import back and import the file again: dangol imports undo {first.id}.",
        f"파일 전체를 이 매핑으로 읽으려면 그 가져오기를 되돌리고 다시 가져오세요: dangol imports undo {first.id}.",
    )  # fmt: skip


def _reads(text: Any) -> dict[str, Any]:
    """What of a mapping decides how a file is read."""
    return {key: value for key, value in yaml.safe_load(text).items() if key not in _WORDS}
