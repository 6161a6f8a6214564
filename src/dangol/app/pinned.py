"""`Workspace`, the part that shows: dashboards and their links, recordings by what went wrong, heat of pages, tables as files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dangol.app import dashboards, handing_out, heatmaps, replay_search, sharing
from dangol.app.books import Dashboards, moment_of
from dangol.app.handing_out import Format
from dangol.app.questions import Questions
from dangol.insights import Answered
from dangol.schema import Answer, Lang


class Pinned(Dashboards, Questions):
    """What is kept of questions, and what is seen of visits."""

    # -- dashboards --------------------------------------------------------------------------------------------------
    def tile(self, name: str, tile: str, *, period: str = "") -> Answered:
        """A tile's answer, under the dashboard's period or another."""
        return dashboards.answered(self, name, tile, period=period)

    # -- links to them -----------------------------------------------------------------------------------------------
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
    def find_replays(
        self, *, behind: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None, **asked: Any
    ) -> Answer:
        """Recorded sessions by what went wrong in them; see `replay_search.Search`. Days may be written as text.

        :param behind: a question and a cell of its answer: only of customers behind that number, the first `MANY` of them;
            `facts` then say of how many: behind, behind_looked.
        """
        for name in ("since", "until"):
            if isinstance(asked.get(name), str):
                asked[name] = moment_of(self.settings.tz, asked[name], name, end=name == "until")
        if behind is None:
            return replay_search.search(self, replay_search.Search(**asked))
        found, people = self.ask_people(*behind, limit=replay_search.MANY), asked.get("customers")
        asked["customers"] = set(found.ids) if people is None else set(people) & set(found.ids)
        answer = replay_search.search(self, replay_search.Search(**asked))
        return replay_search.of_some(self, answer, len(found.ids), found.customers)

    def replay_opened(self, session: str) -> dict[str, Any]:
        """A recording's parts and marks, for the player. The look is written down."""
        return replay_search.opened(self, session)

    def replay_part(self, session: str, recording: str, part: int) -> dict[str, Any]:
        """One part of a recording."""
        return replay_search.part(self, session, recording, part)

    def heat(self, path: str, **asked: Any) -> dict[str, Any]:
        """Clicks, moves and scrolling of a page out of recordings, with its picture; see `heatmaps.Asked`."""
        return heatmaps.heat(self, heatmaps.Asked(path, **asked))

    def heat_numbers(self, path: str, *, since: str = "", until: str = "", **asked: Any) -> dict[str, Any]:
        """The same as numbers, without the picture; see `heatmaps.numbers`. Days are on the shop's clock.

        Raises `DefinitionError` for a day or a device that is none.
        """
        zone = self.settings.tz
        span = {"since": moment_of(zone, since, "since"), "until": moment_of(zone, until, "until", end=True)}
        return heatmaps.numbers(self.heat(path, **span, **asked))

    def recorded_pages(self, *, limit: int = 100) -> list[dict[str, Any]]:
        """Pages that recordings show: path, views, recordings."""
        return heatmaps.paths(self, limit=limit)
