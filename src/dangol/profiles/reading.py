"""What the passes over facts have in common."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dangol.profiles.clock import Span
from dangol.rules import Catalog


@dataclass(frozen=True, slots=True)
class Reading:
    """What every pass reads with: the moment, the clock, and the tables (scratch copies for few customers)."""

    now: dt.datetime
    tz: ZoneInfo
    span: Span
    catalog: Catalog
    tables: Mapping[str, str]

    def table(self, name: str) -> str:
        return self.tables.get(name, name)
