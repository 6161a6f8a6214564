"""`Workspace`, the part that the console looks at: the first screen, lists of customers, one customer's sheet and history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from dangol.app.workspace import Base
from dangol.schema import Answer, Lang

if TYPE_CHECKING:
    from dangol.app.api import Workspace


class Seen(Base):
    """What people look at in the console."""

    @property
    def _whole(self) -> Workspace:
        return cast("Workspace", self)

    def home(self, lang: Lang | None = None, *, days: int = 1) -> dict[str, Any]:
        """What changed in the last 1, 7 or 28 days and what could be done next; see `app.home`."""
        from dangol.app import home

        return home.home(self._whole, lang or self.lang, days=days)

    def lifecycle_flows(self, lang: Lang | None = None, *, days: int = 28) -> dict[str, Any]:
        """Who moved between lifecycle stages since the period began: from, to, customers."""
        from dangol.app import home

        return home.flows(self._whole, lang or self.lang, days=days)

    def pulse(self) -> dict[str, Any]:
        """When things were computed last, and how much waits."""
        from dangol.app import home

        return home.pulse(self._whole)

    def find_customers(self, value: str, lang: Lang | None = None, *, limit: int = 8) -> list[dict[str, Any]]:
        """Customers that an id or identifier, written in full, points at; masked."""
        from dangol.app import finding

        return finding.find(self._whole, value, lang or self.lang, limit=limit)

    def list_customers(self, lang: Lang | None = None, **asked: Any) -> dict[str, Any]:
        """A page of customers with columns of choice; see `finding.listing`."""
        from dangol.app import finding

        return finding.listing(self._whole, lang or self.lang, **asked)

    def customer_columns(self, lang: Lang | None = None) -> list[dict[str, Any]]:
        """Columns that such a list may have."""
        from dangol.app import finding

        return finding.columns(self._whole, lang or self.lang)

    def all_customers(self, lang: Lang | None = None, **asked: Any) -> Answer:
        """Every row of such a list, for a file; written into the audit log."""
        from dangol.app import finding

        return finding.whole(self._whole, lang or self.lang, **asked)

    def sheet(self, customer_id: int, lang: Lang | None = None) -> dict[str, Any]:
        """One customer with evidence, rules and freshness; masked."""
        from dangol.app import sheet

        return sheet.sheet(self._whole, customer_id, lang or self.lang)

    def reveal(self, customer_id: int, lang: Lang | None = None, *, reason: str) -> dict[str, Any]:
        """Personal data in the clear, written down with its reason."""
        from dangol.app import sheet

        return sheet.reveal(self._whole, customer_id, lang or self.lang, reason=reason)

    def timeline(self, customer_id: int, lang: Lang | None = None, **asked: Any) -> dict[str, Any]:
        """One customer's history, a page at a time, newest first; see `timeline.timeline`."""
        from dangol.app import timeline

        return timeline.timeline(self._whole, customer_id, lang or self.lang, **asked)

    def split_preview(
        self, customer_id: int, lang: Lang | None = None, *, identifiers: Sequence[int] = (), entry: int | None = None
    ) -> dict[str, Any]:
        """What an unmerge would repair; nothing is kept."""
        from dangol.app import splitting

        return splitting.split_preview(
            self._whole, customer_id, lang or self.lang, identifiers=identifiers, entry=entry
        )

    def join_preview(self, one: int, other: int, lang: Lang | None = None) -> dict[str, Any]:
        """What a merge would repair; nothing is kept."""
        from dangol.app import splitting

        return splitting.join_preview(self._whole, one, other, lang or self.lang)
