"""`Workspace`, the part that shows: dashboards and their links, recordings by what went wrong, heat of pages, tables as files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dangol.app import dashboards, handing_out, heatmaps, replay_search, sharing
from dangol.app.handing_out import Format
from dangol.app.questions import Questions
from dangol.insights import Answered
from dangol.schema import Answer, Lang
from dangol.store import Share


class Pinned(Questions):
    """What is kept of questions, and what is seen of visits."""

    # -- dashboards --------------------------------------------------------------------------------------------------
    def dashboards(self, lang: Lang | None = None) -> list[dict[str, Any]]:
        """Every dashboard: name, says, tiles, kinds, version, when and by whom it was changed, open links."""
        return dashboards.listed(self, lang or self.lang)

    def dashboard(self, name: str) -> dict[str, Any]:
        """One dashboard: version and document. Raises `NotFoundError`."""
        return dashboards.opened(self, name)

    def dashboard_versions(self, name: str) -> list[dict[str, Any]]:
        """Every version of it, the newest first."""
        return dashboards.versions(self, name)

    def make_dashboard(self, document: Mapping[str, Any], *, note: str = "") -> dict[str, Any]:
        """Keep a new one; its name comes from its title, or from `dashboard` in the document."""
        return dashboards.made(self, document, note=note)

    def save_dashboard(self, name: str, document: Mapping[str, Any], *, version: int, note: str = "") -> dict[str, Any]:
        """Keep a change made on a version. Raises `ConflictError` when somebody else was quicker."""
        return dashboards.saved(self, name, document, version=version, note=note)

    def remove_dashboard(self, name: str, *, version: int, note: str = "") -> None:
        """Take it away; its links end."""
        dashboards.removed(self, name, version=version, note=note)

    def pin(self, name: str, question: Mapping[str, Any], **how: str) -> dict[str, Any]:
        """Put an answer on a dashboard: view, table, title by name. The new tile's id is in `tile`."""
        return dashboards.pinned(self, name, question, **how)

    def tile(self, name: str, tile: str, *, period: str = "") -> Answered:
        """A tile's answer, under the dashboard's period or another."""
        return dashboards.answered(self, name, tile, period=period)

    # -- links to them -----------------------------------------------------------------------------------------------
    def share_dashboard(self, name: str, *, days: int | None = 90, least: int = sharing.LEAST) -> tuple[str, Share]:
        """A link that shows a dashboard to whoever has it; the token is shown once."""
        return sharing.share(self, name, days=days, least=least)

    def dashboard_links(self, name: str) -> list[dict[str, Any]]:
        """Its links, ended ones too."""
        return sharing.links(self, name)

    def end_link(self, name: str, number: int) -> None:
        """From now on a link shows nothing."""
        sharing.end(self, name, number)

    def shared(self, token: str, lang: Lang | None = None) -> dict[str, Any]:
        """What a link opens. Raises `NotFoundError` for one that is over, or never was."""
        return sharing.shown(self, token, lang or self.lang)

    def shared_tile(self, token: str, tile: str, lang: Lang | None = None) -> dict[str, Any]:
        """A tile's answer under a link: no query, no question, no numbers of too few customers."""
        return sharing.shown_tile(self, token, tile, lang or self.lang)

    # -- as files ----------------------------------------------------------------------------------------------------
    def file_of(self, question: Mapping[str, Any], how: Format, *, table: str = "") -> bytes:
        """A table of an answer as CSV or Parquet; the first without a name. That it left is written down."""
        found = self.ask(question)
        text = handing_out.as_file(dashboards.table_of(found, table), how)
        told = {"format": how, "table": table}
        self.store.audit.write(self.actor, "answer.exported", f"insight/{found.kind}", now=self.real_now(), after=told)
        return text

    # -- visits ------------------------------------------------------------------------------------------------------
    def find_replays(self, **asked: Any) -> Answer:
        """Recorded sessions by what went wrong in them; see `replay_search.Search`."""
        return replay_search.search(self, replay_search.Search(**asked))

    def replay_opened(self, session: str) -> dict[str, Any]:
        """A recording's parts and marks, for the player. The look is written down."""
        return replay_search.opened(self, session)

    def replay_part(self, session: str, recording: str, part: int) -> dict[str, Any]:
        """One part of a recording."""
        return replay_search.part(self, session, recording, part)

    def heat(self, path: str, **asked: Any) -> dict[str, Any]:
        """Clicks, moves and scrolling of a page out of recordings, with its picture; see `heatmaps.Asked`."""
        return heatmaps.heat(self, heatmaps.Asked(path, **asked))

    def recorded_pages(self, *, limit: int = 100) -> list[dict[str, Any]]:
        """Pages that recordings show: path, views, recordings."""
        return heatmaps.paths(self, limit=limit)
