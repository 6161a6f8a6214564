"""`Workspace`, the part about segments in the making: the builder's questions, drafts and publishing, the segment map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dangol.app import building, fields, segment_map, shelf
from dangol.app.workspace import Base
from dangol.schema import Answer, Lang


class Shaped(Base):
    """Rules that are not kept yet, segments that are."""

    # -- the builder -------------------------------------------------------------------------------------------------
    def read_rule(self, text: str, kind: str = "yaml") -> Any:
        """What a person wrote, as JSON: YAML, or (`kind` sql) a short SELECT. Raises `DefinitionError`."""
        return building.read_text(text, kind)

    def check_rule(self, body: Any, lang: Lang | None = None, *, name: str = "") -> dict[str, Any]:
        """Problems of a rule all together, or its sentence, YAML, SQL and what it reads."""
        return building.check(self, body, lang or self.lang, name=name)

    def count_rule(self, body: Any) -> dict[str, Any]:
        """Exactly how many match, and how many of them each channel may reach."""
        return building.count(self, body)

    def sample_rule(
        self, body: Any, lang: Lang | None = None, *, limit: int = 10, offset: int = 0, reasons: bool = True
    ) -> Answer:
        """Some of those who match, with why."""
        return building.sample(self, body, lang or self.lang, limit=limit, offset=offset, reasons=reasons)

    def members_csv(self, body: Any) -> bytes:
        """Everybody who matches, as CSV (UTF-8 with a mark, so that spreadsheets read Hangul)."""
        return building.members_csv(self, body)

    def differ_rule(self, body: Any, lang: Lang | None = None, *, limit: int = 20) -> Answer:
        """How those who match differ from everyone else."""
        return building.differ(self, body, lang or self.lang, limit=limit)

    def overlap_rule(self, body: Any, others: Sequence[str] = (), lang: Lang | None = None) -> list[dict[str, Any]]:
        """How many of those who match are in each segment."""
        return building.overlaps(self, body, others, lang or self.lang)

    def fields(self, lang: Lang | None = None) -> dict[str, Any]:
        """Everything a rule can be built from."""
        return fields.fields(self, lang or self.lang)

    def field_values(
        self, *, of: str, field: str, event: str = "", find: str = "", lang: Lang | None = None
    ) -> list[dict[str, Any]]:
        """The most frequent values of a trait or of a field of events or order lines."""
        return fields.values(self, lang or self.lang, of=of, field=field, event=event, find=find)

    def stopper(self) -> Callable[[], None]:
        """What ends whatever this thread is asking the engine, for another thread to call."""
        return self.engine.interrupter()

    # -- drafts, versions --------------------------------------------------------------------------------------------
    def shelf(self, lang: Lang | None = None) -> list[dict[str, Any]]:
        """Every segment with its folder, tags and state: published, draft, archived."""
        return shelf.listed(self, lang or self.lang)

    def open_segment(self, name: str, lang: Lang | None = None) -> dict[str, Any]:
        """One segment for its editor: published document, draft, what it reads, who reads it."""
        return shelf.opened(self, name, lang or self.lang)

    def segment_versions(self, name: str, lang: Lang | None = None) -> list[dict[str, Any]]:
        """Every version, the newest first."""
        return shelf.versions(self, name, lang or self.lang)

    def segments_yaml(self) -> str:
        """Every published segment as YAML documents."""
        return shelf.all_yaml(self)

    def save_draft(self, name: str, document: Mapping[str, Any], *, base: int, seen: int) -> dict[str, Any]:
        """Keep a draft, finished or not. Raises `ConflictError` for the second of two."""
        return shelf.save_draft(self, name, document, base=base, seen=seen)

    def drop_draft(self, name: str, *, seen: int) -> None:
        """Throw a draft away."""
        shelf.drop_draft(self, name, seen=seen)

    def publish(
        self, name: str, document: Mapping[str, Any] | None, *, seen: int, note: str = "", dry_run: bool = False
    ) -> dict[str, Any]:
        """Make a document the segment from now on (None archives it), or say what that would do."""
        return shelf.publish(self, name, document, seen=seen, note=note, dry_run=dry_run)

    # -- the map -----------------------------------------------------------------------------------------------------
    def segment_map(self, lang: Lang | None = None, *, chosen: Sequence[str] = ()) -> dict[str, Any]:
        """Sizes, value, intersections and containment."""
        return segment_map.picture(self, lang or self.lang, chosen=chosen)

    def segment_flows(
        self, *, chosen: Sequence[str], since: str, until: str = "", lang: Lang | None = None
    ) -> dict[str, Any]:
        """Movement between segments from one date to another."""
        return segment_map.flows(self, lang or self.lang, chosen=chosen, since=since, until=until)

    def segment_trend(self, name: str, *, days: int = 90) -> dict[str, Any]:
        """How a segment's size went, day by day."""
        return segment_map.trend(self, name, days=days)

    def segment_past(self, name: str, *, months: int = 12) -> list[dict[str, Any]]:
        """Its size at the end of each of the last months, computed where no log reaches."""
        return segment_map.past_sizes(self, name, months=months)

    def rfm(self) -> dict[str, Any]:
        """Customers and their worth by recency and frequency."""
        return segment_map.rfm(self)
