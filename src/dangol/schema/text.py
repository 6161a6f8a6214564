"""A text in both languages, written where the fact is known and shown in the reader's language."""

from __future__ import annotations

import errno
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
        """``Korean / English``: how a text is stored where a table has one column for it. The Korean holds no `` / ``."""
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


_SYSTEM = {
    errno.ENOENT: "그런 파일이나 폴더가 없음",
    errno.EACCES: "권한이 없음",
    errno.EPERM: "허용되지 않음",
    errno.EEXIST: "이미 있음",
    errno.ENOTDIR: "폴더가 아님",
    errno.EISDIR: "폴더임",
    errno.ENOSPC: "디스크가 가득 참",
    errno.EDQUOT: "디스크 할당량을 넘음",
    errno.EROFS: "읽기 전용 디스크",
    errno.EFBIG: "파일이 너무 큼",
    errno.EIO: "디스크 읽기·쓰기 오류",
    errno.EMFILE: "열린 파일이 너무 많음",
    errno.ENAMETOOLONG: "이름이 너무 김",
    errno.ENOEXEC: "실행할 수 없는 형식",
    errno.ELOOP: "링크가 돌고 돎",
    errno.EBUSY: "사용 중",
    errno.ETIMEDOUT: "시간 초과",
}


def system_says(error: OSError) -> Text:
    """Why the operating system refused, without the path; what is not listed here is left as the system said it."""
    said = error.strerror or str(error)
    return Text(said, _SYSTEM.get(error.errno or 0, said))


_KINDS = {
    "trait": "속성",
    "segment": "세그먼트",
    "mapping": "매핑",
    "tracking": "수집 계획",
    "hook": "웹훅",
    "identity": "식별 규칙",
    "dashboard": "대시보드",
}


def kind_ko(kind: str) -> str:
    """A kind of definition in Korean."""
    return _KINDS.get(kind, kind)
