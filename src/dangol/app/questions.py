"""`Workspace`, the part that answers questions about the shop: see `dangol.insights` and docs/insights.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from dangol import insights
from dangol.app.definitions import current
from dangol.app.sent import Sent
from dangol.insights import Answered, Context, People, Question

if TYPE_CHECKING:
    from dangol.app import Workspace
    from dangol.schema import Lang


class Questions(Sent):
    """Asking."""

    def ask(self, question: Question | Mapping[str, Any] | str, lang: Lang | None = None, **asked: Any) -> Answered:
        """Answer a question: a value (`Trends(measure="orders")`), its JSON, or its kind with what it says by name.

        ``ws.ask("trends", measure="orders", period="12 weeks")``. Texts of the answer are in both languages; `lang` is for
        whoever shows it and changes no number.

        :raises DefinitionError: with every problem at once. :raises NotFoundError: no such question, segment or trait.
        """
        return insights.answer(self.engine, _read(question, asked), self.asking())

    def ask_people(
        self, question: Question | Mapping[str, Any], cell: Mapping[str, Any], *, limit: int = 100, offset: int = 0
    ) -> People:
        """Who is behind one number of an answer. A cell is what a row of the answer says of itself.

        :param limit: ids given back at most (10,000 at once); the count is always of everybody.
        """
        return insights.people(self.engine, _read(question, {}), cell, self.asking(), limit=limit, offset=offset)

    def asking(self) -> Context:
        """Where and when questions are asked here: the shop's now, zone, currency and definitions."""
        return Context(
            now=self.now(),
            tz=self.settings.tz,
            definitions=current(cast("Workspace", self)),
            currency=self.settings.currency,
        )

    @staticmethod
    def questions(lang: Lang = "en") -> list[dict[str, Any]]:
        """Every kind of question: kind, says, asks, definition, people (whether customers stand behind its numbers), schema."""
        return [
            {
                "kind": name,
                "says": kind.says.say(lang),
                "asks": kind.asks.say(lang),
                "definition": kind.definition.say(lang),
                "people": kind.people is not None,
                "schema": kind.model.model_json_schema(),
            }
            for name, kind in insights.KINDS.items()
        ]


def _read(question: Question | Mapping[str, Any] | str, more: Mapping[str, Any]) -> Question:
    if isinstance(question, Question):
        return insights.question(question.kind, {**question.model_dump(), **more}) if more else question
    if isinstance(question, str):
        return insights.question(question, more)
    return insights.question(str(question.get("kind", "")), {**question, **more})
