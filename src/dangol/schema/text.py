"""A text in both languages, written where the fact is known and shown in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Lang = Literal["ko", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """English and Korean, equal. ``str()`` is the English, for logs and tracebacks; people get `say` in their language."""

    en: str
    ko: str

    @classmethod
    def same(cls, text: str) -> Text:
        """What reads alike in both: an example to type, a name, what a driver or the system said itself."""
        return cls(text, text)

    @classmethod
    def joined(cls, separator: str, texts: Iterable[Text]) -> Text:
        each = list(texts)
        return cls(separator.join(t.en for t in each), separator.join(t.ko for t in each))

    @classmethod
    def from_kept(cls, text: str) -> Text:
        """Reads what `kept` wrote; what was never kept so reads alike in both."""
        ko, both, en = text.partition(" / ")
        return cls(en, ko) if both else cls.same(text)

    def kept(self) -> str:
        """``Korean / English``: how a text is stored where a table has one column for it."""
        return f"{self.ko} / {self.en}"

    def say(self, lang: Lang) -> str:
        return self.ko if lang == "ko" else self.en

    def __str__(self) -> str:
        return self.en

    def __bool__(self) -> bool:
        return bool(self.en)


NOTHING = Text("", "")
"""No text at all: a problem without a hint, a check without a finding."""


def did_you_mean(name: str) -> Text:
    """A hint with the nearest valid name."""
    return Text(f"did you mean {name}?", f"혹시 {name}인가요?")


def one_of(names: Iterable[str]) -> Text:
    """A hint with everything that is allowed."""
    listed = ", ".join(names)
    return Text(f"one of {listed}", f"쓸 수 있는 것: {listed}")


_KINDS = {"trait": "속성", "segment": "세그먼트", "mapping": "매핑"}


def kind_ko(kind: str) -> str:
    """A kind of definition in Korean."""
    return _KINDS.get(kind, kind)
